"""RainFARM: the coarse field's own spectral slope, carried on to the scales below the grid."""

from dataclasses import replace
from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from nesym._errors import InputError
from nesym.downscale._downscaler import AbstractDownscaler
from nesym.downscale.noise import Noise
from nesym.downscale.refinement import Refinement
from nesym.fields.memory import Memory

# Slopes outside are estimates gone wrong: a handful of wet cells, or a field without structure.
SLOPE_RANGE = (1.0, 5.0)
SLOPE_WITHOUT_STRUCTURE = 2.5


def spectral_slope(rain: np.ndarray) -> float:
    """Slope b of a field's two-dimensional power spectrum, P(k) ~ k^-b: (Y, X) -> b.

    Least squares of ln P on ln k over the middle two thirds of the range of ln k, with every ring of wavenumbers
    counted once. A dry or constant field gives `SLOPE_WITHOUT_STRUCTURE`; estimates are kept within `SLOPE_RANGE`.
    """
    ny, nx = rain.shape
    longest = max(ny, nx)
    k = np.hypot(np.fft.fftfreq(ny)[:, None], np.fft.fftfreq(nx)[None, :]) * longest
    power = np.abs(np.fft.fft2(rain.astype(np.float64))) ** 2
    ring = np.rint(k).astype(int).ravel()
    count = np.bincount(ring)[1 : longest // 2 + 1]
    mean = np.bincount(ring, power.ravel())[1 : longest // 2 + 1] / np.maximum(count, 1)
    log_k = np.log(np.arange(1, mean.size + 1))
    low, high = log_k[-1] / 6, log_k[-1] * 5 / 6
    use = (log_k >= low) & (log_k <= high) & (mean > 1e-12 * power.max())
    if use.sum() < 2:
        return SLOPE_WITHOUT_STRUCTURE
    return float(np.clip(-np.polyfit(log_k[use], np.log(mean[use]), 1)[0], *SLOPE_RANGE))


class RainFARM(AbstractDownscaler):
    """r_ij = R_IJ w_ij / <w>_IJ,  w = exp(g),  g Gaussian with power spectrum k^-b and unit variance.

    R is the coarse rain and b its own spectral slope, estimated from every field (or `slope` where one is given);
    <.>_IJ is the mean over the block of coarse cell IJ, so that block means are kept by construction. There is nothing
    to fit but the memory of the noise: `fit` measures it, and `memory=True` uses it.

    Rebora, N., Ferraris, L., von Hardenberg, J., Provenzale, A. (2006): RainFARM: rainfall downscaling by a filtered
    autoregressive model. J. Hydrometeorol. 7, 724-738. The normalisation is that of D'Onofrio et al. (2014),
    J. Hydrometeorol. 15, 830-843, without the spectral fusion of large scales.
    """

    slope: float | None = None
    block_means: bool = True
    memory: bool = False
    fitted_memory: Memory | None = None
    name: ClassVar[str] = "rainfarm"
    deterministic: ClassVar[bool] = False

    def __check_init__(self):
        if self.slope is not None and not 0 <= self.slope < np.inf:
            raise InputError(
                f"A spectral slope is a number of at least 0; {self.slope} came.",
                "Use slope=2.5, or slope=None to take it from the coarse rain.",
            )

    def parameters(self, rain: np.ndarray, factor: int) -> tuple[np.float32, ...]:
        """The slope of each field's spectrum, where none was prescribed."""
        return (np.float32(spectral_slope(rain) if self.slope is None else self.slope),)

    def kernel(self):
        """The compiled draw of all members of one time step."""
        return _rainfarm

    def fit(self, fine, *, key=0, choose=None, factors=(2, 4, 8, 16), progress=None) -> "RainFARM":
        """Measure the memory of the noise on fine rain (time, y, x); the slope needs no fitting."""
        from nesym.downscale.persistence import fit_memory

        return replace(self, fitted_memory=fit_memory(self, fine, key=key, progress=progress))


@partial(jax.jit, static_argnames="block_means")
def _rainfarm(
    rain: jax.Array, noise: Noise, refinement: Refinement, slope: jax.Array, *, block_means: bool
) -> jax.Array:
    shape = refinement.fine_shape(rain)
    # All scales down from the domain's take part; those above a few blocks are divided out again by the block means.
    margin = 4 * refinement.factor
    g = noise.fields(slope, shape, longest=float(max(shape)), margin=margin, periodic_x=refinement.periodic_x)
    # E exp(g) = exp(1/2): without the block means, this keeps the rain unbiased.
    fine = refinement.repeat(rain)[None] * jnp.exp(g - 0.5)
    return refinement.keep_block_means(fine, rain) if block_means else fine
