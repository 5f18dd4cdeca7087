"""What is claimed of learned noise: a perfect model holds it all, one of half the noise does not."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

import nesym
from nesym.learn.noise.kramers_moyal import Coefficients, KramersMoyal
from nesym.learn.noise.latent_series import Series
from nesym.physics.ornstein_uhlenbeck import OrnsteinUhlenbeck
from nesym.systems.latent import checks
from nesym.systems.latent.worlds import WORLDS, World
from nesym.systems.latent_sde import COUNTS, METHODS, PACKAGED, packaged
from nesym.verify.residence import residence_times

SMALL = World("small", OrnsteinUhlenbeck(), "1", 0.05, 60, (-0.35, 0.35), 800, 100, count=64, members=48)


def known(noise: float, rate: float = 1.0) -> KramersMoyal:
    """dx = -rate x dt + noise dW as a model that has been fitted."""
    ends = np.array([-1.0, 1.0])
    labels = Series(np.empty((0, 1)), SMALL.step, "u", "1", "1")
    parts = (ends, -rate * ends, np.full(2, noise), (-rate, -rate), np.full(1, 0.5), 1.0, labels)
    return KramersMoyal(fitted=Coefficients(*parts))


def models(*each):
    return SimpleNamespace(models=each)


@pytest.fixture(scope="module")
def claims():
    found = {
        "matched": models(known(1.0), known(1.02), known(1.0)),
        "free": models(known(0.6, 0.36)),
        "plain": models(known(1.0, 0.8)),
    }
    return {claim.id: claim for claim in checks.world("ornstein-uhlenbeck", SMALL, found, 0)}


def test_a_perfect_model_is_told_from_one_of_less_noise(claims):
    assert list(claims) == [f"L1.2{letter}" for letter in "abcdefgklm"]
    assert all(claims[f"L1.2{letter}"].holds for letter in "abcd"), claims
    assert claims["L1.2a"].measured == pytest.approx(3.02 / 3, rel=1e-6)
    assert claims["L1.2e"].measured == pytest.approx(0.6, rel=1e-6) and claims["L1.2e"].interval is None
    # The same density, lived through three times as slowly.
    assert claims["L1.2f"].measured > 2 and claims["L1.2g"].holds


def test_what_is_required(claims):
    assert [id for id, claim in claims.items() if claim.required] == [f"L1.2{letter}" for letter in "abcd"]
    assert "Kramers-Moyal" in claims["L1.2a"].baseline and "matched" in claims["L1.2e"].baseline
    assert claims["L1.2d"].measured >= 300


def test_models_that_differ_have_an_interval(claims):
    low, high = claims["L1.2a"].interval
    assert low < 1.0 and high > 1.02  # Student's t with two degrees of freedom reaches far
    assert checks._over_models([1.0, 1.2, 1.4])[1] == pytest.approx((0.70317, 1.69683), abs=1e-4)


def test_half_the_noise_is_not_let_through():
    found = {"matched": models(known(0.5)), "free": models(known(0.5))}
    claims = {claim.id: claim for claim in checks.world("energy-balance", SMALL, found, 0)}
    assert not any(claims[f"L1.1{letter}"].holds for letter in "abc")
    assert "h" not in {id[-1] for id in claims} and "188.9" in claims["L1.1f"].published


def test_a_model_that_leaves_the_numbers_has_no_density():
    truth = residence_times(SMALL.truth, *SMALL.states)
    assert checks.score(known(1.0, rate=-40.0), SMALL, truth, 0).density == np.inf


def test_scores_are_of_other_series_than_training():
    train = SMALL.series(0)
    assert train.shape == (64, 61) and SMALL.truth.shape == (48, 801)
    assert float(SMALL.truth["time"][0]) == pytest.approx(5.0)
    assert not np.isin(SMALL.truth.values, train.values).any()
    again = replace(SMALL, members=4)
    np.testing.assert_array_equal(again.truth, SMALL.truth[:4])
    assert (SMALL.series(1).values != train.values).any()


def test_the_packaged_models_are_of_these_worlds():
    for world, kind in PACKAGED:
        found = nesym.load(packaged(world, kind))
        assert len(found.models) == COUNTS[kind]
        assert all(replace(model, fitted=None) == METHODS[kind] for model in found.models)
        assert all(model.fitted.step == pytest.approx(WORLDS[world].step) for model in found.models)
