"""Trajectories with a law that one can see."""

import numpy as np
import xarray as xr

LAW = "x**2 + y**2"
TIMES = np.arange(0, 3.01, 0.1)


def circles(count=6, times=TIMES, phase=0.3):
    """Orbits of x' = y, y' = -x with radii from 1 to 2."""
    radii = np.linspace(1, 2, count)[:, None]
    angle = times + phase * np.arange(count)[:, None]
    states = {"x": radii * np.cos(angle), "y": -radii * np.sin(angle)}
    return xr.Dataset({n: (("trajectory", "time"), v) for n, v in states.items()}, {"time": times})
