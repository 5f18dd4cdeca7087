"""What has been learned from some time steps: sums of statistics per step, which add up without loss."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from nesym._errors import InputError
from nesym.verify.daily import DailyMaximum
from nesym.verify.statistics import Means, Metric


@dataclass(frozen=True, eq=False)
class Sums:
    """Statistics of T time steps: stamps (T,) in seconds, sums[name] (T, k) and counts[name] (T, 1), all float64."""

    stamps: np.ndarray
    sums: Mapping[str, np.ndarray]
    counts: Mapping[str, np.ndarray]

    @property
    def widths(self) -> dict[str, int]:
        """statistic name -> k."""
        return {name: sums.shape[1] for name, sums in self.sums.items()}


@dataclass(frozen=True, eq=False)
class Frame:
    """The latest time step of a state, kept for statistics that look one step back."""

    stamp: int
    ens: np.ndarray
    obs: np.ndarray


@dataclass(frozen=True, eq=False)
class State:
    """Statistics of a set of time steps. `a + b` puts them together: steps stand side by side, and tiles of the same
    step (the same stamp in both) are added. Daily maxima are kept for each stretch of time until they are asked for.

    Means depend on the set of steps alone, to the last bit, and not on the chunks in which they came. `whole` names
    the statistics that need whole fields and refuse tiles.
    """

    pieces: tuple[Sums, ...]
    whole: frozenset[str] = frozenset()
    daily: tuple[DailyMaximum, ...] = ()
    last: Frame | None = field(default=None, repr=False)

    def __add__(self, other: "State") -> "State":
        if not isinstance(other, State):
            return NotImplemented
        if self.pieces[0].widths != other.pieces[0].widths:
            raise InputError(
                "Two states with other metrics or another number of members cannot be put together.",
                "Make both with the same Scorer, of ensembles of the same size.",
            )
        daily = tuple(sorted(self.daily + other.daily, key=lambda stretch: stretch.days))
        last = max((s.last for s in (self, other) if s.last is not None), key=lambda f: f.stamp, default=None)
        return State(self.pieces + other.pieces, self.whole | other.whole, daily, last)

    def __radd__(self, other: object) -> "State":
        return self if other == 0 else NotImplemented  # so that sum(states) works

    def __repr__(self) -> str:
        return f"State({len(self.stamps)} steps, statistics: {', '.join(self.merged.sums)})"

    @cached_property
    def merged(self) -> Sums:
        """All pieces as one, in order of time, each step once."""
        stamps = np.concatenate([piece.stamps for piece in self.pieces])
        order = np.argsort(stamps, kind="stable")
        unique, starts = np.unique(stamps[order], return_index=True)
        whole = sorted(self.whole) + (["daily maxima"] if self.daily else [])
        if whole and len(unique) < len(stamps):
            raise InputError(
                f"The same time step came twice, and {', '.join(whole)} cannot be added over tiles.",
                "Give each step once, as a whole field, or leave out the metrics that need whole fields.",
            )

        def join(parts: list[np.ndarray]) -> np.ndarray:
            return np.add.reduceat(np.concatenate(parts)[order], starts, axis=0)

        names = self.pieces[0].sums
        return Sums(
            unique,
            {name: join([piece.sums[name] for piece in self.pieces]) for name in names},
            {name: join([piece.counts[name] for piece in self.pieces]) for name in names},
        )

    @property
    def stamps(self) -> np.ndarray:
        """Time stamps of the steps, increasing, in seconds."""
        return self.merged.stamps

    def steps(self, metric: Metric) -> int:
        """Number of steps that count in every statistic of `metric`."""
        counted = [(self.merged.counts[s.name] > 0).sum() for s in metric.statistics]
        return int(min(counted, default=len(self.stamps)))

    def daily_means(self) -> np.ndarray:
        """(M + 1,): area mean of the largest daily sum of every member and, last, of the observations."""
        self.merged  # noqa: B018  (refuses tiles, whose daily sums would have been added)
        return sum(self.daily[1:], self.daily[0]).mean()

    def means(self) -> Means:
        """statistic name -> (k,): sum of sums / sum of counts, NaN where nothing was counted."""
        totals = {name: (sums.sum(0), self.merged.counts[name].sum(0)) for name, sums in self.merged.sums.items()}
        with np.errstate(invalid="ignore"):
            return {name: total / count for name, (total, count) in totals.items()}
