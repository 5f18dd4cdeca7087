"""Indices of daily rain at each cell after ETCCDI (Zhang et al. 2011, doi 10.1002/wcc.147): Rx1day and R95p.

R95p takes two passes: one over a reference for the threshold, one over each data set with it. Lazy where the data are.
"""

import numpy as np
import xarray as xr


def daily_sums(rate: xr.DataArray, hours: float) -> xr.DataArray:
    """Daily amounts, mm, of a rain rate in mm h-1 whose steps last `hours`; lazy where `rate` is. NaN stays NaN."""
    days = rate["time"].dt.floor("D").rename("day")
    amounts = (rate * hours).groupby(days).sum("time", skipna=False).rename(day="time")
    return amounts.rename(rate.name).transpose(*rate.dims).assign_attrs(units="mm")


def rx1day(daily: xr.DataArray) -> xr.DataArray:
    """Rx1day = max over days of the daily sums, at each cell."""
    return daily.max("time", skipna=False, keep_attrs=True).assign_attrs(long_name="Rx1day")


def wet_day_threshold(daily: xr.DataArray, q: float = 0.95, wet: float = 1.0) -> xr.DataArray:
    """RR_wq: the q-quantile of daily sums over wet days (RR >= `wet` mm) of a reference; NaN for cells without any."""

    def kernel(rain: np.ndarray) -> np.ndarray:
        ordered = np.sort(np.where(rain >= wet, rain, np.nan), -1)  # NaN goes to the end
        place = np.maximum(np.isfinite(ordered).sum(-1, keepdims=True) - 1, 0) * q
        below, above = (np.take_along_axis(ordered, f(place).astype(np.intp), -1)[..., 0] for f in (np.floor, np.ceil))
        return below + (above - below) * (place - np.floor(place))[..., 0]

    return xr.apply_ufunc(
        kernel,
        daily,
        input_core_dims=[["time"]],
        dask="parallelized",
        output_dtypes=[np.float64],
        dask_gufunc_kwargs={"allow_rechunk": True},
        keep_attrs=True,
    )


def r95p(daily: xr.DataArray, threshold: xr.DataArray, wet: float = 1.0) -> xr.DataArray:
    """R95p = sum over the days of each year of RR where RR > RR_w95 and RR >= `wet`: dimension `year` for `time`, mm.

    `threshold` is the `wet_day_threshold` of the reference, the same for forecasts and observations. Years of which
    only some days are there count with these. A cell whose reference had no wet day gives 0; missing stays missing.
    """
    heavy = daily.where((daily > threshold) & (daily >= wet), 0.0).where(daily.notnull())
    total = heavy.groupby(daily["time"].dt.year.rename("year")).sum("time", skipna=False)
    return total.rename(daily.name).assign_attrs(units="mm", long_name="R95p")
