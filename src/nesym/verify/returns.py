"""Return levels of daily rain: what is exceeded once in N years, by the moment estimator of extreme values."""

import numpy as np
import xarray as xr

from nesym._errors import InputError, TimeError
from nesym.fields.times import check_times
from nesym.verify.indices import wet_day_threshold
from nesym.verify.maps import daily_amounts
from nesym.verify.waiting import WET

LEAST = 6  # exceedances: second moments of fewer say nothing
PART = 2**21  # values that are sorted together
LEAP_DAYS = 0.2425  # February 29ths in a Gregorian year


def return_level(
    daily: xr.DataArray,
    years: float = 10.0,
    *,
    q: float = 0.95,
    wet: float = WET,
    threshold: xr.DataArray | None = None,
    least: int = LEAST,
    days_per_year: float | None = None,
) -> xr.DataArray:
    """Level that is exceeded once in `years` years on average, mm, at each cell (Dekkers, Einmahl and de Haan 1989,
    doi 10.1214/aos/1176347397).

        x = X_{n-k} + a (c^g - 1) / g,    g = M_1 + h,    a = X_{n-k} M_1 (1 - h),    c = k years / Y
        h = 1 - (1/2) / (1 - M_1^2 / M_2),    M_r = (1/k) sum_{i<k} (ln X_{n-i} - ln X_{n-k})^r

    X_1 <= ... <= X_n are the days of the record, Y = n / `days_per_year` its length in years, k the number of days
    above the threshold, and g the index of extreme values: above 0 for heavy tails, below 0 for bounded ones; at 0,
    (c^g - 1) / g is ln c. The scale a holds h, an estimate of min(g, 0), as in de Haan and Ferreira 2006 (Extreme
    Value Theory, chapter 4); with min(g, 0) itself, levels of exponential tails come out some 8 % too low.
    The threshold is the q-quantile of the days with at least `wet` mm (`wet_day_threshold`), or `threshold` (y, x) in
    mm. Days count as independent, so a storm of several days counts for more than one.

    daily: (time, ...), daily sums in mm or rates in other units of rain; lazy stays lazy; NaN does not count. Cells
    with fewer than `least` days above the threshold are NaN. `days_per_year` is that of the record (90.25 where it
    holds winters only); by default the days of the calendar that occur in it are counted.
    Raises `TimeError` for a record shorter than two years without `days_per_year`, `UnitError` for units that are not
    those of rain, `InputError` for numbers that make no sense.
    """
    if not years > 0 or least < 2 or (days_per_year is not None and not days_per_year > 0):
        raise InputError(
            f"Positive years and days_per_year and at least two exceedances were expected; years={years}, "
            f"days_per_year={days_per_year}, least={least} came.",
            "Write, for example, years=10, least=6.",
        )
    check_times(daily["time"])
    per_year = _days_per_year(daily["time"]) if days_per_year is None else days_per_year
    daily = daily_amounts(daily)
    threshold = wet_day_threshold(daily, q, wet) if threshold is None else threshold
    level = xr.apply_ufunc(
        lambda rain, limit: _levels(rain, limit, years * per_year, least),
        daily,
        threshold,
        input_core_dims=[["time"], []],
        dask="parallelized",
        output_dtypes=[np.float64],
        dask_gufunc_kwargs={"allow_rechunk": True},
    )
    return level.rename(daily.name).assign_attrs(units="mm", long_name=f"{years:g}-year return level")


def log_moments(logs: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """h and M_1 of log-excesses ln X_{n-i} - ln X_{n-k}: (cells, m), 0 beyond the counts (cells,). See `return_level`.

    NaN where the excesses do not vary.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (np.sum(logs**power, -1) / counts for power in (1, 2))
        spread = 1.0 - first**2 / second
        return np.where(spread > 0, 1.0 - 0.5 / spread, np.nan), first


def _levels(rain: np.ndarray, threshold: np.ndarray, days: float, least: int) -> np.ndarray:
    """Level exceeded once in so many `days` of the record: rain (..., n), threshold (...) -> (...)."""
    rows = rain.reshape(-1, rain.shape[-1])
    limits = np.broadcast_to(threshold, rain.shape[:-1]).reshape(-1)
    parts = np.array_split(np.arange(len(rows)), max(1, -(-rows.size // PART)))
    found = [_part_levels(rows[part], limits[part], days, least) for part in parts]
    return np.concatenate(found).reshape(rain.shape[:-1])


def _part_levels(rows: np.ndarray, limits: np.ndarray, days: float, least: int) -> np.ndarray:
    counts, known = (rows > limits[:, None]).sum(-1), (~np.isnan(rows)).sum(-1)
    usable = (counts >= least) & (counts < known)
    if not usable.any():
        return np.full(len(rows), np.nan)
    k = np.where(usable, counts, 1)
    highest = k.max() + 1
    filled = np.where(np.isnan(rows), -np.inf, rows).astype(np.float64)
    top = np.sort(np.partition(filled, -highest, -1)[:, -highest:], -1)[:, ::-1]
    at = np.take_along_axis(top, k[:, None], -1)[:, 0]
    usable &= at > 0
    inside = usable[:, None] & (np.arange(highest) < k[:, None])
    logs = np.log(np.where(inside, top, 1.0)) - np.log(np.where(inside, at[:, None], 1.0))
    bounded, first = log_moments(logs, k)
    index = first + bounded
    growth = np.log(k * days / np.maximum(known, 1))  # ln c
    flat = np.abs(index) < 1e-12
    with np.errstate(over="ignore"):
        stretch = np.where(flat, growth, np.expm1(index * growth) / np.where(flat, 1.0, index))
    return np.where(usable, at * (1.0 + first * (1.0 - bounded) * stretch), np.nan)


def _days_per_year(time: xr.DataArray) -> float:
    """How many days of the calendar occur in the record, February 29th as often as it comes."""
    dates = np.unique(100 * time.dt.month.values + time.dt.day.values)
    if np.ptp(time.dt.year.values) < 1 or time.size < 1.5 * dates.size:
        raise TimeError(
            f"A record of {time.size} days does not tell how many of its days make a year.",
            "Say it: days_per_year=365.25, or 90.25 for winters.",
        )
    leap = (dates == 229).any() and (dates != 230).all()
    return float(dates.size - leap + LEAP_DAYS * leap)
