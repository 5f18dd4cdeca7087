"""What a shared embedding measures on observed rain before its network is trained."""

import jax
import numpy as np

from nesym._typing import Path
from nesym.downscale.embedding import DAILY, expected_rain
from nesym.downscale.embedding_cells import Cells
from nesym.downscale.embedding_records import Observed
from nesym.downscale.embedding_state import SharedEmbedding
from nesym.downscale.embedding_training import LOUDEST, EmbeddingTraining, trained
from nesym.downscale.progress import Progress
from nesym.fields.grid import Grid
from nesym.fields.missing import fill_nearest
from nesym.fields.transforms import Chain, Root, Standardise
from nesym.verify.spectra import Rings

LEAST_SPREAD = 0.1  # of T(rain) about what is expected: cells where it hardly rains have less


def fit_embedding(
    recipe: EmbeddingTraining, seen: Observed, choose, *, key: int, folder: Path | None, progress: Progress | None
) -> SharedEmbedding:
    """See `SharedEmbeddingDiffusion.fit`."""
    rain = seen.complete()
    unseen = None if choose is None else seen.like(choose).complete_days()
    return trained(prepared(recipe, seen, rain, key), rain, unseen, recipe, key, folder, progress)


def prepared(recipe: EmbeddingTraining, seen: Observed, rain: np.ndarray, key: int) -> SharedEmbedding:
    """A new network, with the transform, the climate, the spread and the noise level measured on `rain` (time, y, x)."""
    transform = Chain((Root(DAILY), Standardise())).fit(rain[:, seen.land], DAILY)
    cells = Cells.of(seen, rain, _spread(rain, Cells.of(seen, rain), transform))
    trace = round(float(rain[rain > 0].min()) / 2, 6)
    network = jax.tree.map(np.asarray, recipe.network(key))
    return SharedEmbedding(network, cells, transform, trace, _level(rain, transform, seen))


def _level(rain: np.ndarray, transform: Chain, seen: Observed) -> float:
    """sqrt(PSD of T(rain)) at a wavelength of two blocks, `LOUDEST` at most; sea cells count as the nearest one of land."""
    whole = fill_nearest(Grid.of(seen.fine))(np.where(seen.land, rain, np.nan).astype(np.float32))
    rings = Rings(whole.shape[1:], (1.0, 1.0))
    power = rings.mean_power(transform(whole, DAILY))[1:]
    at = np.interp(np.log(2.0 * seen.factor), np.log(rings.wavelength[:0:-1]), np.log(power[::-1]))
    return min(LOUDEST, round(float(np.exp(0.5 * at)), 4))


def _spread(rain: np.ndarray, cells: Cells, transform: Chain) -> np.ndarray:
    """Root mean square of T(rain) - T(expected rain) at each cell, (y, x) float32."""
    expected = np.asarray(expected_rain(cells.places.means(rain, cells.factor), cells.places, cells.factor))
    apart = transform(rain, DAILY) - transform(expected, DAILY)
    return np.maximum(np.sqrt(np.square(apart, dtype=np.float64).mean(0)), LEAST_SPREAD).astype(np.float32)
