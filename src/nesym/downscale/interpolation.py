"""The two answers without randomness: smooth interpolation, and every fine cell as its coarse one."""

from functools import partial
from typing import ClassVar

import jax

from nesym.downscale._downscaler import AbstractDownscaler
from nesym.downscale.noise import Noise
from nesym.downscale.refinement import Refinement


class Bilinear(AbstractDownscaler):
    """r = the coarse rain interpolated linearly between cell centres; then scaled to its block means.

    Without the block means (`block_means=False`) interpolation flattens the peaks and rains into dry blocks.
    """

    block_means: bool = True
    name: ClassVar[str] = "bilinear"
    deterministic: ClassVar[bool] = True
    memory: ClassVar[bool] = False
    fitted_memory: ClassVar[None] = None

    def parameters(self, rain, factor):
        """None."""
        return ()

    def kernel(self):
        """The compiled interpolation of one time step."""
        return _bilinear


class Conservative(AbstractDownscaler):
    """r_ij = R_IJ: first-order conservative remapping onto the finer grid, which repeats every coarse value."""

    block_means: bool = True
    name: ClassVar[str] = "conservative"
    deterministic: ClassVar[bool] = True
    memory: ClassVar[bool] = False
    fitted_memory: ClassVar[None] = None

    def parameters(self, rain, factor):
        """None."""
        return ()

    def kernel(self):
        """The compiled repetition of one time step."""
        return _conservative


@partial(jax.jit, static_argnames="block_means")
def _bilinear(rain: jax.Array, noise: Noise, refinement: Refinement, *, block_means: bool) -> jax.Array:
    fine = refinement.interpolate(rain)[None]
    return refinement.keep_block_means(fine, rain) if block_means else fine


@partial(jax.jit, static_argnames="block_means")
def _conservative(rain: jax.Array, noise: Noise, refinement: Refinement, *, block_means: bool) -> jax.Array:
    return refinement.repeat(rain)[None]
