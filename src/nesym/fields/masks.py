"""Masks: True where there is an observation."""

import numpy as np
import xarray as xr

from nesym._errors import InputError
from nesym.fields.grid import DIMS, grid_kind
from nesym.fields.weights import area_weights


def observed(da: xr.DataArray) -> xr.DataArray:
    """True where `da` has a value; lazy stays lazy."""
    return da.notnull().rename("observed")


def masked(da: xr.DataArray, mask: xr.DataArray) -> xr.DataArray:
    """`da` where `mask` is True, missing elsewhere; refuses a mask that is not boolean."""
    return da.where(_boolean(mask))


def observed_fraction(mask: xr.DataArray) -> xr.DataArray:
    """F = sum a_ij m_ij / sum a_ij: the share of the area that is observed, for each of the other dimensions."""
    return _boolean(mask).astype(np.float64).weighted(area_weights(mask)).mean(DIMS[grid_kind(mask)])


def _boolean(mask: xr.DataArray) -> xr.DataArray:
    if mask.dtype != bool:
        raise InputError(
            f"A mask is True where there is an observation, and values of type {mask.dtype} came.",
            "Make it boolean: mask == 1, or nesym.fields.observed(da).",
        )
    return mask
