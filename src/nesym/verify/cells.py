"""Statistics that look at one cell at a time: errors, spread, CRPS, ranks, wet cells, histograms."""

import numpy as np

from nesym.verify.bins import Bins
from nesym.verify.crps import crps_parts, fair_factor
from nesym.verify.ranks import rank_counts
from nesym.verify.statistics import Statistic, Step, observed


def _error(step: Step) -> tuple[np.ndarray, float]:
    """e, |e|, e^2 of the ensemble mean, e = <x> - y."""
    error = step.mean - step.obs
    return np.array([step.total(v) for v in (error, np.abs(error), error * error)]), step.size


def _spread(step: Step) -> tuple[np.ndarray, float]:
    """(M + 1) / M times the variance over members (ddof = 1); nothing for one member."""
    members = len(step.ens)
    if members < 2:
        return np.zeros(1), 0.0
    squares = np.zeros(step.obs.shape)
    for member in step.ens:
        deviation = member - step.mean
        squares += deviation * deviation
    return np.array([step.total(squares) * (members + 1) / (members * (members - 1))]), step.size


def _crps(step: Step) -> tuple[np.ndarray, float]:
    """The plain CRPS and the fair one (NaN for one member)."""
    distance, spread = (step.total(part) for part in crps_parts(step.ens, step.obs))
    return np.array([distance - spread, distance - spread * fair_factor(len(step.ens))]), step.size


def _ranks(step: Step) -> tuple[np.ndarray, float]:
    """Counts of the M + 1 ranks."""
    return rank_counts(step.ens, step.obs, step.area), step.size


ERROR = Statistic("error", _error)
SPREAD = Statistic("spread", _spread)
CRPS = Statistic("crps", _crps)
RANKS = Statistic("ranks", _ranks)


def wet(threshold: float) -> Statistic:
    """Cells at or above `threshold`: mean over members, and observed."""

    def compute(step: Step) -> tuple[np.ndarray, float]:
        members = (step.ens >= threshold).mean(0)
        return np.array([step.total(members), step.total(step.obs >= threshold)]), step.size

    return Statistic(f"wet_{threshold:g}", compute)


def histogram(bins: Bins) -> Statistic:
    """Counts of all members in `bins` (mean over members), then those of the observations: 2 (count + 2) numbers."""

    def compute(step: Step) -> tuple[np.ndarray, float]:
        area = step.area[step.valid]
        members = observed(step.ens, step.valid)
        if area.size and np.ptp(area) == 0:  # plain counts are much faster
            counts = bins.counts(members) / len(members), bins.counts(step.obs[step.valid])
            return np.concatenate(counts) * area[0], step.size
        counts = sum(bins.counts(member, area) for member in members) / len(members)
        return np.concatenate([counts, bins.counts(step.obs[step.valid], area)]), step.size

    return Statistic(f"histogram_{bins}", compute)
