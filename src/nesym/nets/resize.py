"""Half the resolution and back again, for any number of cells."""

import jax
import jax.numpy as jnp
import numpy as np

from nesym.nets.convolution import Boundaries, Boundary, beyond


def halved(x: jax.Array, boundary: Boundaries) -> jax.Array:
    """Means of 2 x 2 cells: (batch, y, x, channels) -> (batch, ceil(y / 2), ceil(x / 2), channels).

    An axis with an odd number of cells first gets the one that lies beyond its end.
    """
    for axis, kind in zip((1, 2), boundary, strict=True):
        if x.shape[axis] % 2:
            x = jnp.concatenate([x, beyond(x, axis, kind, "after")], axis)
    batch, ny, nx, channels = x.shape
    return x.reshape(batch, ny // 2, 2, nx // 2, 2, channels).mean((2, 4))


def doubled(x: jax.Array, shape: tuple[int, int]) -> jax.Array:
    """Every cell four times, cut to `shape` (y, x): the grid that `halved` came from."""
    batch, ny, nx, channels = x.shape
    fine = jnp.broadcast_to(x[:, :, None, :, None], (batch, ny, 2, nx, 2, channels))
    return fine.reshape(batch, 2 * ny, 2 * nx, channels)[:, : shape[0], : shape[1]]


def packed(x: jax.Array, side: int, boundary: Boundaries) -> jax.Array:
    """Patches of `side` x `side` cells as channels of one: (batch, y, x, c) -> (batch, ceil(y / s), ceil(x / s), s s c).

    An axis that the patches do not divide first gets what lies beyond its end, layer by layer.
    """
    for axis, kind in zip((1, 2), boundary, strict=True):
        size = x.shape[axis]
        if missing := -size % side:
            x = jnp.concatenate([x, _ahead(x, axis, kind, missing)], axis)
    batch, ny, nx, channels = x.shape
    patches = x.reshape(batch, ny // side, side, nx // side, side, channels).transpose(0, 1, 3, 2, 4, 5)
    return patches.reshape(batch, ny // side, nx // side, side * side * channels)


def unpacked(x: jax.Array, side: int, shape: tuple[int, int]) -> jax.Array:
    """The cells of the patches again, cut to `shape` (y, x): the inverse of `packed`."""
    batch, ny, nx, channels = x.shape
    cells = x.reshape(batch, ny, nx, side, side, channels // side**2).transpose(0, 1, 3, 2, 4, 5)
    return cells.reshape(batch, ny * side, nx * side, -1)[:, : shape[0], : shape[1]]


def _ahead(x: jax.Array, axis: int, boundary: Boundary, layers: int) -> jax.Array:
    """That many layers of cells beyond the end of an axis."""
    size = x.shape[axis]
    number = np.arange(layers)
    return jnp.take(x, number % size if boundary == "circular" else (size - 1 - number).clip(0), axis)
