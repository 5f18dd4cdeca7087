"""A particle in a potential of two wells, pushed from one to the other by noise."""

from typing import Any

import jax
import jax.numpy as jnp

from nesym.physics._diffusion import Diffusion


class DoubleWell(Diffusion):
    """dx = (x - x^3) dt + sigma dW: wells at -1 and 1, a barrier of 1/4 at 0.

    The stationary density is proportional to exp((x^2 - x^4 / 2) / sigma^2). Starts are N(0, 1). Kramers 1940,
    doi 10.1016/S0031-8914(40)90098-2.
    """

    sigma: float = 0.5

    @property
    def names(self) -> tuple[str, ...]:
        return ("x",)

    def drift(self, t: Any, x: jax.Array) -> jax.Array:
        return x - x**3

    def diffusion(self, t: Any, x: jax.Array) -> jax.Array:
        return jnp.full_like(x, self.sigma)

    def start(self, key: jax.Array, count: int) -> jax.Array:
        return jax.random.normal(key, (count, 1))
