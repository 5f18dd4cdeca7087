"""A robot arm whose hand follows a prescribed path."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from nesym.physics._flow import Flow


class RobotArm(Flow):
    """Three joints of unit links in the plane that move as little as they can while the hand e follows p(t).

        e(theta) = (sum cos theta_i, sum sin theta_i),    p(t) = (-sin(2 pi t) / (2 pi), 0)
        theta' = G^T (G G^T)^-1 p'(t),    G = de/dtheta (2, 3)

    Every solution keeps the two numbers e(theta) - p(t) of its start: a constraint that moves with time. A network is
    shown cos theta, sin theta and p'(t). Starts are (a, -a, a) with a ~ U[pi/4, 3 pi/8]; G G^T is singular where all
    links are parallel. White et al. 2023, arXiv 2306.09739.
    """

    kept: ClassVar[str] = "initial"

    @property
    def names(self) -> tuple[str, ...]:
        return ("theta1", "theta2", "theta3")

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        sin, cos = jnp.sin(self.checked(x)), jnp.cos(x)
        # p' = (p1', 0), so that only the first column of (G G^T)^-1 = [[b, -c], [-c, a]] / (a b - c^2) is needed.
        a, b, c = jnp.dot(sin, sin), jnp.dot(cos, cos), -jnp.dot(sin, cos)
        return -(b * sin + c * cos) * self.path_velocity(t, x.dtype)[0] / (a * b - c * c)

    def hand(self, x: jax.Array) -> jax.Array:
        """Where the hand is, e(theta), (2,)."""
        return jnp.stack([jnp.sum(jnp.cos(x)), jnp.sum(jnp.sin(x))])

    def path(self, t: Any, dtype: Any = float) -> jax.Array:
        """p(t), (2,)."""
        first = -jnp.sin(2 * jnp.pi * jnp.asarray(t, dtype)) / (2 * jnp.pi)
        return jnp.stack([first, jnp.zeros_like(first)])

    def path_velocity(self, t: Any, dtype: Any = float) -> jax.Array:
        """p'(t), (2,)."""
        first = -jnp.cos(2 * jnp.pi * jnp.asarray(t, dtype))
        return jnp.stack([first, jnp.zeros_like(first)])

    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """How far the hand is from its path, (2,)."""
        return {"hand": self.hand(x) - self.path(t, x.dtype)}

    def start(self, key: jax.Array) -> jax.Array:
        angle = jax.random.uniform(key, minval=jnp.pi / 4, maxval=3 * jnp.pi / 8)
        return jnp.stack([angle, -angle, angle])

    def inputs(self, t: Any, x: jax.Array) -> jax.Array:
        """(cos theta, sin theta, p'(t)), (8,)."""
        return jnp.concatenate([jnp.cos(x), jnp.sin(x), self.path_velocity(t, x.dtype)])
