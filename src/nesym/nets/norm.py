"""Normalisation of a sample by its own statistics: the rest of the batch plays no part."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym.nets._weights import weights

# Channels that share mean and variance. A fixed number, so that groups stay whole where two fields are joined.
GROUP = 8
EPSILON = 1e-5


def normalised(x: jax.Array, gain: jax.Array, bias: jax.Array) -> jax.Array:
    """y = gain (x - m) / sqrt(v + 1e-5) + bias, with m and v the mean and variance over all cells and 8 channels.

    Wu and He 2018, arXiv 1803.08494. x is (batch, y, x, channels); gain and bias are (batch or 1, channels).
    """
    x = x - _group_mean(x)
    scale = jax.lax.rsqrt(_group_mean(jnp.square(x)) + EPSILON) * jnp.expand_dims(gain, (1, 2))
    return x * scale + jnp.expand_dims(bias, (1, 2))


def _group_mean(x: jax.Array) -> jax.Array:
    """Mean over the cells and over the channels of each group: (batch, y, x, channels) -> (batch, 1, 1, channels)."""
    group = np.arange(x.shape[-1]) // GROUP
    within = (group[:, None] == group) / np.float32(GROUP)
    # A matrix product, since XLA would carry the few sums of a reshape and repeat out again in every cell.
    mean = jnp.matmul(x.mean((1, 2)), within, precision=jax.lax.Precision.HIGHEST)
    return jnp.expand_dims(mean, (1, 2))


class GroupNorm(eqx.Module):
    """`normalised` with a gain and a bias, (channels,) each, that are learned."""

    gain: jax.Array = weights()
    bias: jax.Array = weights()

    @classmethod
    def make(cls, channels: int) -> "GroupNorm":
        """Gain 1, bias 0."""
        return cls(np.ones(channels), np.zeros(channels))

    def __call__(self, x: jax.Array) -> jax.Array:
        return normalised(x, self.gain[None], self.bias[None])


class InstanceNorm(eqx.Module):
    """y = gain (x - m) / sqrt(v + 1e-5) + bias, with m and v the mean and variance of each channel over all cells.

    Ulyanov et al. 2016, arXiv 1607.08022. x is (batch, y, x, channels); gain and bias, (channels,) each, are learned.
    """

    gain: jax.Array = weights()
    bias: jax.Array = weights()

    @classmethod
    def make(cls, channels: int) -> "InstanceNorm":
        """Gain 1, bias 0."""
        return cls(np.ones(channels), np.zeros(channels))

    def __call__(self, x: jax.Array) -> jax.Array:
        x = x - x.mean((1, 2), keepdims=True)
        scale = jax.lax.rsqrt(jnp.square(x).mean((1, 2), keepdims=True) + EPSILON)
        return x * (scale * jnp.expand_dims(self.gain, (0, 1, 2))) + jnp.expand_dims(self.bias, (0, 1, 2))
