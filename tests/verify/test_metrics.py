"""Metrics on fields whose scores are known."""

import numpy as np
import pytest

from nesym.verify import Bins, Scorer, metrics

HOUR = 3600.0


def value(metric, ens, obs, stamps=None, weights=None):
    """`metric` of ens (member, time, y, x) against obs (time, y, x), hourly."""
    stamps = np.arange(len(obs)) * int(HOUR) if stamps is None else stamps
    weights = np.ones(obs.shape[1:]) if weights is None else weights
    return metric.value(Scorer((metric,), weights, (1.0, 1.0), HOUR).update(ens, obs, stamps))


def test_errors_of_a_shifted_forecast():
    obs = np.random.default_rng(0).normal(size=(4, 5, 6))
    ens = (obs + np.where(np.arange(6) % 2, 1.0, -3.0))[None]
    assert value(metrics.bias(), ens, obs) == pytest.approx(-1.0)
    assert value(metrics.mae(), ens, obs) == pytest.approx(2.0)
    assert value(metrics.rmse(), ens, obs) == pytest.approx(np.sqrt(5.0))


def test_crps_of_one_member_is_its_mae():
    rng = np.random.default_rng(1)
    ens, obs = rng.gamma(1, 1, (1, 3, 8, 8)), rng.gamma(1, 1, (3, 8, 8))
    assert value(metrics.crps(), ens, obs) == pytest.approx(value(metrics.mae(), ens, obs), rel=1e-14)
    assert np.isnan(value(metrics.crps(fair=True), ens, obs))
    assert np.isnan(value(metrics.spread_skill(), ens, obs))


def test_fair_crps_does_not_depend_on_the_number_of_members():
    rng = np.random.default_rng(2)
    draws = rng.normal(size=(41, 6, 60, 60))
    fair = [value(metrics.crps(fair=True), draws[1 : m + 1], draws[0]) for m in (2, 5, 40)]
    plain = [value(metrics.crps(), draws[1 : m + 1], draws[0]) for m in (2, 5, 40)]
    np.testing.assert_allclose(fair, 1 / np.sqrt(np.pi), atol=0.01)
    assert plain[0] > plain[1] > plain[2] > fair[2]


@pytest.mark.parametrize("members", [2, 5, 20])
def test_exchangeable_members_have_spread_equal_to_skill(members):
    draws = np.random.default_rng(members).normal(size=(members + 1, 5, 80, 80))
    assert value(metrics.spread_skill(), draws[1:], draws[0]) == pytest.approx(1.0, abs=0.015)
    assert value(metrics.spread_skill(), 2 * draws[1:], draws[0]) > 1.2
    assert value(metrics.rank_histogram_error(), draws[1:], draws[0]) < 0.03
    assert value(metrics.rank_histogram_error(), draws[1:] + 5.0, draws[0]) > 0.5


def test_spread_of_large_numbers_keeps_its_digits():
    rng = np.random.default_rng(3)
    draws = rng.normal(size=(6, 2, 20, 20))
    small = value(metrics.spread_skill(), draws[1:], draws[0])
    assert value(metrics.spread_skill(), draws[1:] + 1e5, draws[0] + 1e5) == pytest.approx(small, rel=1e-8)


def test_rapsd_error_of_a_scaled_field_is_the_log_of_its_power():
    obs = np.random.default_rng(4).normal(size=(3, 16, 20))
    assert value(metrics.rapsd_log_error(), 0.1 * obs[None], obs) == pytest.approx(2.0)
    assert value(metrics.rapsd_log_error(), obs[None] + 7.0, obs) == pytest.approx(0.0, abs=1e-12)


def test_spectra_are_averaged_before_the_logarithm():
    obs = np.random.default_rng(5).normal(size=(2, 8, 8))
    ens = np.stack([np.sqrt(0.5) * obs, np.sqrt(1.5) * obs])
    assert value(metrics.rapsd_log_error(), ens, obs) == pytest.approx(0.0, abs=1e-12)


def test_wet_fraction_and_its_truth():
    obs = np.array([[[0.0, 0.1, 0.2, 1.0]]])
    ens = np.array([[[[0.0, 0.0, 0.0, 1.0]]], [[[0.0, 0.0, 2.0, 1.0]]]])
    metric = metrics.wet_fraction(0.1)
    state = Scorer((metric,), np.ones((1, 4))).update(ens, obs, [0])
    assert metric.value(state) == 3 / 8
    assert metric.truth(state) == 3 / 4


def test_quantile_bias_on_equal_and_on_unequal_weights():
    rng = np.random.default_rng(6)
    obs = rng.gamma(0.5, 4.0, (5, 40, 40)).astype(np.float32)
    ens = np.stack([obs * 1.3, obs * 1.3])
    expected = 0.3 * np.quantile(obs, 0.95)
    assert value(metrics.quantile_bias(0.95), ens, obs) == pytest.approx(expected, rel=0.05)
    once_and_twice = np.where(np.arange(40) < 20, 1.0, 2.0)[:, None] * np.ones(40)
    repeated = np.concatenate([obs, obs[:, 20:]], axis=1)
    weighted = value(metrics.quantile_bias(0.95), ens, obs, weights=once_and_twice)
    assert weighted == pytest.approx(value(metrics.quantile_bias(0.95), 1.3 * repeated[None], repeated), rel=1e-9)


def test_wasserstein_of_a_shifted_distribution():
    obs = np.random.default_rng(11).gamma(2.0, 2.0, (4, 30, 30))
    ens = np.stack([obs + 0.7, obs + 0.7])
    assert value(metrics.wasserstein(), ens, obs) == pytest.approx(0.7, rel=0.01)
    assert value(metrics.wasserstein(Bins(-40.0, 40.0, 800)), -ens, -obs) == pytest.approx(0.7, rel=0.01)
    assert np.isnan(value(metrics.wasserstein(Bins(0.0, 5.0, 10)), ens, obs))


def test_lag1_of_an_autoregressive_process():
    rng = np.random.default_rng(7)
    series = np.zeros((3, 40, 30, 30))
    series[:, 0] = rng.normal(size=(3, 30, 30))
    for t in range(1, 40):
        series[:, t] = 0.8 * series[:, t - 1] + 0.6 * rng.normal(size=(3, 30, 30))
    metric = metrics.lag1_autocorrelation()
    state = Scorer((metric,), np.ones((30, 30)), step_seconds=HOUR).update(series[:2], series[2], np.arange(40) * 3600)
    assert metric.value(state) == pytest.approx(0.8, abs=0.02)
    assert metric.truth(state) == pytest.approx(0.8, abs=0.02)


def test_lag1_leaves_out_pairs_across_a_gap():
    rng = np.random.default_rng(8)
    obs = np.repeat(rng.normal(size=(4, 10, 10)), 2, axis=0)  # pairs of equal fields
    hours = np.array([0, 1, 5, 6, 10, 11, 15, 16])
    assert value(metrics.lag1_autocorrelation(), obs[None], obs, hours * 3600) == pytest.approx(1.0, abs=1e-12)
    assert value(metrics.lag1_autocorrelation(), obs[None], obs) < 0.8


def test_coarse_metrics_see_block_means_only():
    rng = np.random.default_rng(9)
    obs = rng.gamma(0.5, 2.0, (3, 32, 32))
    noise = rng.normal(size=(2, 3, 16, 2, 16, 2))
    noise = (noise - noise.mean((3, 5), keepdims=True)).reshape(2, 3, 32, 32)
    assert value(metrics.coarse_correlation(2), obs + noise, obs) == pytest.approx(1.0, abs=1e-12)
    assert value(metrics.coarse_ssim(2), obs + noise, obs) == pytest.approx(1.0, abs=1e-12)
    assert value(metrics.coarse_correlation(1), obs + noise, obs) < 0.95
    assert value(metrics.coarse_ssim(2), rng.permutation(obs, axis=1)[None], obs) < 0.5


def test_dry_steps_do_not_count_for_ssim():
    obs = np.random.default_rng(10).gamma(0.5, 2.0, (2, 16, 16))
    obs[0] = 0.0
    assert value(metrics.coarse_ssim(2), obs[None], obs) == pytest.approx(1.0)
