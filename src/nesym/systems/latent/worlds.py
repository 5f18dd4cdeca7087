"""The stochastic systems whose noise is known, series of them to learn from, and others to score by."""

from dataclasses import dataclass, replace
from functools import cached_property

import equinox as eqx
import jax
import numpy as np
import xarray as xr

from nesym.physics._diffusion import Diffusion
from nesym.physics.double_well import DoubleWell
from nesym.physics.energy_balance import EnergyBalance
from nesym.physics.ornstein_uhlenbeck import OrnsteinUhlenbeck
from nesym.solve.sde import euler_maruyama

SUBSTEPS = 10  # of the truth in each step of the series
TEST = 1_700_000  # keys of test series: far from all that training and trials use


@dataclass(frozen=True, eq=False)
class World:
    """`model`, known; `count` series of `steps` steps of `step` to learn from, in `units`.

    States are below `states[0]` and above `states[1]`. Scores rest on `members` series of `length` steps after the first
    `spin`, which are left out.
    """

    title: str
    model: Diffusion
    units: str
    step: float
    steps: int
    states: tuple[float, float]
    length: int
    spin: int
    count: int = 1024
    members: int = 256

    def series(self, key: int) -> xr.DataArray:
        """Series (trajectory, time) to learn from, started as published."""
        return self._labelled(_simulated(self.model, key, self.count, self.steps, self.step), 0)

    @cached_property
    def truth(self) -> xr.DataArray:
        """Series to score by, of another key, when they have forgotten their start."""
        values = _simulated(self.model, TEST, self.members, self.spin + self.length, self.step)
        return self._labelled(values, self.spin)

    def shorter(self, times: int) -> "World":
        """The same with a part of the series to score by."""
        return replace(self, length=self.length // times)

    @property
    def diffusion(self) -> float:
        """The true one, the same everywhere in all these systems."""
        return float(self.model.sigma)

    def _labelled(self, values: np.ndarray, spin: int) -> xr.DataArray:
        time = xr.Variable("time", np.arange(values.shape[1]) * self.step)
        coords = {"trajectory": np.arange(len(values)), "time": time}
        da = xr.DataArray(values, coords, ("trajectory", "time"), self.model.names[0], {"units": self.units})
        return da.isel(time=slice(spin, None))


WORLDS = {
    "energy-balance": World("energy balance", EnergyBalance(), "K", 0.02, 200, (255.0, 290.0), 2250, 250),
    "ornstein-uhlenbeck": World("Ornstein-Uhlenbeck", OrnsteinUhlenbeck(), "1", 0.02, 250, (-0.35, 0.35), 2000, 500),
    "double-well": World("double well", DoubleWell(), "1", 0.05, 400, (-0.5, 0.5), 8000, 1000, members=128),
}


def _simulated(model: Diffusion, key: int, count: int, steps: int, step: float) -> np.ndarray:
    """(count, steps + 1) float64, solved in double precision."""
    with jax.enable_x64(True):
        return np.asarray(_solved(model, jax.random.key(key), count, np.arange(steps + 1) * step))[..., 0].T


@eqx.filter_jit
def _solved(model: Diffusion, key: jax.Array, count: int, times: np.ndarray) -> jax.Array:
    keys = jax.random.split(key)
    return euler_maruyama(model.drift, model.diffusion, model.start(keys[0], count), times, keys[1], SUBSTEPS)
