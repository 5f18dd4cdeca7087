"""Errors of a winter climate at each cell: of the mean, of the 95th percentile, of heavy rain; records need not be paired."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from nesym.fields.weights import area_weights
from nesym.verify import Score, r95p, rx1day, wet_day_threshold

MEAN, TAIL, HEAVY, MOST = "mean", "95th percentile", "R95p", "Rx1day"
RESAMPLES, LEVEL = 300, 0.95


@dataclass(frozen=True)
class Climate:
    """Statistics of each winter (winter, y, x), or of the ensemble (member, winter, y, x), by name.

    `rain` (..., time, y, x) stands for the percentile, which is one of all days.
    """

    rain: xr.DataArray
    winter: np.ndarray
    yearly: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, rain: xr.DataArray, threshold: xr.DataArray) -> "Climate":
        """Of daily rain in mm/day; `threshold` is what R95p counts from."""
        # A winter shall lie in one year: 1 December becomes 1 January.
        shifted = rain.assign_coords(time=rain["time"] + np.timedelta64(31, "D"))
        winter = shifted["time"].dt.year
        groups = shifted.groupby(winter.rename("year"))
        yearly = {
            MEAN: groups.mean("time"),
            HEAVY: r95p(shifted, threshold),
            MOST: groups.map(rx1day),
        }
        order = [d for d in ("member", "year", "lat", "lon") if d in (*rain.dims, "year")]
        values = {name: da.transpose(*order).values for name, da in yearly.items()}
        return cls(rain.transpose(..., "time", "lat", "lon"), winter.values, values)

    @property
    def winters(self) -> int:
        """How many there are."""
        return len(np.unique(self.winter))

    def maps(self, name: str, draws: np.ndarray) -> np.ndarray:
        """The statistic in each resample, (resamples, y, x), the mean of all members; `draws` (resamples, winters) counts."""
        if name == TAIL:
            return self._tails(draws)
        values = self.yearly[name]
        values = values.mean(0) if values.ndim == 4 else values
        return np.tensordot(draws / draws.sum(1, keepdims=True), values, 1)

    def _tails(self, draws: np.ndarray) -> np.ndarray:
        """The 95th percentile of all days, each as often as its winter was drawn."""
        winters = np.unique(self.winter)
        values = self.rain.values if self.rain.ndim == 4 else self.rain.values[None]
        of = [np.flatnonzero(self.winter == w) for w in winters]
        out = []
        for draw in draws:
            days = np.concatenate([np.repeat(at, n) for at, n in zip(of, draw.astype(int), strict=True)])
            out.append(np.quantile(values[:, days], 0.95, axis=1).mean(0))
        return np.stack(out)


def thresholds(obs: xr.DataArray) -> xr.DataArray:
    """The 95th percentile of the observed wet days, from which R95p counts."""
    return wet_day_threshold(obs)


def errors(runs: Mapping[str, Climate], obs: Climate, name: str, area: np.ndarray, key: int) -> dict[str, np.ndarray]:
    """< |T(x) - T(o)| > by area for each run: (1 + resamples,), the record itself first.

    Whole winters of observations and of runs are drawn again, each for themselves; the runs share their draws, for they
    are corrections of one simulation.
    """
    resamples = RESAMPLES if name != TAIL else RESAMPLES // 10
    truth = obs.maps(name, _draws([key, 0], obs.winters, resamples))
    known = np.isfinite(truth[0]) & (area > 0)
    weights = np.where(known, area, 0.0)
    found = {}
    for run, climate in runs.items():
        apart = np.abs(np.where(known, climate.maps(name, _draws([key, 1], climate.winters, resamples)) - truth, 0.0))
        found[run] = (apart * weights).sum((1, 2)) / weights.sum()
    return found


def scored(values: np.ndarray, n: int) -> Score:
    """The first of the values with the interval of the others."""
    low, high = np.quantile(values[1:], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Score(float(values[0]), float(low), float(high), n)


def cell_areas(obs: xr.DataArray) -> np.ndarray:
    """Area of each land cell, 0 at sea: (y, x)."""
    land = obs.notnull().all("time").transpose("lat", "lon").values
    return area_weights(obs).values[:, None] * land


def _draws(key: list[int], n: int, resamples: int) -> np.ndarray:
    """How often each resample holds each of `n` winters; the first holds every one once."""
    drawn = np.random.default_rng(key).multinomial(n, np.full(n, 1 / n), resamples)
    return np.vstack([np.ones((1, n), drawn.dtype), drawn])
