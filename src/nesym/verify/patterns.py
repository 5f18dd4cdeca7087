"""Statistics that look at fields as wholes: spectra, coarse fields, and the step before."""

from functools import lru_cache

import numpy as np

from nesym.fields.blocks import block_mean
from nesym.verify.similarity import MOMENTS, ssim, weighted_moments
from nesym.verify.spectra import Rings
from nesym.verify.statistics import Statistic, Step, observed


@lru_cache(maxsize=8)
def rings_of(shape: tuple[int, int], spacing: tuple[float, float]) -> Rings:
    """Rings of a grid, found once."""
    return Rings(shape, spacing)


def _rapsd(step: Step) -> tuple[np.ndarray, float]:
    """Power of the members (mean over them) on all rings, then that of the observations; of complete fields only."""
    rings = rings_of(step.obs.shape, tuple(step.spacing))
    if not step.valid.all():
        return np.zeros(2 * rings.count), 0.0
    return np.concatenate([rings.mean_power(step.ens), rings.mean_power(step.obs[None])]), 1.0


def _lag(step: Step) -> tuple[np.ndarray, float]:
    """Moments of (step before, this step): of the members (mean over them), then of the observations."""
    if step.before is None:
        return np.zeros(2 * MOMENTS), 0.0
    ens, obs = step.before
    both = step.valid & ~np.isnan(obs)
    area = step.weights[both]
    members = weighted_moments(observed(ens, both), observed(step.ens, both), area)
    truth = weighted_moments(observed(obs[None], both), observed(step.obs[None], both), area)
    return np.concatenate([members, truth]), float(area.sum())


RAPSD = Statistic("rapsd", _rapsd, whole=True)
LAG = Statistic("lag", _lag, lagged=True)


def coarse_moments(factor: int) -> Statistic:
    """Moments of (member, observation) of block means."""

    def compute(step: Step) -> tuple[np.ndarray, float]:
        ens, obs = step.coarse(factor)
        known = ~np.isnan(obs)
        weights = block_mean(step.weights, factor)[known]
        members = observed(ens, known)
        return weighted_moments(members, np.broadcast_to(obs[known], members.shape), weights), float(weights.sum())

    return Statistic(f"coarse_{factor}", compute, whole=True)


def coarse_ssim(factor: int) -> Statistic:
    """SSIM of block means, mean over windows and members; counts steps whose block means vary and have no gap."""

    def compute(step: Step) -> tuple[np.ndarray, float]:
        ens, obs = step.coarse(factor)
        data_range = np.ptp(obs)
        if not data_range > 0:  # NaN where there is a gap
            return np.zeros(1), 0.0
        return np.array([ssim(ens, obs, data_range).mean()]), 1.0

    return Statistic(f"ssim_{factor}", compute, whole=True)
