"""Waiting times between days of heavy rain: whether dry and wet spells follow each other as they should."""

import numpy as np
import xarray as xr

from nesym._errors import InputError, TimeError
from nesym.fields.times import days
from nesym.verify.indices import wet_day_threshold
from nesym.verify.maps import check_same_cells, daily_amounts

WET = 0.1  # mm per day
PART = 2**21  # values that are looked at together


def waiting_time_distance(
    forecast: xr.DataArray,
    obs: xr.DataArray,
    *,
    q: float = 0.95,
    wet: float = WET,
    threshold: xr.DataArray | None = None,
    least: int = 5,
) -> xr.DataArray:
    """W1 between the waiting times of two daily records, days, at each cell; `cell_mean` gives the mean over cells.

        tau = t_{j+1} - t_j,    t_j the days with more rain than the q-quantile of the wet days of the same record
        W1 = integral |F_x(tau) - F_y(tau)| dtau = sum over whole days |F_x - F_y|

    A score of corrected rain in Hess et al. 2023, doi 10.1029/2023EF004002. Each record has its own quantile over the
    days with at least `wet` mm (`wet_day_threshold`), so that a wrong distribution of amounts is not counted again;
    with `threshold` (y, x), in mm, both have this one. The records need not cover the same days. A wait does not
    reach over days that are absent or missing.

    forecast, obs: (time, y, x), daily sums in mm or rates in other units of rain; lazy stays lazy. Cells with fewer
    than `least` waits in either record are NaN. Raises `TimeError` unless there is one value a day at most,
    `GridError` for other grids, `UnitError` for units that are not those of rain, `InputError` for `least` below 1.
    """
    if least < 1:
        raise InputError(f"At least one wait is needed for a distribution, and least={least} came.", "Write least=5.")
    check_same_cells(forecast, obs)
    records = [daily_amounts(da) for da in (forecast, obs)]
    numbers = [day_numbers(da["time"]) for da in records]
    thresholds = [wet_day_threshold(da, q, wet) if threshold is None else threshold for da in records]

    def kernel(x: np.ndarray, y: np.ndarray, above_x: np.ndarray, above_y: np.ndarray) -> np.ndarray:
        return _distances((x, y), (above_x, above_y), numbers, least)

    distance = xr.apply_ufunc(
        kernel,
        records[0].rename(time="time_x"),
        records[1].rename(time="time_y"),
        *thresholds,
        input_core_dims=[["time_x"], ["time_y"], [], []],
        join="override",
        dask="parallelized",
        output_dtypes=[np.float64],
        dask_gufunc_kwargs={"allow_rechunk": True},
    )
    return distance.rename(None).assign_attrs(units="day", long_name="Wasserstein-1 distance of waiting times")


def day_numbers(time: xr.DataArray) -> np.ndarray:
    """Number of the day of each time; raises `TimeError` unless they increase, one value a day."""
    numbers = days(time)
    if (np.diff(numbers) < 1).any():
        raise TimeError(
            "A daily record was expected, in order of time, and some days have more than one value.",
            "Make daily sums first: nesym.verify.daily_sums.",
        )
    return numbers


def waits(rain: np.ndarray, threshold: np.ndarray, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cell and length in days of every wait: rain (cells, n), threshold (cells,), numbers (n,) of the days."""
    gaps = np.diff(numbers, prepend=numbers[:1] - 1) > 1
    stretch = np.cumsum(np.isnan(rain) | gaps, -1, dtype=np.int32)
    cell, time = np.nonzero(rain > threshold[:, None])
    stretch = stretch[cell, time]
    together = (np.diff(cell) == 0) & (np.diff(stretch) == 0)
    return cell[1:][together], np.diff(numbers[time])[together]


def _distances(rain, thresholds, numbers, least: int) -> np.ndarray:
    """W1 at every cell: rain 2 x (..., n), thresholds 2 x (...), numbers of days 2 x (n,) -> (...)."""
    shape = np.broadcast_shapes(*(values.shape[:-1] for values in rain))
    rows = [np.broadcast_to(v, (*shape, v.shape[-1])).reshape(-1, v.shape[-1]) for v in rain]
    limits = [np.broadcast_to(threshold, shape).reshape(-1) for threshold in thresholds]
    cells, longest = len(rows[0]), max(values.shape[-1] for values in rows)
    parts = np.array_split(np.arange(cells), max(1, -(-cells * longest // PART)))
    found = []
    for part in parts:
        pairs = [waits(r[part], t[part], n) for r, t, n in zip(rows, limits, numbers, strict=True)]
        found.append(_w1(pairs, len(part), least))
    return np.concatenate(found).reshape(shape)


def _w1(pairs: list[tuple[np.ndarray, np.ndarray]], cells: int, least: int) -> np.ndarray:
    """Distance of two sets of (cell, wait) at each of `cells` cells; NaN with fewer than `least` waits in either."""
    width = 1 + max((int(wait.max()) for _, wait in pairs if wait.size), default=0)
    counts = [np.bincount(cell * width + wait, minlength=cells * width).reshape(cells, width) for cell, wait in pairs]
    a, b = (np.cumsum(count, -1) for count in counts)  # numbers of waits up to each length: the last is all
    m, n = a[:, -1:], b[:, -1:]
    # Whole numbers, so that the sum does not depend on its order. Every step of F is one day wide.
    distance = np.abs(a * n - b * m).sum(-1) / np.maximum(m * n, 1)[:, 0]
    return np.where(np.minimum(m, n)[:, 0] >= least, distance, np.nan)
