"""Fields of local ranks: what is left of a record when the distribution of every cell is taken out."""

from typing import Literal

import numpy as np
import xarray as xr

from nesym._errors import InputError, TimeError

PART = 2**21  # values that are ranked at a time: their sort and its indices stay below 100 MB


def locally_ranked(da: xr.DataArray, by: Literal["month"] | None = None) -> xr.DataArray:
    """Every value replaced by its rank in its own cell's record over time, between 0 and 1:

        u_t = (r_t - 1/2) / n,    r_t = mean over ties of the rank (1 ... n) of x_t among x_1 ... x_n of the same cell

    n counts the values that are there; NaN stays NaN. Dry days, equal among themselves, all get the same rank.

    An increasing map of every cell's values, another one for each cell, leaves u as it is. Quantile mapping is such a
    map, so the spectrum of u (`metrics.rapsd_log_error`) is what it cannot change: to improve it, a method has to move
    rain in space or time. This holds to the letter where the map is strictly increasing over the whole record; one
    that is fitted to each month is increasing within the month, and `by="month"` ranks each value within the calendar
    month it belongs to. Values that a map makes equal (days that it dries) become ties.

    da: (..., time, ...); lazy stays lazy, with time in one chunk. dtype is kept where it is floating. Raises
    `TimeError` without the dimension `time`, `InputError` for another `by`.
    """
    if "time" not in da.dims:
        raise TimeError(
            f"Ranks are those of a record over time, and the dimensions are {', '.join(map(str, da.dims)) or 'none'}.",
            "Rename the axis of time to 'time'.",
        )
    if by not in (None, "month"):
        raise InputError(f"Ranks are taken over all times or by month, and by={by!r} came.", 'Write by="month".')
    groups = np.zeros(da.sizes["time"], np.intp) if by is None else da["time"].dt.month.values
    dtype = da.dtype if np.issubdtype(da.dtype, np.floating) else np.dtype(np.float64)
    ranked = xr.apply_ufunc(
        lambda values: _in_groups(values, groups).astype(dtype, copy=False),
        da,
        input_core_dims=[["time"]],
        output_core_dims=[["time"]],
        dask="parallelized",
        output_dtypes=[dtype],
        dask_gufunc_kwargs={"allow_rechunk": True},
        keep_attrs=True,
    )
    return ranked.transpose(*da.dims).assign_attrs(units="1", long_name="rank in the cell's own record")


def _in_groups(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """`ranks` within each group of times: values (..., n), groups (n,) -> (..., n)."""
    rows = values.reshape(-1, values.shape[-1])
    out = np.empty(rows.shape)
    parts = np.array_split(np.arange(len(rows)), max(1, -(-rows.size // PART)))
    for group in np.unique(groups):
        times = np.flatnonzero(groups == group)
        for part in parts:
            block = np.ix_(part, times)
            out[block] = ranks(rows[block])
    return out.reshape(values.shape)


def ranks(values: np.ndarray) -> np.ndarray:
    """(r - 1/2) / n along the last axis of (cells, n), ties at their mean rank, NaN kept: float64."""
    order = np.argsort(values, -1)  # NaN goes to the end
    ordered = np.take_along_axis(values, order, -1)
    place = np.arange(values.shape[-1])
    change = ordered[:, 1:] != ordered[:, :-1]
    ends = np.ones((len(values), 1), bool)
    first = np.maximum.accumulate(np.where(np.hstack([ends, change]), place, 0), -1)
    last = np.where(np.hstack([change, ends]), place, place[-1:])
    last = np.minimum.accumulate(last[:, ::-1], -1)[:, ::-1]
    rank = np.empty(values.shape)
    np.put_along_axis(rank, order, 0.5 * (first + last + 1), -1)
    missing = np.isnan(values)
    counts = values.shape[-1] - missing.sum(-1, keepdims=True)
    return np.where(missing, np.nan, rank / np.maximum(counts, 1))
