"""Half the resolution and back, for any number of cells."""

import jax
import jax.numpy as jnp

from nesym.nets.convolution import Boundary, beyond


def halved(x: jax.Array, boundary: tuple[Boundary, Boundary]) -> jax.Array:
    """Means of 2 x 2 cells, (batch, y, x, channels) -> (batch, ceil(y / 2), ceil(x / 2), channels).

    An odd axis first gets the cell beyond its end.
    """
    for axis, kind in zip((1, 2), boundary, strict=True):
        if x.shape[axis] % 2:
            x = jnp.concatenate([x, beyond(x, axis, kind, "after")], axis)
    b, ny, nx, channels = x.shape
    return x.reshape(b, ny // 2, 2, nx // 2, 2, channels).mean((2, 4))


def doubled(x: jax.Array, shape: tuple[int, int]) -> jax.Array:
    """Every cell repeated 2 x 2, then cut to `shape` (y, x): undoes the size of `halved`."""
    b, ny, nx, channels = x.shape
    fine = jnp.broadcast_to(x[:, :, None, :, None], (b, ny, 2, nx, 2, channels)).reshape(b, 2 * ny, 2 * nx, channels)
    return fine[:, : shape[0], : shape[1]]
