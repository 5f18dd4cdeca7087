"""How large a network is, how long it is trained, and on which losses."""

from dataclasses import dataclass
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym._errors import InputError
from nesym.downscale.refinement import Refinement
from nesym.downscale.told import CHANNELS, Told, joined, tell
from nesym.fields.blocks import block_mean
from nesym.fields.rain import RATE_UNITS
from nesym.fields.transforms import Chain
from nesym.generate import (
    EDM,
    ConsistencyModel,
    NoiseLevels,
    consistency_distillation,
    consistency_levels,
    denoising_loss,
    ensemble_loss,
)
from nesym.nets import UNet

SCALES = (1, 2, 4)  # cells in a row over which the means of draws are held against those of the truth
LAGS = (1, 2)  # cells apart between which their differences are
UNTOLD = 0.15  # share of the crops whose coarse rain the network is not told, for zero-shot use
FREE = 0.25  # weight of the score of draws without the block means, which else leave open how much it rains
EASY = 0.05  # mm/h between neighbouring blocks below which a crop counts no more for being easy
LARGEST_RATIO, TINY = 50.0, 1e-9  # by which draws are scaled where scores are differentiated; mm/h


@dataclass(frozen=True)
class Training:
    """Sizes of a network for rain and of its training, for about 40 minutes on two cores.

    The network is `UNet.make(width=, multipliers=, patch=)`. Its denoiser takes `steps` optimiser steps with batches of
    `batch` crops of `crop` cells a side; the consistency model takes `distillation` steps more, and `calibration` steps
    that hold its draws against the truth. The learning rate climbs to `rate`
    over the first hundredth and falls to nothing as a cosine; `ema` is the memory of the average that is kept.
    """

    width: int = 24
    multipliers: tuple[int, ...] = (1, 2, 3, 3)
    patch: int = 1
    crop: int = 64
    batch: int = 8
    steps: int = 5_000
    distillation: int = 1_000
    calibration: int = 3_000
    rate: float = 1e-3
    ema: float = 0.999

    def __post_init__(self):
        whole = self.crop, self.batch, self.steps, self.distillation, self.calibration
        if any(isinstance(n, bool) or not isinstance(n, int) or n < 2 for n in whole) or not self.rate > 0:
            raise InputError(
                f"Crop, batch and steps are whole numbers from 2 and the rate is positive; {self} came.",
                "Give Training(crop=64, batch=8, steps=7000, distillation=1000, rate=1e-3), for example.",
            )

    def network(self, key: int) -> UNet:
        """A new network."""
        return UNet.make(
            1 + CHANNELS, 1, width=self.width, multipliers=tuple(self.multipliers), patch=self.patch, key=key
        )


class Lesson(eqx.Module):
    """What a batch of fine rain (batch, y, x) becomes: the clean field, and what the network is told of it.

    Every crop is coarsened by one of the `factors`, of which the middle ones come more often, and for a share of `UNTOLD`
    of them the network is told nothing.
    """

    transform: Chain = eqx.field(static=True)
    factors: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, rain: jax.Array, key: jax.Array) -> tuple[jax.Array, Told]:
        """Clean fields (batch, y, x, 1) and what is known of them."""
        key_factor, key_told = jax.random.split(key)
        which = jax.random.choice(key_factor, len(self.factors), (len(rain),), p=jnp.asarray(self.chances()))
        told = (jax.random.uniform(key_told, (len(rain),), jnp.float32) >= UNTOLD).astype(jnp.float32)
        parts = []
        for number, factor in enumerate(self.factors):
            chosen = told * (which == number)
            parts.append(
                tell(self.transform, block_mean(rain, factor), Refinement(factor), chosen[:, None, None, None])
            )
        return self.transform(rain, RATE_UNITS)[..., None], joined(parts)

    def chances(self) -> np.ndarray:
        """How often each factor comes."""
        middle = 1.0 + np.minimum(np.arange(len(self.factors)), np.arange(len(self.factors))[::-1])
        return middle / middle.sum()


class Denoising(eqx.Module):
    """The loss of the denoiser, with levels that reach from the noise of single cells to that of the largest scales."""

    lesson: Lesson
    levels: NoiseLevels = NoiseLevels(-0.6, 1.4)

    def __call__(self, network: UNet, rain: jax.Array, key: jax.Array):
        key_lesson, key_loss = jax.random.split(key)
        clean, told = self.lesson(rain, key_lesson)
        return denoising_loss(told.model(EDM, network), clean, key_loss, self.levels)


class Distillation(eqx.Module):
    """The loss of the consistency model: at every level what it is a step of its `teacher` further down."""

    lesson: Lesson
    teacher: UNet
    highest: float = eqx.field(static=True)
    rungs: int = eqx.field(static=True, default=40)

    def __call__(self, network: UNet, rain: jax.Array, key: jax.Array):
        key_lesson, key_loss = jax.random.split(key)
        return self.distance(network, *self.lesson(rain, key_lesson), key_loss)

    def distance(self, network: UNet, clean: jax.Array, told: Told, key: jax.Array):
        """The same for fields (batch, y, x, 1) and what is known of them."""
        student, teacher = told.model(ConsistencyModel, network), told.model(EDM, self.teacher)
        levels = consistency_levels(self.rungs, self.highest)
        return consistency_distillation(student, student, teacher, clean, key, levels)


class Calibration(eqx.Module):
    """The loss that makes one call, told the coarse rain, a calibrated draw.

        E w sum_L fair_crps(L r_1, L r_2; L r),    r_i what two calls make of a crop's coarse rain and of two noises

    in mm/h and with the block means kept, as in use: from T(b) + sigma n. The distillation has no answer for that, since the
    interpolated rain b lacks the small scales that it is trained to find under the noise, and its draws vary too little.
    Each batch has one factor, and sigma lies around its level. L are means over 1, 2, 4 cells a side, where that is less
    than the factor, and differences of cells 1 and 2 cells apart (`generate.ensemble_loss`). Draws without the block means
    are scored beside, cells and blocks, at a quarter of the weight. w = 1 / (0.05 mm/h + mean difference of neighbouring
    blocks): steady rain, whose errors are small, counts as much as showers.

    A quarter of the batch is for the distillation of a network that is told nothing, so that zero-shot draws stay what they
    were: told, the two losses would contradict each other.
    """

    distillation: Distillation
    levels: tuple[float, ...] = eqx.field(static=True)

    def __call__(self, network: UNet, rain: jax.Array, key: jax.Array):
        key_draw, key_loss = jax.random.split(key)
        few = -(-len(rain) // 4)
        clean = self.distillation.lesson.transform(rain[:few], RATE_UNITS)[..., None]
        distance, _ = self.distillation.distance(network, clean, Told.nothing(clean), key_loss)
        score = self._score(network, rain[few:], key_draw)
        return score + distance, {"score": score, "distance": distance}

    def _score(self, network: UNet, rain: jax.Array, key: jax.Array) -> jax.Array:
        lesson = self.distillation.lesson
        key_factor, key_level, key_noise = jax.random.split(key, 3)
        which = jax.random.choice(key_factor, len(lesson.factors), p=jnp.asarray(lesson.chances(), jnp.float32))
        sigma = jnp.asarray(self.levels, jnp.float32)[which] * 2 ** jax.random.uniform(
            key_level, (), jnp.float32, -0.5, 0.5
        )
        # What depends on the factor is little: the network, which takes long to compile, is called outside the switch.
        coarsened = [partial(_coarsened, lesson.transform, factor) for factor in lesson.factors]
        told = jax.lax.switch(which, coarsened, rain)
        noise = jax.random.normal(key_noise, (2, *rain.shape, 1), rain.dtype)
        noised = (told.mean + sigma * noise).reshape(-1, *told.mean.shape[1:])
        twice = jax.tree.map(lambda part: jnp.concatenate([part, part]), told)
        drawn = twice.model(ConsistencyModel, network)(noised, sigma)
        fine = lesson.transform.inverse(drawn[..., 0]).reshape(2, *rain.shape)
        return jax.lax.switch(which, [partial(_scored, factor) for factor in lesson.factors], fine, rain)


def _coarsened(transform: Chain, factor: int, rain: jax.Array) -> Told:
    """What a network is told of crops (batch, y, x) coarsened by a factor."""
    return tell(transform, block_mean(rain, factor), Refinement(factor), 1.0)


def _scored(factor: int, fine: jax.Array, rain: jax.Array) -> jax.Array:
    """The score of draws (member, batch, y, x), as they are and given the block means of the true `rain` (batch, y, x)."""
    coarse = block_mean(rain, factor)
    weights = 1 / (EASY + (_apart(coarse, 1) + _apart(coarse, 2)) / 2)
    # A block whose draw is all but dry is scaled so far and no further: else it would have all of the gradient.
    ratio = coarse / jnp.maximum(block_mean(fine, factor), coarse / LARGEST_RATIO + TINY)
    kept = fine * Refinement(factor).repeat(ratio)
    scales = tuple(s for s in SCALES if s < factor and rain.shape[-1] % s == 0)
    return ensemble_loss(kept, rain, weights, scales, LAGS) + FREE * ensemble_loss(fine, rain, weights, (1, factor))


def _apart(coarse: jax.Array, axis: int) -> jax.Array:
    """How far neighbouring blocks are apart, in the mean, or 0 where one has none: (batch, Y, X) -> (batch,)."""
    apart = jnp.abs(jnp.diff(coarse, axis=axis))
    return apart.sum((1, 2)) / max(1, apart[0].size)
