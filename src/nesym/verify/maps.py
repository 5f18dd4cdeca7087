"""Maps with one number for each cell: whether two belong together, their units, and their mean."""

import numpy as np
import xarray as xr

from nesym._errors import GridError, UnitError
from nesym.fields.grid import DIMS, grid_kind
from nesym.fields.rain import to_rate
from nesym.fields.units import parse, units_of
from nesym.fields.weights import area_weights
from nesym.verify.entries import Score


def cell_mean(values: xr.DataArray) -> Score:
    """Mean of a map (y, x) over the cells that have a value, weighted by their area; n is the number of these cells.

    The note says how many cells have none, so that a mean over few of them is not taken for one over all.
    """
    row, column = DIMS[grid_kind(values)]
    values = values.transpose(row, column)
    known = np.isfinite(values.values)
    area = np.where(known, area_weights(values).values[:, None], 0.0)
    left = int((~known).sum())
    mean = (np.where(known, values.values, 0.0) * area).sum() / area.sum() if known.any() else np.nan
    note = f"{left} of {known.size} cells are left out" if left else ""
    return Score(float(mean), n=known.size - left, note=note)


def check_same_cells(a: xr.DataArray, b: xr.DataArray) -> None:
    """Raise `GridError` unless two fields have the same horizontal grid in the same order, to 1e-6 of a cell."""
    for dim in DIMS[grid_kind(b)]:
        same = dim in a.dims and a.sizes[dim] == b.sizes[dim]
        if same and dim in a.coords and dim in b.coords:
            step = float(np.abs(np.diff(b[dim].values)).max()) if b.sizes[dim] > 1 else 1.0
            same = np.allclose(a[dim].values, b[dim].values, rtol=0, atol=1e-6 * step)
        if not same:
            raise GridError(
                f"The two data sets differ along '{dim}': {_told(a, dim)} and {_told(b, dim)}.",
                "Bring them to the same grid (nesym.fields.regrid), in the same order.",
            )


def check_same_units(a: xr.DataArray, b: xr.DataArray) -> None:
    """Raise `UnitError` where both have units and these do not mean the same."""
    written = [da.attrs.get("units") for da in (a, b)]
    if None in written or written[0] == written[1] or parse(written[0]) == parse(written[1]):
        return
    raise UnitError(
        f"The two data sets have other units: '{written[0]}' and '{written[1]}'.",
        f"Convert one of them: nesym.fields.convert(da, '{written[1]}').",
    )


def daily_amounts(rain: xr.DataArray) -> xr.DataArray:
    """Daily rain in mm: daily sums in mm as they are, rates as what they bring in 24 hours; lazy stays lazy.

    Raises `UnitError` for absent units and for what is not rain.
    """
    if units_of(rain, "mm day-1").strip() == "mm" or parse(rain.attrs["units"]) == parse("mm day-1"):
        return rain.assign_attrs(units="mm")
    return (to_rate(rain) * 24.0).rename(rain.name).assign_attrs(rain.attrs | {"units": "mm"})


def _told(da: xr.DataArray, dim: str) -> str:
    if dim not in da.dims:
        return f"no such dimension among {', '.join(map(str, da.dims))}"
    if dim not in da.coords:
        return f"{da.sizes[dim]} cells"
    return f"{da.sizes[dim]} from {float(da[dim][0]):g} to {float(da[dim][-1]):g}"
