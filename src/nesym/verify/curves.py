"""What a number cannot show: spectra by wavelength, rank histograms, memory in time, of every method and the truth."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from nesym.verify.patterns import rings_of
from nesym.verify.similarity import correlation
from nesym.verify.state import State
from nesym.verify.statistics import TRUTH, Means


def curves_of(states: Mapping[str, State], shape: tuple[int, int], spacing_km: tuple[float, float]) -> xr.Dataset:
    """Curves of those statistics that the `states` hold.

    rapsd (method, wavelength): power on each ring, wavelength in km; rank_histogram (method, rank): frequencies, NaN
    beyond a method's number of members and for the truth, attribute n = number of time steps; lag1 (method): lag-1
    autocorrelation. The last method is "truth". Select one by `curves.sel({"method": name})`, since `method` as a
    keyword of `sel` has another meaning.
    """
    means = {name: state.means() for name, state in states.items()}
    curves = {}
    if _have(means, "rapsd"):
        curves["rapsd"] = _spectra(means, shape, spacing_km)
    if _have(means, "ranks"):
        n = len(next(iter(states.values())).stamps)
        curves["rank_histogram"] = _ranks(means).assign_attrs(long_name="frequency of each rank", n=n)
    if _have(means, "lag"):
        curves["lag1"] = _beside_truth({name: correlation(m["lag"].reshape(2, -1)) for name, m in means.items()}, ())
        curves["lag1"].attrs["long_name"] = "lag-1 autocorrelation in time"
    return xr.Dataset(curves)


def _have(means: Mapping[str, Means], statistic: str) -> bool:
    return all(statistic in m for m in means.values())


def _beside_truth(halves: Mapping[str, np.ndarray], dims: tuple[str, ...]) -> xr.DataArray:
    """Forecasts' halves (2, ...) of all methods, and after them the truth's half, which is the same in all."""
    values = [half[0] for half in halves.values()] + [next(iter(halves.values()))[1]]
    return xr.DataArray(np.stack(values), dims=("method", *dims), coords={"method": [*halves, TRUTH]})


def _spectra(means: Mapping[str, Means], shape: tuple[int, int], spacing_km: tuple[float, float]) -> xr.DataArray:
    rings = rings_of(shape, spacing_km)
    halves = {name: m["rapsd"].reshape(2, rings.count)[:, 1:] for name, m in means.items()}
    wavelength = xr.DataArray(rings.wavelength[1:], dims="wavelength", attrs={"units": "km"})
    curves = _beside_truth(halves, ("wavelength",)).assign_coords(wavelength=wavelength)
    return curves.assign_attrs(long_name="radially averaged power spectral density")


def _ranks(means: Mapping[str, Means]) -> xr.DataArray:
    ranks = max(len(m["ranks"]) for m in means.values())
    values = np.full((len(means) + 1, ranks), np.nan)
    for row, m in zip(values[:-1], means.values(), strict=True):
        row[: len(m["ranks"])] = m["ranks"]
    coords = {"method": [*means, TRUTH], "rank": np.arange(ranks)}
    return xr.DataArray(values, dims=("method", "rank"), coords=coords)
