"""How coarse rain enters a network, and how fine rain leaves it."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_learned import SILENT, TRANSFORM, Echo

from nesym.downscale.refinement import Refinement
from nesym.fields.interpolation import refine_bilinear
from nesym.fields.rain import RATE_UNITS as RATE
from nesym.train import Fitted, Reason

RAIN = np.random.default_rng(0).gamma(0.5, 2, (4, 6)).astype(np.float32)
REFINEMENT = Refinement(3)


# Noise levels


def test_levels_between_factors_are_linear_in_the_logarithms():
    fitted = replace(SILENT, factors=(2, 4, 16), levels=(0.2, 0.4, 1.6))  # level = factor / 10
    for factor in (2, 3, 4, 5, 11, 16):
        assert fitted.level(factor) == pytest.approx(factor / 10)
    steep = replace(SILENT, factors=(2, 8), levels=(0.1, 0.9))
    assert steep.level(4) == pytest.approx(0.3)  # half-way along the logarithm: the geometric mean


def test_levels_beyond_the_fitted_factors_are_those_of_the_last():
    fitted = replace(SILENT, factors=(4, 8), levels=(0.4, 0.8))
    assert fitted.level(2) == fitted.level(4) == pytest.approx(0.4)
    assert fitted.level(32) == fitted.level(8) == pytest.approx(0.8)
    single = replace(SILENT, factors=(4,), levels=(0.4,))
    assert [single.level(f) for f in (2, 4, 8)] == pytest.approx([0.4] * 3)


# In


def test_a_network_starts_from_interpolated_rain(strict):
    start = SILENT.start(jnp.asarray(RAIN), REFINEMENT, jnp.float32(0.5), jnp.float32(0))
    assert start.shape == (1, 12, 18, 1) and start.dtype == jnp.float32
    np.testing.assert_allclose(start[0, ..., 0], TRANSFORM(refine_bilinear(RAIN, 3), RATE), atol=1e-6)


def test_told_nothing_it_starts_lower_by_as_much_of_the_gap_as_is_drawn_anew():
    """Of factor 4, whose level is 0.8: at half of it half the gap, beyond it all; without rain there is none."""
    rain, refinement = jnp.asarray([[0.0, 1.0], [8.0, 27.0]], jnp.float32), Refinement(4)
    z = TRANSFORM(refine_bilinear(rain, 4), RATE)
    gap = np.interp(z, [-2, -1, 1], [0, 0.4, 0.2])
    for sigma, share in ((0.4, 0.5), (0.8, 1.0), (5.0, 1.0)):
        start = SILENT.start(rain, refinement, jnp.float32(sigma), jnp.float32(1))
        np.testing.assert_allclose(start[0, ..., 0], z - share * gap, atol=1e-5)
    assert start[0, 0, 0, 0] == z[0, 0] == -2


@pytest.mark.parametrize("factor, gap", [(2, 0.1), (3, 0.4), (4, 0.4), (16, 0.4)])
def test_the_gap_is_that_of_the_nearest_factor(factor, gap):
    assert float(SILENT.gap(jnp.float32(-1.0), factor)) == pytest.approx(gap)


def test_around_the_globe_interpolation_and_network_are_joined():
    """A cell at the eastern end is half-way to the western one; and the convolutions know it too."""
    globe = Refinement(2, periodic_x=True)
    start = np.asarray(SILENT.start(jnp.asarray(RAIN), globe, jnp.float32(0.5), jnp.float32(0)))[0, ..., 0]
    np.testing.assert_allclose(start, TRANSFORM(refine_bilinear(RAIN, 2, periodic_x=True), RATE), atol=1e-6)
    assert SILENT.between(True).boundary == ("reflect", "circular")
    assert SILENT.between(False).boundary == ("reflect", "reflect")


# Out


def test_rain_below_the_trace_is_none(strict):
    trace = np.cbrt(SILENT.trace).astype(np.float32)
    z = (jnp.asarray([-3.0, 0.0, 0.99 * trace, 1.01 * trace, 2.0], jnp.float32) - 1) / np.float32(0.5)
    rain = SILENT.rain(z[None, :, None])
    assert rain.shape == (1, 5) and rain.dtype == jnp.float32
    np.testing.assert_allclose(rain[0], [0, 0, 0, 1.01**3 * 0.06, 8.0], rtol=1e-5)


def test_transformed_rain_comes_out_as_it_went_in():
    rain = np.where(RAIN < 2 * SILENT.trace, 0, RAIN)
    np.testing.assert_allclose(SILENT.rain(TRANSFORM(jnp.asarray(rain), RATE)[..., None]), rain, rtol=2e-5, atol=1e-6)


# Training


def test_more_training_brings_the_average_and_adds_its_time():
    run = Fitted(Echo(0), Echo(1), None, [], Reason.finished, 12.34)
    once = SILENT.after(run)
    twice = once.after(run)
    assert once.network == Echo(1)
    assert (once.seconds, twice.seconds) == (12.3, 24.6)
    assert replace(twice, network=None, seconds=0.0) == replace(SILENT, network=None)


def test_a_jitted_network_is_an_argument():
    """Its weights are leaves and its numbers are not: other weights are no other program."""
    assert len(jax.tree.leaves(SILENT)) == len(jax.tree.leaves(SILENT.network))
    moved = jax.tree.map(lambda w: w + 1, SILENT)
    assert jax.tree.structure(moved) == jax.tree.structure(SILENT)
