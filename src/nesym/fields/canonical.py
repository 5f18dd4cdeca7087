"""The one door for users' data: labelled fields in, fields that every part of NESYM understands out."""

from typing import Any, Literal

import numpy as np
import xarray as xr

from nesym._errors import InputError
from nesym.fields.axes import name_axes
from nesym.fields.grid import DIMS, Grid
from nesym.fields.lazy import over_blocks, over_fields
from nesym.fields.missing import fill_nearest
from nesym.fields.quantities import Quantity, find_variable, quantity_of
from nesym.fields.rain import to_rate
from nesym.fields.times import check_times
from nesym.fields.units import convert
from nesym.fields.values import value_check

KEPT = ("long_name", "cell_methods", "comment")
FILLED = "filled with the nearest observed value of the same time"

Missing = Literal["refuse", "fill", "keep"]


def canonical(
    data: xr.DataArray | xr.Dataset,
    quantity: str = "pr",
    variable: str | None = None,
    missing: Missing = "refuse",
) -> xr.DataArray:
    """The `quantity` in `data` as float32 in NESYM's units and axes: (member, time, y, x) or (member, time, lat, lon).

    The variable is the one called `variable` or the one its CF names point to; `member` and `time` are there where the
    data have them. Rain becomes a rate in mm h-1 (amounts by their stated interval), air temperature K, sea surface
    temperature degC. Round-off below zero is set to 0. The orientation of the axes is kept.

    `missing` says what becomes of NaN: "refuse", "fill" (nearest observed value of the same time) or "keep".

    Labels are checked at once. Values are checked at once too, or, for dask arrays, chunk by chunk when they are
    computed; the result stays lazy and does not depend on the chunks.

    Raises `VariableError`, `UnitError`, `GridError`, `TimeError`, `MissingValuesError` or `RangeError`, each with the
    remedy.
    """
    if missing not in ("refuse", "fill", "keep"):
        raise InputError(f"missing={missing!r} is not a choice.", "Choose 'refuse', 'fill' or 'keep'.")
    wanted = quantity_of(quantity)
    da = located(data, wanted, variable)
    da = in_units(da, wanted, time_bounds(data, da))
    check_axes(da)
    return tidy(checked(da, wanted, missing), wanted, missing)


def located(data: Any, quantity: Quantity, variable: str | None = None) -> xr.DataArray:
    """The variable of `data` that holds the quantity, with canonical axes."""
    if isinstance(data, xr.DataArray):
        return name_axes(data if data.name else data.rename(variable or quantity.name))
    if not isinstance(data, xr.Dataset):
        raise InputError(
            f"An xarray Dataset or DataArray was expected, and {type(data).__name__} came.",
            "Give the array its labels: xarray.DataArray(values, dims=('time', 'y', 'x'), coords=...).",
        )
    da = find_variable(data, quantity, variable)
    mapping = da.attrs.get("grid_mapping", da.encoding.get("grid_mapping"))
    if mapping in data.variables and data[mapping].ndim == 0:
        da = da.assign_coords({mapping: data[mapping]})
    return name_axes(da)


def time_bounds(data: xr.DataArray | xr.Dataset, da: xr.DataArray) -> xr.DataArray | None:
    """The bounds (time, 2) of the time axis of `da`, a variable of `data`, where `data` has them."""
    if not isinstance(data, xr.Dataset) or "time" not in da.dims:
        return None
    name = da["time"].attrs.get("bounds", da["time"].encoding.get("bounds"))
    return data[name] if name in data.variables and data[name].shape == (da.sizes["time"], 2) else None


def in_units(da: xr.DataArray, quantity: Quantity, bounds: xr.DataArray | None = None) -> xr.DataArray:
    """`da` in the units of the quantity."""
    return to_rate(da, bounds) if quantity.name == "pr" else convert(da, quantity.units)


def check_axes(da: xr.DataArray) -> Grid:
    """Raise `TimeError` or `GridError` unless times increase and the grid is regular; return the grid."""
    if "time" in da.dims:
        check_times(da["time"])
    return Grid.of(da)


def checked(da: xr.DataArray, quantity: Quantity, missing: Missing = "refuse") -> xr.DataArray:
    """`da` as float32, with its values checked and its missing values treated."""
    da = over_blocks(value_check(quantity, refuse_missing=missing == "refuse"), da.astype(np.float32))
    if missing != "fill":
        return da
    grid = Grid.of(da)
    return over_fields(fill_nearest(grid), da, {dim: da[dim] for dim in DIMS[grid.kind]}, grid.shape)


def tidy(da: xr.DataArray, quantity: Quantity, missing: Missing = "refuse") -> xr.DataArray:
    """`da` under the quantity's name, with the attributes that are still true."""
    kept = {name: da.attrs[name] for name in KEPT if name in da.attrs}
    attrs = {"standard_name": quantity.standard_name, "long_name": quantity.words} | kept | {"units": quantity.units}
    if missing == "fill":
        attrs["missing_values"] = FILLED
    return da.rename(quantity.name).drop_encoding().drop_attrs(deep=False).assign_attrs(attrs)
