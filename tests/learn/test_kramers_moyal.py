"""Drift and noise read off increments, and the quadratic variation behind them."""

import numpy as np
import pytest
from walks import labelled, linear

from nesym._errors import InputError, NotFittedError
from nesym.learn.noise._linear import linear_sde
from nesym.learn.noise._variation import quadratic_variation
from nesym.learn.noise.conditional_moments import Increments, chosen_bandwidth
from nesym.learn.noise.kramers_moyal import KramersMoyal
from nesym.learn.noise.latent_series import Series


@pytest.fixture(scope="module")
def series():
    return labelled(linear(0, count=400))


def well(seed: int, count: int = 300, steps: int = 400, step: float = 0.05) -> np.ndarray:
    """The double well with noise that grows with |x|."""
    rng = np.random.default_rng(seed)
    x = np.empty((count, steps + 1))
    x[:, 0] = rng.choice([-1.0, 1.0], count)
    for k in range(steps):
        noise = 0.4 + 0.2 * np.abs(x[:, k])
        x[:, k + 1] = x[:, k] + (x[:, k] - x[:, k] ** 3) * step + noise * step**0.5 * rng.standard_normal(count)
    return x


# Quadratic variation


def test_rate_of_a_random_walk():
    x = np.cumsum(3.0 * np.sqrt(0.1) * np.random.default_rng(0).standard_normal((50, 1000)), 1)
    found = quadratic_variation(x, 0.1)
    assert found.rate == pytest.approx(9.0, rel=0.03) and found.error == 0
    assert found.diffusion == pytest.approx(3.0, rel=0.015)


def test_errors_of_observation_are_told_from_noise():
    rng = np.random.default_rng(1)
    x = linear(1, count=400)
    found = quadratic_variation(x + 0.3 * rng.standard_normal(x.shape), 0.05)
    assert found.error == pytest.approx(0.3, rel=0.05)
    assert found.rate == pytest.approx(4.0, rel=0.05)
    # Unseen, they would have been taken for noise: 4 + 2 0.3^2 / 0.05.
    assert np.mean(np.diff(x + 0.3 * rng.standard_normal(x.shape)) ** 2) / 0.05 > 7


def test_errors_alone_have_no_noise_of_a_system():
    with pytest.raises(InputError) as refused:
        quadratic_variation(np.random.default_rng(0).standard_normal((20, 500)), 1.0)
    assert "Average" in refused.value.remedy


# Moments


def test_moments_of_increments_on_a_line_are_that_line():
    """d / h = 3 - 2 x without noise: kernels with a line through them keep it, whatever their width."""
    x = np.sort(np.random.default_rng(0).uniform(-1, 1, 4000))
    pairs = np.stack([x, x + 0.01 * (3 - 2 * x)], 1)
    increments = Increments.of(pairs, 0.01)
    at = np.array([-0.9, 0.0, 0.9])
    for width in (0.05, 0.5):
        found = increments.total.moments(at, width)
        np.testing.assert_allclose(found.drift, 3 - 2 * at, atol=0.02)
        np.testing.assert_allclose(found.slope, -2, atol=0.02)
        np.testing.assert_allclose(found.square, 0, atol=1e-4)


def test_parts_left_out_and_kept_are_all():
    increments = Increments.of(linear(2), 0.05)
    for part, rest, whole in zip(increments[1:4], increments.others[1:4], increments.total[1:4], strict=True):
        np.testing.assert_allclose(part + rest, np.broadcast_to(whole, part.shape), atol=1e-9)
    assert increments.total.count.sum() == 128 * 100


def test_a_wiggly_drift_takes_a_narrower_kernel():
    straight, bent = linear(3, count=300, steps=400), well(3)
    widths = [
        chosen_bandwidth(Increments.of(x, 0.05), x.std(), tuple(np.quantile(x, (0.005, 0.995)))) / x.std()
        for x in (straight, bent)
    ]
    assert widths[1] < 0.25 < widths[0]


# The estimate


def test_coefficients_of_two_wells_with_noise_that_varies():
    found = KramersMoyal().fit(labelled(well(0)))
    x = np.array([-1.2, -1.0, -0.5, 0.0, 0.5, 1.0, 1.2])
    np.testing.assert_allclose(found.drift(x), x - x**3, atol=0.12)
    np.testing.assert_allclose(found.diffusion(x), 0.4 + 0.2 * np.abs(x), rtol=0.05)


def test_the_line_of_largest_likelihood(series):
    found = linear_sde(series)
    slope = float(np.diff(found.drift([9.0, 11.0]))[0]) / 2
    assert slope == pytest.approx(-1, abs=0.05)
    assert found.diffusion(3.0) == pytest.approx(2, rel=0.01)
    assert found.drift(1e3) == pytest.approx(found.drift(10.0) + slope * 990, rel=1e-6)


def test_series_drawn_of_it_have_the_density(series):
    for model in (KramersMoyal().fit(series), linear_sde(series)):
        drawn = model.sample(200, members=400, key=1)
        assert drawn.dims == ("member", "time") and drawn.attrs["units"] == "K"
        assert float(drawn.std()) == pytest.approx(float(series.std()), rel=0.05)
        assert float(drawn.mean()) == pytest.approx(10, abs=0.15)
    few = model.sample(200, members=3, key=1)
    np.testing.assert_array_equal(few, drawn[:3])


def test_errors_of_observation_are_taken_off(series):
    noised = series + 0.3 * np.random.default_rng(5).standard_normal(series.shape)
    assert KramersMoyal(bandwidth=2.0).fit(noised).diffusion(10.0) == pytest.approx(2, rel=0.06)


def test_bad_bandwidth_and_no_fit_are_refused(series):
    with pytest.raises(InputError):
        KramersMoyal(bandwidth=0.0).fit(series)
    with pytest.raises(NotFittedError):
        KramersMoyal().drift(0.0)


def test_labels_stay(series):
    read = Series.of(series)
    assert (read.name, read.units, read.time_units, read.steps) == ("temperature", "K", "year", 40_000)
