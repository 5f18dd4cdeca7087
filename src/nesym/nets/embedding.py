"""The noise level as a vector that every block can read."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym.nets.dense import Dense

# Cycles per unit of c. With c = ln(sigma) / 4 the fastest turns once while sigma grows by e, the slowest is monotonic.
FREQUENCIES = np.geomspace(2.0**-4, 2.0**2, 16).astype(np.float32)


def fourier_features(noise: jax.Array) -> jax.Array:
    """(cos 2 pi f_k c, sin 2 pi f_k c) for 16 fixed frequencies f_k in geometric progression: (batch,) -> (batch, 32).

    Tancik et al. 2020, arXiv 2006.10739.
    """
    angle = 2 * np.float32(np.pi) * noise[:, None] * FREQUENCIES[None]
    return jnp.concatenate([jnp.cos(angle), jnp.sin(angle)], -1)


class NoiseEmbedding(eqx.Module):
    """e = silu(W_2 silu(W_1 fourier_features(c))) of the transformed noise level c: (batch,) -> (batch, size)."""

    first: Dense
    second: Dense

    @classmethod
    def make(cls, size: int) -> "NoiseEmbedding":
        """The embedding before its weights are drawn."""
        return cls(Dense.make(2 * FREQUENCIES.size, size), Dense.make(size, size))

    def __call__(self, noise: jax.Array) -> jax.Array:
        return jax.nn.silu(self.second(jax.nn.silu(self.first(fourier_features(noise)))))
