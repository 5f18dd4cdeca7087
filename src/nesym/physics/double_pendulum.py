"""Two point masses on rods, one below the other."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from nesym.physics._flow import Flow


class DoublePendulum(Flow):
    """Unit masses on unit rods at angles theta from the vertical, x = (theta1, theta2, omega1, omega2), without friction.

        theta' = omega,    [[2, c], [c, 1]] omega' = (-omega2^2 s - 2 g sin theta1,  omega1^2 s - g sin theta2),
        c = cos(theta1 - theta2),    s = sin(theta1 - theta2)

    Every solution keeps its energy. A network is shown (omega1, omega2, sin theta1, cos theta1, sin theta2,
    cos theta2). Starts are at rest with theta1 = theta2 ~ U[pi/4, 3 pi/4], from where the motion is chaotic. White et
    al. 2023, arXiv 2306.09739, with g = 9.81.
    """

    gravity: float = 9.81

    kept: ClassVar[str] = "initial"

    @property
    def names(self) -> tuple[str, ...]:
        return ("theta1", "theta2", "omega1", "omega2")

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        theta1, theta2, omega1, omega2 = self.checked(x)
        c, s = jnp.cos(theta1 - theta2), jnp.sin(theta1 - theta2)
        pull1 = -(omega2**2) * s - 2 * self.gravity * jnp.sin(theta1)
        pull2 = omega1**2 * s - self.gravity * jnp.sin(theta2)
        rates = jnp.stack([pull1 - c * pull2, 2 * pull2 - c * pull1]) / (2 - c * c)
        return jnp.concatenate([x[2:], rates])

    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """omega1^2 + omega2^2 / 2 + omega1 omega2 c - g (2 cos theta1 + cos theta2)."""
        theta1, theta2, omega1, omega2 = x
        moving = omega1**2 + omega2**2 / 2 + omega1 * omega2 * jnp.cos(theta1 - theta2)
        return {"energy": moving - self.gravity * (2 * jnp.cos(theta1) + jnp.cos(theta2))}

    def start(self, key: jax.Array) -> jax.Array:
        phi = jax.random.uniform(key, minval=jnp.pi / 4, maxval=3 * jnp.pi / 4)
        return jnp.stack([phi, phi, jnp.zeros_like(phi), jnp.zeros_like(phi)])

    def inputs(self, t: Any, x: jax.Array) -> jax.Array:
        """(omega1, omega2, sin theta1, cos theta1, sin theta2, cos theta2)."""
        turns = jnp.stack([jnp.sin(x[:2]), jnp.cos(x[:2])], axis=1)
        return jnp.concatenate([x[2:], turns.reshape(4)])
