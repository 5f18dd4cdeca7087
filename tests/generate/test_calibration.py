"""The fair CRPS as a loss: the score of `nesym.verify`, least for draws from the truth, scale by scale."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym.generate import ensemble_loss, fair_crps
from nesym.verify import crps_ensemble

RNG = np.random.default_rng(0)


def smoothed(white: np.ndarray) -> np.ndarray:
    """Unit-variance fields whose neighbours have a correlation of one half along either axis."""
    for axis in (-2, -1):
        white = (white + np.roll(white, 1, axis)) / np.sqrt(2)
    return white


# The score


@given(members=st.integers(2, 7), seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_it_is_the_score_of_verify(members, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.gamma(0.5, 2, (members, 3, 4)), rng.gamma(0.5, 2, (3, 4))
    x[:, 0] = 0  # ties
    scored = crps_ensemble(xr.DataArray(x, dims=("member", "y", "x")), xr.DataArray(y, dims=("y", "x")), fair=True)
    np.testing.assert_allclose(fair_crps(jnp.asarray(x), jnp.asarray(y)), scored, rtol=1e-12, atol=1e-14)


def test_float32_stays_float32(strict):
    x = jnp.asarray(RNG.normal(size=(2, 5)), jnp.float32)
    assert fair_crps(x, x[0]).dtype == jnp.float32


def test_two_members_on_either_side_pay_nothing_for_their_distance():
    """|x_1 - y| / 2 + |x_2 - y| / 2 - |x_1 - x_2| / 2 = 0 for y between them: only draws from elsewhere cost."""
    found = fair_crps(jnp.array([[-1.0], [3.0]]), jnp.array([1.0]))
    assert float(found[0]) == 0
    outside = fair_crps(jnp.array([[-1.0], [3.0]]), jnp.array([5.0]))
    assert float(outside[0]) == 2


@pytest.mark.parametrize("members", [2, 3])
def test_in_expectation_it_is_that_of_the_distribution_and_least_for_the_truth(members):
    """Normal members of spread s and bias b: E = E|X - Y| - E|X - X'| / 2, least at s = 1, b = 0, for any number."""
    n = 400_000
    truth, draws = RNG.normal(size=n), RNG.normal(size=(members, n))

    def mean(s, b=0.0):
        return float(fair_crps(jnp.asarray(b + s * draws), jnp.asarray(truth)).mean())

    for s in (0.5, 1.0, 1.5):
        exact = np.sqrt(2 / np.pi * (1 + s**2)) - s / np.sqrt(np.pi)
        assert mean(s) == pytest.approx(exact, abs=0.005)
    assert mean(1.0) < min(mean(0.7), mean(1.3), mean(1.0, 0.4), mean(1.0, -0.4))


def test_where_members_agree_the_gradient_is_finite():
    """Two equal members, and one that hits the truth: corners of absolute values."""
    slope = jax.grad(lambda x: fair_crps(x, jnp.zeros(3)).sum())(jnp.array([[0.0, 1.0, -2.0], [0.0, 1.0, 3.0]]))
    np.testing.assert_allclose(slope[:, 2], [-0.5 + 0.5, 0.5 - 0.5])
    assert np.isfinite(slope).all()


# The loss


@pytest.fixture(scope="module")
def drawn():
    """Truths and members with correlated neighbours, and members that have only the right values in each cell."""
    white = RNG.normal(size=(5, 3000, 8, 8)).astype(np.float32)
    correlated = smoothed(white[:3])
    return {"truth": correlated[0], "right": correlated[1:], "scattered": white[3:]}


def loss(drawn, members, **how):
    return float(ensemble_loss(jnp.asarray(drawn[members]), jnp.asarray(drawn["truth"]), **how))


def test_cells_alone_do_not_see_how_neighbours_vary_together(drawn):
    cells = [loss(drawn, kind, scales=(1,)) for kind in ("right", "scattered")]
    assert cells[0] == pytest.approx(1 / np.sqrt(np.pi), abs=0.006)
    assert cells[1] == pytest.approx(cells[0], abs=0.006)


def test_means_over_blocks_do(drawn):
    """Over 2 x 2 cells the true means have variance (3/4)^2 and those of scattered cells 1/4: known scores again."""
    for scale, true, scattered in ((2, 9 / 16, 1 / 4), (4, (7 / 16) ** 2, 1 / 16)):
        a, b = np.sqrt([true, scattered])
        right = a / np.sqrt(np.pi)
        wrong = np.sqrt(2 / np.pi * (a**2 + b**2)) - b / np.sqrt(np.pi)
        assert wrong > right + 0.01
        assert loss(drawn, "right", scales=(scale,)) == pytest.approx(right, abs=0.006)
        assert loss(drawn, "scattered", scales=(scale,)) == pytest.approx(wrong, abs=0.006)
    assert loss(drawn, "right") < loss(drawn, "scattered") - 0.01


def test_it_is_the_mean_over_the_scales(drawn):
    each = [loss(drawn, "right", scales=(scale,)) for scale in (1, 2, 4)]
    assert loss(drawn, "right") == pytest.approx(np.mean(each), rel=1e-5)


@pytest.mark.slow
def test_differences_see_what_neighbours_have_in_common(drawn):
    """Cells l apart differ by a variance of 2 (1 - rho_l): rho_1 = 1/2 and rho_2 = 0 here, 0 where cells are scattered."""
    for lag, true in ((1, 1.0), (2, 2.0)):
        a, b = np.sqrt([true, 2.0])
        right = a / np.sqrt(np.pi)
        wrong = np.sqrt(2 / np.pi * (a**2 + b**2)) - b / np.sqrt(np.pi)
        assert loss(drawn, "right", scales=(), lags=(lag,)) == pytest.approx(right, abs=0.01)
        assert loss(drawn, "scattered", scales=(), lags=(lag,)) == pytest.approx(wrong, abs=0.01)
    assert loss(drawn, "right", scales=(), lags=(1,)) < loss(drawn, "scattered", scales=(), lags=(1,)) - 0.01


def test_weights_are_those_of_the_samples(drawn):
    few = {name: x[..., :4, :, :] for name, x in drawn.items()}
    weights = np.array([2.0, 0.0, 1.0, 0.0], np.float32)
    alone = np.asarray(fair_crps(few["right"], few["truth"])).mean((1, 2))
    weighted = loss(few, "right", weights=jnp.asarray(weights), scales=(1,))
    assert weighted == pytest.approx((weights * alone).mean(), rel=1e-5)
    assert loss(few, "right", weights=3.0, scales=(1,)) == pytest.approx(3 * np.mean(alone), rel=1e-5)


def test_strict_types(strict):
    members, truth = jnp.zeros((2, 3, 4, 4), jnp.float32), jnp.ones((3, 4, 4), jnp.float32)
    assert ensemble_loss(members, truth).dtype == jnp.float32
