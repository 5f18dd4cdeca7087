"""What a latent stochastic differential equation has learned of a series, in the units of that series."""

from dataclasses import dataclass, field

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym.learn.noise._variation import QuadraticVariation
from nesym.learn.noise.generated import drawn_from, solved
from nesym.learn.noise.latent_networks import LatentNetworks
from nesym.learn.noise.latent_series import Series

STARTS = 128  # first values that are kept, at most


@dataclass(frozen=True, eq=False)
class LatentDynamics:
    """dz = h(z) dt + g(z) dW with x = mean + spread z_1: `networks` in their units, and those units.

    The unit of time of the networks is spread^2 / `rate`, `rate` the quadratic variation of the series; `error` is what was
    told of errors of observation, `multiplier` the last weight of the noise in units of 1 / sqrt(r). `step` is that of the
    series, `start` (k,) where each of them began. `seconds` is how long training took.
    """

    networks: LatentNetworks = field(repr=False)
    mean: float
    spread: float
    rate: float
    error: float
    step: float
    name: str
    units: str
    time_units: str
    start: np.ndarray = field(repr=False)
    multiplier: float = 0.0
    seconds: float = 0.0

    @classmethod
    def begun(cls, networks: LatentNetworks, series: Series, told: QuadraticVariation) -> "LatentDynamics":
        """With networks that have not learned."""
        x = series.values
        labels = series.name, series.units, series.time_units
        start = x[:STARTS, 0]
        return cls(networks, float(x.mean()), float(x.std()), told.rate, told.error, series.step, *labels, start)

    @property
    def unit(self) -> float:
        """The networks' unit of time, in that of the series."""
        return self.spread**2 / self.rate

    @property
    def latent(self) -> int:
        """How many latent numbers there are."""
        return self.networks.first.shape[-1]

    @property
    def series(self) -> Series:
        """An empty record with the labels."""
        return Series(np.empty((0, 1)), self.step, self.name, self.units, self.time_units)

    def seen(self, x: np.ndarray) -> np.ndarray:
        """Values as the networks take them."""
        return (x - self.mean) / self.spread

    def drift(self, x: np.ndarray) -> np.ndarray:
        """h at states x (..., latent), per unit of time of the series."""
        return np.asarray(_prior(self.networks, self._states(x)), np.float64) * (self.spread / self.unit)

    def diffusion(self, x: np.ndarray) -> np.ndarray:
        """g at states x (..., latent), per root of the unit of time of the series."""
        return np.asarray(_noise(self.networks, self._states(x)), np.float64) * (self.spread / np.sqrt(self.unit))

    def paths(self, start: np.ndarray | None, members: int, times: np.ndarray, key: int, substeps: int) -> np.ndarray:
        """x (members, time) at `times` from `start` (members,), or from where the series began; what is hidden from p(z_0)."""
        keys = jax.random.split(jax.random.key(key), 3)
        start = drawn_from(self.start, members, keys[0]) if start is None else start
        z = _first(self.networks, jax.random.normal(keys[1], (members, self.latent), jnp.float32))
        z = z.at[:, 0].set(jnp.asarray(self.seen(start), jnp.float32))
        z = solved(self.networks.prior, self.networks.noise, z, times / self.unit, keys[2], substeps)
        return self.mean + self.spread * z

    def _states(self, x: np.ndarray) -> jax.Array:
        return jnp.asarray(self.seen(np.asarray(x, np.float64)), jnp.float32)


@eqx.filter_jit
def _prior(networks: LatentNetworks, z: jax.Array) -> jax.Array:
    return networks.prior(z)


@eqx.filter_jit
def _noise(networks: LatentNetworks, z: jax.Array) -> jax.Array:
    return networks.noise(z)


@eqx.filter_jit
def _first(networks: LatentNetworks, xi: jax.Array) -> jax.Array:
    return networks.first[0] + jnp.exp(networks.first[1]) * xi
