"""The multiplicative cascade: interpolated rain times a lognormal field of fitted slope and variance."""

from dataclasses import replace
from functools import partial
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym._errors import InputError, NotFittedError
from nesym.downscale._downscaler import AbstractDownscaler
from nesym.downscale.noise import Noise
from nesym.downscale.progress import part
from nesym.downscale.refinement import Refinement
from nesym.downscale.surroundings import TRACE, surroundings
from nesym.fields.memory import Memory

# The neighbourhood (standard deviation in coarse cells) that sets the variance of the lognormal factor.
REACH = 3.0
# Limits of the variance law: rain relative to the typical rain around, and the standard deviation of ln r.
LEAST_RELATIVE_RAIN = 0.02
LARGEST_SIGMA = 3.0
NUMBERS = 0.9  # share of a fit's time that goes to slope, sigma and exponent; the rest goes to the memory


class CascadeFit(eqx.Module):
    """Fitted numbers, one for each of the `factors` (ascending): spectral `slope`, `sigma`, `exponent` of the rain."""

    factors: tuple[int, ...]
    slope: tuple[float, ...]
    sigma: tuple[float, ...]
    exponent: tuple[float, ...]

    def at(self, factor: int) -> tuple[np.float32, ...]:
        """Slope, sigma and exponent at any factor: linear in log2 of the factor, constant outside the fitted range."""
        octaves = np.log2(self.factors)
        numbers = (self.slope, self.sigma, self.exponent)
        return tuple(np.float32(np.interp(np.log2(factor), octaves, values)) for values in numbers)


class Cascade(AbstractDownscaler):
    """r_ij = c_IJ b_ij exp(s_ij g_ij),  s = sigma v (b / m)^-exponent,  c_IJ such that r has the mean R_IJ over block IJ.

    b is the coarse rain R interpolated bilinearly, v its roughness and m its typical rate around
    (`nesym.downscale.surroundings`), g a Gaussian field of unit variance whose two-dimensional power spectrum falls as
    k^-slope at wavelengths up to `outer` coarse cells and is nothing beyond: larger scales are known. Two things set the
    variance of the lognormal factor. What varies at the grid scale varies below it, so that showers and steady rain each
    get their own. And where it rains less than around, it rains here and there. Only ratios of rain enter, so that one
    fit serves light and heavy days, and any unit.

    `fit` finds these numbers for each factor: the exponent with the least fair CRPS, the sigma with the least sum of fair
    CRPS and spectral error, both relative to bilinear interpolation, and the slope with the least such sum on the same
    data or on `choose`.

    In the family of Schertzer, D., Lovejoy, S. (1987): Physical modeling and analysis of rain and clouds by anisotropic
    scaling multiplicative processes. J. Geophys. Res. 92, 9693-9714, with a continuous lognormal generator.
    """

    outer: float = 4.0
    block_means: bool = True
    memory: bool = False
    fitted: CascadeFit | None = None
    fitted_memory: Memory | None = None
    name: ClassVar[str] = "cascade"
    deterministic: ClassVar[bool] = False

    def __check_init__(self):
        if not 2 <= self.outer < np.inf:
            raise InputError(
                f"The outer scale is a wavelength of at least 2 coarse cells; {self.outer} came.", "Use outer=4."
            )

    def parameters(self, rain: np.ndarray, factor: int) -> tuple[np.float32, ...]:
        """Slope, sigma and exponent fitted for this factor."""
        if self.fitted is None:
            raise NotFittedError(
                "This cascade has not been fitted.",
                "Call fit(fine_rain) first, or nesym.load('cascade-dwd-1km') for 1 km radar rain; RainFARM needs no fit.",
            )
        return self.fitted.at(factor)

    def kernel(self):
        """The compiled draw of all members of one time step."""
        return partial(_cascade, outer=self.outer)

    def fit(self, fine, *, key=0, choose=None, factors=(2, 4, 8, 16), progress=None) -> "Cascade":
        """A cascade fitted to fine rain (time, y, x); factors that do not leave 8 x 8 blocks are skipped.

        `choose` is separate fine rain (other days) on which the slope is chosen. The memory of the noise is measured
        too where the time axis has a regular step.
        """
        from nesym.downscale.cascade_fit import fit_cascade
        from nesym.downscale.persistence import fit_memory

        first, last = part(progress, 0.0, NUMBERS), part(progress, NUMBERS, 1.0)
        numbers = fit_cascade(fine, outer=self.outer, factors=factors, key=key, choose=choose, progress=first)
        fitted = replace(self, fitted=numbers)
        return replace(fitted, fitted_memory=fit_memory(fitted, fine, key=key, progress=last))


@partial(jax.jit, static_argnames=("outer", "block_means"))
def _cascade(rain, noise: Noise, refinement: Refinement, slope, sigma, exponent, *, outer: float, block_means: bool):
    g = cascade_noise(rain, noise, refinement, slope, outer)
    return cascade_fields(rain, g, refinement, sigma, exponent, block_means)


def cascade_noise(rain, noise: Noise, refinement: Refinement, slope, outer: float) -> jax.Array:
    """The Gaussian fields g (member, y, x) over the coarse field `rain` (Y, X)."""
    longest = outer * refinement.factor
    margin = int(np.ceil(longest))
    shape = refinement.fine_shape(rain)
    return noise.fields(slope, shape, longest=longest, margin=margin, periodic_x=refinement.periodic_x)


def cascade_fields(rain, g, refinement: Refinement, sigma, exponent, block_means: bool) -> jax.Array:
    """Rain (member, y, x) from coarse rain and noise; the lognormal factor has the mean one at every cell."""
    smooth = refinement.interpolate(rain)
    rough, typical = (refinement.interpolate(x) for x in surroundings(rain, REACH, refinement.periodic_x))
    relative = jnp.maximum(smooth / jnp.maximum(typical, TRACE), LEAST_RELATIVE_RAIN)
    s = jnp.minimum(sigma * rough * relative**-exponent, LARGEST_SIGMA)
    fine = smooth[None] * jnp.exp(s[None] * g - s[None] ** 2 / 2)
    return refinement.keep_block_means(fine, rain) if block_means else fine
