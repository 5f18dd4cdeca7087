"""The loss that makes one network call a calibrated draw."""

from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.downscale.refinement import Refinement
from nesym.downscale.told import Told, tell
from nesym.downscale.training import Distillation
from nesym.fields.blocks import block_mean
from nesym.fields.rain import RATE_UNITS
from nesym.fields.transforms import Chain
from nesym.generate import ConsistencyModel, ensemble_loss
from nesym.nets import UNet

SCALES = (1, 2, 4)  # cells in a row over which the means of draws are held against those of the truth
LAGS = (1, 2)  # cells apart between which their differences are
FREE = 0.25  # weight of the score of draws without the block means, which else leave open how much it rains
EASY = 0.05  # mm/h between neighbouring blocks below which a crop counts no more for being easy
LARGEST_RATIO, TINY = 50.0, 1e-9  # by which draws are scaled where scores are differentiated; mm/h


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
