"""What a translator has learned of rain on the globe, and how rain enters and leaves it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from nesym.adjust.variables import RAIN_UNITS
from nesym.fields.transforms import Chain
from nesym.nets import PatchDiscriminator, Translator, places


@dataclass(frozen=True, eq=False)
class Translation:
    """Networks for rain z = T(r) in the cells of `latitude` (lat,) and `longitude` (lon,), T the fitted `transform`.

    `climate` (lat, lon, c) is what the networks are told of the cells beside their `places`: the means of `Rain` in the
    model's and in the observed record of the training, so that they need not learn a map by heart. `scale` is the mean
    observed rain; rain below `trace` (mm/day), half of the least that was observed, is none. `network` translates the
    model's rain, `judge` scores what is like observed rain. `largest` is the most that the model had, `most` the most
    that was observed: see `limited`. `chosen` is the step of the training at which the network was taken; `candidates` are
    the steps that it was chosen from, with their errors on years apart: (step, spectral, zonal, ranked). `seconds` is how
    long training took.
    """

    variable: str
    latitude: np.ndarray
    longitude: np.ndarray
    climate: np.ndarray
    transform: Chain
    scale: float
    trace: float
    largest: float
    network: Translator = field(repr=False)
    judge: PatchDiscriminator = field(repr=False)
    most: float = np.inf
    chosen: int = 0
    candidates: tuple[tuple[float, float, float, float], ...] = ()
    seconds: float = 0.0

    @cached_property
    def known(self) -> jax.Array:
        """What the networks are told of the cells, (1, lat, lon, 14 + c)."""
        return jnp.asarray(np.concatenate([places(self.latitude, self.longitude), self.climate], -1))[None]

    def template(self) -> xr.DataArray:
        """The cells as an empty record with their labels, name and units."""
        coords = {"lat": self.latitude, "lon": self.longitude}
        attrs = {"units": RAIN_UNITS, "standard_name": "lwe_precipitation_rate"}
        empty = np.empty((0, self.latitude.size, self.longitude.size), np.float32)
        return xr.DataArray(empty, coords, ("time", "lat", "lon"), self.variable, attrs)

    def seen(self, rain: np.ndarray) -> np.ndarray:
        """z of rain (..., lat, lon) in mm/day, as networks take it: (..., lat, lon, 1) float32."""
        return self.transform(np.asarray(rain, np.float32), RAIN_UNITS)[..., None]

    def rain(self, z: jax.Array) -> np.ndarray:
        """Rain in mm/day from (..., lat, lon, 1)."""
        rain = np.asarray(self.transform.inverse(np.asarray(z)[..., 0]))
        return np.where(rain < self.trace, 0.0, rain)

    def translated(self, rain: np.ndarray) -> np.ndarray:
        """Rain (..., lat, lon) in mm/day as the network changes it, in the precision of `rain`, no sum kept.

        The network sees one field at a time: what comes does not depend on what else is asked for.
        """
        out = np.empty(rain.shape, rain.dtype)
        for at, z in self._fields(rain):
            wetter = max(1.0, float(rain[at].max()) / self.largest)  # than any day of the training
            out[at] = limited(self.rain(_call(self.network, z[None], self.known))[0], wetter * self.most)
        return out

    def salience(self, rain: np.ndarray, names: np.ndarray, samples: int, noise: float) -> np.ndarray:
        """See `CycleGAN.saliency`; `names` (...) are whole numbers that name the noise of each field."""
        out = np.empty(rain.shape, np.float32)
        for at, z in self._fields(rain):
            key = jax.random.key(int(names[at]) & 0x7FFFFFFF)
            out[at] = _smoothed_gradient(self.judge, z[None], self.known, key, samples, noise)[0, ..., 0]
        return out

    def _fields(self, rain: np.ndarray) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
        """Index and z of every field."""
        for at in np.ndindex(rain.shape[:-2]):
            yield at, self.seen(rain[at])


def limited(rain: np.ndarray, most: float) -> np.ndarray:
    """r up to m / 2, and above it m / 2 (1 + 3/2 (1 - exp(-2/3 (2 r / m - 1)))): never more than 5/4 of `most` m (mm/day).

    A network that adds to the logarithm of rain gives the wettest cells too much, in rare days many times what was ever
    observed. The order of values stays, and the slope is continuous.
    """
    if not np.isfinite(most):
        return rain
    excess = np.maximum(2 * rain / most - 1, 0)
    return np.where(excess > 0, most / 2 * (1 - 1.5 * np.expm1(-excess / 1.5)), rain).astype(rain.dtype)


@eqx.filter_jit
def _call(network: Translator, z: jax.Array, known: jax.Array) -> jax.Array:
    return network(z, known)


@eqx.filter_jit
def _smoothed_gradient(
    judge: PatchDiscriminator, z: jax.Array, known: jax.Array, key: jax.Array, samples: int, noise: float
) -> jax.Array:
    """1/n sum_i d/dz sum D(z + noise n_i), n_i ~ N(0, 1): (1, y, x, 1)."""
    noised = z + noise * jax.random.normal(key, (samples, *z.shape[1:]), z.dtype)
    return jax.grad(lambda noised: judge(noised, known).sum())(noised).mean(0, keepdims=True)
