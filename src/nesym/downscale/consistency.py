"""Downscaling by a consistency model: one network call per member."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import ClassVar

import jax
import numpy as np

from nesym._errors import InputError
from nesym.downscale.generative import AbstractGenerative, Adjustment, check_sigma, finished, noised
from nesym.downscale.noise import Noise
from nesym.downscale.rain_network import RainNetwork
from nesym.downscale.refinement import Refinement
from nesym.downscale.training import Training
from nesym.fields.memory import Memory
from nesym.generate import ConsistencyModel
from nesym.solve.consistency import SIGMA_MIN, consistency_sample


class ConsistencyDownscaler(AbstractGenerative):
    """r = T^-1( f( T(b) + sigma n, sigma | R ) ),  then scaled such that r has the mean R_IJ over block IJ.

    b is the coarse rain R interpolated bilinearly, T the fitted transform to unit variance, n white noise, and f a
    consistency model (`nesym.generate.ConsistencyModel`), which carries a noised field to a clean one in one call. It
    reckons with the mean T(b) and with a spread that R lets expect at every place, sees R itself too, and is trained for all
    factors at once; with `zero_shot` it sees nothing but the noised field and expects what it would of any, as published,
    and sigma alone says which scales of a foreign input are trusted. It then starts below T(b), since T is concave: by
    the gap between T of a mean and the mean of T, as far as the variability that makes it is drawn anew. The levels of
    `refine`, all below sigma, add a call each: noise of that level, and f again.

    `sigma` is the standard deviation of the noise in units of that of T(r); None is the level of the coarse Nyquist
    wavelength, below which the input says nothing (`spectral_noise_level`). `before` corrects the coarse rain of a foreign
    model first: anything with `apply(rain)`, such as a fitted quantile mapping; its block means are then those kept.

    Hess, P., Aich, M., Pan, B., Boers, N. (2025): Fast, scale-adaptive and uncertainty-aware downscaling of Earth system
    model fields with generative machine learning. Nat. Mach. Intell. 7, 363-373, arXiv 2403.02774.
    """

    sigma: float | None = None
    refine: tuple[float, ...] = ()
    zero_shot: bool = False
    before: Adjustment | None = None
    block_means: bool = True
    memory: bool = False
    training: Training = Training()
    fitted: RainNetwork | None = None
    fitted_memory: Memory | None = None
    name: ClassVar[str] = "consistency"
    deterministic: ClassVar[bool] = False

    def __check_init__(self):
        check_sigma(self.sigma)
        check_refinement(self.sigma if self.sigma is not None else np.inf, self.refine)

    def levels(self, sigma: float) -> np.ndarray:
        """Just `sigma`: one call. Raises `InputError` if it does not lie above the levels of refinement."""
        check_refinement(sigma, self.refine)
        return np.array(sigma, np.float32)

    def kernel(self) -> Callable[..., jax.Array]:
        """The compiled draw of all members of one time step."""
        return self._bound(partial(_consistency, refine=tuple(self.refine)))

    def fit(
        self, fine, *, key=0, choose=None, factors=(2, 4, 8, 16), progress=None, **where
    ) -> "ConsistencyDownscaler":
        """A consistency model distilled from a denoiser, both trained on fine rain (time, y, x) for these `factors`.

        `fine` is one DataArray, or a list of them for several events, of which crops are drawn in proportion to `shares=`,
        or else to their wet fields. `choose` is separate fine rain, on which the memory of the noise is measured.
        `folder=` keeps checkpoints there: the same call goes on where it was stopped. A fitted `DiffusionDownscaler` as
        `teacher=` saves the training of the denoiser; its factors are then those of the model. For sizes see
        `nesym.downscale.Training`.
        """
        from nesym.downscale.learn import fit_consistency

        return fit_consistency(self, fine, key=key, choose=choose, factors=factors, progress=progress, **where)


def check_refinement(sigma: float, refine: Sequence[float]) -> None:
    """Raise `InputError` unless sigma and the levels of `refine` fall, to above the least noise there is."""
    if not all(a > b > SIGMA_MIN for a, b in pairwise((sigma, *refine))):
        raise InputError(
            f"Levels of refinement fall from sigma to above {SIGMA_MIN}; sigma {sigma}, {tuple(refine)} came.",
            "Give refine=(0.5,), for example, with sigma=1.5; or refine=() for one network call.",
        )


@partial(jax.jit, static_argnames=("refine", "block_means"))
def _consistency(
    fitted: RainNetwork,
    rain,
    noise: Noise,
    refinement: Refinement,
    sigma,
    zero_shot,
    *,
    refine: Sequence[float],
    block_means: bool,
):
    model, x = noised(ConsistencyModel, fitted, rain, noise, refinement, sigma, zero_shot)

    def fresh(number: int) -> jax.Array:
        return noise.white(refinement.fine_shape(rain), 1 + number)[..., None]

    z = consistency_sample(model, x, sigma, refine=refine, fresh=fresh)
    return finished(fitted, z, rain, refinement, block_means)
