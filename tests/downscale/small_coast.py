"""Daily rain on cells of which some are at sea, and a model's rain around it: small, and of a known law."""

import numpy as np
import xarray as xr

from nesym.downscale.embedding_training import EmbeddingTraining

FACTOR, SIDE = 3, 12
TRAINING = EmbeddingTraining(width=8, multipliers=(1,), batch=4, steps=4, every=2)


def land() -> np.ndarray:
    """One block of open sea, a coast that cuts others."""
    found = np.ones((SIDE, SIDE), bool)
    found[:4, :5] = False
    return found


def observed(days: int = 150, seed: int = 0) -> xr.DataArray:
    """Rain (time, lat, lon) in mm/day from December on: showers of a few cells, wetter in the north; NaN at sea."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((days, SIDE + 4, SIDE + 4))
    smooth = sum(np.roll(noise, (i, j), (1, 2)) for i in range(-1, 2) for j in range(-1, 2))[:, 2:-2, 2:-2] / 3
    climate = np.linspace(1.0, 4.0, SIDE)[:, None]
    rain = np.where(smooth > -0.5, climate * np.exp(0.8 * smooth), 0.0)
    return labelled(np.where(land(), rain, np.nan), 36.25 + 0.5 * np.arange(SIDE), -8.25 + 0.5 * np.arange(SIDE))


def modelled(days: int = 150, seed: int = 1) -> xr.DataArray:
    """A model's rain on cells of 1.4 degrees, which do not nest: too dry by a quarter."""
    rng = np.random.default_rng(seed)
    lat, lon = 35.3 + 1.4 * np.arange(6), -9.0 + 1.4 * np.arange(6)
    return labelled(4.0 * rng.gamma(0.6, 1.0, (days, 6, 6)), lat, lon)


def labelled(rain: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> xr.DataArray:
    """Rain in mm/day with its labels, a day a step."""
    time = np.datetime64("2000-12-01", "ns") + np.arange(len(rain)) * np.timedelta64(1, "D")
    coords = {"time": time, "lat": lat, "lon": lon}
    return xr.DataArray(rain.astype(np.float32), coords, ("time", "lat", "lon"), "pr", {"units": "mm day-1"})
