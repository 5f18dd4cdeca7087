"""Drift and diffusion of a series read off the moments of its increments: the rival of every learned equation."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from nesym._errors import InputError, NotFittedError
from nesym.learn.noise._variation import quadratic_variation
from nesym.learn.noise.conditional_moments import Increments, chosen_bandwidth
from nesym.learn.noise.generated import Wanted, drawn_from, labelled, solved
from nesym.learn.noise.latent_series import Series

POINTS = 200
SEEN = (0.005, 0.995)  # quantiles of the series between which coefficients are estimated


@dataclass(frozen=True, eq=False)
class Coefficients:
    """`drift` and `diffusion` at points `x` (n,), with the slope of the drift at both `ends`; `start` (k,) of each series.

    Beyond the points the drift goes on along its slope there, or stays where that would not hold the series back, and the
    diffusion stays.
    """

    x: np.ndarray
    drift: np.ndarray
    diffusion: np.ndarray
    ends: tuple[float, float]
    start: np.ndarray
    bandwidth: float
    series: Series = field(repr=False)

    def drift_at(self, x: np.ndarray) -> np.ndarray:
        """Drift at any x."""
        below, above = np.minimum(x - self.x[0], 0), np.maximum(x - self.x[-1], 0)
        return np.interp(x, self.x, self.drift) + below * self.ends[0] + above * self.ends[1]

    def diffusion_at(self, x: np.ndarray) -> np.ndarray:
        """Diffusion at any x."""
        return np.interp(x, self.x, self.diffusion)


@dataclass(frozen=True)
class KramersMoyal:
    """a(x) = <d>_x / h and b(x)^2 = (<(d - a h)^2>_x - 2 e^2) / h, from the increments d of a series of step h.

    < >_x is a Gaussian kernel around x, with a line through the increments for the drift and a constant for the square.
    Siegert et al. 1998, doi 10.1016/S0375-9601(98)00283-7; with kernels Lamouroux and Lehnertz 2009,
    doi 10.1016/j.physleta.2009.07.073. e is the error of observation that `quadratic_variation` tells.

    `bandwidth`, in units of the series, is by default the one under which increments that were left out are likeliest. The
    estimate needs every number that the drift depends on to be observed, and increments that are short beside the time in
    which the system relaxes.
    """

    bandwidth: float | None = None
    fitted: Coefficients | None = field(default=None, repr=False)

    name: ClassVar[str] = "kramers-moyal"

    def fit(self, series: xr.DataArray) -> "KramersMoyal":
        """A new object with the coefficients of `series` (time,) or (trajectory, time). Raises as `LatentSDE.fit`."""
        read = Series.of(series)
        if self.bandwidth is not None and not self.bandwidth > 0:
            raise InputError(f"A positive bandwidth was expected, and {self.bandwidth!r} came.", "Give None to choose.")
        increments = Increments.of(read.values, read.step)
        seen = tuple(np.quantile(read.values, SEEN))
        bandwidth = self.bandwidth or chosen_bandwidth(increments, read.values.std(), seen)
        error = quadratic_variation(read.values, read.step).error
        x = np.linspace(*seen, POINTS)
        drift, slope, square = increments.total.moments(x, bandwidth)
        least = 0.01 * square.mean()  # of the square, where errors of observation seem to leave nothing
        diffusion = np.sqrt(np.maximum(square - 2 * error**2 / read.step, least))
        ends = min(float(slope[0]), 0.0), min(float(slope[-1]), 0.0)
        found = Coefficients(x, drift, diffusion, ends, read.values[:, 0], float(bandwidth), read.empty())
        return replace(self, fitted=found)

    def drift(self, x: Any) -> np.ndarray:
        """a at values x, in units of the series per unit of its time."""
        return self._ready().drift_at(np.asarray(x, np.float64))

    def diffusion(self, x: Any) -> np.ndarray:
        """b at values x, in units of the series per root of the unit of its time."""
        return self._ready().diffusion_at(np.asarray(x, np.float64))

    def sample(self, times: Any, members: int = 100, key: int = 0, start: Any = None) -> xr.DataArray:
        """New series (member, time), as `LatentSDE.sample`; without `start` they begin as one of the series did."""
        found = self._ready()
        wanted = Wanted.of(times, members, start, found.series)
        keys = jax.random.split(jax.random.key(key))
        first = drawn_from(found.start, members, keys[0]) if wanted.start is None else wanted.start
        with jax.enable_x64(True):
            drift = _Drift(*(jnp.asarray(part, jnp.float64) for part in (found.x, found.drift, found.ends)))
            noise = _Noise(jnp.asarray(found.x, jnp.float64), jnp.asarray(found.diffusion, jnp.float64))
            begin = jnp.asarray(first, jnp.float64)[:, None]
        values = solved(drift, noise, begin, wanted.numbers, keys[1], wanted.substeps)
        return labelled(values, wanted, found.series, f"KramersMoyal(bandwidth={found.bandwidth:.4g})")

    def _ready(self) -> Coefficients:
        if self.fitted is None:
            raise NotFittedError("This Kramers-Moyal estimate has not been fitted.", "Call fit(series) first.")
        return self.fitted


class _Drift(eqx.Module):
    """`Coefficients.drift_at` for the integrator."""

    x: jax.Array
    values: jax.Array
    ends: jax.Array

    def __call__(self, x: jax.Array) -> jax.Array:
        below, above = jnp.minimum(x - self.x[0], 0), jnp.maximum(x - self.x[-1], 0)
        return jnp.interp(x, self.x, self.values) + below * self.ends[0] + above * self.ends[1]


class _Noise(eqx.Module):
    """`Coefficients.diffusion_at` for the integrator."""

    x: jax.Array
    values: jax.Array

    def __call__(self, x: jax.Array) -> jax.Array:
        return jnp.interp(x, self.x, self.values)
