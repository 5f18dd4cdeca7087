"""Series of known noise, by NumPy alone."""

import numpy as np
import xarray as xr


def linear(seed: int, count: int = 128, steps: int = 100, step: float = 0.05, sigma: float = 2.0) -> np.ndarray:
    """(count, steps + 1) of x' = x - x step + sigma sqrt(step) xi + a level of 10, begun at rest."""
    rng = np.random.default_rng(seed)
    x = np.empty((count, steps + 1))
    x[:, 0] = sigma / 2**0.5 * rng.standard_normal(count)
    for k in range(steps):
        x[:, k + 1] = x[:, k] * (1 - step) + sigma * step**0.5 * rng.standard_normal(count)
    return 10 + x


def labelled(values: np.ndarray, step: float = 0.05, **attrs) -> xr.DataArray:
    """(trajectory, time), or (time,) of a single one."""
    dims = ("trajectory", "time")[-values.ndim :]
    time = xr.Variable("time", np.arange(values.shape[-1]) * step, {"units": "year"})
    return xr.DataArray(values, {"time": time}, dims, "temperature", {"units": "K", **attrs})
