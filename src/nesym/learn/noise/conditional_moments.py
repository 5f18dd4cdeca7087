"""Moments of the increments of a series, given its value, by kernels of a chosen width."""

from typing import NamedTuple

import numpy as np

CELLS = 250  # over the range of a series
FOLDS = 5
WIDTHS = np.geomspace(0.02, 1.0, 16)  # candidates, in standard deviations of the series


class Moments(NamedTuple):
    """Drift a, its slope and the square s^2 = <(d - a h)^2> / h at some points, (..., m) each."""

    drift: np.ndarray
    slope: np.ndarray
    square: np.ndarray


class Increments(NamedTuple):
    """Number of increments and sums of d / h and d^2 / h that begin in each cell, (..., n) with middles `x` (n,); step h."""

    x: np.ndarray
    count: np.ndarray
    first: np.ndarray
    second: np.ndarray
    step: float

    @classmethod
    def of(cls, values: np.ndarray, step: float) -> "Increments":
        """Of `values` (k, T), `step` apart, in five parts in the order of time: (5, n)."""
        x, d = values[:, :-1].ravel(), np.diff(values, axis=1).ravel()
        edges = np.linspace(x.min(), x.max(), CELLS + 1)
        cell = np.clip(np.searchsorted(edges, x, "right") - 1, 0, CELLS - 1)
        place = cell + CELLS * (np.arange(x.size) * FOLDS // x.size)
        sums = (np.bincount(place, weights, CELLS * FOLDS) for weights in (None, d / step, d**2 / step))
        return cls((edges[1:] + edges[:-1]) / 2, *(each.reshape(FOLDS, CELLS) for each in sums), step)

    @property
    def total(self) -> "Increments":
        """Of all parts together: (n,)."""
        return Increments(self.x, self.count.sum(0), self.first.sum(0), self.second.sum(0), self.step)

    @property
    def others(self) -> "Increments":
        """For each part all the others: (5, n)."""
        rest = (each.sum(0) - each for each in (self.count, self.first, self.second))
        return Increments(self.x, *rest, self.step)

    def misfit(self, drift: np.ndarray) -> np.ndarray:
        """sum (d - a h)^2 / h in each cell, with the drift a there."""
        return self.second - 2 * drift * self.first * self.step + drift**2 * self.count * self.step

    def moments(self, at: np.ndarray, width: float) -> Moments:
        """At the points `at` (m,):

        (a, a') = argmin sum_i w_i (d_i / h - a - a' (x_i - x))^2,    w_i = exp(-(x_i - x)^2 / (2 width^2))
        """
        own, _ = self._line(self.x, width)
        weights = _weights(self.x, at, width).T
        return Moments(*self._line(at, width), (self.misfit(own) @ weights) / (self.count @ weights))

    def _line(self, at: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
        weights, u = _weights(self.x, at, width), (self.x - at[:, None]) / width
        s0, s1, s2 = (self.count @ (weights * u**k).T for k in range(3))
        t0, t1 = (self.first @ (weights * u**k).T for k in range(2))
        # A trace of a ridge: where all the weight lies in one cell the line is level.
        slope = (s0 * t1 - s1 * t0) / (s0 * s2 - s1**2 + 1e-6 * s0**2)
        return (t0 - slope * s1) / s0, slope / width


def chosen_bandwidth(increments: Increments, spread: float, seen: tuple[float, float]) -> float:
    """The width, of 0.02 to 1 `spread`, under which the increments of each part are likeliest, given the others:

        max sum_i -log(s^2(x_i)) / 2 - (d_i - a(x_i) h)^2 / (2 s^2(x_i) h)

    over all that begin between the two values `seen`: the few beyond, where a line goes astray, would decide else.
    """
    widths = WIDTHS * spread
    inside = (increments.x >= seen[0]) & (increments.x <= seen[1])
    return float(widths[int(np.argmax([_likelihood(increments, width, inside) for width in widths]))])


def _likelihood(increments: Increments, width: float, inside: np.ndarray) -> float:
    known = increments.others.moments(increments.x, width)
    square = np.maximum(known.square, 1e-3 * known.square.mean())
    each = increments.count * np.log(square) + increments.misfit(known.drift) / square
    return float(-0.5 * np.sum(each[:, inside]))


def _weights(x: np.ndarray, at: np.ndarray, width: float) -> np.ndarray:
    # Never nothing at all: far from any increment the nearest ones still count.
    return np.exp(-np.minimum(((x - at[:, None]) / width) ** 2 / 2, 300.0))
