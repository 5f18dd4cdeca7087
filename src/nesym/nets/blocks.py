"""The unit that a network is made of: two convolutions beside an identity, told the noise level."""

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.nets._weights import fold
from nesym.nets.convolution import Boundary, Convolution
from nesym.nets.dense import Dense
from nesym.nets.norm import GroupNorm, normalised


class Block(eqx.Module):
    """y = P x + conv_2(silu(n(h) (1 + s) + t)), h = conv_1(silu(norm(x))), (s, t) = dense(e)."""

    norm: GroupNorm
    first: Convolution
    modulation: Dense
    second: Convolution
    shortcut: Dense | None

    @classmethod
    def make(
        cls, channels_in: int, channels_out: int, embedding: int, boundary: tuple[Boundary, Boundary], key: jax.Array
    ) -> "Block":
        return cls(
            GroupNorm.make(channels_in),
            Convolution.make(channels_in, channels_out, boundary, fold(key, 0)),
            Dense.make(embedding, 2 * channels_out, fold(key, 1)),
            Convolution.make(channels_out, channels_out, boundary, None),
            None if channels_in == channels_out else Dense.make(channels_in, channels_out, fold(key, 2)),
        )

    def __call__(self, x: jax.Array, e: jax.Array) -> jax.Array:
        scale, shift = jnp.split(self.modulation(e), 2, axis=-1)
        h = self.first(jax.nn.silu(self.norm(x)))
        h = self.second(jax.nn.silu(normalised(h, 1 + scale, shift)))
        return h + (x if self.shortcut is None else self.shortcut(x))
