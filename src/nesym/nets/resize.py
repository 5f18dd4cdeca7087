"""Half the resolution and back again, for any number of cells."""

import jax
import jax.numpy as jnp

from nesym.nets.convolution import Boundaries, beyond


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
