"""What a U-Net is made of: two convolutions beside an identity, told the noise level."""

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.nets.convolution import Boundaries, Convolution
from nesym.nets.dense import Dense
from nesym.nets.norm import GroupNorm, normalised


class Block(eqx.Module):
    """y = P x + conv_2(silu((1 + s) n(h) + t)),  h = conv_1(silu(norm(x))),  (s, t) = W e.

    He et al. 2016, arXiv 1603.05027, with the scale and shift of Perez et al. 2018, arXiv 1709.07871. n is `normalised`
    without gain and bias, P the identity, or a linear map where the channels change. conv_2 begins at 0: y = P x.
    x is (batch, y, x, channels in), the embedded noise level e (batch, size).
    """

    norm: GroupNorm
    first: Convolution
    modulation: Dense
    second: Convolution
    shortcut: Dense | None

    @classmethod
    def make(cls, channels_in: int, channels_out: int, size: int, boundary: Boundaries) -> "Block":
        """The block before its weights are drawn; `size` is that of the embedded noise level."""
        return cls(
            GroupNorm.make(channels_in),
            Convolution.make(channels_in, channels_out, boundary),
            Dense.make(size, 2 * channels_out),
            Convolution.make(channels_out, channels_out, boundary, zero=True),
            None if channels_in == channels_out else Dense.make(channels_in, channels_out),
        )

    def __call__(self, x: jax.Array, e: jax.Array) -> jax.Array:
        scale, shift = jnp.split(self.modulation(e), 2, axis=-1)
        h = self.first(jax.nn.silu(self.norm(x)))
        h = self.second(jax.nn.silu(normalised(h, 1 + scale, shift)))
        return h + (x if self.shortcut is None else self.shortcut(x))
