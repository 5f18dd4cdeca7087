"""What a shared embedding has learned of observed rain, and how rain enters and leaves it."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym.constrain import Budget
from nesym.downscale.embedding import DAILY, Embedded
from nesym.downscale.embedding_cells import Cells
from nesym.fields.transforms import Chain
from nesym.nets import UNet


class SharedEmbedding(eqx.Module):
    """What has been learned of observed rain: its network, its transform, and the cells on which it was observed.

    `level` is the noise level of the coarse Nyquist wavelength. Rain below `trace` (mm/day) is none. `chosen` is the step
    of the training at which the network was taken, `losses` are those of the steps that it was chosen from, `seconds` is
    how long the training took.
    """

    network: UNet
    cells: Cells
    transform: Chain = eqx.field(static=True)
    trace: float = eqx.field(static=True)
    level: float = eqx.field(static=True)
    chosen: int = eqx.field(static=True, default=0)
    losses: tuple[tuple[float, float], ...] = eqx.field(static=True, default=())
    seconds: float = eqx.field(static=True, default=0.0)

    def told(self, coarse: jax.Array, sigma: jax.Array, noise: jax.Array) -> Embedded:
        """What the denoiser is told of coarse rain (Y, X), under white noise (member, y, x) of level sigma."""
        return jax.vmap(
            lambda noise: Embedded.of(coarse, self.cells.places, self.cells.factor, self.transform, sigma, noise)
        )(noise)

    def rain(self, z: jax.Array) -> jax.Array:
        """Rain in mm/day from the network's variable: (batch, y, x, 1) -> (batch, y, x); 0 at sea."""
        fine = self.inverse(z)
        return jnp.where(fine < self.trace, 0.0, fine)

    def block_means(self) -> Budget:
        """The constraint that the mean over the land of each block is that of the coarse rain."""
        return Budget(self.cells.places.coarsen(self.cells.factor), how="ratio")

    def usual_spread(self) -> float:
        """Root mean square over land of what the coarse field leaves open."""
        places = self.cells.places
        land, spread = (np.asarray(part, np.float64) for part in (places.land, places.spread))
        return float(np.sqrt((land * spread**2).sum() / land.sum()))

    def __call__(self, rain: jax.Array) -> jax.Array:
        """The network's variable: (batch, y, x) in mm/day -> (batch, y, x, 1)."""
        return self.transform(rain, DAILY)[..., None]

    def inverse(self, z: jax.Array) -> jax.Array:
        """Rain, not cut off at the trace: a field on its way."""
        return self.transform.inverse(z[..., 0]) * self.cells.places.land
