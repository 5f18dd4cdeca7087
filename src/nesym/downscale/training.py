"""How large a network is, how long it is trained, and on which losses."""

from dataclasses import dataclass

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
)
from nesym.nets import UNet

UNTOLD = 0.15  # share of the crops whose coarse rain the network is not told, for zero-shot use


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
