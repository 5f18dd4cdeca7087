"""Bins of a histogram: equally wide or of equal ratio, with one below and one above so that nothing is lost."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from nesym._errors import InputError, RangeError


@dataclass(frozen=True)
class Bins:
    """`count` bins between `low` and `high`, equally wide ("linear") or of equal ratio ("log", for values >= 0).

    Bin i holds edges[i] <= x < edges[i + 1]; one bin below and one above take the rest, so that nothing is lost.
    """

    low: float
    high: float
    count: int
    spacing: Literal["linear", "log"] = "linear"

    def __post_init__(self) -> None:
        if self.spacing not in ("linear", "log") or self.count < 1 or not self.low < self.high:
            raise InputError(
                f"Bins need low < high, at least one bin and linear or log spacing; {self!r} came.",
                "Write Bins(0.01, 1000, 250, 'log'), for example.",
            )
        if self.spacing == "log" and self.low <= 0:
            raise InputError(
                f"Bins of equal ratio start above zero, and low is {self.low:g}.",
                "Choose a small positive low (what lies below it has its own bin), or linear bins.",
            )

    def __str__(self) -> str:
        return f"{self.low:g}..{self.high:g}/{self.count}{self.spacing}"

    @cached_property
    def edges(self) -> np.ndarray:
        """(count + 1,) float64."""
        space = np.geomspace if self.spacing == "log" else np.linspace
        return space(self.low, self.high, self.count + 1)

    def outer_edges(self, least: float | None = None, most: float | None = None) -> np.ndarray:
        """`edges` with the ends of the two outer bins: `least` and `most` where known, else what is possible."""
        least = (0.0 if self.spacing == "log" else -np.inf) if least is None else least
        most = np.inf if most is None else most
        return np.concatenate([[min(least, self.low)], self.edges, [max(most, self.high)]])

    def counts(self, values: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """How many `values` (none of them NaN), or which weight, each bin holds: (count + 2,), float64."""
        values = np.ravel(values)
        # Sorting the values and searching for the edges is ten times faster than to search a bin for every value.
        if weights is None:
            values = np.sort(values)
            below = np.arange(values.size + 1.0)
        else:
            order = np.argsort(values)
            values = values[order]
            below = np.concatenate([[0.0], np.cumsum(np.ravel(weights)[order], dtype=np.float64)])
        if self.spacing == "log" and values.size and values[0] < 0:
            raise RangeError(
                f"Bins of equal ratio hold values from zero on, and {values[0]:g} came.",
                "Use linear bins for a quantity that can be negative.",
            )
        return np.diff(below[[0, *np.searchsorted(values, self.edges), values.size]])
