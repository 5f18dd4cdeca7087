"""Settings of a method sought on a grid that grows where it is needed, under a budget."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Literal

from nesym._errors import InputError


@dataclass(frozen=True)
class Axis:
    """The first `values` of one setting, and its neighbours: value +- `step` ("add"), value times or over `step` ("times").

    Neighbours lie in [`low`, `high`]. With `how` "set" the values are all that there are.
    """

    values: tuple[Any, ...]
    step: float = 1
    how: Literal["add", "times", "set"] = "add"
    low: float = float("-inf")
    high: float = float("inf")

    def __post_init__(self) -> None:
        grows = self.how == "set" or (self.how == "add" and self.step > 0) or (self.how == "times" and self.step > 1)
        if not self.values or not grows:
            raise InputError(
                f"{self} is no axis.", 'Give at least one value, and a step above 0, or above 1 for "times".'
            )

    def beside(self, value: Any) -> tuple[Any, ...]:
        """The neighbours of a value."""
        if self.how == "set":
            return ()
        both = (value - self.step, value + self.step) if self.how == "add" else (value / self.step, value * self.step)
        return tuple(type(value)(v) for v in both if self.low <= v <= self.high)


@dataclass(frozen=True)
class Tuned:
    """The `best` settings and their `score`; `tried` has all, in their order. `interior`: no neighbour is better.

    Where `interior` is False the budget ended the search.
    """

    best: Mapping[str, Any]
    score: float
    tried: tuple[tuple[Mapping[str, Any], float], ...]
    interior: bool
    seconds: float


@dataclass
class _Search:
    score: Callable[[Mapping[str, Any]], float]
    seconds: float
    clock: Callable[[], float]
    scores: dict[tuple, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.begun, self.longest = self.clock(), 0.0

    @property
    def spent(self) -> float:
        return self.clock() - self.begun

    def try_(self, axes: Mapping[str, Axis], point: tuple) -> bool:
        """Score a point unless it has been; False where what is left would not suffice for the longest so far."""
        if point in self.scores:
            return True
        before = self.spent
        if self.scores and before + self.longest > self.seconds:
            return False
        self.scores[point] = self.score(dict(zip(axes, point, strict=True)))
        self.longest = max(self.longest, self.spent - before)
        return True


def local_grid(
    score: Callable[[Mapping[str, Any]], float],
    axes: Mapping[str, Axis],
    seconds: float,
    clock: Callable[[], float] = time.process_time,
) -> Tuned:
    """The settings with the lowest score: all first values in every combination, then the neighbours of the best, again and
    again until none is better (Schötz et al. 2024, arXiv 2407.20158) or `seconds` of the clock are used up.

    The first point is always scored; another is begun only if the longest so far would still fit. NaN counts as the worst.
    """
    search = _Search(lambda settings: _worst_if_nan(score(settings)), seconds, clock)
    interior = all([search.try_(axes, point) for point in product(*(axis.values for axis in axes.values()))])
    while interior:
        best = min(search.scores, key=search.scores.get)
        interior = all([search.try_(axes, point) for point in _neighbours(axes, best)])
        if min(search.scores, key=search.scores.get) == best:
            break
    best = min(search.scores, key=search.scores.get)
    tried = tuple((dict(zip(axes, point, strict=True)), value) for point, value in search.scores.items())
    return Tuned(dict(zip(axes, best, strict=True)), search.scores[best], tried, interior, search.spent)


def _neighbours(axes: Mapping[str, Axis], point: tuple) -> Iterator[tuple]:
    for place, axis in enumerate(axes.values()):
        for value in axis.beside(point[place]):
            yield (*point[:place], value, *point[place + 1 :])


def _worst_if_nan(value: float) -> float:
    return value if value == value else float("inf")
