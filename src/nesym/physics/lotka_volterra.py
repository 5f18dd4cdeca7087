"""Predators and their prey."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from nesym.physics._flow import Flow


class LotkaVolterra(Flow):
    """x' = 1.5 x - x y, y' = x y - 3 y: numbers of prey x > 0 and of predators y > 0.

    Every solution keeps H = x - 3 ln x + y - 1.5 ln y, which is least, with zero gradient, where both stand still,
    (3, 1.5), and NaN where a number is negative. Starts are uniform on x in [0.8, 3], y in [0.5, 2.5]; H is at most
    3.01 there, so that the published rejection of starts with H > 4 leaves out none. White et al. 2024,
    arXiv 2410.23667.
    """

    kept: ClassVar[str] = "initial"

    @property
    def names(self) -> tuple[str, ...]:
        return ("x", "y")

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        prey, predators = self.checked(x)
        return jnp.stack([prey * (1.5 - predators), predators * (prey - 3)])

    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """H."""
        prey, predators = x
        return {"H": prey - 3 * jnp.log(prey) + predators - 1.5 * jnp.log(predators)}

    def start(self, key: jax.Array) -> jax.Array:
        low, high = jnp.array([0.8, 0.5]), jnp.array([3, 2.5])
        return low + (high - low) * jax.random.uniform(key, (2,))
