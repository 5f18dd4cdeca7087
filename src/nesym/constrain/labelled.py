"""The labelled door: constraints on xarray data, with units, grids and times checked before numbers meet."""

import numpy as np
import xarray as xr

from nesym._errors import ConstraintError, GridError, TimeError
from nesym.constrain.bounds import Bounds
from nesym.constrain.budget import Budget
from nesym.fields.grid import DIMS, coarsened_coords, grid_kind
from nesym.fields.units import parse, units_of
from nesym.observe import Coarsen, Total


def apply(constraint: Budget | Bounds, da: xr.DataArray, ref: xr.DataArray | None = None) -> xr.DataArray:
    """`constraint.project(da, ref)` on fields with the horizontal dimensions (y, x) or (lat, lon).

    `ref` is what A gives: for `Coarsen(factor)` the coarse field, whose cells are blocks of the grid of `da`; for
    `Total` a value per time. It may lack other dimensions of `da`, such as `member`. Name, attributes, dtype and the
    order of dimensions are kept; lazy arrays stay lazy. Raises `UnitError` for units that are absent or not
    understood, `ConstraintError` for units that differ (those of a weighted sum, which are unknown, are not compared),
    `GridError` and `TimeError` for another grid or other times.

    In latitude and longitude give the operator the area weights that the reference was made with.
    """
    dims = DIMS[grid_kind(da)]
    arrays, cores = [da], [list(dims)]
    if isinstance(constraint, Budget):
        _check_reference(constraint, da, ref)
        # Coarse rows are not fine rows: unlabelled, under a name of their own, they are not aligned with them.
        coarse = {dim: f"coarse_{dim}" for dim in dims if dim in ref.dims}
        arrays.append(ref.drop_vars(coarse, errors="ignore").rename(coarse))
        cores.append(list(coarse.values()))
    elif not isinstance(constraint, Bounds):
        raise ConstraintError(
            f"Labelled fields take a Budget or Bounds, and {type(constraint).__name__} came.",
            "Use its `project` on arrays, one state at a time.",
        )
    projected = xr.apply_ufunc(
        lambda *fields: np.asarray(constraint.project(*fields)),
        *arrays,
        input_core_dims=cores,
        output_core_dims=[list(dims)],
        dask="parallelized",
        output_dtypes=[da.dtype],
        dask_gufunc_kwargs={"allow_rechunk": True},
        keep_attrs="override",
    )
    return projected.rename(da.name).transpose(*da.dims).astype(da.dtype, copy=False)


def _check_reference(constraint: Budget, da: xr.DataArray, ref: xr.DataArray | None) -> None:
    """Raise if the reference is absent, or its units, grid or other coordinates are not those of the field."""
    operator = constraint.operator
    if ref is None:
        raise ConstraintError("A budget needs a reference to keep, and none came.", "Give ref, the coarse field.")
    if not (isinstance(operator, Total) and operator.weights is not None and not operator.mean):
        _check_units(da, ref)
    horizontal = [dim for dim in DIMS[grid_kind(da)] if dim in ref.dims]
    if len(horizontal) != operator.axes or not set(ref.dims) <= set(da.dims):
        raise GridError(
            f"A reference of {operator} for a field with {da.dims} cannot have the dimensions {ref.dims}.",
            f"Give it {operator.axes} horizontal dimensions, and of the others only those of the field.",
        )
    if isinstance(operator, Coarsen):
        for dim, centres in coarsened_coords(da, operator.factor).items():
            _check_centres(ref, dim, centres, da[dim])
    for dim in set(ref.dims) - set(horizontal):
        if ref.sizes[dim] != da.sizes[dim] or (dim in ref.indexes and not ref[dim].equals(da[dim])):
            raise (TimeError if dim == "time" else GridError)(
                f"The reference and the field differ along '{dim}'.",
                f"Bring them together first: da, ref = xr.align(da, ref, exclude={horizontal}).",
            )


def _check_units(da: xr.DataArray, ref: xr.DataArray) -> None:
    field, kept = (parse(units_of(data)) for data in (da, ref))
    if field.dims != kept.dims or not np.allclose((field.scale, field.offset), (kept.scale, kept.offset), atol=0):
        raise ConstraintError(
            f"The reference must have the units of the field, '{units_of(da)}', and '{units_of(ref)}' came.",
            f"Convert it first: nesym.fields.units.convert(ref, '{units_of(da)}').",
        )


def _check_centres(ref: xr.DataArray, dim: str, centres: xr.DataArray, fine: xr.DataArray) -> None:
    cell = np.abs(np.diff(fine.values)).max() if fine.size > 1 else np.inf
    came = ref[dim].values if dim in ref.coords else np.full(ref.sizes[dim], np.nan)
    # Without coordinates (NaN) only the number of cells can be told.
    if came.size != centres.size or np.any(np.abs(came - centres.values) > cell / 2):
        raise GridError(
            f"The cells of the reference along '{dim}' must be blocks of the field's, {_span(centres.values)}, "
            f"and {_span(came)} came.",
            "Give the reference on the grid of nesym.fields.grid.coarsen(da, factor), in the same order.",
        )


def _span(values: np.ndarray) -> str:
    return f"{values.size} centres from {values[0]:g} to {values[-1]:g}"
