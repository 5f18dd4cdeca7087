"""Fields of local ranks: what is left of a record when the distribution of every cell is taken out."""

from typing import Literal

import numpy as np
import xarray as xr

from nesym._errors import InputError, TimeError
from nesym.fields.ranks import ranks

PART = 2**21  # values that are ranked at a time: their sort and its indices stay below 100 MB


def locally_ranked(
    da: xr.DataArray, by: Literal["month"] | None = None, dry: xr.DataArray | float = 0.0
) -> xr.DataArray:
    """Every value replaced by its rank in its own cell's record over time, between 0 and 1:

        u_t = (r_t - 1/2) / n,    r_t = mean over ties of the rank (1 ... n) of x_t among x_1 ... x_n of the same cell

    n counts the values that are there; NaN stays NaN. Dry days, equal among themselves, all get the same rank.

    An increasing map of every cell's values, another one for each cell, leaves u as it is. Quantile mapping is such a
    map, so the spectrum of u (`metrics.rapsd_log_error`) is what it cannot change: to improve it, a method has to move
    rain in space or time. This holds to the letter where the map is strictly increasing over the whole record; one
    that is fitted to each month is increasing within the month, and `by="month"` ranks each value within the calendar
    month it belongs to. Values that a map makes equal (days that it dries) become ties: `dry`, one share or
    one for each cell, makes a tie of that part of the record, u = dry / 2 where u < dry. With the largest share of dry days
    among the records that are compared (`dry_share`), all are ranked by their wetter days alone.

    da: (..., time, ...); lazy stays lazy, with time in one chunk. dtype is kept where it is floating. Raises
    `TimeError` without the dimension `time`, `InputError` for another `by` or shares that are not in 0 ... 1.
    """
    if "time" not in da.dims:
        raise TimeError(
            f"Ranks are those of a record over time, and the dimensions are {', '.join(map(str, da.dims)) or 'none'}.",
            "Rename the axis of time to 'time'.",
        )
    if by not in (None, "month"):
        raise InputError(f"Ranks are taken over all times or by month, and by={by!r} came.", 'Write by="month".')
    share = xr.DataArray(dry)
    if not ((share >= 0) & (share <= 1)).all() or not set(share.dims) <= set(da.dims) - {"time"}:
        raise InputError(
            "The dry part of a record is a share from 0 to 1, for all cells or one for each.",
            "Give the largest of the records: dry=dry_share(obs, model).",
        )
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
    ranked = ranked.where((ranked >= share) | ranked.isnull(), share.astype(dtype) / 2)
    return ranked.transpose(*da.dims).assign_attrs(units="1", long_name="rank in the cell's own record")


def dry_share(*records: xr.DataArray, dry: float = 0.0) -> xr.DataArray:
    """max over the records of P(x <= dry) in each cell: the largest share of dry days (cells,) in any of them.

    Values are compared as they are, in the units of the records. NaN is not counted; a cell without values has share 0.
    Raises `InputError` without a record, `TimeError` for one without the dimension `time`.
    """
    if not records:
        raise InputError("There is no record whose dry days to count.", "Give one at least: dry_share(obs, model).")
    shares = []
    for da in records:
        if "time" not in da.dims:
            raise TimeError("Dry days are counted over time, and a record has no such dimension.", "Name it 'time'.")
        shares.append(((da <= dry).sum("time") / da.count("time").clip(1)).drop_attrs())
    return xr.concat(shares, "record", join="exact", coords="minimal", compat="override").max("record")


def _in_groups(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """`ranks` within each group of times: values (..., n), groups (n,) -> (..., n)."""
    rows = values.reshape(-1, values.shape[-1])
    out = np.empty(rows.shape)
    parts = np.array_split(np.arange(len(rows)), max(1, -(-rows.size // PART)))
    for group in np.unique(groups):
        times = np.flatnonzero(groups == group)
        for part in parts:
            block = np.ix_(part, times)
            rank, count = ranks(rows[block])
            out[block] = (rank - 0.5) / np.maximum(count, 1)
    return out.reshape(values.shape)
