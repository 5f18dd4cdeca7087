"""Downscaling by reverse diffusion: the consistency model's teacher, many network calls per member."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import equinox as eqx
import jax
import numpy as np

from nesym._errors import InputError
from nesym.constrain import on_denoiser
from nesym.downscale.generative import AbstractGenerative, Adjustment, check_sigma, finished, noised
from nesym.downscale.noise import Noise
from nesym.downscale.rain_network import RainNetwork
from nesym.downscale.refinement import Refinement
from nesym.downscale.training import Training
from nesym.fields.memory import Memory
from nesym.fields.rain import RATE_UNITS
from nesym.generate import EDM
from nesym.solve import heun, karras_from


class DiffusionDownscaler(AbstractGenerative):
    """Noise of level sigma on the interpolated coarse rain, taken back by Heun's method in 2 `steps` - 1 network calls.

        dz/ds = (z - D(z; s | R)) / s  from  z = T(b) + sigma n  at s = sigma  to s = 0

    with the symbols of `ConsistencyDownscaler` and D the EDM denoiser (`nesym.generate.EDM`). With `inside` every estimate
    of the denoiser is given the block means, not the result alone (`nesym.constrain.on_denoiser`). An estimate under much
    noise is a mean over what may be, and the transform of a mean is not the mean of a transform: off unless asked for.

    Meng et al. 2022 (SDEdit, arXiv 2108.01073) with the sampler of Karras et al. 2022 (arXiv 2206.00364).
    """

    sigma: float | None = None
    steps: int = 18
    zero_shot: bool = False
    inside: bool = False
    before: Adjustment | None = None
    block_means: bool = True
    memory: bool = False
    training: Training = Training()
    fitted: RainNetwork | None = None
    fitted_memory: Memory | None = None
    name: ClassVar[str] = "diffusion"
    deterministic: ClassVar[bool] = False
    without_memory: ClassVar[str] = (
        "Its fit measures none: give the `fitted_memory` of a fitted ConsistencyDownscaler, use that one instead"
        " (--method consistency), or leave memory off."
    )

    def __check_init__(self):
        check_sigma(self.sigma)
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or self.steps < 2:
            raise InputError(f"Heun's method takes 2 steps or more; {self.steps!r} came.", "Give steps=18.")
        if self.inside and not self.block_means:
            raise InputError("Block means inside the sampler were asked for, and none at its end.", "Leave inside out.")

    def levels(self, sigma: float) -> np.ndarray:
        """The schedule of Karras et al. from sigma to no noise: (steps + 1,)."""
        return karras_from(sigma, self.steps)

    def kernel(self) -> Callable[..., jax.Array]:
        """The compiled draw of all members of one time step."""
        return self._bound(partial(_diffusion, inside=self.inside))

    def fit(self, fine, *, key=0, choose=None, factors=(2, 4, 8, 16), progress=None, **where) -> "DiffusionDownscaler":
        """A denoiser trained on fine rain (time, y, x) for these `factors`; see `ConsistencyDownscaler.fit`."""
        from nesym.downscale.learn import fit_diffusion

        return fit_diffusion(self, fine, key=key, choose=choose, factors=factors, progress=progress, **where)


@partial(jax.jit, static_argnames=("inside", "block_means"))
def _diffusion(
    fitted: RainNetwork,
    rain,
    noise: Noise,
    refinement: Refinement,
    levels,
    zero_shot,
    *,
    inside: bool,
    block_means: bool,
):
    denoiser, x = noised(EDM, fitted, rain, noise, refinement, levels[0], zero_shot)
    if inside:
        denoiser = on_denoiser(denoiser, refinement.block_means(), AsRain(fitted)).keep(rain)
    return finished(fitted, heun(denoiser, x, levels), rain, refinement, block_means)


class AsRain(eqx.Module):
    """The transform between rain (batch, y, x) and what the network sees (batch, y, x, 1), for `on_denoiser`."""

    fitted: RainNetwork

    def __call__(self, rain: jax.Array) -> jax.Array:
        return self.fitted.transform(rain, RATE_UNITS)[..., None]

    def inverse(self, z: jax.Array) -> jax.Array:
        """Rain, not cut off at the trace: a field on its way."""
        return self.fitted.transform.inverse(z[..., 0])
