"""A linear map of the channels, the same in every cell."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym.nets._weights import spread, weights


class Dense(eqx.Module):
    """y[..., o] = bias[o] + sum_c matrix[c, o] x[..., c], on the last axis of an array of any rank."""

    matrix: jax.Array = weights()
    bias: jax.Array = weights()

    @classmethod
    def make(cls, channels_in: int, channels_out: int, zero: bool = False) -> "Dense":
        """The layer before its weights are drawn; with `zero` they begin, and stay until trained, at 0."""
        return cls(spread((channels_in, channels_out), zero), np.zeros(channels_out))

    def __call__(self, x: jax.Array) -> jax.Array:
        return x @ self.matrix + jnp.expand_dims(self.bias, range(x.ndim - 1))
