"""The horizontal grid of a field: what it is, how large its cells are, and its coarser and finer relatives."""

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import xarray as xr

from nesym._errors import GridError
from nesym.fields.blocks import block_mean, block_shape
from nesym.fields.cells import coarsened_centres, refined_centres
from nesym.fields.spacing import axis_step
from nesym.fields.units import parse

EARTH_RADIUS_KM = 6371.0
DEGREE_KM = EARTH_RADIUS_KM * np.pi / 180
DIMS = {"plane": ("y", "x"), "latlon": ("lat", "lon")}


@dataclass(frozen=True)
class Grid:
    """A regular grid of ny x nx cells, on a plane or in latitude and longitude.

    `spacing_km` is (dy, dx) as true distances; on a latlon grid dx holds at the domain's mean |latitude|. `periodic`
    says that the longitudes go once around the globe. `latitude` holds the row centres in degrees (latlon only).
    """

    kind: Literal["plane", "latlon"]
    dims: tuple[str, str]
    shape: tuple[int, int]
    spacing_km: tuple[float, float]
    periodic: bool = False
    latitude: tuple[float, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def of(cls, data: xr.DataArray | xr.Dataset) -> "Grid":
        """The grid of `data`, which has the dimensions (y, x) with units of length, or (lat, lon) in degrees.

        Raises `GridError` for other dimensions, absent coordinates, spacing that varies by more than 1 % (10 % along
        latitude, so that Gaussian grids pass) and longitudes that meet themselves.
        """
        kind = grid_kind(data)
        rows, columns = (_coordinate(data, dim) for dim in DIMS[kind])
        shape = (rows.size, columns.size)
        if kind == "plane":
            dy, dx = (axis_step(c) * _length_km(c) for c in (rows, columns))
            return cls(kind, DIMS[kind], shape, (dy, dx))
        latitude = rows.values.astype(np.float64)
        dlat, dlon = axis_step(rows), axis_step(columns)
        dx = dlon * DEGREE_KM * np.cos(np.deg2rad(np.abs(latitude).mean()))
        return cls(
            kind,
            DIMS[kind],
            shape,
            (dlat * DEGREE_KM, float(dx)),
            _goes_around(columns, dlon),
            tuple(latitude.tolist()),
        )

    def coarsen(self, factor: int) -> "Grid":
        """The grid of blocks of `factor` x `factor` cells; raises `GridError` if they do not fit."""
        shape = block_shape(self.shape, factor)
        latitude = coarsened_centres(self.latitude, factor) if self.latitude else ()
        return self._with(shape, factor, latitude)

    def refine(self, factor: int) -> "Grid":
        """The grid with each cell cut into `factor` x `factor`."""
        shape = (self.shape[0] * factor, self.shape[1] * factor)
        latitude = refined_centres(self.latitude, factor, latitude=True) if self.latitude else ()
        return self._with(shape, 1 / factor, latitude)

    def _with(self, shape: tuple[int, int], stretch: float, latitude) -> "Grid":
        spacing = (self.spacing_km[0] * stretch, self.spacing_km[1] * stretch)
        return replace(self, shape=shape, spacing_km=spacing, latitude=tuple(float(v) for v in latitude))


def grid_kind(data: xr.DataArray | xr.Dataset) -> Literal["plane", "latlon"]:
    """Which of the two horizontal pairs of dimensions `data` has; raises `GridError` for neither."""
    for kind, dims in DIMS.items():
        if set(dims) <= set(data.dims):
            return kind
    found = ", ".join(map(str, data.dims)) or "none"
    raise GridError(
        f"A horizontal field has the dimensions (y, x) or (lat, lon), and these came: {found}.",
        "Rename the two horizontal dimensions, or pass the data through nesym.fields.canonical first.",
    )


def refined_coords(da: xr.DataArray, factor: int) -> dict[str, xr.DataArray]:
    """Coordinates of the horizontal axes after cutting each cell into `factor` parts; rows never cross a pole."""
    Grid.of(da)
    return {
        dim: _like(da[dim], refined_centres(da[dim].values, factor, latitude=dim == "lat"))
        for dim in DIMS[grid_kind(da)]
    }


def coarsened_coords(da: xr.DataArray, factor: int) -> dict[str, xr.DataArray]:
    """Coordinates of the horizontal axes after joining `factor` neighbouring cells."""
    dims = DIMS[grid_kind(da)]
    block_shape((da.sizes[dims[0]], da.sizes[dims[1]]), factor)
    return {dim: _like(da[dim], coarsened_centres(da[dim].values, factor)) for dim in dims}


def coarsen(da: xr.DataArray, factor: int) -> xr.DataArray:
    """X_IJ = sum_ij a_i x_ij / sum_ij a_i over blocks of f x f cells, a_i the area of a cell in row i.

    The areas are equal on a plane; in latitude and longitude they are those of `area_weights`. A missing value makes
    its block missing. Attributes and dtype are kept; lazy stays lazy.
    """
    from nesym.fields.lazy import over_fields
    from nesym.fields.weights import area_weights

    coords = coarsened_coords(da, factor)
    sizes = tuple(c.size for c in coords.values())
    if grid_kind(da) == "plane":
        return over_fields(lambda x: block_mean(x, factor), da, coords, sizes)
    # The areas of one block sum to f^2, so that the weighted mean is one block mean of a product.
    weight = area_weights(da).values[:, None]
    weight = weight / block_mean(weight.repeat(factor, axis=1), factor).repeat(factor, axis=0)
    return over_fields(lambda x: block_mean(x * weight.astype(x.dtype), factor), da, coords, sizes)


def _coordinate(data: xr.DataArray | xr.Dataset, dim: str) -> xr.DataArray:
    if dim not in data.coords:
        values = "np.arange(n) * 1000.0, {'units': 'm'}" if dim in DIMS["plane"] else "degrees"
        raise GridError(
            f"The dimension '{dim}' has no coordinate, so that distances are unknown.",
            f"Add it: da.assign_coords({dim}=('{dim}', {values})).",
        )
    return data[dim]


def _length_km(coordinate: xr.DataArray) -> float:
    written = coordinate.attrs.get("units", "")
    if not written or parse(written).dims != parse("km").dims:
        raise GridError(
            f"The coordinate '{coordinate.name}' needs units of length, and '{written}' came.",
            f"Set them: da['{coordinate.name}'].attrs['units'] = 'm'.",
        )
    return parse(written).scale / 1000.0


def _goes_around(longitude: xr.DataArray, step: float) -> bool:
    first, last = float(longitude[0]), float(longitude[-1])
    gap = 360.0 - abs(last - first)
    if gap < 0.1 * step:
        raise GridError(
            f"The longitudes from {first:g} to {last:g} go around the globe and meet themselves.",
            f"Keep each meridian once, for example da.isel({longitude.name}=slice(None, -1)).",
        )
    return abs(gap - step) < 0.1 * step


def _like(coordinate: xr.DataArray, values: np.ndarray) -> xr.DataArray:
    return xr.DataArray(values, dims=coordinate.dims, name=coordinate.name, attrs=coordinate.attrs)
