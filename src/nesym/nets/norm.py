"""Normalisation of one sample by its own statistics: the size of the batch plays no part."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym.nets._weights import weights

# Channels that share their mean and variance. A fixed number keeps groups whole where two fields are concatenated.
GROUP = 8
EPSILON = 1e-5


def normalised(x: jax.Array, gain: jax.Array, bias: jax.Array) -> jax.Array:
    """y = gain (x - mean) / sqrt(variance + 1e-5) + bias, over all cells and the 8 channels of a group, in each sample.

    Wu and He 2018, arXiv 1803.08494. x is (batch, y, x, channels); gain and bias are (batch or 1, channels).
    """
    x = x - _group_mean(x)
    scale = jax.lax.rsqrt(_group_mean(jnp.square(x)) + EPSILON) * jnp.expand_dims(gain, (1, 2))
    return x * scale + jnp.expand_dims(bias, (1, 2))


def _group_mean(x: jax.Array) -> jax.Array:
    """Mean over cells and groups: (batch, y, x, channels) -> (batch, 1, 1, channels)."""
    group = np.arange(x.shape[-1]) // GROUP
    within = (group[:, None] == group) / np.float32(GROUP)
    mean = jnp.matmul(x.mean((1, 2)), within, precision=jax.lax.Precision.HIGHEST)
    return jnp.expand_dims(mean, (1, 2))


class GroupNorm(eqx.Module):
    """`normalised` with gain and bias, (channels,) each, that are learned."""

    gain: jax.Array = weights()
    bias: jax.Array = weights()

    @classmethod
    def make(cls, channels: int) -> "GroupNorm":
        """Gain 1, bias 0."""
        return cls(jnp.ones(channels, jnp.float32), jnp.zeros(channels, jnp.float32))

    def __call__(self, x: jax.Array) -> jax.Array:
        return normalised(x, self.gain[None], self.bias[None])
