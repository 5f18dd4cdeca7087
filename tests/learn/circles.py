"""Small systems whose truth is known: a rotation on circles, at irregular times, in trajectories of unequal length."""

import numpy as np

from nesym.learn.equations.shooting import Shooting
from nesym.learn.trajectories import Trajectories

SETTINGS = Shooting(chunk=4, batch=8, epochs=80, rate=1e-2, final_rate=1e-3)


def circles(k=8, samples=24, seed=0, names=("x", "y"), shortest=None):
    """x' = -y, y' = x from radii between 0.5 and 1.5."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.1, 0.2, (k, samples)), 1)
    lengths = rng.integers(shortest or samples, samples + 1, k)
    times[np.arange(samples) >= lengths[:, None]] = np.nan
    radius, phase = rng.uniform(0.5, 1.5, (k, 1)), rng.uniform(0, 2 * np.pi, (k, 1)) + times
    return Trajectories(np.stack([radius * np.cos(phase), radius * np.sin(phase)], -1), times, names)
