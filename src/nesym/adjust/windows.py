"""Which times of a record calibrate a mapping, and which are corrected by it: months, moving windows, or all at once."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from nesym._errors import InputError
from nesym.fields.seasons import DAYS, Seasons


@dataclass(frozen=True)
class Months:
    """A mapping for each calendar month."""

    count = 12

    def sample(self, group: int, seasons: Seasons) -> np.ndarray:
        """Indices of the times that the mapping number `group` is made from."""
        return np.flatnonzero(seasons.month == group + 1)

    def target(self, group: int, seasons: Seasons) -> np.ndarray:
        """Indices of the times that it corrects."""
        return self.sample(group, seasons)

    def words(self, group: int) -> str:
        """What an error calls it."""
        return f"month {group + 1}"


@dataclass(frozen=True)
class MovingWindow:
    """A mapping for every `step` days of the year, made from the `days` days around; the year is a circle.

    With 31 days and a step of 1, every calendar day is corrected by a mapping of its own. Records of one season alone do
    with the days that they have.
    """

    days: int = 31
    step: int = 1

    def __post_init__(self):
        odd = all(isinstance(n, int) and not isinstance(n, bool) and n % 2 for n in (self.days, self.step))
        if not odd or not 1 <= self.step <= self.days <= DAYS:
            raise InputError(
                f"A moving window has an odd number of days and an odd step, at most as long; {self} came.",
                "Give MovingWindow(days=31, step=1), for example.",
            )

    @property
    def count(self) -> int:
        """How many mappings there are."""
        return -(-DAYS // self.step)

    def sample(self, group: int, seasons: Seasons) -> np.ndarray:
        """Indices of the times that the mapping number `group` is made from."""
        centre = self._centre(group) - 1
        around = (centre + np.arange(-(self.days // 2), self.days // 2 + 1)) % DAYS
        by_day = _by_day(seasons)
        return np.sort(np.concatenate([by_day[day] for day in around]))

    def target(self, group: int, seasons: Seasons) -> np.ndarray:
        """Indices of the times that it corrects."""
        by_day = _by_day(seasons)
        return np.sort(np.concatenate(by_day[group * self.step : (group + 1) * self.step]))

    def words(self, group: int) -> str:
        """What an error calls it."""
        return f"the {self.days} days around day {self._centre(group)} of the year"

    def _centre(self, group: int) -> int:
        return min(group * self.step + 1 + self.step // 2, DAYS)


@dataclass(frozen=True)
class AllTimes:
    """One mapping for the whole record."""

    count = 1

    def sample(self, group: int, seasons: Seasons) -> np.ndarray:
        """Indices of the times that the mapping is made from: all."""
        return np.arange(len(seasons))

    def target(self, group: int, seasons: Seasons) -> np.ndarray:
        """Indices of the times that it corrects: all."""
        return self.sample(group, seasons)

    def words(self, group: int) -> str:
        """What an error calls it."""
        return "the record"


Window = Months | MovingWindow | AllTimes


@lru_cache(maxsize=16)
def _by_day(seasons: Seasons) -> list[np.ndarray]:
    """Indices of the times of each day of the year."""
    order = np.argsort(seasons.day, kind="stable")
    return np.split(order, np.searchsorted(seasons.day[order], np.arange(2, DAYS + 1)))


@lru_cache(maxsize=16)
def samples(window: Window, seasons: Seasons) -> tuple[np.ndarray, ...]:
    """`window.sample` of every group: asked for by every block of cells, found once for a time axis."""
    return tuple(window.sample(group, seasons) for group in range(window.count))


@lru_cache(maxsize=16)
def targets(window: Window, seasons: Seasons) -> tuple[np.ndarray, ...]:
    """`window.target` of every group."""
    return tuple(window.target(group, seasons) for group in range(window.count))
