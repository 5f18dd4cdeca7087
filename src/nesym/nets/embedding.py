"""The noise level as a vector that every block can read."""

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.nets._weights import fold
from nesym.nets.dense import Dense

FREQUENCIES = 16
# In cycles per unit of noise: the slowest is monotonic over all levels in use, the fastest tells 10 % of sigma apart.
LOWEST, HIGHEST = 2.0**-4, 2.0**2


def fourier_features(noise: jax.Array) -> jax.Array:
    """cos(2 pi f_k c), sin(2 pi f_k c) with 16 frequencies f_k in geometric progression: (batch,) -> (batch, 32).

    Tancik et al. 2020, arXiv 2006.10739; fixed frequencies here, so that there is nothing to draw and nothing to learn.
    """
    frequencies = jnp.geomspace(LOWEST, HIGHEST, FREQUENCIES, dtype=jnp.float32)
    angle = 2 * jnp.pi * noise[:, None] * frequencies[None]
    return jnp.concatenate([jnp.cos(angle), jnp.sin(angle)], -1)


class NoiseEmbedding(eqx.Module):
    """e = silu(W_2 silu(W_1 features(c))) of the transformed noise level c: (batch,) -> (batch, size)."""

    first: Dense
    second: Dense

    @classmethod
    def make(cls, size: int, key: jax.Array) -> "NoiseEmbedding":
        return cls(Dense.make(2 * FREQUENCIES, size, fold(key, 0)), Dense.make(size, size, fold(key, 1)))

    def __call__(self, noise: jax.Array) -> jax.Array:
        return jax.nn.silu(self.second(jax.nn.silu(self.first(fourier_features(noise)))))
