"""Networks for rain that are small enough to compile in seconds, and real rain to train them on."""

from dataclasses import replace
from functools import partial
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import programs
import xarray as xr

import nesym
from nesym.downscale import Training
from nesym.downscale.rain_network import RainNetwork
from nesym.fields import Chain, Root, Standardise, canonical
from nesym.nets import UNet

TRAINING = Training(
    width=8, multipliers=(1,), patch=2, crop=16, batch=4, steps=3, distillation=2, calibration=2, rate=1e-2
)
TRANSFORM = Chain((Root(), Standardise(1.0, 0.5)))

# Programs for networks so small run once or twice: they are not worth the time that optimising them takes.
compiled_once = partial(programs.compiled_once, optimised=False)


def awake(network: UNet) -> UNet:
    """The network with all its weights moved, as training would, so that parts which begin at zero take part."""
    rng = np.random.default_rng(7)
    return jax.tree.map(lambda w: jnp.asarray(np.asarray(w) + 0.1 * rng.standard_normal(w.shape), w.dtype), network)


# As it begins, a network gives 0: draws are what is expected, and the noise times a number that is known.
GAPS = (((-2.0, 0.0), (0.0, 0.2)), ((-2.0, 0.0), (-1.0, 0.4), (1.0, 0.2)))
SILENT = RainNetwork(TRAINING.network(0), TRANSFORM, 0.06, (2, 4), (0.3, 0.8), GAPS)
FITTED = replace(SILENT, network=awake(SILENT.network))


class Echo(eqx.Module):
    """A network that gives back one of its channels."""

    channel: int = eqx.field(static=True)
    parameters: ClassVar[int] = 0

    def bounded(self, boundary):
        return self

    def __call__(self, x, noise):
        return x[..., self.channel : self.channel + 1]


def fine_rain() -> xr.DataArray:
    """Real rain on 32 x 32 cells of 1 km, wet nearly all the time: (time, y, x)."""
    amounts = nesym.data.sample("radar_germany").isel(time=slice(80, 180), y=slice(48, 80), x=slice(48, 80))
    return canonical(amounts, "pr")


def expected_spread(z: np.ndarray) -> np.ndarray:
    """That of coarse transformed rain (Y, X) in a domain without joined ends, written out once more."""
    ny, nx = z.shape
    padded = np.pad(z.astype(float), 1, mode="edge")
    around = [[padded[i : i + 3, j : j + 3].std() for j in range(nx)] for i in range(ny)]
    return np.hypot(around, 0.15)
