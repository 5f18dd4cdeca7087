"""The largest daily sum (Rx1day), which is no function of means: kept in a running form with the memory of two days."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nesym._errors import InputError
from nesym.verify.statistics import Means, Statistic

if TYPE_CHECKING:
    from nesym.verify.state import State

DAY = 86400


@dataclass(frozen=True, eq=False)
class DailyMaximum:
    """Largest daily sum of every series (series, y, x) over the days seen; `a + b` puts two stretches of time together.

    The first and the last day stay open, since a neighbouring stretch may hold the rest of them; stretches that lie
    inside each other are refused.
    `days`: numbers of the open days (1 or 2, increasing); `sums`: (series, y, x) for each; `highest`: the maximum over
    the closed days, or None. `weights` (y, x) are those of `mean`.
    """

    days: tuple[int, ...]
    sums: tuple[np.ndarray, ...]
    highest: np.ndarray | None
    weights: np.ndarray

    @classmethod
    def of(cls, amounts: np.ndarray, stamp: int, weights: np.ndarray) -> "DailyMaximum":
        """Of one time step: `amounts` (series, y, x), what fell in the step that carries `stamp` (seconds)."""
        return cls((int(stamp // DAY),), (amounts,), None, weights)

    def __add__(self, other: "DailyMaximum") -> "DailyMaximum":
        inside = [day for a, b in ((self, other), (other, self)) for day in a.days if b.days[0] < day < b.days[-1]]
        if inside:
            raise InputError(
                "Daily sums were taken over stretches of time that lie inside each other, so their days are not whole.",
                "Cut the time axis into stretches that follow each other.",
            )
        sums = dict(zip(self.days, self.sums, strict=True))
        for day, amount in zip(other.days, other.sums, strict=True):
            sums[day] = sums[day] + amount if day in sums else amount
        closed = [sums[day] for day in sorted(sums)[1:-1]]
        closed += [h for h in (self.highest, other.highest) if h is not None]
        ends = tuple(sorted({min(sums), max(sums)}))
        highest = np.max(closed, axis=0) if closed else None
        return DailyMaximum(ends, tuple(sums[day] for day in ends), highest, self.weights)

    @property
    def maximum(self) -> np.ndarray:
        """(series, y, x); NaN where a value was missing."""
        return np.max([*self.sums, *([] if self.highest is None else [self.highest])], axis=0)

    def mean(self) -> np.ndarray:
        """(series,): area mean of the maxima over the cells that have one in every series; NaN if there is none."""
        highest = self.maximum
        weights = np.where(np.isnan(highest).any(0), 0.0, self.weights)
        with np.errstate(invalid="ignore"):
            return (np.nan_to_num(highest) * weights).sum((-2, -1)) / weights.sum()


@dataclass(frozen=True)
class DailyMetric:
    """Rx1day: largest sum of one calendar day at each cell, mean over members and cells (ETCCDI; see `indices`).

    Days are those of the time stamps (UTC for most data); a day of which only some steps are there counts with these.
    Its sampling error is not known from the steps, so it comes without an interval.
    """

    name: str = "Rx1day"
    units: str | None = "mm"
    ideal: float = float("nan")
    statistics: tuple[Statistic, ...] = ()
    signed: bool = False
    daily: bool = True

    def value(self, state: "State") -> float:
        return float(state.daily_means()[:-1].mean())

    def truth(self, state: "State") -> float:
        return float(state.daily_means()[-1])

    def resampled(self, means: Means) -> None:
        return None

    def resampled_truth(self, means: Means) -> None:
        return None
