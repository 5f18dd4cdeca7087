"""Fitting the cascade to fine rain, by CRPS and spectrum together."""

from dataclasses import dataclass
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from scipy.interpolate import CubicSpline

from nesym._errors import InputError
from nesym.downscale._downscaler import with_time
from nesym.downscale.cascade import CascadeFit, cascade_fields, cascade_noise
from nesym.downscale.noise import Noise
from nesym.downscale.progress import part
from nesym.downscale.refinement import Refinement
from nesym.fields.blocks import block_mean
from nesym.fields.canonical import canonical
from nesym.fields.memory import independent
from nesym.generate import fair_crps
from nesym.verify.spectra import Rings

SLOPES = (2.0, 2.5, 3.0, 3.5, 4.0, 5.0)
SIGMAS = np.geomspace(0.5, 10.0, 10).astype(np.float32)
EXPONENTS = (0.0, 0.15, 0.3, 0.45, 0.6)
USUAL_SLOPE = 3.5  # at which the exponent is found: it hardly depends on the slope
MEMBERS = 8  # for each field; the fair CRPS does not depend on how many
SPECTRAL_MEMBERS = 2  # of these, for the spectrum: it is averaged over many fields as it is
FIELDS = 32  # at most so many fields are looked at
WET = 0.1  # mm/h: what a radar or a gauge calls rain
FEWEST_BLOCKS = 8  # along each side, for a factor to be fitted


def rainy_fields(rain: xr.DataArray) -> np.ndarray:
    """At most `FIELDS` fields (time, y, x), evenly spread over the time steps where it rains on a tenth of the area."""
    rain = with_time(rain)
    wet = rainy(rain)
    if not wet.any():
        raise InputError(
            f"No field has rain of {WET} mm h-1 or more on a tenth of its area.", "Fit on a period with more rain."
        )
    return rain.isel(time=evenly(np.flatnonzero(wet), FIELDS)).values.astype(np.float32)


def rainy(rain: xr.DataArray) -> np.ndarray:
    """Whether it rains on a tenth of the area, for each time step of `rain` (time, y, x): (time,)."""
    return (rain >= WET).mean(rain.dims[-2:]).values >= 0.1


def evenly(steps: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the `steps`, evenly spread over them, the first and the last included."""
    return steps[np.unique(np.linspace(0, steps.size - 1, min(most, steps.size)).round().astype(int))]


def usable_factors(shape: tuple[int, ...], factors: tuple[int, ...], fewest: int = FEWEST_BLOCKS) -> tuple[int, ...]:
    """Those of the `factors` that leave enough blocks of a field (..., y, x); `InputError` if none does."""
    usable = tuple(f for f in sorted(factors) if min(shape[-2:]) >= fewest * f)
    if not usable:
        raise InputError(
            f"Fields of {shape[-2]} x {shape[-1]} cells are too small for any of the factors {tuple(factors)}.",
            f"Give fields of at least {fewest} x {fewest} blocks ({8 * fewest} cells a side for 8), or smaller factors.",
        )
    return usable


def fit_cascade(fine, *, outer: float, factors: tuple[int, ...], key: int, choose=None, progress=None) -> CascadeFit:
    """Slope, sigma and exponent of a cascade for each factor; see `Cascade.fit`."""
    rain = rainy_fields(canonical(fine, "pr"))
    other = rain if choose is None else rainy_fields(canonical(choose, "pr"))
    usable = usable_factors(rain.shape, factors)
    fits = []
    for number, factor in enumerate(usable):
        tell = part(progress, number / len(usable), (number + 1) / len(usable))
        fits.append(_fit_factor(rain, other, factor, outer, key, tell))
    return CascadeFit(usable, *(tuple(round(float(v), 4) for v in values) for values in zip(*fits, strict=True)))


def _fit_factor(rain: np.ndarray, other: np.ndarray, factor: int, outer: float, key: int, progress) -> tuple:
    fields = Trials(rain, factor, outer, key)
    others = fields if other is rain else Trials(other, factor, outer, key)
    todo, done = len(EXPONENTS) + 2 * len(SLOPES), 0

    def curve(trials: Trials, slope: float, exponent: float) -> Curve:
        nonlocal done
        if progress:
            progress(done / todo, f"fitting factor {factor}")
        done += 1
        return trials.curve(slope, exponent)

    exponent = min(EXPONENTS, key=lambda exponent: curve(fields, USUAL_SLOPE, exponent).crps.min())
    sigmas = {slope: curve(fields, slope, exponent).best_sigma() for slope in SLOPES}
    slope = min(SLOPES, key=lambda slope: curve(others, slope, exponent).loss(sigmas[slope]))
    return slope, sigmas[slope], exponent


@dataclass(frozen=True)
class Curve:
    """Scores along `SIGMAS`, relative to bilinear interpolation with block means: fair CRPS and log spectral error.

    `crps` (sigma,); `spectra` (sigma, ring): log10 of the power relative to the truth's, over the scale of the reference.
    """

    crps: np.ndarray
    spectra: np.ndarray

    def loss(self, sigma: float) -> float:
        """CRPS plus spectral error at any sigma, interpolated in log sigma; less is better."""
        x, knots = np.log(sigma), np.log(SIGMAS.astype(np.float64))
        rings = [np.interp(x, knots, ring) for ring in self.spectra.T]
        return float(CubicSpline(knots, self.crps)(x) + np.abs(rings).mean())

    def best_sigma(self) -> float:
        """The sigma with the least loss."""
        candidates = np.geomspace(SIGMAS[0], SIGMAS[-1], 200)
        return float(min(candidates, key=self.loss))


class Trials:
    """Trial cascades on true fields: the noise is the same in every trial, so that trials can be told apart."""

    def __init__(self, rain: np.ndarray, factor: int, outer: float, key: int):
        ny, nx = (n - n % factor for n in rain.shape[-2:])
        self.truth = rain[:, :ny, :nx]
        self.coarse = block_mean(self.truth, factor)
        self.refinement, self.outer, self.key = Refinement(factor), outer, key
        smooth = np.asarray(self.refinement.keep_block_means(self.refinement.interpolate(self.coarse), self.coarse))
        self.rings = Rings((ny, nx), (1.0, 1.0))
        self.spectrum = np.log10(self.rings.mean_power(self.truth)[1:])
        self.crps_scale = float(np.abs(smooth - self.truth).mean())
        self.spectral_scale = float(np.abs(np.log10(self.rings.mean_power(smooth)[1:]) - self.spectrum).mean())

    @cache  # noqa: B019 (lives as long as one fit)
    def curve(self, slope: float, exponent: float) -> Curve:
        """Scores of cascades of this slope and exponent."""
        numbers = np.float32(slope), jnp.asarray(SIGMAS), np.float32(exponent)
        crps, power = np.zeros(SIGMAS.size), 0.0
        for pair in self._pairs():
            values, modes = _trial(*pair, self.refinement, *numbers, outer=self.outer)
            crps, power = crps + np.asarray(values), power + np.asarray(modes, np.float64)
        spectra = np.log10([self.rings.of_modes(modes)[1:] for modes in power / len(self.truth)]) - self.spectrum
        return Curve(crps / len(self.truth) / self.crps_scale, spectra / self.spectral_scale)

    def _pairs(self):
        key, members, draws = jax.random.key(self.key), np.arange(MEMBERS), independent(np.arange(len(self.truth)))
        for step, (truth, coarse) in enumerate(zip(self.truth, self.coarse, strict=True)):
            yield truth, coarse, Noise(key, members, draws.names[step], draws.weights[step])


@jax.jit(static_argnames="outer")
def _trial(truth, coarse, noise: Noise, refinement: Refinement, slope, sigmas, exponent, *, outer: float):
    """For every sigma: fair CRPS (sigma,) and power of every Fourier mode of the fine fields (sigma, ky, kx)."""
    g = cascade_noise(coarse, noise, refinement, slope, outer)

    def trial(sigma):
        fine = cascade_fields(coarse, g, refinement, sigma, exponent, True)
        modes = jnp.fft.rfft2(fine[:SPECTRAL_MEMBERS])
        return fair_crps(fine, truth).mean(), (jnp.abs(modes) ** 2).mean(0) / truth.size

    return jax.lax.map(trial, sigmas)
