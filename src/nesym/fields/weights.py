"""Area weights: what one row of cells counts in a mean over the globe."""

import numpy as np
import xarray as xr

from nesym._errors import GridError
from nesym.fields.cells import cell_edges
from nesym.fields.grid import DIMS, Grid, grid_kind


def band_areas(latitude: np.ndarray) -> np.ndarray:
    """a_i = |sin(north edge) - sin(south edge)| of each row (lat,): areas on the unit sphere, per radian of longitude.

    On equal steps a_i is cos(lat_i) times a constant; at the poles, where cos vanishes, it is the area of the half row.
    """
    edges = cell_edges(latitude, latitude=True, to_pole=True)
    return np.abs(np.diff(np.sin(np.deg2rad(edges))))


def area_weights(of: xr.DataArray | xr.Dataset | Grid) -> xr.DataArray:
    """Weight of each row, of mean 1: proportional to the area of its cells, and 1 on a plane.

    Shape (lat,) or (y,), labelled with the rows' coordinate where there is one: ready for `da.weighted`.
    """
    if isinstance(of, Grid):
        return _of_grid(of)
    kind = grid_kind(of)
    dim = DIMS[kind][0]
    weights = _normalised(of[dim].values) if kind == "latlon" else np.ones(of.sizes[dim])
    coords = {dim: of[dim]} if dim in of.coords else None
    return xr.DataArray(weights, dims=dim, coords=coords, name="area_weight")


def _of_grid(grid: Grid) -> xr.DataArray:
    if grid.kind == "plane":
        return xr.DataArray(np.ones(grid.shape[0]), dims=grid.dims[0], name="area_weight")
    if not grid.latitude:
        raise GridError("The grid does not know its latitudes.", "Make it from a field: Grid.of(da).")
    return xr.DataArray(_normalised(np.asarray(grid.latitude)), dims=grid.dims[0], name="area_weight")


def _normalised(latitude: np.ndarray) -> np.ndarray:
    if latitude.size < 2:
        return np.ones(latitude.size)
    areas = band_areas(latitude)
    return areas / areas.mean()
