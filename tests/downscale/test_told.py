"""What a network is told of coarse rain, and what it lets a denoiser expect."""

import jax.numpy as jnp
import numpy as np
import pytest
from small_learned import SILENT, TRANSFORM, expected_spread

from nesym.downscale.refinement import Refinement
from nesym.downscale.told import CHANNELS, LEAST, Told, departures, joined, tell
from nesym.fields.blocks import block_mean, block_repeat
from nesym.fields.interpolation import refine_bilinear
from nesym.fields.rain import RATE_UNITS
from nesym.generate import EDM, ConsistencyModel

RAIN = np.random.default_rng(0).gamma(0.5, 2, (4, 6)).astype(np.float32)
REFINEMENT = Refinement(3)


def told(weight=1.0, rain=RAIN[None]) -> Told:
    return tell(TRANSFORM, jnp.asarray(rain), REFINEMENT, weight)


def test_mean_spread_and_channels(strict):
    found = SILENT.told(jnp.asarray(RAIN), REFINEMENT, jnp.float32(0))
    mean = TRANSFORM(refine_bilinear(RAIN, 3), RATE_UNITS)
    spread = refine_bilinear(expected_spread(TRANSFORM(RAIN, RATE_UNITS)), 3)
    blocks = TRANSFORM(block_repeat(RAIN, 3), RATE_UNITS)
    assert found.mean.shape == found.spread.shape == (1, 12, 18, 1)
    assert found.channels.shape == (1, 12, 18, CHANNELS) and found.channels.dtype == jnp.float32
    np.testing.assert_allclose(found.mean[0, ..., 0], mean, atol=1e-6)
    np.testing.assert_allclose(found.spread[0, ..., 0], spread, rtol=1e-5)
    expected = np.stack([mean, (blocks - mean) / spread, np.log(spread), np.ones_like(mean)], -1)
    np.testing.assert_allclose(found.channels[0], expected, rtol=1e-4, atol=1e-5)


def test_block_means_can_be_read_from_what_is_told():
    found = told()
    blocks = found.channels[..., :1] + found.spread * found.channels[..., 1:2]
    means = block_mean(np.asarray(TRANSFORM.inverse(blocks[..., 0])), 3)
    np.testing.assert_allclose(means[0], RAIN, rtol=1e-4, atol=1e-5)


def test_who_is_told_nothing_expects_what_the_transform_makes_of_all_rain():
    deaf = SILENT.told(jnp.asarray(RAIN), REFINEMENT, jnp.float32(1))
    for found in (deaf, Told.nothing(jnp.ones((2, 5, 7, 1), jnp.float32))):
        assert not found.mean.any() and (found.spread == 1).all() and not found.channels.any()
        assert found.channels.shape[-1] == CHANNELS


def test_parts_of_a_batch_that_different_factors_tell_of():
    batch = np.stack([RAIN, 2 * RAIN, 3 * RAIN])
    tellers = [np.array(w, np.float32)[:, None, None, None] for w in ([1, 0, 0], [0, 1, 0])]
    found = joined([told(weight, batch) for weight in tellers])
    for name in ("mean", "spread", "channels"):
        one, nothing = getattr(told(1.0, batch), name), getattr(told(0.0, batch), name)
        np.testing.assert_allclose(getattr(found, name)[:2], one[:2], rtol=1e-6, atol=1e-6)
        np.testing.assert_array_equal(getattr(found, name)[2], nothing[2])


def test_rain_of_more_contrast_lets_expect_more():
    """Anomalies of the transformed rain as much larger; of even rain, the least there is."""
    z = np.random.default_rng(1).normal(size=(1, 5, 5)).astype(np.float32)
    variance = [np.asarray(departures(jnp.asarray(scale * z), False)) ** 2 - LEAST**2 for scale in (1, 3)]
    np.testing.assert_allclose(variance[1], 9 * variance[0], rtol=1e-4)
    np.testing.assert_allclose(departures(jnp.full((1, 1, 1), 2.0), False), LEAST)


def test_around_the_globe_the_ends_are_neighbours():
    z = jnp.zeros((1, 3, 8)).at[0, 1, 0].set(1.0)
    assert departures(z, True)[0, 1, -1] > LEAST == pytest.approx(float(departures(z, False)[0, 1, -1]))


@pytest.mark.parametrize("kind", [EDM, ConsistencyModel])
def test_a_model_expects_mean_and_spread(kind):
    """A network that says nothing, at noise far above the spread: the mean alone is left."""
    found = told()
    model = found.model(kind, lambda x, level: 0 * x[..., :1])
    x = found.mean + 1000.0
    np.testing.assert_allclose(model(x, jnp.float32(1e4)), found.mean, atol=1e-3)
