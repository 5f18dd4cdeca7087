"""A network that is told something about the field it shall find."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp


class Conditioned(eqx.Module):
    """F(x, c | k) = network([x, k], c): what is known, k (batch or 1, y, x, channel), enters as further channels.

    It takes the place of the network in `EDM` and `ConsistencyModel`, which scale x and leave k as it is.
    """

    network: Callable
    known: jax.Array

    def __call__(self, x: jax.Array, noise: jax.Array) -> jax.Array:
        known = jnp.broadcast_to(self.known, (*x.shape[:3], self.known.shape[-1]))
        return self.network(jnp.concatenate([x, known], -1), noise)
