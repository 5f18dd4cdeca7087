"""A 3 x 3 convolution that knows what lies beyond the edges of the grid."""

from typing import Literal, TypeAlias

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym._errors import InputError
from nesym.nets._weights import spread, weights

Boundary: TypeAlias = Literal["reflect", "circular"]
Boundaries: TypeAlias = tuple[Boundary, Boundary]  # of the axes y and x


def beyond(x: jax.Array, axis: int, boundary: Boundary, side: Literal["before", "after"]) -> jax.Array:
    """The one layer of cells outside the grid: those across the seam ("circular"), or the mirror image ("reflect").

    The mirror stands on the outer face of the last cell, not in its centre: cell means of the mirrored field are then
    the mirrored cell means, so that all resolutions see the same field, and one cell is enough to have an image.
    """
    first, last = jax.lax.slice_in_dim(x, 0, 1, axis=axis), jax.lax.slice_in_dim(x, -1, None, axis=axis)
    return first if (side == "before") == (boundary == "reflect") else last


def surrounded(x: jax.Array, boundary: Boundaries) -> jax.Array:
    """`x` (batch, y, x, channels) with one more layer of cells on either side of y and of x."""
    for axis, kind in zip((1, 2), boundary, strict=True):
        x = jnp.concatenate([beyond(x, axis, kind, "before"), x, beyond(x, axis, kind, "after")], axis)
    return x


def check_boundary(boundary: Boundaries) -> None:
    """Raise `InputError` unless there is a kind of boundary for y and for x."""
    if len(boundary) != 2 or any(kind not in ("reflect", "circular") for kind in boundary):
        raise InputError(
            f'A boundary, "reflect" or "circular", was expected for each of y and x, and {boundary!r} came.',
            'Give ("reflect", "circular") on a globe whose longitudes wrap, else ("reflect", "reflect").',
        )


class Convolution(eqx.Module):
    """y[b, i, j, o] = bias[o] + sum_{p, q, c} kernel[p, q, c, o] x[b, i + p - 1, j + q - 1, c], p and q from 0 to 2.

    x is (batch, y, x, channels), and so is y; `beyond` says what x is outside the grid.
    """

    kernel: jax.Array = weights()
    bias: jax.Array = weights()
    boundary: Boundaries = eqx.field(static=True)

    @classmethod
    def make(cls, channels_in: int, channels_out: int, boundary: Boundaries, zero: bool = False) -> "Convolution":
        """The layer before its weights are drawn; with `zero` they begin, and stay until trained, at 0."""
        return cls(spread((3, 3, channels_in, channels_out), zero), np.zeros(channels_out), boundary)

    def __call__(self, x: jax.Array) -> jax.Array:
        # A convolution that keeps the size, then a cut: XLA's CPU kernel for "VALID" is up to seven times slower.
        y = jax.lax.conv_general_dilated(
            surrounded(x, self.boundary), self.kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        return y[:, 1:-1, 1:-1] + jnp.expand_dims(self.bias, (0, 1, 2))
