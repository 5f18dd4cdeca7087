"""Two bodies that attract each other, seen from one of them."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from nesym.physics._flow import Flow


class TwoBody(Flow):
    """q' = p, p' = -q / |q|^3 in the plane, x = (q1, q2, p1, p2): reduced mass and force constant 1.

    Every solution keeps its angular momentum q1 p2 - q2 p1. Starts have energy -1/2, hence period 2 pi, at the point of
    nearest approach: eccentricity e ~ U[0.5, 0.7], x = (1 - e, 0, 0, sqrt((1 + e) / (1 - e))). White et al. 2023,
    arXiv 2306.09739.
    """

    kept: ClassVar[str] = "initial"

    @property
    def names(self) -> tuple[str, ...]:
        return ("q1", "q2", "p1", "p2")

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        q, p = jnp.split(self.checked(x), 2)
        return jnp.concatenate([p, -q / jnp.sum(q * q) ** 1.5])

    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """Angular momentum."""
        return {"angular momentum": x[0] * x[3] - x[1] * x[2]}

    def energy(self, x: jax.Array) -> jax.Array:
        """|p|^2 / 2 - 1 / |q|, which solutions keep as well."""
        return jnp.sum(x[2:] ** 2) / 2 - 1 / jnp.sqrt(jnp.sum(x[:2] ** 2))

    def start(self, key: jax.Array) -> jax.Array:
        e = jax.random.uniform(key, minval=0.5, maxval=0.7)
        return jnp.stack([1 - e, jnp.zeros_like(e), jnp.zeros_like(e), jnp.sqrt((1 + e) / (1 - e))])
