"""Point masses on a chain of rods, with friction in the joints."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.scipy.linalg import cho_factor, cho_solve

from nesym._errors import InputError
from nesym.physics._flow import Flow


class PendulumChain(Flow):
    """N unit masses on unit rods in the plane, in Cartesian coordinates that only some motions may take.

        omega_i' = (A^-1 y)_i - b (omega_i - omega_{i-1}),    omega_0 = 0
        A_ij = c_ij cos(theta_i - theta_j),    c_ij = N + 1 - max(i, j),
        y_i = -sum_j c_ij omega_j^2 sin(theta_i - theta_j) - g c_ii sin theta_i

    theta_i is the angle of rod i from the vertical, omega_i = theta_i', and b the friction of a joint. The state is (x,
    y, vx, vy), 4 N numbers: where the masses are, y upwards, and their velocities. Rod i is r_i = (sin theta_i, -cos
    theta_i), the difference of two neighbours, and its acceleration

        r'' = omega' r_perp - omega^2 r,    r_perp = dr/dtheta,    omega = r' . r_perp / |r|^2

    needs no angle. Every solution keeps 2 N constraints at zero, |r_i|^2 - 1 and r_i . r_i', but not its energy. These
    formulae also give the field off the constraints, where errors do not grow exponentially; `in_angles` is the same
    motion without any. Starts are at rest with theta ~ U[0, 2 pi]. White et al. 2024, arXiv 2410.23667, with g = 9.81,
    b = 0.1, N = 4 or 8.
    """

    links: int = eqx.field(default=4, static=True)
    friction: float = 0.1
    gravity: float = 9.81

    kept: ClassVar[str] = "zero"

    def __check_init__(self) -> None:
        if self.links < 1:
            raise InputError(
                f"A chain has one link or more, and links={self.links} came.", "Give links=4, for example."
            )

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{name}{i + 1}" for name in ("x", "y", "vx", "vy") for i in range(self.links))

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        rods, turning = self._rods(self.checked(x))
        across = _turned(rods)
        omega = jnp.sum(turning * across, 0) / jnp.sum(rods * rods, 0)
        rates = across * self._angular_acceleration(rods, omega) - rods * omega**2
        return jnp.concatenate([x[2 * self.links :], jnp.cumsum(rates, 1).reshape(-1)])

    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """|r|^2 - 1 and r . r' of each rod, (N,) each."""
        rods, turning = self._rods(x)
        return {"rod lengths": jnp.sum(rods * rods, 0) - 1, "rod stretching": jnp.sum(rods * turning, 0)}

    def start(self, key: jax.Array) -> jax.Array:
        theta = jax.random.uniform(key, (self.links,), maxval=2 * jnp.pi)
        return self.from_angles(jnp.concatenate([theta, jnp.zeros_like(theta)]))

    def energy(self, x: jax.Array) -> jax.Array:
        """|v|^2 / 2 + g y, summed over the masses: kept only if there is no friction."""
        n = self.links
        return jnp.sum(x[2 * n :] ** 2) / 2 + self.gravity * jnp.sum(x[n : 2 * n])

    def from_angles(self, z: jax.Array) -> jax.Array:
        """The state (4 N,) of the angles and their velocities z = (theta, omega), (2 N,)."""
        theta, omega = jnp.split(z, 2)
        rods = jnp.stack([jnp.sin(theta), -jnp.cos(theta)])
        return jnp.cumsum(jnp.stack([rods, _turned(rods) * omega]), -1).reshape(-1)

    def to_angles(self, x: jax.Array) -> jax.Array:
        """(theta, omega), (2 N,), of a state, with theta in (-pi, pi]."""
        rods, turning = self._rods(self.checked(x))
        omega = jnp.sum(turning * _turned(rods), 0) / jnp.sum(rods * rods, 0)
        return jnp.concatenate([jnp.arctan2(rods[0], -rods[1]), omega])

    def in_angles(self, t: Any, z: jax.Array, args: Any = None) -> jax.Array:
        """dz/dt of z = (theta, omega): the same motion in coordinates that cannot leave the constraints."""
        theta, omega = jnp.split(z, 2)
        rods = jnp.stack([jnp.sin(theta), -jnp.cos(theta)])
        return jnp.concatenate([omega, self._angular_acceleration(rods, omega)])

    def _rods(self, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        """r and r' of all rods, (2, N) each: differences of neighbours, the first hung up at the origin."""
        places, velocities = jnp.diff(x.reshape(2, 2, self.links), axis=-1, prepend=0)
        return places, velocities

    def _angular_acceleration(self, rods: jax.Array, omega: jax.Array) -> jax.Array:
        below = jnp.arange(self.links, 0, -1, dtype=rods.dtype)  # how many masses rod i carries
        carried = jnp.minimum(below[:, None], below)
        cos = rods.T @ rods
        sin = rods.T @ _turned(rods)  # r_i . dr_j/dtheta = sin(theta_i - theta_j)
        pull = -(carried * sin) @ omega**2 - self.gravity * below * rods[0]
        free = cho_solve(cho_factor(carried * cos), pull)
        return free - self.friction * jnp.diff(omega, prepend=0)


def _turned(rods: jax.Array) -> jax.Array:
    """dr/dtheta of r = (sin theta, -cos theta): a quarter turn."""
    return jnp.stack([-rods[1], rods[0]])
