"""The simplest corrections: of the mean, of the wet days, and the change put onto what was observed."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nesym._errors import InputError, TimeError
from nesym.adjust import _quantiles as q
from nesym.adjust._adjuster import FEWEST, AbstractAdjuster, check_choices
from nesym.adjust._fitted import Fitted, Sample
from nesym.adjust.variables import Kind
from nesym.adjust.windows import samples, targets
from nesym.fields.seasons import Seasons


@dataclass(frozen=True)
class LinearScaling(AbstractAdjuster):
    """x' = x m_o / m_h, or x + m_o - m_h, with the means m of each window and cell.

    The mean of a window becomes right, and its values move alike; a ratio is at most `largest`. Lenderink, Buishand & van
    Deursen 2007, doi 10.5194/hess-11-1145-2007.
    """

    largest: float = 10.0
    name: ClassVar[str] = "scaling"
    beyond: ClassVar[str] = "are corrected as all others are"

    def __post_init__(self):
        check_choices(self.kind, self.window)
        _check_largest(self.largest)

    def numbers_of(self, obs: Seasons, hist: Seasons, members: int) -> tuple[int, int]:
        return self.window.count, 1

    def calibrate(self, obs: Sample, hist: Sample, kind: Kind, rain: bool) -> np.ndarray:
        means = [window_means(self, sample) for sample in (obs, hist)]
        return change(means[1], means[0], kind, self.largest)[..., None]

    def correct(self, sim: Sample, numbers: np.ndarray, fitted: Fitted) -> np.ndarray:
        return moved(self, sim, numbers[..., 0], fitted.kind)


@dataclass(frozen=True)
class LOCI(AbstractAdjuster):
    """x' = max(0, w + (x - w_h) (m_o - w) / (m_h - w_h)),    P(h > w_h) = P(o > w),    m means of the wet days

    Local intensity scaling of rain: wet days are as many and as heavy, on average, as observed. w is the least rain of
    a wet day, mm/day. Schmidli, Frei & Vidale 2006, doi 10.1002/joc.1287.
    """

    wet: float = 1.0
    largest: float = 10.0
    name: ClassVar[str] = "loci"
    beyond: ClassVar[str] = "are corrected as all others are"

    def __post_init__(self):
        check_choices(self.kind, self.window)
        _check_largest(self.largest)
        if not self.wet > 0:
            raise InputError(
                f"A wet day has some rain at least, and wet={self.wet!r} came.", "Give wet=1.0, in mm/day."
            )

    def numbers_of(self, obs: Seasons, hist: Seasons, members: int) -> tuple[int, int]:
        return self.window.count, 2

    def calibrate(self, obs: Sample, hist: Sample, kind: Kind, rain: bool) -> np.ndarray:
        """For each window: the model's own threshold w_h, and the ratio of intensities above the thresholds."""
        if not rain:
            raise InputError("LOCI corrects rain, and another variable came.", "Use another method: --method qdm.")
        numbers = np.full((len(obs.values), self.window.count, 2), np.nan)
        both = (samples(self.window, sample.seasons) for sample in (obs, hist))
        for group, (at, at_hist) in enumerate(zip(*both, strict=True)):
            if not at.size:
                continue
            seen, run = np.sort(obs.values[:, at], 1), np.sort(hist.values[:, at_hist], 1)
            threshold = q.quantiles_of_sorted(run, q.share_at_most(seen, self.wet))
            heavy = _mean_above(seen, self.wet) - self.wet, _mean_above(run, threshold) - threshold
            ratio = change(heavy[1], heavy[0], "ratio", self.largest)
            # Without a wet day on one side there is nothing to compare; a cell without values has no threshold.
            numbers[:, group] = np.concatenate([threshold, np.where(np.isnan(ratio), 1.0, ratio)], 1)
        return numbers

    def correct(self, sim: Sample, numbers: np.ndarray, fitted: Fitted) -> np.ndarray:
        out = np.full(sim.values.shape, np.nan)
        for group, at in enumerate(targets(self.window, sim.seasons)):
            threshold, ratio = numbers[:, group, :1], numbers[:, group, 1:]
            values = sim.values[:, at]
            rain = np.maximum(self.wet + (values - threshold) * ratio, 0.0)
            out[:, at] = np.where(values > threshold, rain, np.where(np.isnan(values + threshold), np.nan, 0.0))
        return out


@dataclass(frozen=True)
class DeltaChange(AbstractAdjuster):
    """y = o m_x / m_h, or o + m_x - m_h: the observed record with the change that the model projects, on its own days.

    What was observed keeps its weather, its extremes and their order; only the means of the windows change. A ratio is at
    most `largest`. Lenderink, Buishand & van Deursen 2007, doi 10.5194/hess-11-1145-2007.
    """

    largest: float = 10.0
    name: ClassVar[str] = "delta"
    beyond: ClassVar[str] = "are corrected as all others are"
    keeps_observed_times: ClassVar[bool] = True

    def __post_init__(self):
        check_choices(self.kind, self.window)
        _check_largest(self.largest)

    def numbers_of(self, obs: Seasons, hist: Seasons, members: int) -> tuple[int, int]:
        return 1, len(obs) + self.window.count

    def calibrate(self, obs: Sample, hist: Sample, kind: Kind, rain: bool) -> np.ndarray:
        """The observed record, and the model's means."""
        return np.concatenate([obs.values, window_means(self, hist)], 1)[:, None]

    def correct(self, sim: Sample, numbers: np.ndarray, fitted: Fitted) -> np.ndarray:
        observed, past = np.split(numbers[:, 0], [len(fitted.obs_times)], 1)
        record = Sample(observed, fitted.obs_times, np.zeros(len(fitted.obs_times), int), sim.cells)
        now = window_means(self, sim)
        return moved(self, record, change(past, now, fitted.kind, self.largest), fitted.kind)

    def _check_targets(self, found: Fitted, seasons: Seasons) -> None:
        """Raise `TimeError` where the scenario does not tell the change of a season that was observed."""
        given = samples(self.window, seasons)
        for group, at in enumerate(targets(self.window, found.obs_times)):
            if at.size and (size := given[group].size) < FEWEST:
                raise TimeError(
                    f"The change of {self.window.words(group)} is not known: the scenario has {size} times of it, and"
                    f" {FEWEST} are needed.",
                    "Give a scenario of whole years, or fit on its seasons alone.",
                )


def window_means(method: AbstractAdjuster, sample: Sample) -> np.ndarray:
    """Means of each window: (cells, groups), NaN where there is nothing."""
    means = np.full((len(sample.values), method.window.count), np.nan)
    for group, at in enumerate(samples(method.window, sample.seasons)):
        means[:, group : group + 1] = q.means(sample.values[:, at])
    return means


def change(before: np.ndarray, after: np.ndarray, kind: Kind, largest: float) -> np.ndarray:
    """after / before, at most `largest` and 1 where nothing was before, or after - before."""
    if kind == "difference":
        return after - before
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(
            before > 0, np.minimum(after / before, largest), np.where(np.isnan(before + after), np.nan, 1.0)
        )


def moved(method: AbstractAdjuster, sample: Sample, by: np.ndarray, kind: Kind) -> np.ndarray:
    """The values of a sample with the change `by` (cells, groups) of their window."""
    out = np.full(sample.values.shape, np.nan)
    for group, at in enumerate(targets(method.window, sample.seasons)):
        values, step = sample.values[:, at], by[:, group : group + 1]
        out[:, at] = values * step if kind == "ratio" else values + step
    return out


def _check_largest(largest: float) -> None:
    if not largest > 1:
        raise InputError(f"largest is a ratio above 1, and {largest!r} came.", "Give largest=10.")


def _mean_above(ordered: np.ndarray, threshold: np.ndarray | float) -> np.ndarray:
    """Mean of what lies above a threshold in each row: (cells, 1), NaN for none."""
    return q.means(np.where(ordered > threshold, ordered, np.nan))
