"""Small coarse rain, and every method ready to draw. One shape, 8 x 8 blocks of 4 x 4 cells, so that it compiles once."""

import numpy as np
import xarray as xr
from small_learned import FITTED, TRAINING

from nesym.downscale import Bilinear, Cascade, Conservative, ConsistencyDownscaler, DiffusionDownscaler, RainFARM
from nesym.downscale.cascade import CascadeFit
from nesym.fields.memory import Memory

FIT = CascadeFit((2, 4), (2.5, 3.0), (1.5, 2.0), (0.3, 0.3))
# An e-folding time below the time step keeps the tree of draws small, and the number of programs to compile.
MEMORY = Memory(efold=70.0, step=300)
READY = {
    "bilinear": Bilinear(),
    "conservative": Conservative(),
    "rainfarm": RainFARM(fitted_memory=MEMORY),
    "cascade": Cascade(fitted=FIT, fitted_memory=MEMORY),
    "consistency": ConsistencyDownscaler(fitted=FITTED, fitted_memory=MEMORY, training=TRAINING),
    "diffusion": DiffusionDownscaler(fitted=FITTED, fitted_memory=MEMORY, training=TRAINING, steps=3),
}


def make_coarse(nt=6, ny=8, nx=8, minutes=5, dry=True, seed=0) -> xr.DataArray:
    """Showers on a plane of 4 km cells, with a dry corner; smooth enough to be rain."""
    rng, (y, x) = np.random.default_rng(seed), np.mgrid[:ny, :nx]
    p = rng.uniform(0, 2 * np.pi, (nt, 3, 1, 1))
    waves = np.sin(2 * np.pi * x / nx + p[:, 0]) * np.sin(2 * np.pi * y / ny + p[:, 1])
    rain = np.exp(1.2 * waves + 0.8 * np.sin(2 * np.pi * (x + y) / 4 + p[:, 2])).astype(np.float32)
    if dry:
        rain[:, -3:, -3:] = 0
    coords = {
        "time": np.datetime64("2018-05-10", "ns") + np.arange(nt) * np.timedelta64(minutes, "m"),
        "y": ("y", 2.0 + 4.0 * np.arange(ny), {"units": "km"}),
        "x": ("x", 2.0 + 4.0 * np.arange(nx), {"units": "km"}),
    }
    return xr.DataArray(rain, coords, ("time", "y", "x"), "pr", {"units": "mm h-1"})


def on_the_globe(rain: xr.DataArray, lat, lon) -> xr.DataArray:
    """The same values on latitudes and longitudes."""
    coords = {
        "time": rain["time"],
        "lat": ("lat", np.asarray(lat, float), {"units": "degrees_north"}),
        "lon": ("lon", np.asarray(lon, float), {"units": "degrees_east"}),
    }
    return xr.DataArray(rain.values, coords, ("time", "lat", "lon"), "pr", rain.attrs)
