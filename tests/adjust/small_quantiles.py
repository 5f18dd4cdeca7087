"""Records of rain and temperature from uniform numbers alone, for the quantile methods and their peer."""

import numpy as np
import xarray as xr
from scipy.special import gammaincinv, ndtri

YEARS, QUANTILES = 4, 20
KINDS = {"pr": "ratio", "tas": "difference"}
UNITS = {"pr": "mm d-1", "tas": "K"}


def records(variable: str) -> tuple[xr.DataArray, ...]:
    """Observations, a model's past and its future, four years of 365 days each, of one place.

    The model drizzles on every dry day, so that no two values are equal (the peer gives the least of equal values the
    rank 0, and moves all other ranks by it); it is too warm, and its weather too lively.
    """
    made = []
    for which, start in enumerate(("1981", "1981", "2071")):
        time = xr.date_range(f"{start}-01-01", periods=365 * YEARS, freq="D", calendar="noleap", use_cftime=True)
        u = np.random.default_rng([which, *variable.encode()]).random(time.size)
        cycle = np.sin(2 * np.pi * np.arange(time.size) / 365)
        if variable == "pr":
            dry, mean = (0.5, 0.2, 0.3)[which], (5.0, 3.0, 3.6)[which] * (1 + 0.4 * cycle)
            drizzle = 0.0 if which == 0 else 0.1 * u / dry
            values = np.where(u > dry, 0.15 + mean * gammaincinv(0.8, np.clip((u - dry) / (1 - dry), 0, 1)), drizzle)
        else:
            values = 280 + (0, 2, 5)[which] + 8 * cycle + (3, 4, 4.5)[which] * ndtri(u)
        made.append(xr.DataArray(values, {"time": time}, ("time",), variable, {"units": UNITS[variable]}))
    return tuple(made)
