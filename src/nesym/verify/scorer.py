"""From arrays to statistics: one pass over forecasts and observations, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nesym._errors import GridError, InputError, MissingValuesError, TimeError
from nesym.verify.daily import DailyMaximum
from nesym.verify.state import Frame, State, Sums
from nesym.verify.statistics import Metric, Statistic, Step, needs_time_step


@dataclass(frozen=True, eq=False)
class Scorer:
    """What is computed of every time step: the statistics of `metrics`, each once.

    weights: (y, x) or (y, 1), area of the cells, of which only ratios matter; spacing: (dy, dx) in km; step_seconds:
    time between consecutive steps, which metrics of memory in time and of daily sums need.

    Every step is worked out by itself, in float64, so that results depend on the set of steps alone and memory stays
    that of some copies of one step.
    """

    metrics: tuple[Metric, ...]
    weights: np.ndarray
    spacing: tuple[float, float] = (1.0, 1.0)
    step_seconds: float | None = None

    def __post_init__(self) -> None:
        needing = [metric.name for metric in self.metrics if needs_time_step(metric)]
        if self.step_seconds is None and needing:
            raise TimeError(
                f"The time step is needed for {', '.join(needing)}, and it is not known or not the same throughout.",
                "Give step_seconds=..., or leave these metrics out.",
            )

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """The statistics of all metrics, each once."""
        return tuple({s.name: s for metric in self.metrics for s in metric.statistics}.values())

    def update(self, ens: np.ndarray, obs: np.ndarray, stamps: Sequence[int], state: State | None = None) -> State:
        """Statistics of the steps in `state` and of these: ens (member, time, y, x), obs (time, y, x), NaN = missing.

        `stamps` (time,) are seconds, increasing, and later than those of `state`: then a series may be cut anywhere,
        and the result is the same to the last bit. Parts that are scored apart (files, workers, tiles) are put
        together by `+`; there, a pair of consecutive steps that the cut separates is left out, and sums of a day
        that it divides agree to rounding.

        Raises `MissingValuesError` if a member is NaN or infinite where there is an observation.
        """
        ens, obs, stamps = np.asarray(ens), np.asarray(obs), np.asarray(stamps, np.int64)
        self._check(ens, obs, stamps, state)
        last, daily = (None, ()) if state is None else (state.last, state.daily)
        results = []
        for number, stamp in enumerate(stamps):
            frame = Frame(int(stamp), np.array(ens[:, number], order="C"), np.array(obs[number], order="C"))
            results.append(self._step(frame, last))
            if any(metric.daily for metric in self.metrics):
                daily = self._add_to_day(frame, daily)
            last = frame
        names = [statistic.name for statistic in self.statistics]
        sums = {name: np.stack([result[name][0] for result in results]) for name in names}
        counts = {name: np.array([[result[name][1]] for result in results]) for name in names}
        pieces = () if state is None else state.pieces
        whole = frozenset(statistic.name for statistic in self.statistics if statistic.whole)
        return State((*pieces, Sums(stamps, sums, counts)), whole, daily, last)

    def _step(self, frame: Frame, last: Frame | None) -> dict[str, tuple[np.ndarray, float]]:
        """Sums and count of every statistic at one time step."""
        follows = last is not None and frame.stamp - last.stamp == self.step_seconds
        weights = np.broadcast_to(self.weights, frame.obs.shape)
        before = (last.ens, last.obs) if follows else None
        step = Step(frame.ens, frame.obs, weights, self.spacing, before)
        if not np.isfinite((step.mean - step.obs)[step.valid]).all():
            raise MissingValuesError(
                "Where there is an observation, it and all forecasts must be finite numbers, and some are not.",
                "Fill the forecast, or set the observations there to NaN for all methods.",
            )
        return {statistic.name: statistic.compute(step) for statistic in self.statistics}

    def _add_to_day(self, frame: Frame, daily: tuple[DailyMaximum, ...]) -> tuple[DailyMaximum, ...]:
        """What the members and, last, the observations brought in this step, added to its day."""
        hours = self.step_seconds / 3600
        amounts = np.concatenate([frame.ens, frame.obs[None]], dtype=np.float64) * hours
        today = DailyMaximum.of(amounts, frame.stamp, np.broadcast_to(self.weights, frame.obs.shape))
        return (*daily[:-1], daily[-1] + today) if daily else (today,)

    def _check(self, ens: np.ndarray, obs: np.ndarray, stamps: np.ndarray, state: State | None) -> None:
        if ens.ndim != 4 or obs.ndim != 3 or ens.shape[1:] != obs.shape or not ens.size:
            raise InputError(
                f"Arrays (member, time, y, x) and (time, y, x) were expected; {ens.shape} and {obs.shape} came.",
                "Cut forecasts and observations to the same steps and grid.",
            )
        fits = [n in (1, cells) for n, cells in zip(np.shape(self.weights), obs.shape[1:], strict=False)]
        if np.ndim(self.weights) != 2 or not all(fits):
            raise GridError(
                f"Weights of shape {np.shape(self.weights)} do not fit a grid of {obs.shape[1:]} cells.",
                "Make the Scorer with the weights of this grid.",
            )
        before = [] if state is None or state.last is None else [state.last.stamp]
        if len(stamps) != len(obs) or (np.diff([*before, *stamps]) <= 0).any():
            raise TimeError(
                "One time stamp for each step was expected, increasing and later than those before.",
                "Hand the steps over in order of time, or score parts apart and add their states.",
            )
        if before and len(state.last.ens) != len(ens):
            raise InputError(
                f"The number of members changed from {len(state.last.ens)} to {len(ens)}.",
                "Score ensembles of different size apart.",
            )
