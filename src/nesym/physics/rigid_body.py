"""A rigid body that turns freely about its centre of mass."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from nesym.physics._flow import Flow


class RigidBody(Flow):
    """Euler's equations of the angular momentum y in the frame of the body, with principal moments of inertia I.

        y1' = (1/I3 - 1/I2) y2 y3,    y2' = (1/I1 - 1/I3) y3 y1,    y3' = (1/I2 - 1/I1) y1 y2

    Every solution keeps the Casimir |y|^2 / 2, the sphere on which it turns. Starts are (cos phi, 0, sin phi) with
    phi ~ U[0.5, 1.5]. White et al. 2023, arXiv 2306.09739, with I = (1.6, 1, 2/3).
    """

    moments: tuple[float, float, float] = (1.6, 1.0, 2 / 3)

    kept: ClassVar[str] = "initial"

    @property
    def names(self) -> tuple[str, ...]:
        return ("y1", "y2", "y3")

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        y1, y2, y3 = self.checked(x)
        i1, i2, i3 = self.moments
        return jnp.stack([(1 / i3 - 1 / i2) * y2 * y3, (1 / i1 - 1 / i3) * y3 * y1, (1 / i2 - 1 / i1) * y1 * y2])

    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """Half the square of the angular momentum."""
        return {"casimir": jnp.sum(x * x) / 2}

    def energy(self, x: jax.Array) -> jax.Array:
        """Sum of y_i^2 / (2 I_i), which solutions keep as well."""
        return sum(x[i] ** 2 / (2 * moment) for i, moment in enumerate(self.moments))

    def start(self, key: jax.Array) -> jax.Array:
        phi = jax.random.uniform(key, minval=0.5, maxval=1.5)
        return jnp.stack([jnp.cos(phi), jnp.zeros_like(phi), jnp.sin(phi)])
