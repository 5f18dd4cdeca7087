"""A linear map of the channels, the same in every cell."""

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.nets._weights import drawn, weights


class Dense(eqx.Module):
    """y[..., o] = bias[o] + sum_c matrix[c, o] x[..., c], on the last axis of an array of any rank."""

    matrix: jax.Array = weights()
    bias: jax.Array = weights()

    @classmethod
    def make(cls, channels_in: int, channels_out: int, key: jax.Array | None) -> "Dense":
        """New random weights; without a key all are zero."""
        return cls(drawn((channels_in, channels_out), key), jnp.zeros(channels_out, jnp.float32))

    def __call__(self, x: jax.Array) -> jax.Array:
        return x @ self.matrix + jnp.expand_dims(self.bias, range(x.ndim - 1))
