"""The rival of a learned downscaling of daily rain: the climate's own fine structure, times lognormal noise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from nesym._errors import InputError, NotFittedError
from nesym.downscale.embedding import expected_rain
from nesym.downscale.embedding_cells import Cells
from nesym.downscale.embedding_records import Observed
from nesym.downscale.noise import Noise
from nesym.fields.blocks import block_repeat
from nesym.fields.memory import Draws, independent
from nesym.fields.weights import area_weights
from nesym.verify.crps import crps_ensemble

SPREADS = tuple(round(0.05 * n, 2) for n in range(1, 17))


@dataclass(frozen=True)
class RatioLognormal:
    """r_i = q_I C_I (c_i / c_I) exp(s n_i - s^2 / 2),    q_I such that the mean over the land of block I is C_I

    c the observed climate and c_I its block means, n white noise. With `smooth`, C_I c_i / c_I is interpolated between
    the blocks (`expected_rain`). `spread` s is chosen in `fit`, by the fair CRPS on other days.
    """

    factor: int
    spread: float | None = None
    smooth: bool = False
    cells: Cells | None = None

    block_means: ClassVar[bool] = True
    deterministic: ClassVar[bool] = False

    def __post_init__(self):
        if self.spread is not None and not 0 <= self.spread < np.inf:
            raise InputError(f"A spread is a number of at least 0; {self.spread!r} came.", "Give spread=0.3.")

    def fit(self, obs, *, choose, key: int = 0, spreads: Sequence[float] = SPREADS, members: int = 20):
        """A new object with the climate of `obs` (time, y, x), and the spread that suits the days `choose` best."""
        seen = Observed.of(obs, self.factor)
        fitted = replace(self, cells=Cells.of(seen, seen.complete()))
        if self.spread is not None:
            return fitted
        unseen = seen.like(choose)
        scores = [_crps(replace(fitted, spread=s).sample(unseen.coarse(), members, key), unseen.fine) for s in spreads]
        return replace(fitted, spread=float(spreads[int(np.argmin(scores))]))

    def sample(self, coarse, members: int = 20, key: int = 0) -> xr.DataArray:
        """Draw an ensemble (member, time, y, x) in mm day-1 from coarse rain; see `SharedEmbeddingDiffusion.sample`."""
        if self.cells is None or self.spread is None:
            raise NotFittedError("This RatioLognormal has not been fitted.", "Call fit(obs, choose=other_days) first.")
        return self.cells.drawn(self, self.cells.blocks(coarse), members, key)

    def describe(self) -> str:
        """The method and its numbers in one line."""
        return f"RatioLognormal(factor={self.factor}, spread={self.spread}, smooth={self.smooth})"

    def draws(self, stamps: np.ndarray) -> Draws:
        """Named noise for the time `stamps`, independent in time."""
        return independent(stamps)

    def parameters(self, rain: np.ndarray, factor: int) -> tuple[np.float32, ...]:
        """The spread."""
        return (np.float32(self.spread),)

    def kernel(self) -> Callable[..., jax.Array]:
        """The compiled draw of some members of one day."""
        return partial(_draw, jax.tree.map(jnp.asarray, self.cells), smooth=self.smooth)


@partial(jax.jit, static_argnames=("smooth", "block_means"))
def _draw(cells: Cells, rain, noise: Noise, refinement, spread, *, smooth: bool, block_means: bool) -> jax.Array:
    usual = cells.places.means(cells.places.climate, cells.factor)
    ratio = cells.places.climate / jnp.maximum(block_repeat(usual, cells.factor), jnp.finfo(rain.dtype).tiny)
    mean = expected_rain(rain, cells.places, cells.factor) if smooth else block_repeat(rain, cells.factor) * ratio
    fine = mean * jnp.exp(spread * noise.white(mean.shape) - spread**2 / 2)
    return cells.places.scaled(fine, rain, cells.factor)


def _crps(ensemble: xr.DataArray, truth: xr.DataArray) -> float:
    return float(crps_ensemble(ensemble, truth, fair=True).weighted(area_weights(truth)).mean())
