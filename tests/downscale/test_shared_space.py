"""The space in which observed and modelled rain look alike: coarse rain on fine cells, its noise, and what it tells."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.test_util import check_grads
from programs import compiled_once
from small_coast import FACTOR, SIDE, land

from nesym.downscale.embedding import DAILY, Embedded, Places, expected_rain
from nesym.downscale.embedding_training import Lesson, stacked
from nesym.fields.transforms import Chain, Root, Standardise

TRANSFORM = Chain((Root(DAILY), Standardise(0.5, 0.8)))


@pytest.fixture(scope="module", autouse=True)
def programs(tmp_path_factory):
    """Programs that run once are not worth the time that optimising them takes."""
    with compiled_once(tmp_path_factory.mktemp("programs"), optimised=False):
        yield


def places(climate: np.ndarray | None = None, spread: float = 0.3) -> Places:
    sea = land().astype(float)
    area = np.cos(np.deg2rad(36 + 0.5 * np.arange(SIDE)))[:, None] * np.ones((1, SIDE))
    climate = np.linspace(1, 4, SIDE)[:, None] * np.ones((1, SIDE)) if climate is None else climate
    return Places(*(jnp.asarray(part) for part in (sea, area, climate * sea, np.full((SIDE, SIDE), spread))))


def rain(seed: int = 0, days: int = 5) -> jax.Array:
    return jnp.asarray(np.random.default_rng(seed).gamma(0.7, 3.0, (days, SIDE, SIDE)) * land())


def test_block_means_are_those_of_the_land_by_area():
    at, fine = places(), np.asarray(rain())
    found = np.asarray(at.means(jnp.asarray(fine), FACTOR))
    weights = np.asarray(at.area) * land()
    block = (slice(None), slice(3, 6), slice(3, 6))
    expected = (fine * weights)[block].sum((1, 2)) / weights[block[1:]].sum()
    np.testing.assert_allclose(found[:, 1, 1], expected, rtol=1e-12)
    assert land()[3:6, 3:6].sum() == 7 and (found[:, 0, 0] == 0).all()


def test_the_climate_itself_is_expected_of_its_own_block_means():
    at = places(np.asarray(rain().mean(0)) + 0.5)
    found = expected_rain(at.means(at.climate, FACTOR), at, FACTOR)
    np.testing.assert_allclose(found, at.climate, rtol=1e-12)


def test_even_rain_over_an_even_climate_stays_even():
    at = places(np.full((SIDE, SIDE), 2.0))
    found = expected_rain(3.0 * at.coarse(FACTOR), at, FACTOR)
    np.testing.assert_allclose(found, 3.0 * land(), rtol=1e-12)


@given(seed=st.integers(0, 10**6), scale=st.floats(0.01, 100))
@settings(max_examples=10, deadline=None)
def test_expected_rain_keeps_block_means_and_scales_with_them(seed, scale):
    at = places()
    coarse = at.means(rain(seed), FACTOR)
    found = expected_rain(coarse, at, FACTOR)
    np.testing.assert_allclose(at.means(found, FACTOR), coarse, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(expected_rain(scale * coarse, at, FACTOR), scale * found, rtol=1e-10, atol=1e-12)
    assert (np.asarray(found) >= 0).all() and (np.asarray(found)[:, ~land()] == 0).all()


def test_a_block_without_anything_to_scale_is_filled_evenly():
    at = places()
    found = np.asarray(at.scaled(jnp.zeros((SIDE, SIDE)), at.coarse(FACTOR), FACTOR))
    np.testing.assert_allclose(found, land(), rtol=1e-14)


def test_expected_rain_has_the_gradient_of_its_differences():
    at = places()
    coarse = at.means(rain(days=1), FACTOR)[0] + 0.5
    check_grads(lambda c: expected_rain(c, at, FACTOR), (coarse,), order=1, modes=["rev"])


def test_without_noise_the_mean_is_the_embedding_and_the_spread_that_of_the_cells():
    at, coarse = places(spread=0.3), places().means(rain(), FACTOR)[0]
    told = Embedded.of(coarse, at, FACTOR, TRANSFORM, jnp.asarray(0.0), jnp.ones((SIDE, SIDE)))
    wanted = TRANSFORM(expected_rain(coarse, at, FACTOR), DAILY) * at.land
    np.testing.assert_allclose(told.mean[..., 0], wanted, atol=1e-6)
    np.testing.assert_allclose(told.spread, 0.3, rtol=1e-6)


def test_under_noise_mean_and_spread_are_those_of_a_gaussian():
    """z = b + s u, e = b + sigma n with b, u, n ~ N(0, 1): E(z | e) and sd(z | e) by sampling."""
    s, sigma = 0.3, 0.8
    rng = np.random.default_rng(0)
    b, u, n = rng.standard_normal((3, 400_000))
    z, e = b + s * u, b + sigma * n
    slope = (z * e).mean() / (e * e).mean()
    coarse = places().means(rain(), FACTOR)[0]
    told = Embedded.of(coarse, places(spread=s), FACTOR, TRANSFORM, jnp.asarray(sigma), jnp.zeros((SIDE, SIDE)))
    np.testing.assert_allclose((told.mean / told.embedding)[land()], slope, rtol=0.01)
    np.testing.assert_allclose(told.spread, (z - slope * e).std(), rtol=0.01)


def test_nothing_is_seen_and_nothing_said_at_sea():
    coarse = places().means(rain(), FACTOR)[0]
    told = Embedded.of(coarse, places(), FACTOR, TRANSFORM, jnp.asarray(0.5), jnp.ones((SIDE, SIDE)))
    told = jax.tree.map(lambda part: part[None], told)
    assert (np.asarray(told.known)[:, ~land()] == 0).all()

    def network(x, noise):
        assert (np.asarray(x)[:, ~land()] == 0).all()
        return jnp.ones((*x.shape[:3], 1))

    found = told.denoiser(network)(jnp.full((1, SIDE, SIDE, 1), 7.0), jnp.full(1, 0.4))
    other = told.denoiser(network)(jnp.where(jnp.asarray(land())[None, ..., None], 7.0, -3.0), jnp.full(1, 0.4))
    np.testing.assert_array_equal(np.asarray(found)[:, land()], np.asarray(other)[:, land()])


def test_the_loss_of_a_silent_network_is_one_whatever_lies_at_sea():
    """E w (D - z)^2 = 1 where z lies about its mean as the spread says and F = 0."""
    at, days = places(), 60
    base = expected_rain(at.means(rain(3, days), FACTOR), at, FACTOR)
    noise = np.random.default_rng(1).standard_normal(base.shape)
    fine = np.asarray(TRANSFORM.inverse(TRANSFORM(base, DAILY) + 0.25 * noise))
    means = at.means(jnp.asarray(fine), FACTOR)
    apart = TRANSFORM(fine, DAILY) - np.asarray(TRANSFORM(expected_rain(means, at, FACTOR), DAILY))
    spread = float(np.sqrt(np.square(apart)[:, land()].mean()))
    lesson = Lesson(TRANSFORM, FACTOR)
    loss = jax.jit(lambda fields: lesson(_silent, fields, jax.random.key(0))[0])
    losses = [float(loss(stacked(np.where(land(), fine, sea), places(spread=spread)))) for sea in (0.0, 50.0)]
    assert losses[0] == losses[1] == pytest.approx(1.0, abs=0.25)


def _silent(x: jax.Array, noise: jax.Array) -> jax.Array:
    return jnp.zeros((*x.shape[:3], 1), x.dtype)
