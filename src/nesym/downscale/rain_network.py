"""What a generative downscaler has learned of fine rain, and how coarse rain enters and fine rain leaves it."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym.downscale.refinement import Refinement
from nesym.downscale.told import Told, tell
from nesym.fields.rain import RATE_UNITS
from nesym.fields.transforms import Chain
from nesym.nets import UNet
from nesym.train import Fitted


class RainNetwork(eqx.Module):
    """A network for rain z = T(r), with T the fitted `transform`, of zero mean and unit variance.

    Rain below `trace` (mm/h) is none: half of the least that the fitted data have. `levels` are the noise levels for each
    of the `factors`: as fitted, those at the coarse Nyquist wavelength, sqrt(PSD of z) at twice the coarse spacing.
    `gaps` say for each factor how far the mean of z over a block lies below T(mean rain of the block): points (T(R), gap).
    `seconds` is how long training took, that of a teacher included.
    """

    network: UNet
    transform: Chain = eqx.field(static=True)
    trace: float = eqx.field(static=True)
    factors: tuple[int, ...] = eqx.field(static=True)
    levels: tuple[float, ...] = eqx.field(static=True)
    gaps: tuple[tuple[tuple[float, float], ...], ...] = eqx.field(static=True)
    seconds: float = eqx.field(static=True, default=0.0)

    def after(self, run: Fitted) -> "RainNetwork":
        """The same after more training."""
        return replace(self, network=run.ema_model, seconds=round(self.seconds + run.seconds, 1))

    def louder(self, multiple: float) -> "RainNetwork":
        """The same with so many times its noise levels."""
        return replace(self, levels=tuple(round(multiple * level, 4) for level in self.levels))

    def level(self, factor: int) -> float:
        """The noise level for any factor: linear in the logarithms, constant outside the fitted range."""
        return float(np.exp(np.interp(np.log(factor), np.log(self.factors), np.log(self.levels))))

    def start(self, rain: jax.Array, refinement: Refinement, sigma: jax.Array, zero_shot: jax.Array) -> jax.Array:
        """The coarse rain (Y, X) in the network's variable, on the fine grid: (1, y, x, 1).

        That is T(b), b the interpolated rain. A network that is told nothing takes the large scales of z from it. T is
        concave, and where rain varies within blocks, those are lower than T(b); with `zero_shot` the gap is taken off, as
        far as the variability below it is drawn anew: sigma / level of it. Else such draws would rain too much.
        """
        z = self.transform(refinement.interpolate(rain), RATE_UNITS)
        anew = jnp.minimum(1.0, sigma / self.level(refinement.factor))
        return (z - zero_shot * anew * self.gap(z, refinement.factor))[None, ..., None]

    def gap(self, z: jax.Array, factor: int) -> jax.Array:
        """By how much block means of T(r) lie below z = T(R): 0 without rain, and constant beyond the fitted points."""
        nearest = int(np.argmin(np.abs(np.log(np.array(self.factors) / factor))))
        at, gaps = (jnp.asarray(numbers, z.dtype) for numbers in zip(*self.gaps[nearest], strict=True))
        return jnp.interp(z, at, gaps)

    def told(self, rain: jax.Array, refinement: Refinement, zero_shot: jax.Array) -> Told:
        """What it is told of coarse rain (Y, X) on the fine grid; nothing if `zero_shot`."""
        return tell(self.transform, rain[None], refinement, 1.0 - zero_shot)

    def between(self, periodic_x: bool) -> UNet:
        """The network with the boundaries of a domain."""
        return self.network.bounded(("reflect", "circular" if periodic_x else "reflect"))

    def rain(self, z: jax.Array) -> jax.Array:
        """Rain in mm/h from the network's variable: (..., y, x, 1) -> (..., y, x)."""
        fine = self.transform.inverse(z[..., 0])
        return jnp.where(fine < self.trace, 0.0, fine)
