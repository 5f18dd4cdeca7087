"""Small maps whose law is known: trajectories for polynomial propagators."""

import numpy as np
import xarray as xr

HENON = ("x", "y")


def henon(x, y):
    """Hénon 1976: a polynomial map of degree 2, chaotic."""
    return 1 - x * x * 14 / 10 + y, x * 3 / 10


def trajectory(samples: int, start: tuple = (0.1, 0.2), step: float = 0.5) -> xr.DataArray:
    """(time, state), doubles, or big numbers if the start is of them."""
    states = [start]
    for _ in range(samples - 1):
        states.append(tuple(value.mid() if hasattr(value, "mid") else value for value in henon(*states[-1])))
    big = not isinstance(start[0], float)
    values = np.empty((samples, 2), object if big else float)
    for i, state in enumerate(states):
        values[i] = state
    return xr.DataArray(values, {"time": step * np.arange(samples), "state": list(HENON)}, ("time", "state"))
