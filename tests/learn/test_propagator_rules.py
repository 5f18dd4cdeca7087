"""Every method learns a law that it can learn, gives the same for the same key, and says what it cannot do."""

import numpy as np
import pytest
from small_tasks import lorenz, rotation

from nesym._errors import InputError, NesymError, TimeError
from nesym.learn.benchmark._task import Task
from nesym.learn.benchmark.runs import scored
from nesym.learn.propagators import (
    Analogue,
    ConstantMean,
    EchoState,
    GaussianProcess,
    LastState,
    LocalLinear,
    Polynomial,
    RandomFeatures,
    SparseIdentification,
    SplinePolynomial,
    SplineProcess,
)
from nesym.learn.propagators._whitening import Whitening

# Method -> the largest CME that is allowed on (rotation, Lorenz-63); the mean has 1.
ALLOWED = {
    "analogue": (Analogue(), 0.3, 0.9),
    "linear state": (Polynomial(degree=1, target="state"), 1e-9, 0.99),
    "linear increment": (Polynomial(degree=1), 1e-9, 0.99),
    "polynomial": (Polynomial(degree=4), None, 5e-3),
    "polynomial, state": (Polynomial(degree=4, target="state"), None, 5e-3),
    "polynomial of past states": (Polynomial(degree=3, past=1, ridge=1e-15), None, 0.05),
    "random features": (RandomFeatures(features=60), 0.05, 0.3),
    "reservoir": (EchoState(nodes=60, settling=50), 0.05, 0.7),
    "Gaussian process": (GaussianProcess(), 1e-2, 0.2),
    "local linear": (LocalLinear(), 0.1, 0.9),
    "spline, polynomial": (SplinePolynomial(degree=2), None, 0.02),
    "spline, process": (SplineProcess(), 0.05, 0.2),
    "sparse": (SparseIdentification(degree=2, threshold=0.05), 0.05, 0.05),
}


@pytest.fixture(scope="module")
def records():
    return rotation(), lorenz()


@pytest.mark.parametrize("name", ALLOWED)
def test_a_law_within_reach_is_learned_and_the_mean_beaten(name, records):
    method, *allowed = ALLOWED[name]
    for task, most in zip(records, allowed, strict=True):
        if most is not None:
            row = scored(method, task)
            assert not row.reason and row.cme < most < 1, (task.system, row.cme, row.reason)
    assert scored(method, task).cme == row.cme


def test_baselines_are_what_they_say(records):
    task = records[0]
    for method, state in ((ConstantMean(), task.states.mean(0)), (LastState(), task.states[-1])):
        told = method.fit(task.times, task.states, 0).predict(task.times, task.states, task.ahead)
        np.testing.assert_array_equal(told, np.tile(state, (len(task.ahead), 1)))
    assert scored(ConstantMean(), task).cme > 0.6


def test_whitened_states_have_unit_covariance():
    x = np.random.default_rng(0).normal(size=(500, 3)) @ np.array([[5, 1, 0], [0, 0.1, 2], [0, 0, 1]]) + 7
    frame = Whitening.of(x)
    np.testing.assert_allclose(np.cov(frame.apply(x).T), np.eye(3), atol=1e-10)
    np.testing.assert_allclose(frame.invert(frame.apply(x)), x, rtol=1e-12)


def test_another_key_draws_other_features(records):
    task = records[1]
    told = [RandomFeatures(features=30).fit(task.times, task.states, key).rule(np.ones(3)) for key in (0, 1)]
    assert not np.array_equal(*told)


def test_the_sparse_law_is_the_true_one(records):
    """Lorenz-63 has seven terms; the rule from the states alone is its right-hand side."""
    from small_tasks import speed

    task = records[1]
    found = SparseIdentification(degree=2, threshold=0.05).fit(task.times, task.states, 0)
    x = task.states[700]
    np.testing.assert_allclose(found.rule(found.frame.apply(x)) @ found.frame.backward, speed(x), rtol=0.02, atol=0.5)


def test_uneven_steps_suit_increments_and_are_refused_elsewhere():
    task = rotation(uneven=True)
    assert scored(Polynomial(degree=1), task).cme < 0.2
    assert scored(SplinePolynomial(degree=1), task).cme < 1e-2
    timed = scored(Polynomial(degree=3, target="state", timed=True, ridge=1e-12), task)
    assert timed.cme < 0.9 and not timed.reason
    for method in (Polynomial(target="state"), Polynomial(past=1), EchoState(), Analogue()):
        with pytest.raises(TimeError, match="same time step"):
            method.fit(task.times, task.states, 0)
        row = scored(method, task)
        assert row.cme == 1 and "same time step" in row.reason


def test_a_forecast_that_leaves_every_bound_is_missing_from_there_on():
    """One coordinate that grows without bound: exp(t / 10)."""
    t = np.arange(200) / 1.0
    x = np.exp(t / 10)[:, None]
    row = scored(Polynomial(degree=1), Task("growth", "even", 1, t[:60], x[:60], t[60:], x[60:]))
    assert row.reason.startswith("It ended at time") and 0.3 < row.cme < 0.9 and row.valid_time > 50


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: Polynomial(degree=0), "degree"),
        (lambda: Polynomial(target="next"), "target"),
        (lambda: RandomFeatures(scale=0), "scale"),
        (lambda: EchoState(links=500), "links"),
        (lambda: GaussianProcess(bandwidth=-1), "bandwidth"),
        (lambda: SplinePolynomial(substeps=0), "substeps"),
        (lambda: Analogue(ahead=0), "ahead"),
        (lambda: Polynomial(degree=8).fit(*few(), 0), "give degree=|Give degree="),
        (lambda: SplinePolynomial(degree=9).fit(*few(), 0), "degree from 1 to"),
        (lambda: Polynomial().fit(*few(nan=True), 0), "missing"),
        (lambda: Polynomial().fit(few()[0][::-1], few()[1], 0), "increase"),
        (lambda: Polynomial().fit(few()[0], few()[1][:9], 0), "states"),
    ],
)
def test_bad_input_is_refused(make, problem):
    with pytest.raises(NesymError, match=problem) as caught:
        make()
    assert isinstance(caught.value, InputError) and caught.value.remedy


def few(nan=False):
    times, states = np.arange(50.0), np.random.default_rng(0).normal(size=(50, 3))
    if nan:
        states[4] = np.nan
    return times, states
