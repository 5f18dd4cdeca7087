"""Zonal profiles of rain and the peaks of its tropical belt (ITCZ): how high, on which side, how many."""

import numpy as np
import xarray as xr

from nesym._errors import GridError, InputError, MissingValuesError
from nesym.fields.grid import grid_kind
from nesym.fields.weights import band_areas
from nesym.verify.statistics import Means, Statistic, Step

TROPICS = 20.0  # degrees: the belt in which peaks are sought
PROMINENCE = 0.05  # of the largest value: what is less is a ripple


def zonal_mean(da: xr.DataArray) -> xr.DataArray:
    """Mean over longitude of the cells that have a value: (..., lat, lon) -> (..., lat); lazy stays lazy.

    Raises `GridError` for data that are not in latitude and longitude.
    """
    if grid_kind(da) != "latlon":
        raise GridError(
            "Zonal means are taken along circles of latitude, and this grid is a plane.",
            "Regrid to latitude and longitude first: nesym.fields.regrid.",
        )
    return da.mean("lon", keep_attrs=True)


def peak_ratio(profile: np.ndarray, latitude: np.ndarray, within: float = TROPICS) -> np.ndarray:
    """South/north ratio of the ITCZ: profile (..., lat), latitude (lat,) in degrees, in any order -> (...).

        R = max{P(lat): -within <= lat < 0} / max{P(lat): 0 < lat <= within}

    Above 1 the southern belt is the stronger one, as in models with a double ITCZ (related to the southern ITCZ index
    of Bellucci et al. 2010, doi 10.1175/2009JCLI3002.1). NaN where a profile is missing on one side.
    Raises `GridError` if there are no latitudes on one side.
    """
    south, north = _sides(latitude, within)
    profile = np.asarray(profile)
    with np.errstate(divide="ignore", invalid="ignore"):
        return profile[..., south].max(-1) / profile[..., north].max(-1)


def peak_count(
    profile: np.ndarray, latitude: np.ndarray, within: float = TROPICS, prominence: float = PROMINENCE
) -> np.ndarray:
    """Number of local maxima of (..., lat) between -`within` and `within` degrees: 2 for a double ITCZ; int (...).

    A maximum counts if, on the way to any higher value, the profile falls at least `prominence` times its largest value
    below it; that is how hills are told from ripples. Raises `InputError` for a prominence that is not positive,
    `MissingValuesError` for a profile with gaps.
    """
    from scipy.signal import find_peaks

    if not prominence > 0:
        raise InputError(f"The prominence is a positive share, and {prominence} came.", "Write prominence=0.05.")
    _sides(latitude, within)
    profile, latitude = np.asarray(profile, np.float64), np.asarray(latitude)
    if not np.isfinite(profile).all():
        raise MissingValuesError(
            "Peaks are counted in complete profiles, and some values are missing.",
            "Cut the profile to the rows that have a value.",
        )
    counts = []
    for row in profile.reshape(-1, profile.shape[-1]):
        peaks, _ = find_peaks(row, prominence=prominence * row.max())
        counts.append((np.abs(latitude[peaks]) <= within).sum())
    return np.array(counts, np.intp).reshape(profile.shape[:-1])


def _sides(latitude: np.ndarray, within: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows south and north of the equator, the equator itself left out."""
    latitude = np.asarray(latitude, np.float64)
    near = np.abs(latitude) <= within
    south, north = near & (latitude < 0), near & (latitude > 0)
    if not (south.any() and north.any()):
        raise GridError(
            f"Latitudes on both sides of the equator, up to {within:g} degrees, were expected; they run from "
            f"{latitude.min():g} to {latitude.max():g}.",
            "Give the whole tropical belt.",
        )
    return south, north


def _profiles(step: Step) -> tuple[np.ndarray, float]:
    """Sums along the rows over the observed cells: of the ensemble mean, of the observations, and the cells: (3 ny,)."""
    fields = step.mean, step.obs, np.ones(step.obs.shape)
    return np.concatenate([np.where(step.valid, field, 0.0).sum(-1) for field in fields]), 1.0


ZONAL = Statistic("zonal", _profiles, whole=True)


def profiles(means: Means, latitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Zonal means (..., lat) of forecasts and of observations; NaN in rows without any observation.

    Raises `GridError` if the statistic was taken on another number of rows.
    """
    forecast, truth, cells = np.split(means[ZONAL.name], 3, -1)
    if cells.shape[-1] != len(latitude):
        raise GridError(
            f"The metric was made for {len(latitude)} rows, and the fields have {cells.shape[-1]}.",
            "Make it with the latitudes of the fields: metrics.zonal_error(obs.lat).",
        )
    return forecast / cells, truth / cells


def row_mean(values: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    """Mean over the rows (..., lat) that have a value, weighted by their area."""
    known = np.isfinite(values)
    area = np.where(known, band_areas(latitude), 0.0)
    return (np.where(known, values, 0.0) * area).sum(-1) / area.sum(-1)
