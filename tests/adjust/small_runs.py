"""Small records with known distributions."""

import numpy as np
import xarray as xr

PLACE = {"lat": [10.0, 20.0, 30.0], "lon": [0.0, 15.0]}


def labelled(values: np.ndarray, start: str, name: str, units: str, calendar: str = "noleap") -> xr.DataArray:
    """Daily values (time, ...) on the first places of the small grid."""
    time = xr.date_range(start, periods=len(values), freq="D", calendar=calendar, use_cftime=calendar != "standard")
    dims = ("time", "lat", "lon")[: values.ndim]
    coords = {"time": time} | {dim: PLACE[dim] for dim in dims[1:]}
    return xr.DataArray(values, coords, dims, name, {"units": units})


def temperature(years: int, mean: float, spread: float, seed: int, start: str = "1980-01-01", calendar="noleap"):
    """Kelvin with a seasonal cycle and Gaussian weather."""
    rng, days = np.random.default_rng(seed), np.arange(365 * years)
    cycle = 10 * np.sin(2 * np.pi * days / 365)[:, None, None]
    values = mean + cycle + spread * rng.standard_normal((days.size, 3, 2))
    return labelled(values, start, "tas", "K", calendar)


def rain(years: int, dry: float, mean: float, seed: int, start: str = "1980-01-01", shape: float = 0.8):
    """mm/day: a share of dry days, gamma rain on the others."""
    rng = np.random.default_rng(seed)
    size = (365 * years, 3, 2)
    values = np.where(rng.random(size) < dry, 0.0, 0.2 + rng.gamma(shape, mean / shape, size))
    return labelled(values, start, "pr", "mm day-1")
