"""A metric is a function of means of statistics, and a statistic is a sum over the cells of one time step.

That split is what makes scores exact sums: statistics of separate time steps, chunks, files and workers are put
together by `State`, and only then does a metric take its roots and ratios. The decomposition is that of WeatherBench-X,
the evaluation library that grew out of WeatherBench 2 (Rasp et al. 2024, doi 10.1029/2023MS004019).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from nesym.fields.blocks import block_mean

if TYPE_CHECKING:
    from nesym.verify.state import State

TRUTH = "truth"  # how the observations are called beside the methods
Means = Mapping[str, np.ndarray]  # statistic name -> (..., k) means over the steps; ... are resamples, or nothing


@dataclass(eq=False)
class Step:
    """One time step as the statistics see it; what several of them need is worked out once.

    ens: (member, y, x); obs: (y, x), NaN = missing; weights: (y, x); spacing: (dy, dx) in km; before: the (ens, obs)
    of the step that comes directly before this one, or None at the start of a run of steps.
    """

    ens: np.ndarray
    obs: np.ndarray
    weights: np.ndarray
    spacing: tuple[float, float]
    before: tuple[np.ndarray, np.ndarray] | None = None
    _coarse: dict[int, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict, repr=False)

    @cached_property
    def valid(self) -> np.ndarray:
        """True where there is an observation."""
        return ~np.isnan(self.obs)

    @cached_property
    def area(self) -> np.ndarray:
        """Weight of every cell, 0 where there is no observation."""
        return np.where(self.valid, self.weights, 0.0)

    @cached_property
    def mean(self) -> np.ndarray:
        """Ensemble mean, float64."""
        return self.ens.mean(0, dtype=np.float64)

    def coarse(self, factor: int) -> tuple[np.ndarray, np.ndarray]:
        """Means of (ens, obs) over blocks of `factor` x `factor` cells, float64; NaN in obs where a block has a gap."""
        if factor not in self._coarse:
            self._coarse[factor] = tuple(block_mean(v.astype(np.float64), factor) for v in (self.ens, self.obs))
        return self._coarse[factor]

    @property
    def size(self) -> float:
        """Sum of the weights of the observed cells: the count that belongs to `total`."""
        return float(self.area.sum())

    def total(self, values: np.ndarray) -> float:
        """sum_ij w_ij v_ij over the observed cells; `values` may be anything (NaN, say) elsewhere."""
        return float((np.where(self.valid, values, 0.0) * self.area).sum())


def observed(fields: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Cells of (n, y, x) where `mask` (y, x) is True: (n, points); a view where that is everywhere."""
    return fields.reshape(len(fields), -1) if mask.all() else fields[:, mask]


@dataclass(frozen=True)
class Statistic:
    """`compute(step)` gives sums (k,) in float64 and their common count, which is 0 where the step has nothing to say.

    `whole`: the sums need the whole field (a spectrum does), so those of its tiles cannot be added. `lagged`: it
    looks at the step before.
    """

    name: str
    compute: Callable[[Step], tuple[np.ndarray, float]]
    whole: bool = False
    lagged: bool = False


class Metric(Protocol):
    """What a score table needs from a metric: `MeanMetric` and `DailyMetric` have it.

    units: None stands for the units of the data; ideal: the value of a perfect forecast, NaN where that is the
    observations' own; signed: it can be negative, so that a ratio of two says nothing; daily: it needs daily sums.
    """

    name: str
    units: str | None
    ideal: float
    statistics: tuple[Statistic, ...]
    signed: bool
    daily: bool

    def value(self, state: "State") -> float:
        """The metric of the forecasts in `state`."""
        ...

    def truth(self, state: "State") -> float | None:
        """The same number of the observations, where it has a meaning."""
        ...

    def resampled(self, means: Means) -> np.ndarray | None:
        """The metric for every resample of the steps, or None where it is not a function of means."""
        ...

    def resampled_truth(self, means: Means) -> np.ndarray | None:
        """`truth` for every resample, as `resampled`."""
        ...


def needs_time_step(metric: Metric) -> bool:
    """Whether a metric looks at consecutive steps or at what falls in a step."""
    return metric.daily or any(statistic.lagged for statistic in metric.statistics)


@dataclass(frozen=True)
class MeanMetric:
    """`combine` turns the means of `statistics` into the metric, for any leading axes of the means.

    `observed`, where there is one, does the same for the observations alone.
    """

    name: str
    statistics: tuple[Statistic, ...]
    combine: Callable[[Means], np.ndarray]
    units: str | None = None
    ideal: float = 0.0
    observed: Callable[[Means], np.ndarray] | None = None
    signed: bool = False
    daily: bool = False

    def value(self, state: "State") -> float:
        return float(self.resampled(state.means()))

    def truth(self, state: "State") -> float | None:
        return None if self.observed is None else float(self.resampled_truth(state.means()))

    def resampled(self, means: Means) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.combine(means))

    def resampled_truth(self, means: Means) -> np.ndarray | None:
        if self.observed is None:
            return None
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(self.observed(means))
