"""Correction and downscaling at once: a diffusion model of observed rain, told of it as a model's rain can be told of too."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from nesym import _store
from nesym._errors import InputError, NotFittedError
from nesym._typing import Path
from nesym.adjust import AbstractAdjuster, QuantileDelta
from nesym.constrain import on_denoiser
from nesym.downscale.embedding_records import Observed, block_means, daily, land_blocks, on_blocks, spacing_ratio
from nesym.downscale.embedding_state import SharedEmbedding
from nesym.downscale.embedding_training import LOUDEST, EmbeddingTraining
from nesym.downscale.noise import Noise
from nesym.downscale.progress import Progress
from nesym.downscale.request import check_factor, check_key
from nesym.fields.grid import coarsened_coords
from nesym.fields.memory import Draws, independent
from nesym.solve import heun, karras_from

WIDEST, NARROWEST = 12.0, 0.02  # first and last noise level of the sampler, relative to what is left open


@dataclass(frozen=True)
class SharedEmbeddingDiffusion:
    """p(r | e), learned where e = f(r) for observed fine rain r, and drawn from where e = g(R) for a model's rain R.

        f(r) = T(I(A r)) + sigma n,    g(R) = T(I(QDM(A' R))) + sigma n

    A takes means over blocks of `factor` x `factor` cells (over their land where cells are missing at sea), A' brings the
    model to the same blocks by area, QDM is the `adjuster` fitted there against A r, I interpolates to the fine cells in
    proportion to the observed climate (`expected_rain`), T is the cube root, standardised, and n white noise: what the
    two still differ in on small scales is hidden by it, and drawn anew. The draw is Heun's method on a denoiser
    (`nesym.generate.EDM`) that sees e and sigma. It is given the block means of the coarse rain, after it and, with
    `inside`, at each of its `steps`.

    `sigma` is in units of the standard deviation of T(r), up to 1.5; None is the level that observed rain has at the
    Nyquist wavelength of the blocks. 0 trusts the coarse field on all its scales: right where it is a mean of
    observations. `factor` None is found from the grids. `adjuster` None corrects nothing, in `fit` or, replaced there
    after it, in `sample`.

    Aich, M., Hess, P., Pan, B., Bathiany, S., Huang, Y., Boers, N. (2026): Conditional diffusion models for downscaling
    and bias correction of Earth system model precipitation. Geosci. Model Dev. 19, 1791, arXiv 2404.14416. There: coarse
    observations by decimation, additive QDM, two layers of noise, no block means.
    """

    sigma: float | None = None
    factor: int | None = None
    steps: int = 8
    inside: bool = False
    block_means: bool = True
    adjuster: AbstractAdjuster | None = field(default_factory=partial(QuantileDelta, kind="ratio"))
    training: EmbeddingTraining = field(default_factory=EmbeddingTraining)
    fitted: SharedEmbedding | None = None

    name: ClassVar[str] = "shared-embedding"
    deterministic: ClassVar[bool] = False

    def __post_init__(self):
        if self.factor is not None:
            check_factor(self.factor)
        if self.sigma is not None and not (
            isinstance(self.sigma, int | float) and not isinstance(self.sigma, bool) and 0 <= self.sigma <= LOUDEST
        ):
            raise InputError(
                f"A noise level lies between 0 and {LOUDEST:g}, beyond which the network is not trained; {self.sigma!r} came.",
                "Give sigma=0.5, for example, or None: from the grid.",
            )
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or self.steps < 2:
            raise InputError(f"Heun's method takes 2 steps or more; {self.steps!r} came.", "Give steps=8.")
        if self.inside and not self.block_means:
            raise InputError("Block means inside the sampler were asked for, and none at its end.", "Leave inside out.")

    def fit(
        self,
        obs,
        hist=None,
        *,
        key: int = 0,
        choose=None,
        folder: Path | None = None,
        progress: Progress | None = None,
    ) -> "SharedEmbeddingDiffusion":
        """A new object: a denoiser trained on observed rain `obs` (time, y, x), and the adjuster fitted to `hist`.

        `hist` is a run of the model on its own, coarser grid, in a period that both have; None fits no adjuster, for coarse
        observations. Days may be those of one season. `choose` are other days of the observations, on which the step is
        chosen at which the network is taken. A run with checkpoints in a `folder` goes on where it was stopped.

        Raises `InputError` and its kinds: units that are not rain, grids that do not fit each other or have no whole
        blocks, no land, too few wet fields.
        """
        from nesym.downscale.embedding_fit import fit_embedding

        check_key(key)
        model = None if hist is None else daily(hist, "model run")
        factor = self.factor or self._factor(obs, model)
        seen = Observed.of(obs, factor)
        adjuster = None if model is None else self._adjusted(seen, model, key)
        found = fit_embedding(self.training, seen, choose, key=key, folder=folder, progress=progress)
        return replace(self, factor=factor, adjuster=adjuster, fitted=found)

    def sample(self, scenario, members: int = 20, key: int = 0) -> xr.DataArray:
        """Draw an ensemble (member, time, y, x) in mm day-1 on the cells of the observations, missing at sea.

        `scenario` is a run of the model that was fitted, of any period, on its own grid; or coarse observations, for an
        object without an adjuster. A member of a day depends on `key`, its number and its date, beside the coarse rain:
        neither on chunks nor on the number of members. Lazy input gives lazy output.

        Raises as `fit` does, and `NotFittedError` before it.
        """
        return self._ready().cells.drawn(self, self.coarse(scenario), members, key)

    def coarse(self, scenario) -> xr.DataArray:
        """The rain that is downscaled: the scenario on the blocks, corrected by the adjuster, 0 at sea."""
        blocks = self._ready().cells.blocks(scenario)
        if self.adjuster is not None:
            blocks = self.adjuster.apply(blocks).fillna(0.0)
        return blocks.astype(np.float32)

    def observed_means(self, obs) -> xr.DataArray:
        """Coarse observations: means over the land of each block, as the network was told of them."""
        return block_means(daily(obs, "record of observations"), self._ready().cells.factor)

    @property
    def level(self) -> float:
        """sigma, or where it is None that of the coarse Nyquist wavelength."""
        return float(self.sigma) if self.sigma is not None else self._ready().level

    def save(self, path: Path, **card) -> None:
        """Write configuration, adjuster and network to a safetensors file; `card` entries are kept in its header."""
        _store.save(self, path, card)

    def describe(self) -> str:
        """The method and its numbers in one line."""
        shown = f"sigma={self.sigma!r}, factor={self.factor!r}, steps={self.steps!r}, inside={self.inside!r}"
        shown += f", block_means={self.block_means!r}, adjuster={self.adjuster!r}"
        if self.fitted is not None:
            shown += f", {self.fitted.network.parameters:,} weights"
        return f"{type(self).__name__}({shown})"

    def draws(self, stamps: np.ndarray) -> Draws:
        """Named noise for the time `stamps`, independent in time."""
        return independent(stamps)

    def parameters(self, rain: np.ndarray, factor: int) -> tuple[np.ndarray, ...]:
        """Noise levels of the sampler, and that of the embedding."""
        sigma = self.level
        widest = np.sqrt(self._ready().usual_spread() ** 2 + sigma**2 / (1 + sigma**2))
        levels = karras_from(WIDEST * widest, self.steps, sigma_min=NARROWEST * widest)
        return levels.astype(np.float32), np.float32(sigma)

    def kernel(self) -> Callable[..., jax.Array]:
        """The compiled draw of some members of one day."""
        return partial(_draw, jax.tree.map(jnp.asarray, self._ready()), inside=self.inside)

    def _ready(self) -> SharedEmbedding:
        if self.fitted is None:
            raise NotFittedError(
                "This SharedEmbeddingDiffusion has not been fitted.",
                "Call fit(obs, hist) first, or load a fitted one: nesym.load(FILE).",
            )
        return self.fitted

    def _factor(self, obs, model: xr.DataArray | None) -> int:
        if model is None:
            raise InputError(
                "Without a model run, nothing says how much coarser the rain to be downscaled is.",
                "Give SharedEmbeddingDiffusion(factor=3), for example.",
            )
        return spacing_ratio(daily(obs, "record of observations"), model)

    def _adjusted(self, seen: Observed, model: xr.DataArray, key: int) -> AbstractAdjuster | None:
        if self.adjuster is None:
            return None
        coarse = seen.coarse()
        blocks = on_blocks(model, coarsened_coords(seen.fine, seen.factor), land_blocks(seen.land, seen.factor))
        return replace(self.adjuster, fitted=None).fit(coarse, blocks, key=key)


@partial(jax.jit, static_argnames=("inside", "block_means"))
def _draw(found: SharedEmbedding, rain, noise: Noise, refinement, levels, sigma, *, inside: bool, block_means: bool):
    """Members (member, y, x) of one day with the coarse rain (Y, X)."""
    shape = found.cells.places.land.shape
    told = found.told(rain, sigma, noise.white(shape, 0))
    denoiser, kept = told.denoiser(found.network), found.block_means()
    if inside:
        denoiser = on_denoiser(denoiser, kept, found).keep(rain)
    z = heun(denoiser, told.mean + levels[0] * noise.white(shape, 1)[..., None] * told.land, levels)
    fine = found.rain(z)
    return kept.project(fine, rain) if block_means else fine
