"""A point mass in a quartic bowl."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from nesym.physics._flow import Flow


class QuarticPotential(Flow):
    """x'' = -x r^2, y'' = -y r^2 with r^2 = x^2 + y^2: unit mass in the potential r^4 / 4, state (x, y, vx, vy).

    Every solution keeps its energy (vx^2 + vy^2) / 2 + r^4 / 4. Starts are uniform on [-1, 1]^4. White et al. 2024,
    arXiv 2410.23667.
    """

    kept: ClassVar[str] = "initial"

    @property
    def names(self) -> tuple[str, ...]:
        return ("x", "y", "vx", "vy")

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        place, velocity = jnp.split(self.checked(x), 2)
        return jnp.concatenate([velocity, -place * jnp.dot(place, place)])

    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """Energy."""
        return {"energy": jnp.dot(x[2:], x[2:]) / 2 + jnp.dot(x[:2], x[:2]) ** 2 / 4}

    def angular_momentum(self, x: jax.Array) -> jax.Array:
        """x vy - y vx, which solutions keep as well."""
        return x[0] * x[3] - x[1] * x[2]

    def start(self, key: jax.Array) -> jax.Array:
        return jax.random.uniform(key, (4,), minval=-1, maxval=1)
