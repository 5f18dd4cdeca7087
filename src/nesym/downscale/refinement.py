"""How a coarse grid is cut into a fine one: the factor, the shape of the Earth, and the block means to be kept."""

import equinox as eqx
import jax
import numpy as np

from nesym.constrain import Budget
from nesym.fields.blocks import block_repeat
from nesym.fields.grid import Grid
from nesym.fields.interpolation import refine_bilinear
from nesym.fields.weights import area_weights
from nesym.observe import Coarsen


class Refinement(eqx.Module):
    """A cut of every coarse cell into `factor` x `factor` fine ones.

    `areas` (ny, 1) are the relative areas of the fine rows on a grid in latitude and longitude, None on a plane.
    """

    factor: int = eqx.field(static=True)
    periodic_x: bool = eqx.field(static=True, default=False)
    areas: np.ndarray | jax.Array | None = None

    @classmethod
    def of(cls, grid: Grid, factor: int) -> "Refinement":
        """The refinement of a coarse `grid`."""
        areas = None
        if grid.kind == "latlon":
            areas = area_weights(grid.refine(factor)).values.astype(np.float32)[:, None]
        return cls(int(factor), grid.periodic, areas)

    def fine_shape(self, rain: jax.Array) -> tuple[int, int]:
        """Cells of the fine grid over the coarse field `rain` (Y, X)."""
        return rain.shape[-2] * self.factor, rain.shape[-1] * self.factor

    def interpolate(self, rain: jax.Array) -> jax.Array:
        """Bilinear: (..., Y, X) -> (..., y, x)."""
        return refine_bilinear(rain, self.factor, periodic_x=self.periodic_x)

    def repeat(self, rain: jax.Array) -> jax.Array:
        """Every fine cell as its coarse one: (..., Y, X) -> (..., y, x)."""
        return block_repeat(rain, self.factor)

    def keep_block_means(self, fine: jax.Array, rain: jax.Array) -> jax.Array:
        """Scale fine rain (member, y, x) so that its area-weighted block means are the coarse `rain` (Y, X)."""
        return self.block_means().project(fine, rain)

    def block_means(self) -> Budget:
        """The constraint that says so."""
        return Budget(Coarsen(self.factor, self.areas), how="ratio")
