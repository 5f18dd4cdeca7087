"""Which axis is which: any CF-named field becomes (member, time, y, x) or (member, time, lat, lon)."""

import numpy as np
import xarray as xr

from nesym._errors import GridError
from nesym.fields.grid import DIMS

ORDER = ("member", "time", "y", "x", "lat", "lon")
_STANDARD = {
    "time": "time",
    "latitude": "lat",
    "longitude": "lon",
    "projection_y_coordinate": "y",
    "projection_x_coordinate": "x",
    "realization": "member",
    "grid_latitude": "rotated",
    "grid_longitude": "rotated",
}
_NAMES = {
    "time": "time t valid_time date",
    "lat": "lat latitude lats nav_lat",
    "lon": "lon longitude lons long nav_lon",
    "y": "y yc northing projection_y_coordinate",
    "x": "x xc easting projection_x_coordinate",
    "member": "member members realization ensemble ens number",
    "rotated": "rlat rlon grid_latitude grid_longitude",
}
_BY_NAME = {name: role for role, names in _NAMES.items() for name in names.split()}
_NORTH = {"degrees_north", "degree_north", "degree_n", "degrees_n", "degreen", "degreesn"}
_EAST = {"degrees_east", "degree_east", "degree_e", "degrees_e", "degreee", "degreese"}


def role(coordinate: xr.DataArray) -> str | None:
    """What a dimension coordinate is: "time", "lat", "lon", "y", "x", "member", "rotated" or unknown (None).

    Judged by standard name, then units, then name, then the attribute `axis`.
    """
    attrs = coordinate.attrs
    if attrs.get("standard_name"):
        return _STANDARD.get(attrs["standard_name"])
    units = str(attrs.get("units", "")).lower()
    if units in _NORTH | _EAST:
        return "lat" if units in _NORTH else "lon"
    named = _BY_NAME.get(str(coordinate.name).lower())
    if named:
        return named
    return {"T": "time", "Y": "y", "X": "x"}.get(attrs.get("axis", ""))


def name_axes(da: xr.DataArray) -> xr.DataArray:
    """`da` with its axes renamed and ordered; single-valued extra axes dropped, longitudes made monotone.

    The orientation of the axes is kept. Coordinates other than those of the axes, a scalar time and the grid mapping
    are dropped. Raises `GridError` for curvilinear and rotated grids, for fields without two horizontal axes, for axes
    that mean the same, and for further axes of more than one value.
    """
    da = da.squeeze([dim for dim in da.dims if da.sizes[dim] == 1 and role(_along(da, dim)) not in ORDER], drop=True)
    da = _with_own_coordinates(da)
    roles = {dim: role(da[dim]) for dim in da.dims}
    _refuse_unclear(da, roles)
    kept = set(da.dims) | {name for name, c in da.coords.items() if "grid_mapping_name" in c.attrs}
    kept |= set() if "time" in roles.values() else {"time"}
    da = da.reset_coords([name for name in da.coords if name not in kept], drop=True)
    da = da.rename({dim: name for dim, name in roles.items() if dim != name})
    return _monotone_longitude(da.transpose(*[dim for dim in ORDER if dim in da.dims]))


def _along(da: xr.DataArray, dim: str) -> xr.DataArray:
    """The coordinate of a dimension: of its own name, else the only one-dimensional one along it."""
    if dim in da.coords:
        return da[dim]
    others = [c for c in da.coords.values() if c.dims == (dim,)]
    return others[0] if len(others) == 1 else da[dim]


def _with_own_coordinates(da: xr.DataArray) -> xr.DataArray:
    swap = {dim: str(_along(da, dim).name) for dim in da.dims}
    return da.swap_dims({dim: name for dim, name in swap.items() if dim != name})


def _refuse_unclear(da: xr.DataArray, roles: dict) -> None:
    names = list(roles.values())
    if "rotated" in names:
        raise GridError(
            f"'{da.name}' is on a rotated grid ({', '.join(map(str, da.dims))}).",
            "Interpolate it to latitude and longitude first (for example with `cdo remapcon`), or, to work in the "
            "rotated coordinates, drop the true lat and lon, rename the rotated ones to lat and lon, and delete their "
            "attribute 'standard_name'.",
        )
    pairs = [pair for pair in DIMS.values() if set(pair) <= set(names)]
    plane_without_distances = pairs == [DIMS["plane"]] and not {"y", "x"} <= {
        roles[dim] for dim in da.dims if dim in da.coords
    }
    if (not pairs or plane_without_distances) and _curvilinear(da):
        raise GridError(
            f"'{da.name}' is on a curvilinear grid: its latitudes and longitudes are two-dimensional.",
            "Interpolate it to a regular grid first (for example with `cdo remapcon`), or, if its rows and columns are "
            "equidistant on a map projection, give them coordinates y and x in m.",
        )
    if len(pairs) != 1:
        raise GridError(
            f"'{da.name}' needs two horizontal axes, (y, x) or (lat, lon), and it has the dimensions "
            f"({', '.join(map(str, da.dims))}).",
            "Choose a gridded variable, or name its horizontal axes by the attribute 'standard_name' of their "
            "coordinates.",
        )
    for dim, name in roles.items():
        if name is None or (name in ("y", "x", "lat", "lon") and name not in pairs[0]):
            raise GridError(
                f"'{da.name}' has a further axis '{dim}' of {da.sizes[dim]} values.",
                f"Choose one of them: ds.isel({dim}=0).",
            )
        if names.count(name) > 1:
            same = [str(d) for d, r in roles.items() if r == name]
            raise GridError(
                f"The axes {' and '.join(same)} of '{da.name}' both look like {name}.",
                f"Choose one value along one of them: ds.isel({same[0]}=0).",
            )


def _curvilinear(da: xr.DataArray) -> bool:
    return any(c.ndim == 2 and role(c) in ("lat", "lon") for c in da.coords.values())


def _monotone_longitude(da: xr.DataArray) -> xr.DataArray:
    """Let longitudes that jump once, at Greenwich or at the date line, run on: [358, 359, 0, 1] -> [-2, -1, 0, 1]."""
    if "lon" not in da.dims or da.sizes["lon"] < 3:
        return da
    steps = np.diff(da["lon"].values.astype(np.float64))
    if (np.abs(steps) > 180).sum() != 1:
        return da
    longitude = np.unwrap(da["lon"].values.astype(np.float64), period=360.0)
    longitude -= 360.0 * np.round((longitude.mean() - 90.0) / 360.0)
    return da.assign_coords(lon=da["lon"].copy(data=longitude))
