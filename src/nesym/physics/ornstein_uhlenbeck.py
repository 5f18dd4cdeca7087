"""The linear stochastic process, whose every moment is known."""

from typing import Any

import jax
import jax.numpy as jnp

from nesym.physics._diffusion import Diffusion


class OrnsteinUhlenbeck(Diffusion):
    """du = -rate (u - mean) dt + sigma dW: Gaussian, of stationary variance sigma^2 / (2 rate).

    Starts are N(0.5, 0.1^2). Uhlenbeck and Ornstein 1930, doi 10.1103/PhysRev.36.823.
    """

    rate: float = 1.0
    mean: float = 0.0
    sigma: float = 1.0

    @property
    def names(self) -> tuple[str, ...]:
        return ("u",)

    def drift(self, t: Any, x: jax.Array) -> jax.Array:
        return -self.rate * (x - self.mean)

    def diffusion(self, t: Any, x: jax.Array) -> jax.Array:
        return jnp.full_like(x, self.sigma)

    def start(self, key: jax.Array, count: int) -> jax.Array:
        return 0.5 + 0.1 * jax.random.normal(key, (count, 1))
