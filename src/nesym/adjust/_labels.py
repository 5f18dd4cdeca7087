"""Labelled records in: one variable, in one set of units, with a time axis, on the same cells."""

import numpy as np
import xarray as xr

from nesym._errors import GridError, InputError, TimeError, VariableError
from nesym.adjust.variables import RAIN_UNITS, is_rain
from nesym.fields.axes import role
from nesym.fields.canonical import time_bounds
from nesym.fields.lazy import over_blocks
from nesym.fields.quantities import QUANTITIES, Quantity, field_names
from nesym.fields.rain import to_rate
from nesym.fields.times import check_times
from nesym.fields.units import convert, parse, units_of
from nesym.fields.values import value_check

SAME_PLACE = 0.02  # of a cell: what rounded coordinates may differ by
HORIZONTAL = ("lat", "lon", "y", "x")
KEPT = "standard_name", "long_name", "cell_methods"  # attributes of a run that hold for what becomes of it
SPANS = ("tasrange", "dtr")
AXES = ("time", "member", *HORIZONTAL)


def record(
    data: xr.DataArray | xr.Dataset, variable: str | None = None, like: xr.DataArray | None = None
) -> xr.DataArray:
    """The variable of `data`, floating, with a dimension `time`: stations, cells or one place alone.

    Rain comes in mm day-1, other variables in the units of `like` where it is given, else in their own. Lazy stays lazy.
    Raises `VariableError`, `UnitError`, `TimeError`, and `RangeError` for infinite values and negative rain.
    """
    da = _with_axes(_chosen(data, variable, like))
    if "time" not in da.dims:
        raise TimeError(f"'{da.name}' has no time axis.", "Give a record in time, with a dimension 'time'.")
    if da.sizes["time"] == 0:
        raise TimeError(f"'{da.name}' has no times.", "Check the selection in time: nothing of the record is left.")
    check_times(da["time"])
    da = da if da.dtype.kind == "f" else da.astype(np.float32)
    if is_rain(da if like is None else like):
        rain = QUANTITIES["pr"]
        if parse(units_of(da, RAIN_UNITS)) != parse(RAIN_UNITS):  # else as it is, without rounding
            da = convert(to_rate(da, time_bounds(data, da)), RAIN_UNITS)
        da = da.assign_attrs(units=RAIN_UNITS)
        return over_blocks(value_check(rain, refuse_missing=False), da)
    if like is None:
        da = da.assign_attrs(units=units_of(da, "K"))
    elif str(da.name) in SPANS and {units_of(da), units_of(like)} <= {"K", "degC", "°C", "Celsius"}:
        da = da.assign_attrs(units=units_of(like))  # a difference of temperatures is as large in K as in degC
    else:
        da = convert(da, units_of(like))
    anything = Quantity(str(da.name), da.attrs["units"], f"'{da.name}'", "", (), ())
    return over_blocks(value_check(anything, refuse_missing=False), da)


def same_cells(da: xr.DataArray, reference: xr.DataArray, what: str) -> xr.DataArray:
    """`da` with its cells in the order of those of `reference`; longitudes may differ by full turns.

    Dimensions that `reference` does not have, such as `member`, stay. Raises `GridError` where cells differ.
    """
    for dim in reference.dims:
        if dim == "time":
            continue
        if dim not in da.dims:
            raise GridError(f"The {what} has no dimension '{dim}', which the observations have.", _regrid_remedy(dim))
        if dim in reference.coords and dim in da.coords:
            places = _places(da[dim], reference[dim], what)
            if not np.array_equal(places, np.arange(da.sizes[dim])):  # else it would be copied for nothing
                da = da.isel({dim: places})
        elif da.sizes[dim] != reference.sizes[dim]:
            raise GridError(
                f"The {what} has {da.sizes[dim]} values along '{dim}', the observations {reference.sizes[dim]}.",
                _regrid_remedy(dim),
            )
    extra = set(da.dims) - set(reference.dims) - {"member"}
    if extra:
        raise GridError(f"The {what} has the further dimension '{extra.pop()}'.", "Select one of its values first.")
    return da


def in_order_of(out: xr.DataArray, given: xr.DataArray) -> xr.DataArray:
    """`out` with dimensions and cells in the order of `given`."""
    at = {dim: given[dim] for dim in given.dims if dim in given.coords and dim in out.dims and dim != "time"}
    moved = {dim: c for dim, c in at.items() if not np.array_equal(out[dim].values, c.values)}
    return (out.sel(moved) if moved else out).transpose(*given.dims)


def _places(found: xr.DataArray, wanted: xr.DataArray, what: str) -> np.ndarray:
    """Where along its axis `found` has the coordinates of `wanted`."""
    dim = str(wanted.name)
    if wanted.dtype.kind not in "iuf":
        places = found.to_index().get_indexer(wanted.to_index())
        if (places < 0).any() or found.size != wanted.size:
            raise GridError(f"The {what} has other values of '{dim}' than the observations.", "Select the common ones.")
        return places
    have, want = found.values.astype(np.float64), wanted.values.astype(np.float64)
    apart = have[None, :] - want[:, None]
    apart = np.abs((apart + 180.0) % 360.0 - 180.0 if dim == "lon" else apart)
    step = np.abs(np.diff(want)).min() if want.size > 1 else 1.0
    places = apart.argmin(1)
    if have.size != want.size or apart.min(1).max() > SAME_PLACE * step or np.unique(places).size != have.size:
        if dim not in HORIZONTAL:
            raise GridError(f"The {what} has other values of '{dim}' than the observations.", _regrid_remedy(dim))
        raise GridError(
            f"The {what} lies on another grid than the observations: {_extent(found)} and {_extent(wanted)}.",
            _regrid_remedy(dim),
        )
    return places


def _regrid_remedy(dim: str) -> str:
    if dim in HORIZONTAL:
        return "Bring it to the grid of the observations: nesym.fields.regrid(model, obs, 'conservative'), or --regrid."
    return "Select the common values first."


def _extent(coordinate: xr.DataArray) -> str:
    values = coordinate.values
    return f"{values.size} values of '{coordinate.name}' from {values[0]:g} to {values[-1]:g}"


def _chosen(data, variable: str | None, like: xr.DataArray | None) -> xr.DataArray:
    """The variable that was named; else that of the name of `like`; else the only one."""
    if isinstance(data, xr.DataArray):
        return data if data.name else data.rename(variable or (like.name if like is not None else "value"))
    if not isinstance(data, xr.Dataset):
        raise InputError(
            f"An xarray Dataset or DataArray was expected, and {type(data).__name__} came.",
            "Give the record its labels: xarray.DataArray(values, dims=('time', ...), coords=...).",
        )
    held = field_names(data)
    if variable is not None:
        if variable not in data.variables:
            raise VariableError(f"There is no variable '{variable}'.", f"Choose one of: {', '.join(held) or 'none'}.")
        return data[variable]
    named = [name for name in held if like is not None and name == like.name]
    rainy = [name for name in held if like is not None and is_rain(like) and is_rain(data[name])]
    for found in (named, rainy, held):
        if len(found) == 1:
            return data[found[0]]
    raise VariableError(
        f"The data hold {', '.join(held) or 'no fields'}, and which one to correct was not said.",
        "Name it: variable='pr', or --variable pr.",
    )


def _with_axes(da: xr.DataArray) -> xr.DataArray:
    """`da` with its known axes called time, member, lat, lon, y, x, and without axes of one value or other coordinates."""
    names = {dim: role(da[dim]) for dim in da.dims if dim in da.coords}
    da = da.rename({dim: name for dim, name in names.items() if name in AXES and name != dim and name not in da.dims})
    single = [dim for dim in da.dims if da.sizes[dim] == 1 and dim not in AXES]
    da = da.squeeze(single, drop=True)
    return da.reset_coords([name for name in da.coords if name not in da.dims], drop=True)
