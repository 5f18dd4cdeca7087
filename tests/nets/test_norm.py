"""Group normalisation against its definition, and what it must not see."""

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym.nets.norm import GroupNorm, normalised

X = np.random.default_rng(0).gamma(0.5, 3.0, (3, 5, 6, 24)).astype(np.float32)
PLAIN = GroupNorm.make(24)


def test_groups_of_eight_channels_have_mean_zero_and_variance_one(strict):
    rng = np.random.default_rng(1)
    gain, bias = rng.standard_normal((2, 3, 24)).astype(np.float32)
    groups = X.reshape(3, 30, 3, 8).astype(float)
    mean, variance = groups.mean((1, 3), keepdims=True), groups.var((1, 3), keepdims=True)
    expected = ((groups - mean) / np.sqrt(variance + 1e-5)).reshape(X.shape)
    expected = expected * gain[:, None, None] + bias[:, None, None]
    y = normalised(jnp.asarray(X), jnp.asarray(gain), jnp.asarray(bias))
    assert y.dtype == jnp.float32
    np.testing.assert_allclose(y, expected, atol=2e-5)


@given(scale=st.floats(0.1, 100), offset=st.floats(-10, 10))
@settings(max_examples=10, deadline=None)
def test_units_do_not_matter(scale, offset):
    np.testing.assert_allclose(PLAIN(jnp.float32(scale) * X + jnp.float32(offset)), PLAIN(jnp.asarray(X)), atol=2e-2)


def test_other_groups_do_not_matter():
    louder = X.copy()
    louder[..., 8:] *= 50
    np.testing.assert_array_equal(PLAIN(jnp.asarray(louder))[..., :8], PLAIN(jnp.asarray(X))[..., :8])


def test_a_uniform_group_gives_the_bias_and_not_nan(strict):
    y = GroupNorm(np.ones(8), np.full(8, 0.5))(jnp.full((1, 4, 4, 8), 7, jnp.float32))
    assert np.asarray(y) == pytest.approx(0.5)
