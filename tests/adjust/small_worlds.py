"""A small globe where it rains, and a model of it whose rain belt lies on the wrong side of the equator."""

import numpy as np
import xarray as xr

LAT, LON = np.linspace(-78.75, 78.75, 12), np.arange(16) * 22.5


def rain(belt: float, seed: int, days: int = 64, start: str = "2000-01-01") -> xr.DataArray:
    """Daily rain, mm/day: showers along `belt` degrees north, weather elsewhere, and dry days."""
    rng = np.random.default_rng(seed)
    mean = 1.0 + 6.0 * np.exp(-(((LAT - belt) / 15.0) ** 2))
    white = rng.standard_normal((days, LAT.size, LON.size))
    smooth = white + np.roll(white, 1, -1) + np.roll(white, -1, -1)
    values = np.maximum(mean[:, None] * (1 + 0.6 * smooth) - 0.5, 0).astype(np.float32)
    time = xr.date_range(start, periods=days, freq="D", calendar="noleap", use_cftime=True)
    return xr.DataArray(
        values, {"time": time, "lat": LAT, "lon": LON}, ("time", "lat", "lon"), "pr", {"units": "mm day-1"}
    )


def observed(seed: int = 0, **how) -> xr.DataArray:
    return rain(7.0, seed, **how)


def modelled(seed: int = 1, **how) -> xr.DataArray:
    return rain(-7.0, seed, **how)
