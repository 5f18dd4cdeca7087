"""Records of every variable of ISIMIP3BASD, from uniform numbers alone, and the windows of its peer."""

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import gammaincinv, ndtri

YEARS = 10
UNITS = {
    "hurs": "%", "pr": "mm day-1", "prsnratio": "1", "psl": "Pa", "rlds": "W m-2", "rsds": "W m-2",
    "sfcWind": "m s-1", "tas": "K", "tasrange": "K", "tasskew": "1",
}  # fmt: skip


def values(variable: str, which: int) -> np.ndarray:
    """Daily values of 10 years of 365 days: observed (0), the model's past (1) and future (2).

    Fewer values of the model than of the observations lie at a bound, so that no method has to choose among equal ones.
    """
    u = np.random.default_rng([which, *variable.encode()]).random(365 * YEARS)
    day = np.arange(u.size)
    cycle, z, year = np.sin(2 * np.pi * day / 365), ndtri(u), day / 365
    wet = np.clip((u - (0.5, 0.3, 0.35)[which]) / (0.5, 0.7, 0.65)[which], 0, 1)
    makers = {
        "pr": lambda: np.where(wet > 0, 0.15 + (4.0, 3.0, 3.6)[which] * gammaincinv(0.8, wet), 0.0),
        "tas": lambda: 280 + (0, 2, 5)[which] + 8 * cycle + (3, 2, 2.5)[which] * z + (0.0, 0.0, 0.4)[which] * year,
        "psl": lambda: 101_000 + (0, 200, 100)[which] + (800, 600, 700)[which] * z + 300 * cycle,
        "rlds": lambda: 300 + (0, 10, 25)[which] + 30 * z + 40 * cycle,
        "hurs": lambda: np.clip(78 + (0, -6, -10)[which] + (18, 10, 10)[which] * z, 0, 100),
        "prsnratio": lambda: np.clip(0.5 + (0.4, 0.3, 0.25)[which] * z - 0.1 * (which == 2), 0, 1),
        "tasskew": lambda: np.clip(0.5 + (0.3, 0.2, 0.2)[which] * z + 0.05 * (which == 2), 0, 1),
        "rsds": lambda: (150 - 140 * cycle) * np.clip(u * (1.0, 1.1, 0.9)[which], 0.02, 1),
        "sfcWind": lambda: (4.0, 5.0, 4.5)[which] * (-np.log1p(-u)) ** (1 / (2.0, 1.7, 1.8)[which]),
        "tasrange": lambda: (8.0, 6.0, 6.5)[which] * (-np.log1p(-u)) ** (1 / (2.5, 2.5, 2.2)[which]),
    }
    return makers[variable]()


def records(variable: str, dtype: type = np.float64) -> tuple[xr.DataArray, ...]:
    """Observations, the model's past and its future, labelled, of two places that are the same."""
    made = []
    for which, start in enumerate(("1981", "1981", "2071")):
        time = xr.date_range(f"{start}-01-01", periods=365 * YEARS, freq="D", calendar="noleap", use_cftime=True)
        coords = {"time": time, "place": ["a", "b"]}
        both = np.repeat(values(variable, which)[:, None], 2, 1).astype(dtype)
        made.append(xr.DataArray(both, coords, ("time", "place"), variable, {"units": UNITS[variable]}))
    return tuple(made)


@dataclass(frozen=True)
class PeerWindow:
    """31 days around each day of a year that has 366 wherever a window meets New Year, as ibicus counts them."""

    count = 366

    def sample(self, group, seasons):
        around = (group + 1 + np.arange(-15, 16)) % 366
        return np.flatnonzero(np.isin(_day(seasons), np.where(around == 0, 366, around)))

    def target(self, group, seasons):
        return np.flatnonzero(_day(seasons) == group + 1)

    def words(self, group):
        return f"day {group + 1}"


def _day(seasons) -> np.ndarray:
    """Day of the year, 1 to 366; that of 365 in calendars without leap days."""
    is_29th = (np.diff(seasons.day, prepend=0) == 0) & (seasons.day == 59)
    leap = np.isin(seasons.year, seasons.year[is_29th])
    return seasons.day + (leap & ((seasons.day > 59) | is_29th))
