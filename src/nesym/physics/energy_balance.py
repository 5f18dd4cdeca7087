"""A planet whose temperature tips between a warm and a snowball state under random heating."""

from typing import Any

import jax
import jax.numpy as jnp

from nesym.physics._diffusion import Diffusion

STEFAN_BOLTZMANN = 5.67e-8  # W m-2 K-4, as published


class EnergyBalance(Diffusion):
    """du = [(1 - a(u)) S / 4 - e s u^4] dt + sigma dW,  a(u) = 0.425 - 0.2 tanh(u - 273),  u in K.

    Solar constant S = 1363 W m-2, emissivity e = 0.6, s the Stefan-Boltzmann constant; time is counted in units of the
    heat capacity over 1 W m-2 K-1. Stable at 247.6 and 296.8 K, unstable at 272.9 K. Starts are N(270, 20^2). After
    Ghil 1976, doi 10.1175/1520-0469(1976)033<0003:CSFASE>2.0.CO;2, with the numbers of the experiments on latent
    stochastic differential equations.
    """

    sigma: float = 40.0
    solar: float = 1363.0
    emissivity: float = 0.6

    @property
    def names(self) -> tuple[str, ...]:
        return ("temperature",)

    def drift(self, t: Any, x: jax.Array) -> jax.Array:
        absorbed = (0.575 + 0.2 * jnp.tanh(x - 273.0)) * self.solar / 4
        return absorbed - self.emissivity * STEFAN_BOLTZMANN * x**4

    def diffusion(self, t: Any, x: jax.Array) -> jax.Array:
        return jnp.full_like(x, self.sigma)

    def start(self, key: jax.Array, count: int) -> jax.Array:
        return 270.0 + 20.0 * jax.random.normal(key, (count, 1))
