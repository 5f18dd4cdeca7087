"""How long a series stays in each of two states before it leaves."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from nesym._errors import InputError, TimeError
from nesym.fields.clock import clock


@dataclass(frozen=True, eq=False)
class Residence:
    """Stays of a series below and above a threshold: `below` and `above` hold the lengths of the complete ones.

    A stay is complete if its begin and its end were seen; the first and the last one of a record are not, and are left out
    of both arrays. `times` = (below, above) is all the time spent there, that of incomplete stays too, and `exits` = (below,
    above) how often it was left.
    """

    below: np.ndarray
    above: np.ndarray
    times: tuple[float, float]
    exits: tuple[int, int]

    @property
    def transitions(self) -> int:
        """How often the series changed from one state to the other."""
        return sum(self.exits)

    @property
    def mean_below(self) -> float:
        """Time spent below / number of exits, which counts incomplete stays rightly; NaN without an exit.

        The estimate of largest likelihood where stays are exponential. The mean of the complete stays alone would be too
        short, since long ones are the more likely to be cut by the ends of the record.
        """
        return self._mean(0)

    @property
    def mean_above(self) -> float:
        """Time spent above / number of exits, as `mean_below`."""
        return self._mean(1)

    @property
    def mean(self) -> float:
        """All time / all exits."""
        return sum(self.times) / self.transitions if self.transitions else np.nan

    def _mean(self, place: int) -> float:
        return self.times[place] / self.exits[place] if self.exits[place] else np.nan


def residence_times(series: Any, low: float, high: float | None = None, times: Any = None) -> Residence:
    """Stays of a series below and above a threshold with hysteresis.

        state(t) = above once x > high, below once x < low, and between the two what it was before

    So that noise about one threshold is not counted as transitions, `low` < `high`; `high=None` is one threshold. The state
    is unknown until x first leaves the band. A transition lies at the time of the first value in the new state, which is
    up to one step late.

    series: a DataArray with a dimension "time", other dimensions (member) each with stays of their own; or (..., time) with
    increasing `times` (time,). Stays do not reach over NaN. All of one series are put together in one `Residence`.
    Raises `InputError` for low > high, `TimeError` for times that do not increase.
    """
    high = low if high is None else high
    if not low <= high:
        raise InputError(f"low <= high was expected, and {low} and {high} came.", "Exchange them.")
    if isinstance(series, xr.DataArray):
        times = clock(series["time"])[0] if times is None else times
        series = series.transpose(..., "time").values
    series = np.asarray(series, np.float64)
    times = np.asarray(np.arange(series.shape[-1]) if times is None else times, np.float64)
    if times.shape != series.shape[-1:] or not (np.diff(times) > 0).all():
        raise TimeError(
            f"Increasing times, one for each of the {series.shape[-1]} values, were expected.",
            "Sort the series in time, and give times= of the same length.",
        )
    stays = [stay for row in series.reshape(-1, series.shape[-1]) for stay in _stays(row, low, high, times)]
    return _summed(stays)


def _stays(row: np.ndarray, low: float, high: float, times: np.ndarray) -> list[tuple[int, float, bool, bool]]:
    """(state, length, begin seen, end seen) of each stay of one series (time,)."""
    known = ~np.isnan(row)
    told = np.where(row > high, 1, np.where(row < low, 0, -1))
    told = np.where(known, told, -2)  # a gap: what came before is forgotten
    latest = np.maximum.accumulate(np.where(told != -1, np.arange(row.size), 0))
    state = told[latest]
    change = np.flatnonzero(np.diff(state)) + 1
    begins, ends = np.concatenate([[0], change]), np.concatenate([change, [row.size]])
    stays = []
    for begin, end in zip(begins, ends, strict=True):
        if state[begin] < 0:
            continue
        from_seen = begin > 0 and state[begin - 1] >= 0
        to_seen = end < row.size and state[end] >= 0
        last = end if to_seen else end - 1
        stays.append((int(state[begin]), float(times[last] - times[begin]), bool(from_seen), bool(to_seen)))
    return stays


def _summed(stays: list[tuple[int, float, bool, bool]]) -> Residence:
    complete = [
        [length for state, length, begun, ended in stays if state == side and begun and ended] for side in (0, 1)
    ]
    times = tuple(float(sum(length for state, length, _, _ in stays if state == side)) for side in (0, 1))
    exits = tuple(sum(ended for state, _, _, ended in stays if state == side) for side in (0, 1))
    return Residence(np.array(complete[0]), np.array(complete[1]), times, exits)
