"""How large the networks of a latent stochastic differential equation are, and how they are trained."""

from dataclasses import dataclass

import numpy as np
import optax

from nesym._errors import InputError


@dataclass(frozen=True)
class LatentTraining:
    """Sizes and rates, for half a minute on one core that has nothing else to do.

    Networks have layers of `width`, and the encoder gives `context` numbers for each time. Each of `steps` optimiser steps
    takes `batch` pieces of at most `window` steps of the series, at a rate that falls from `rate` to `final_rate` (Adam);
    divergence and multiplier enter over the share `ramp` of the steps. `gain` and `push` are those of `Evidence`.

    `follow` sets the white noise that the loss takes to stand between a path and the data, of intensity r: sqrt(r) =
    g d / follow, with g the diffusion of the series and d its step; published is 0.6. If the series are `blurred`, they are
    shown with errors of just that size, new in each step. If they are not, as published, the loss looks for errors that they
    do not have: see `LatentSDE`.
    """

    width: int = 32
    context: int = 16
    batch: int = 64
    window: int = 100
    steps: int = 600
    rate: float = 1e-2
    final_rate: float = 1e-3
    ramp: float = 0.1
    follow: float = 1.0
    blurred: bool = True
    gain: float = 0.02
    push: float = 0.5
    every: int = 250

    def __post_init__(self) -> None:
        whole = self.width, self.context, self.batch, self.window, self.steps, self.every
        above = self.rate, self.final_rate, self.ramp, self.follow, self.gain
        if any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in whole) or not all(x > 0 for x in above):
            raise InputError(
                f"Sizes are whole numbers from 1, and rates positive; {self} came.",
                "Give LatentTraining(width=32, batch=64, steps=1000, rate=1e-2), for example.",
            )
        if not (self.ramp <= 1 and self.push >= 0):
            raise InputError(
                f"A ramp up to 1 and a push from 0 were expected, and {self} came.",
                "Give LatentTraining(ramp=0.1, push=0.5).",
            )

    @property
    def quiet(self) -> float:
        """Posterior noise in parts of the prior's where all else is linear and at rest:

        q^2 = 1 / (1 + 1 / p),    p = (sqrt(1 + 4 / follow^2) - 1) / 2

        p g^2 d is the variance of a state of which the future alone has been seen: Kalman's filter of a random walk.
        """
        ahead = ((1 + 4 / self.follow**2) ** 0.5 - 1) / 2
        return (1 + 1 / ahead) ** -0.5

    def optimiser(self) -> optax.GradientTransformation:
        """Adam with its falling rate."""
        return optax.adam(optax.exponential_decay(self.rate, self.steps, self.final_rate / self.rate), b2=0.99)


class Windows:
    """Pieces of series (k, T), each of min(window, T - 1) steps from anywhere in one of them: (batch, steps + 1) float32."""

    def __init__(self, values: np.ndarray, batch: int, window: int):
        self._values = values.astype(np.float32)
        self._size, self._length = batch, min(window + 1, values.shape[1])

    @property
    def configuration(self) -> dict:
        """What defines the draws, for the fingerprint of a run."""
        sums = [float(self._values.sum(dtype=np.float64)), float(np.square(self._values, dtype=np.float64).sum())]
        return {"batch": self._size, "length": self._length, "series": [*self._values.shape, *sums]}

    def __call__(self, step: int, key: int) -> np.ndarray:
        """The batch of that step."""
        rng = np.random.default_rng([step, key % 2**32])
        count, length = self._values.shape
        which = rng.integers(count, size=self._size)
        first = rng.integers(length - self._length + 1, size=self._size)
        return self._values[which[:, None], first[:, None] + np.arange(self._length)]
