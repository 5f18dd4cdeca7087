"""Training the denoiser of a shared embedding on observed rain alone."""

import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from nesym import train
from nesym._errors import InputError, TrainingError
from nesym.downscale.embedding import CHANNELS, DAILY, Embedded, Places
from nesym.downscale.embedding_state import SharedEmbedding
from nesym.downscale.progress import Progress
from nesym.fields.transforms import Chain
from nesym.generate import NoiseLevels
from nesym.nets import UNet
from nesym.train.candidates import Candidates

CLEAR = 0.3  # share of the embeddings that the network sees without noise
LOUDEST = 1.5  # standard deviations of transformed rain: the most noise that an embedding has in training
# Relative to the spread of what is to be found, as the published choice (-1.2, 1.2) is for a spread of 0.5.
LEVELS = NoiseLevels(-1.2 + float(np.log(2.0)), 1.2)


@dataclass(frozen=True)
class EmbeddingTraining:
    """Sizes of the network of `SharedEmbeddingDiffusion` and of its training, for a few minutes on two cores.

    The network is `UNet.make(width=, multipliers=)`; it takes `steps` optimiser steps with batches of `batch` fields. The
    learning rate climbs to `rate` over the first hundredth and falls to nothing as a cosine; `ema` is the memory of the
    average that is kept; `decay` that of AdamW. Every `every` steps the average becomes a candidate.
    """

    width: int = 24
    multipliers: tuple[int, ...] = (1, 2, 2)
    batch: int = 16
    steps: int = 4_000
    rate: float = 2e-3
    ema: float = 0.995
    decay: float = 1e-2
    every: int = 250

    def __post_init__(self):
        whole = self.batch, self.steps, self.every
        if any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in whole) or not self.rate > 0:
            raise InputError(
                f"Batch, steps and every are whole numbers from 1 and the rate is positive; {self} came.",
                "Give EmbeddingTraining(batch=16, steps=4000, rate=2e-3, every=250), for example.",
            )

    def network(self, key: int) -> UNet:
        """A new network."""
        return UNet.make(1 + CHANNELS, 1, width=self.width, multipliers=tuple(self.multipliers), key=key)


class Lesson(eqx.Module):
    """The loss of the denoiser, from fields of rain and `Places` as channels (batch, y, x, 1 + 4).

        E < w (D(z + s S n; s S) - z)^2 >,    w = (s^2 + 1) / (s S)^2,    z = T(rain)

    averaged over land by area, D told of the rain's own block means under noise of a level drawn for each field: none, or
    uniform up to `LOUDEST`. s, the level relative to the spread S that the embedding leaves, is lognormal: EDM's loss
    (Karras et al. 2022, arXiv 2206.00364, table 1) in units of that spread.
    """

    transform: Chain = eqx.field(static=True)
    factor: int = eqx.field(static=True)

    def __call__(self, network: UNet, fields: jax.Array, key: jax.Array) -> tuple[jax.Array, dict]:
        rain, places = fields[..., 0], Places.of(fields[..., 1:])
        keys = jax.random.split(key, 5)
        told = self._told(rain, places, *keys[:3])
        z = jnp.where(places.land > 0, self.transform(rain, DAILY), told.mean[..., 0])[..., None]
        level = LEVELS.draw(keys[3], len(rain)) * self._usual(told)
        wide = level[:, None, None, None]
        noised = z + wide * jax.random.normal(keys[4], z.shape, z.dtype)
        weight = (wide**2 + told.spread**2) / (wide * told.spread) ** 2
        error = weight * (told.denoiser(network)(noised, level) - z) ** 2
        area = (places.area * places.land)[..., None]
        return (error * area).sum() / area.sum(), {}

    def _told(self, rain: jax.Array, places: Places, key_clear, key_level, key_noise) -> Embedded:
        noisy = jax.random.uniform(key_clear, rain.shape[:1], jnp.float32) >= CLEAR
        sigma = noisy * LOUDEST * jax.random.uniform(key_level, rain.shape[:1], jnp.float32)
        noise = jax.random.normal(key_noise, rain.shape, jnp.float32)

        def told(rain: jax.Array, places: Places, sigma: jax.Array, noise: jax.Array) -> Embedded:
            return Embedded.of(places.means(rain, self.factor), places, self.factor, self.transform, sigma, noise)

        return jax.vmap(told)(rain, places, sigma, noise)

    @staticmethod
    def _usual(told: Embedded) -> jax.Array:
        """The spread of each field, (batch,)."""
        return jnp.sqrt((told.spread**2 * told.land).sum((1, 2, 3)) / told.land.sum((1, 2, 3)))


def _candidates(folder: Path, loss: Lesson, fields: np.ndarray) -> Candidates:
    """Those of a training, by their loss on rain that they were not trained on, under noise that is the same for all."""
    compiled = eqx.filter_jit(lambda network, fields: loss(network, fields, jax.random.key(0))[0])
    unseen = jnp.asarray(fields)
    return Candidates(folder, lambda _, network: network, lambda network: [compiled(network, unseen)])


def trained(
    first: SharedEmbedding,
    rain: np.ndarray,
    choose: np.ndarray | None,
    recipe: EmbeddingTraining,
    key: int,
    folder: Path | str | None,
    progress: Progress | None,
) -> SharedEmbedding:
    """`first` with its network trained on complete fields `rain` (time, y, x), and taken at the step that suits `choose`.

    Fields are cut one block shorter along each side, at any place: blocks then lie everywhere, not only where those of
    the grid do. A run in a `folder` goes on where it was stopped.
    """
    places, factor = first.cells.places, first.cells.factor
    fields = stacked(rain, places)
    crop = tuple(n - factor for n in rain.shape[1:])
    loss = Lesson(first.transform, factor)
    with tempfile.TemporaryDirectory() as passing:
        where = Path(passing if folder is None else folder).expanduser()
        unseen = fields[:: max(1, len(fields) // 64)] if choose is None else stacked(choose, places)
        candidates = _candidates(where / "candidates", loss, unseen)
        done = train.fit(
            first.network,
            loss,
            train.Fields(fields, batch=recipe.batch, crop=crop, flips=False, turns=False),
            optimiser=_optimiser(recipe),
            steps=recipe.steps,
            key=key,
            ema=recipe.ema,
            checkpoint=where / "training",
            every=min(recipe.every, recipe.steps),
            watch=None if choose is None else candidates,
            progress=progress,
            config={"training": asdict(recipe), "transform": repr(first.transform)},
        )
        if not done.successful:
            raise TrainingError(done.reason.problem, done.reason.remedy)
        if choose is None:
            candidates(recipe.steps, done.ema_model)
        network, step, losses = candidates.best(
            TrainingError(
                "No network of this training had a finite loss.",
                "Lower the rate: EmbeddingTraining(rate=5e-4), and give another folder.",
            )
        )
    network, losses = jax.tree.map(np.asarray, network), tuple((at, round(x, 5)) for at, x in losses)
    return replace(first, network=network, chosen=step, losses=losses, seconds=round(done.seconds, 1))


def stacked(rain: np.ndarray, places: Places) -> np.ndarray:
    """Rain (time, y, x), 0 at sea, with what is known of the cells as channels: (time, y, x, 5) float32."""
    known = np.stack([np.asarray(part) for part in (places.land, places.area, places.climate, places.spread)], -1)
    known = np.broadcast_to(known, (*rain.shape, known.shape[-1]))
    return np.concatenate([rain[..., None], known], -1).astype(np.float32)


def _optimiser(recipe: EmbeddingTraining) -> optax.GradientTransformation:
    schedule = optax.warmup_cosine_decay_schedule(0.0, recipe.rate, max(1, recipe.steps // 100), recipe.steps)
    return optax.adamw(schedule, weight_decay=recipe.decay)
