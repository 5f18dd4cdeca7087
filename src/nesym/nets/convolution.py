"""A 3 x 3 convolution that knows what lies beyond the edge of the grid."""

from typing import Literal, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.nets._weights import drawn, weights

Boundary: TypeAlias = Literal["reflect", "circular"]


def beyond(x: jax.Array, axis: int, boundary: Boundary, side: Literal["before", "after"]) -> jax.Array:
    """The one layer of cells next to the grid: across the seam of a circular axis, or mirrored at the outer cell's face.

    Mirroring at the face, not at the centre, repeats the outer cell: it keeps cell means and works for any grid.
    """
    first, last = jax.lax.slice_in_dim(x, 0, 1, axis=axis), jax.lax.slice_in_dim(x, -1, None, axis=axis)
    return first if (side == "before") == (boundary == "reflect") else last


def surrounded(x: jax.Array, boundary: tuple[Boundary, Boundary]) -> jax.Array:
    """`x` (batch, y, x, channels) with one more layer of cells on each side of y and x."""
    for axis, kind in zip((1, 2), boundary, strict=True):
        x = jnp.concatenate([beyond(x, axis, kind, "before"), x, beyond(x, axis, kind, "after")], axis)
    return x


class Convolution(eqx.Module):
    """y[b, i, j, o] = bias[o] + sum_{p, q, c} kernel[p, q, c, o] x[b, i + p - 1, j + q - 1, c], p, q in 0, 1, 2.

    x is (batch, y, x, channels); cells beyond the grid follow `boundary` of (y, x): see `beyond`.
    """

    kernel: jax.Array = weights()
    bias: jax.Array = weights()
    boundary: tuple[Boundary, Boundary] = eqx.field(static=True)

    @classmethod
    def make(
        cls, channels_in: int, channels_out: int, boundary: tuple[Boundary, Boundary], key: jax.Array | None
    ) -> "Convolution":
        """New random weights; without a key all are zero."""
        return cls(drawn((3, 3, channels_in, channels_out), key), jnp.zeros(channels_out, jnp.float32), boundary)

    def __call__(self, x: jax.Array) -> jax.Array:
        # Channels last, no dilation, no padding: what XLA gives to its fast CPU kernels.
        y = jax.lax.conv_general_dilated(
            surrounded(x, self.boundary), self.kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )[:, 1:-1, 1:-1]
        return y + jnp.expand_dims(self.bias, (0, 1, 2))
