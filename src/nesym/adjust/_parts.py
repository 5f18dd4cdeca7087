"""Coarse cells and the fine cells within them: which belong together, and fields of one as parts of the other."""

import numpy as np
import xarray as xr

from nesym._errors import GridError
from nesym.adjust._labels import same_cells
from nesym.fields.blocks import block_repeat
from nesym.fields.cells import coarsened_centres
from nesym.fields.grid import DIMS, Grid, grid_kind
from nesym.fields.interpolation import refine_bilinear
from nesym.fields.lazy import over_fields
from nesym.fields.weights import area_weights


def horizontal(da: xr.DataArray) -> tuple[str, str]:
    """The two horizontal dimensions; raises `GridError` for a record without them, or with others than time."""
    dims = DIMS[grid_kind(da)]
    extra = set(map(str, da.dims)) - {"time", *dims}
    if extra:
        raise GridError(
            f"The fine record has the further dimension '{extra.pop()}'.", "Select one of its values first."
        )
    absent = [dim for dim in dims if dim not in da.coords]
    if absent:
        raise GridError(
            f"The dimension '{absent[0]}' has no coordinate.", f"Add it: da.assign_coords({absent[0]}=...)."
        )
    return dims


def blocks_of(coarse: xr.DataArray, fine: xr.DataArray) -> tuple[int, xr.DataArray]:
    """How many fine cells a coarse one has along each side, and `coarse` with its cells in the order of the fine ones.

    Raises `GridError` for cells that are not blocks of as many fine cells in both directions.
    """
    dims = horizontal(fine)
    remedy = (
        "Bring it to a grid of whole blocks: nesym.fields.regrid(run, nesym.fields.coarsen(obs, f), 'conservative')."
    )
    sizes = [(fine.sizes[dim], coarse.sizes.get(dim, 0)) for dim in dims]
    factors = {n // m if m and n % m == 0 else 0 for n, m in sizes}
    factor = factors.pop()
    if factors or factor < 2:
        words = " and ".join(f"{m} along '{dim}' for {n}" for dim, (n, m) in zip(dims, sizes, strict=True))
        raise GridError(f"Coarse cells hold f x f fine cells, f from 2, and there are {words}.", remedy)
    centres = {dim: coarsened_centres(fine[dim].values, factor) for dim in dims}
    cells = xr.DataArray(np.empty((0, *(c.size for c in centres.values()))), centres, ("time", *dims))
    return factor, same_cells(coarse, cells, "coarse run")


def interpolated(coarse: xr.DataArray, fine: xr.DataArray, factor: int) -> xr.DataArray:
    """`coarse` between the centres of its cells, on the fine grid; beside a missing value every cell as it is."""
    dims = horizontal(fine)
    periodic = dims == DIMS["latlon"] and Grid.of(fine).periodic

    def kernel(x: np.ndarray) -> np.ndarray:
        smooth = refine_bilinear(x, factor, periodic)
        return np.where(np.isnan(smooth), block_repeat(x, factor), smooth)

    return over_fields(kernel, coarse, {dim: fine[dim] for dim in dims}, tuple(fine.sizes[dim] for dim in dims))


def weights_of(fine: xr.DataArray) -> xr.DataArray:
    """The area of each fine cell, 0 where there never is a value: (y, x)."""
    return (area_weights(fine) * fine.notnull().any("time")).transpose(*horizontal(fine))


def apart(fine: xr.DataArray, dims: tuple[str, str], factor: int) -> xr.DataArray:
    """A fine field by coarse cells: their two dimensions, and a last one `part`."""
    bare = fine.drop_vars(list(fine.coords))
    cut = bare.coarsen(dict.fromkeys(dims, factor)).construct({dim: (dim, f"{dim}_part") for dim in dims})
    return cut.stack(part=[f"{dim}_part" for dim in dims], create_index=False)


def together(parts: xr.DataArray, fine: xr.DataArray, factor: int) -> xr.DataArray:
    """The fine field (..., y, x) of its `parts`, with the coordinates of `fine`."""
    dims = horizontal(fine)
    last = parts.transpose(..., *dims, "part")
    lead, (ny, nx) = last.shape[:-3], last.shape[-3:-1]
    cells = last.data.reshape(*lead, ny, nx, factor, factor).swapaxes(-3, -2)
    values = cells.reshape(*lead, ny * factor, nx * factor)
    return xr.DataArray(values, dims=[*last.dims[:-3], *dims]).assign_coords({dim: fine[dim] for dim in dims})
