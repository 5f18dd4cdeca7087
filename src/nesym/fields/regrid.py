"""From one rectilinear grid to another: conservative or bilinear, in latitude and longitude or on a plane."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import xarray as xr

from nesym._errors import GridError, InputError
from nesym.fields.cells import cell_edges
from nesym.fields.grid import DIMS, grid_kind
from nesym.fields.lazy import over_fields
from nesym.fields.regrid_weights import TURN, linear_weights, overlap_weights
from nesym.fields.units import parse

How = Literal["conservative", "bilinear"]


def regrid(
    da: xr.DataArray, target: xr.DataArray | xr.Dataset | Mapping[str, Any], how: How, coverage: float = 1.0
) -> xr.DataArray:
    """y = W x / W 1: `da` on the grid of `target`, with W = W_rows (x) W_columns.

    "conservative": W_ij is the share of target cell i that lies in source cell j, by area on the sphere or on the
    plane; area-weighted means are kept. "bilinear": linear between cell centres. Longitudes are equal up to full turns
    and wrap around where they go around the globe; either axis may run up or down; steps may vary.

    `target` has the coordinates (lat, lon) or (y, x) as `da` does. A target cell is missing where less than the share
    `coverage` of it lies in observed source cells; below 1, what is observed stands for the whole cell. Attributes are
    kept; lazy stays lazy.

    Raises `GridError` for grids of different kinds, out of order, or without overlap.
    """
    if how not in ("conservative", "bilinear"):
        raise InputError(f"how={how!r} is not a choice.", "Choose 'conservative' or 'bilinear'.")
    if not 0 < coverage <= 1:
        raise InputError(f"coverage={coverage!r} is not a share.", "Give a number above 0 and up to 1.")
    kind = grid_kind(da)
    coords = _target_coords(da, target, DIMS[kind])
    rows, columns = (_axis_weights(da[dim], coords[dim], how) for dim in DIMS[kind])
    if rows.sum() == 0 or columns.sum() == 0:
        raise GridError(
            f"The grids do not overlap: {_extent(da, DIMS[kind])} against {_extent(coords, DIMS[kind])}.",
            "Check that both are in the same coordinates and of the same region.",
        )
    floating = da if da.dtype.kind == "f" else da.astype(np.float64)
    return over_fields(_kernel(rows, columns, coverage), floating, coords, (rows.shape[0], columns.shape[0]))


def _kernel(rows: Any, columns: Any, coverage: float):
    whole = np.asarray(rows.sum(axis=1))[:, None] * np.asarray(columns.sum(axis=1))[None, :]

    def apply(x: np.ndarray) -> np.ndarray:
        known = ~np.isnan(x)
        complete = known.all()
        total = _both_axes(rows, columns, x if complete else np.where(known, x, 0.0))
        share = whole if complete else _both_axes(rows, columns, known)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(share >= coverage - 1e-9, total / share, np.nan).astype(x.dtype)

    return apply


def _both_axes(rows: Any, columns: Any, x: np.ndarray) -> np.ndarray:
    """W_rows x W_columns^T for each field of (..., y, x), in double precision."""
    lead, (ny, nx) = x.shape[:-2], x.shape[-2:]
    wide = (columns @ x.reshape(-1, nx).T.astype(np.float64)).reshape(columns.shape[0], -1, ny)
    tall = rows @ wide.transpose(2, 1, 0).reshape(ny, -1)
    return tall.reshape(rows.shape[0], -1, columns.shape[0]).transpose(1, 0, 2).reshape(*lead, rows.shape[0], -1)


def _axis_weights(source: xr.DataArray, target: xr.DataArray, how: str) -> Any:
    latitude, angle = source.name == "lat", source.name == "lon"
    values = _increasing_or_not(source)
    points = _increasing_or_not(target) * _unit_ratio(source, target)
    edges = cell_edges(values, latitude, to_pole=latitude)
    around = angle and TURN - abs(values[-1] - values[0]) < 1.5 * np.abs(np.diff(values)).max()
    if how == "bilinear":
        return linear_weights(values, edges, points, around, angle)
    wanted = cell_edges(points, latitude, to_pole=latitude)
    if latitude:
        edges, wanted = (np.sin(np.deg2rad(e)) for e in (edges, wanted))
    return overlap_weights(edges, wanted, periodic=angle)


def _increasing_or_not(coordinate: xr.DataArray) -> np.ndarray:
    values = coordinate.values.astype(np.float64)
    if values.size < 2 or len(set(np.sign(np.diff(values)))) != 1 or values[0] == values[1]:
        raise GridError(
            f"The coordinate '{coordinate.name}' needs two or more values that only rise or only fall.",
            f"Sort it: da.sortby('{coordinate.name}').",
        )
    return values


def _target_coords(da: xr.DataArray, target: Any, dims: tuple[str, str]) -> dict[str, xr.DataArray]:
    if not all(dim in getattr(target, "coords", target) for dim in dims):
        raise GridError(
            f"The target grid needs the coordinates {dims[0]} and {dims[1]}, as the data have.",
            f"Give a DataArray or Dataset with both, or {{'{dims[0]}': values, '{dims[1]}': values}}.",
        )
    labelled = isinstance(target, xr.DataArray | xr.Dataset)
    return {
        dim: xr.DataArray(
            np.asarray(target[dim], dtype=np.float64),
            dims=dim,
            name=dim,
            attrs=target[dim].attrs if labelled else da[dim].attrs,
        )
        for dim in dims
    }


def _unit_ratio(source: xr.DataArray, target: xr.DataArray) -> float:
    """Source units in one target unit of an axis on a plane; 1 where either does not say, and for degrees."""
    written = [c.attrs.get("units") for c in (source, target)]
    if source.name in DIMS["latlon"] or None in written:
        return 1.0
    here, there = (parse(text) for text in written)
    if here.dims != there.dims:
        raise GridError(
            f"The axes '{source.name}' are in '{written[0]}' and '{written[1]}'.", "Bring both to units of length."
        )
    return there.scale / here.scale


def _extent(coords: Any, dims: tuple[str, str]) -> str:
    return ", ".join(f"{dim} {float(coords[dim].min()):g} to {float(coords[dim].max()):g}" for dim in dims)
