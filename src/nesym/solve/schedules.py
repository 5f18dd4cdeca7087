"""Noise levels of a reverse diffusion, from much noise to none."""

import numpy as np

from nesym._errors import InputError

RHO = 7.0  # how strongly the levels crowd towards little noise; the choice of Karras et al.


def karras(steps: int, sigma_min: float = 0.002, sigma_max: float = 80.0, rho: float = RHO) -> np.ndarray:
    """s_i = (smax^(1/rho) + i/(N-1) (smin^(1/rho) - smax^(1/rho)))^rho for i < N = `steps`, and s_N = 0: (steps + 1,).

    Karras et al. 2022, eq. 5 (arXiv 2206.00364). Raises `InputError` unless there are two steps and 0 < smin < smax.
    """
    if steps < 2 or not 0 < sigma_min < sigma_max:
        raise InputError(
            f"A schedule takes at least 2 steps down from sigma_max to sigma_min; {steps} steps from {sigma_max} to"
            f" {sigma_min} came.",
            "Give steps=18, sigma_min=0.002 and a sigma_max above it, for example.",
        )
    high, low = sigma_max ** (1 / rho), sigma_min ** (1 / rho)
    levels = (high + np.arange(steps) / (steps - 1) * (low - high)) ** rho
    return np.append(levels, 0.0)


def karras_from(sigma: float, steps: int, sigma_min: float = 0.002, rho: float = RHO) -> np.ndarray:
    """All `steps` of the schedule spent between `sigma` and no noise: where a sampler starts from a noised field."""
    return karras(steps, min(sigma_min, sigma / 2), sigma, rho)
