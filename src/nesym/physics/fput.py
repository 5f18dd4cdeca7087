"""The chain of nonlinear springs of Fermi, Pasta, Ulam and Tsingou."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym._errors import InputError
from nesym.physics._flow import Flow

RANDOM_MODES = 4


class FPUT(Flow):
    """N unit masses between fixed ends, x = (q, p), whose springs are not quite linear.

        H = sum_i p_i^2 / 2 + sum_i (d_i^2 / 2 + a d_i^3 / 3 + b d_i^4 / 4),    d_i = q_{i+1} - q_i,    q_0 = q_{N+1} = 0
        q_i' = p_i,    p_i' = F(d_i) - F(d_{i-1}),    F(d) = d + a d^2 + b d^3

    Every solution keeps its energy H. Mode k is sin(pi i k / (N + 1)); in a linear chain, a = b = 0, it has frequency
    2 sin(pi k / (2 (N + 1))). `first_mode` is the start of the original experiment; `start` draws the amplitudes of
    modes k = 1 to 4 from U[0, 1 / k] and their phases from U[0, 2 pi], so that the energy stays under 0.4 where
    a = 0.25, N = 32: far from 2.67, where a spring could break (d < -1 / a). Fermi, Pasta, Ulam and Tsingou 1955, report
    LA-1940, with a = 0.25 and b = 0.
    """

    particles: int = eqx.field(default=32, static=True)
    a: float = 0.25
    b: float = 0.0

    kept: ClassVar[str] = "initial"

    def __check_init__(self) -> None:
        if self.particles < RANDOM_MODES:
            raise InputError(
                f"A chain of {RANDOM_MODES} particles or more was expected, and particles={self.particles} came.",
                "Give particles=32, for example.",
            )

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{name}{i + 1}" for name in "qp" for i in range(self.particles))

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        q, p = jnp.split(self.checked(x), 2)
        d = _stretch(q)
        return jnp.concatenate([p, jnp.diff(d * (1 + d * (self.a + self.b * d)))])

    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """Energy."""
        q, p = jnp.split(x, 2)
        d = _stretch(q)
        return {"energy": jnp.sum(p * p) / 2 + jnp.sum(d * d * (1 / 2 + d * (self.a / 3 + self.b / 4 * d)))}

    def first_mode(self, amplitude: float = 1.0) -> jax.Array:
        """A start at rest in the longest mode."""
        q = amplitude * self._modes()[0]
        return jnp.concatenate([q, jnp.zeros_like(q)])

    def start(self, key: jax.Array) -> jax.Array:
        size, phase = jax.random.uniform(key, (2, RANDOM_MODES))
        k = jnp.arange(1, RANDOM_MODES + 1, dtype=size.dtype)
        frequency = 2 * jnp.sin(jnp.pi * k / (2 * (self.particles + 1)))
        turn = 2 * jnp.pi * phase
        parts = jnp.stack([jnp.cos(turn), -frequency * jnp.sin(turn)]) * (size / k)
        return (parts @ self._modes()).reshape(-1)

    def _modes(self) -> jax.Array:
        """The shapes of the longest modes, (4, N)."""
        i, k = jnp.arange(1.0, self.particles + 1), jnp.arange(1.0, RANDOM_MODES + 1)
        return jnp.sin(jnp.pi / (self.particles + 1) * k[:, None] * i[None, :])


def _stretch(q: jax.Array) -> jax.Array:
    """d of all N + 1 springs."""
    return jnp.diff(q, prepend=0, append=0)
