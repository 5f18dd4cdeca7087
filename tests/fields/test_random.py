"""Gaussian fields: variance, spectrum, edges, and draws that depend on their names alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nesym.fields.memory import Memory, independent
from nesym.fields.random import gaussian_fields, padded_shape, white_fields


def fields(stamps, members, slope=3.0, key=0, memory=None, **scales):
    """Noise (time, member, y, x)."""
    draws = memory.draws(stamps) if memory else independent(stamps)
    scales = {"shape": (48, 64), "longest": 16.0, "margin": 16, **scales}
    return np.stack(
        [
            np.asarray(gaussian_fields(jax.random.key(key), jnp.asarray(members), n, w, np.float32(slope), **scales))
            for n, w in zip(draws.names, draws.weights, strict=True)
        ]
    )


def test_unit_variance_and_zero_mean():
    g = fields(np.arange(40), np.arange(10))
    assert g.dtype == np.float32
    assert g.var() == pytest.approx(1.0, abs=0.01)
    assert g.mean() == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("slope", [1.5, 3.0, 4.0])
def test_power_falls_with_the_slope_and_is_nothing_beyond_the_outer_scale(slope):
    """Without a margin the field is periodic, and its Fourier power is k^-slope to sampling error."""
    g = fields(np.arange(50), np.arange(8), slope, shape=(64, 64), longest=16.0, margin=0)
    power = (np.abs(np.fft.fft2(g)) ** 2).mean((0, 1))
    k = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.fftfreq(64)[None])
    inside = (k >= 1 / 16) & (k <= 0.5)
    assert -np.polyfit(np.log(k[inside]), np.log(power[inside]), 1)[0] == pytest.approx(slope, abs=0.03)
    assert power[(k < 1 / 16)].max() < 1e-6 * power[inside].min()


def test_the_margin_keeps_opposite_edges_apart():
    apart = fields(np.arange(60), np.arange(10))
    wrapped = fields(np.arange(60), np.arange(10), margin=0)
    around = fields(np.arange(60), np.arange(10), periodic_x=True)

    def across(g):
        return np.mean(g[..., 0] * g[..., -1]), np.mean(g[..., 0, :] * g[..., -1, :])

    # A band of wavelengths keeps a little correlation at any distance; neighbours have 0.75.
    assert max(map(abs, across(apart))) < 0.15
    assert min(across(wrapped)) > 0.6
    assert across(around)[0] > 0.6 and abs(across(around)[1]) < 0.15


def test_draws_do_not_depend_on_company():
    everything = fields(np.arange(6), np.arange(5))
    assert np.array_equal(fields(np.array([4]), np.array([3]))[0, 0], everything[4, 3])
    assert np.array_equal(fields(np.array([2, 4]), np.array([1, 3]))[1, 1], everything[4, 3])
    assert np.abs(fields(np.array([4]), np.array([3]), key=1)[0, 0] - everything[4, 3]).max() > 0.1


def test_memory_reaches_the_fields():
    """Lag correlations of the fields are exp(-lag / T)."""
    g = fields(np.arange(24) * 300, np.arange(20), memory=Memory(1200.0, 300))
    for lag in (1, 2, 4):
        assert np.mean(g[lag:] * g[:-lag]) == pytest.approx(np.exp(-300 * lag / 1200), abs=0.03)


def test_padded_shape_leaves_the_globe_alone():
    assert padded_shape((48, 96), 10, periodic_x=True)[1] == 96
    assert padded_shape((48, 96), 10, periodic_x=False)[1] >= 106


def white(stamps, members, key=0, memory=None, shape=(48, 64)):
    """White noise (time, member, y, x)."""
    draws = memory.draws(stamps) if memory else independent(stamps)
    return np.stack(
        [
            np.asarray(white_fields(jax.random.key(key), jnp.asarray(members), n, w, shape=shape))
            for n, w in zip(draws.names, draws.weights, strict=True)
        ]
    )


def test_white_noise_is_standard_normal_in_every_cell_and_shares_nothing():
    """Correlations between neighbours, members and times, and four moments, within five standard errors."""
    w = white(np.arange(20), np.arange(10))
    assert w.shape == (20, 10, 48, 64) and w.dtype == np.float32
    moments = [np.mean(w**n, dtype=float) for n in (1, 2, 3, 4)]
    errors = np.sqrt([1, 2, 15, 96]) / np.sqrt(w.size)
    assert (np.abs(np.subtract(moments, [0, 1, 0, 3])) < 5 * errors).all()
    neighbours = [w[..., 1:, :] * w[..., :-1, :], w[..., 1:] * w[..., :-1], w[:, 1:] * w[:, :-1], w[1:] * w[:-1]]
    assert all(abs(pairs.mean(dtype=float)) < 5 / np.sqrt(pairs.size) for pairs in neighbours)


def test_white_noise_does_not_depend_on_company():
    everything = white(np.arange(4), np.arange(5))
    np.testing.assert_array_equal(white(np.array([3]), np.array([4, 2]))[0], everything[3, [4, 2]])
    assert np.abs(white(np.array([3]), np.array([4]), key=1)[0, 0] - everything[3, 4]).max() > 0.1


def test_white_noise_is_the_weighted_sum_of_its_named_draws():
    names, key, members = independent(np.array([7, 8])).names.swapaxes(0, 1)[0], jax.random.key(2), np.arange(3)
    draws = [white_fields(key, members, names[i : i + 1], np.ones(1, np.float32), shape=(6, 5)) for i in (0, 1)]
    both = white_fields(key, members, names, np.float32([0.6, -0.8]), shape=(6, 5))
    np.testing.assert_allclose(both, 0.6 * draws[0] - 0.8 * draws[1], atol=1e-6)


def test_memory_reaches_white_noise():
    w = white(np.arange(24) * 300, np.arange(4), memory=Memory(1200.0, 300))
    assert w.var() == pytest.approx(1.0, abs=0.01)
    for lag in (1, 2, 4):
        assert np.mean(w[lag:] * w[:-lag]) == pytest.approx(np.exp(-300 * lag / 1200), abs=0.01)
