"""The named noise of one time step, as the kernels of stochastic downscalers receive it."""

import equinox as eqx
import jax
import numpy as np

from nesym.fields.random import gaussian_fields, white_fields


class Noise(eqx.Module):
    """Which noise to draw: `key`, member numbers (member,), and the time step's named draws (draw, 3), (draw,)."""

    key: jax.Array
    members: np.ndarray | jax.Array
    names: np.ndarray | jax.Array
    weights: np.ndarray | jax.Array

    def fields(self, slope: jax.Array, shape: tuple[int, int], **scales) -> jax.Array:
        """Gaussian fields of unit variance and spectral slope `slope`: (member, y, x); see `gaussian_fields`."""
        return gaussian_fields(self.key, self.members, self.names, self.weights, slope, shape=shape, **scales)

    def white(self, shape: tuple[int, int], stream: int = 0) -> jax.Array:
        """White noise: (member, y, x); every `stream` is independent of the others."""
        key = jax.random.fold_in(self.key, stream)
        return white_fields(key, self.members, self.names, self.weights, shape=shape)
