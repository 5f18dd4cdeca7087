"""Distances of invariant measures."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import InputError, MissingValuesError
from nesym.verify.density import stationary_density_distance
from nesym.verify.measures import hellinger


def test_hellinger_of_known_shares():
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])
    a, b = (np.repeat([0.0, 1.0, 2.0], (10 * shares).astype(int))[:, None] for shares in (p, q))
    assert hellinger(a, b, bins=3) == pytest.approx(np.sqrt(1 - np.sqrt(p * q).sum()), abs=1e-12)


def test_hellinger_of_shifted_normals_is_the_analytic_one():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(200_000, 1)), 1.0 + rng.normal(size=(200_000, 1))
    assert hellinger(a, b, bins=60) == pytest.approx(np.sqrt(1 - np.exp(-1 / 8)), abs=0.01)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 99), st.integers(1, 4))
def test_hellinger_is_a_symmetric_distance_of_sets(seed, n):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(50, n)), rng.normal(size=(30, n)) + 0.5
    assert hellinger(a, a[::-1]) == 0.0
    assert hellinger(a, b) == pytest.approx(hellinger(b, a), abs=1e-14) and 0 < hellinger(a, b) <= 1 + 1e-12
    assert hellinger(3 * a + 7, 3 * b + 7, bins=8) == pytest.approx(hellinger(a, b, bins=8), abs=0.15)
    assert hellinger(a, a + 100, bins=8) == pytest.approx(1.0)


def test_angles_are_wrapped():
    angle = np.linspace(-3, 3, 500)
    a, b = np.stack([angle, angle], -1), np.stack([angle + 4 * np.pi, angle], -1)
    assert hellinger(a, b, bins=16, angles=(0,)) < 0.05 < hellinger(a, b, bins=16)
    data = [xr.Dataset({"th": ("time", x[:, 0]), "w": ("time", x[:, 1])}) for x in (a, b)]
    assert hellinger(*data, bins=16, angles=("th",)) == pytest.approx(hellinger(a, b, bins=16, angles=(0,)))


def test_many_coordinates_take_no_memory():
    rng = np.random.default_rng(1)
    assert 0 < hellinger(rng.normal(size=(10_000, 8)), rng.normal(size=(10_000, 8)), bins=200) <= 1


@pytest.mark.parametrize(
    "a, b, kind",
    [
        (np.array([[np.nan]]), np.ones((2, 1)), MissingValuesError),
        (np.ones((2, 1)), np.ones((2, 2)), InputError),
        (np.ones((2, 20)), np.ones((2, 20)), InputError),
        (xr.Dataset({"x": ("time", [1.0])}), xr.Dataset({"y": ("time", [1.0])}), InputError),
    ],
)
def test_what_has_no_measure_is_refused(a, b, kind):
    with pytest.raises(kind):
        hellinger(a, b)


def test_an_unknown_angle_is_refused():
    with pytest.raises(InputError, match="angle"):
        hellinger(np.ones((2, 1)), np.ones((2, 1)), angles=("th",))


def test_density_distance_of_a_shift_is_the_shift():
    x = np.random.default_rng(2).normal(3.0, 2.0, 20_000)
    assert stationary_density_distance(x + 0.5, x, scaled=False) == pytest.approx(0.5, abs=0.01)
    assert stationary_density_distance(x + 0.5, x) == pytest.approx(0.5 / x.std(), abs=0.01)


def test_density_distance_is_that_of_scipy():
    from scipy.stats import wasserstein_distance

    rng = np.random.default_rng(3)
    x, y = rng.normal(size=3000), rng.gamma(2.0, size=5000)
    # A peer with the exact distance of samples; half a bin's width each way is allowed.
    width = (max(x.max(), y.max()) - min(x.min(), y.min())) / 4096
    assert stationary_density_distance(x, y, scaled=False) == pytest.approx(wasserstein_distance(x, y), abs=width)


def test_density_distance_refuses_what_has_no_density():
    with pytest.raises(MissingValuesError):
        stationary_density_distance([1.0, np.nan], [1.0, 2.0])
    with pytest.raises(InputError, match="vary"):
        stationary_density_distance([1.0, 2.0], [1.0, 1.0])
