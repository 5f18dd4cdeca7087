"""SSIM and correlation."""

import numpy as np
import pytest

from nesym.verify import ssim
from nesym.verify.similarity import correlation, moments, weighted_moments


def test_ssim_of_equal_fields_is_one():
    field = np.random.default_rng(0).gamma(0.5, 2.0, (2, 12, 15))
    np.testing.assert_allclose(ssim(field, field, 5.0), 1.0, rtol=1e-9)
    assert ssim(field, field, 5.0).shape == (2, 6, 9)


def test_ssim_equals_its_formula_in_one_window():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, 7, 7))
    c1, c2 = 0.03**2, 0.09**2
    covariance = np.cov(x.ravel(), y.ravel())
    expected = (2 * x.mean() * y.mean() + c1) * (2 * covariance[0, 1] + c2)
    expected /= (x.mean() ** 2 + y.mean() ** 2 + c1) * (covariance[0, 0] + covariance[1, 1] + c2)
    assert ssim(x, y, 3.0).item() == pytest.approx(expected, rel=1e-12)


def test_ssim_falls_with_noise_and_takes_small_fields():
    rng = np.random.default_rng(2)
    field = rng.normal(size=(5, 4))
    scores = [ssim(field, field + s * rng.normal(size=field.shape), 4.0).mean() for s in (0.0, 0.5, 2.0)]
    assert scores[0] > scores[1] > scores[2]


def test_correlation_from_means_is_pearsons():
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(2, 500)) + 100.0
    means = moments(x, y).mean(-1)
    assert correlation(means) == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-10)
    assert np.isnan(correlation(moments(np.ones(9), y[:9]).mean(-1)))


def test_weighted_moments_are_weighted_sums_of_moments():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(2, 3, 50)).astype(np.float32)
    weights = rng.random(50)
    expected = (moments(x, y) * weights).sum(-1).mean(-1)
    np.testing.assert_allclose(weighted_moments(x, y, weights), expected, rtol=1e-12)
