"""Windows of chaos and how long they are followed, by hand and on small cases; what the system claims."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from nesym._errors import InputError
from nesym.learn.benchmark.tables import mean_score
from nesym.learn.polynomials.polynomial import PolynomialPropagator
from nesym.physics.lorenz63 import Lorenz63
from nesym.systems import machine_precision
from nesym.systems.precision import checks
from nesym.systems.precision.windows import Window, followed, one_step, valid_times

SMALL = Window(Lorenz63(), 300, 2.0**-5, 4.0)


def test_a_window_is_what_is_shown_and_what_follows():
    assert SMALL.steps == 128
    assert SMALL.longest == pytest.approx(127 / 32 * 0.90642)
    truth = SMALL.truths(range(2), key=0)[1]()
    assert truth.sizes == {"time": 428, "state": 3} and SMALL.shown(truth).sizes["time"] == 300
    assert replace(SMALL, stored="float32").shown(truth).dtype == np.float32
    np.testing.assert_array_equal(truth, SMALL.truths(range(1, 3), key=0)[0]())
    assert not np.allclose(truth, SMALL.truths(range(2), key=1)[1]())


def test_how_long_a_forecast_is_followed_by_hand():
    states = SMALL.truths(range(1), key=0)[0]()
    sigma = float(np.sqrt(states.var("time").sum("state")))
    off = np.zeros(128)
    off[40:] = 0.51 * sigma
    off[10] = 0.49 * sigma
    after = states.isel(time=slice(300, None))
    wrong = after + xr.DataArray(off, dims="time") * xr.DataArray([1.0, 0.0, 0.0], {"state": ["x", "y", "z"]}, "state")
    assert followed(wrong, states, SMALL) == pytest.approx(40 / 32 * 0.90642)
    assert followed(after, states, SMALL) == pytest.approx(SMALL.longest)
    assert followed(after.where(after["time"] < after["time"][5]), states, SMALL) == pytest.approx(5 / 32 * 0.90642)


def test_higher_degrees_follow_for_longer():
    methods = {degree: PolynomialPropagator(degree) for degree in (2, 5)}
    told = []
    found = valid_times(SMALL, methods, 3, 0, told.append)
    assert told == pytest.approx([1 / 3, 2 / 3, 1])
    assert (found[5] > found[2]).all() and found[2].shape == (3,)
    np.testing.assert_array_equal(found[5][:2], valid_times(SMALL, methods, 2, 0, told.append)[5])


def test_the_interval_of_a_mean_holds_it():
    values = np.random.default_rng(0).normal(30, 3, 11)
    score = mean_score(values)
    assert score.low < score.value < score.high and score.n == 11
    assert 2 < score.high - score.low < 5
    assert mean_score(values) == score


def test_one_step_is_judged_in_all_digits():
    pytest.importorskip("flint")
    window = Window(Lorenz63(), 400, 2.0**-7, 0.5, 256, stored=None)
    errors = {p: one_step(PolynomialPropagator(p, precision=256), window, 0, 4) for p in (3, 6)}
    assert 0 < errors[6] < 1e-3 * errors[3]


@pytest.fixture
def small(monkeypatch):
    """Every case cut down to a moment."""
    for name in ("SHORT", "LONG", "ONE_STEP", "FAR", "SINGLE_WAVES", "WAVES", "LABYRINTH"):
        window = getattr(checks, name)
        monkeypatch.setattr(checks, name, replace(window, samples=150, ahead=8 * window.spacing))
    monkeypatch.setattr(checks, "SEEDS", 2)
    monkeypatch.setattr(checks, "WITNESSES", 3)
    monkeypatch.setattr(checks, "precise", lambda degree: PolynomialPropagator(2, precision=128))
    monkeypatch.setattr(checks, "double", lambda degree: PolynomialPropagator(2))
    monkeypatch.setattr(checks, "normal", lambda degree: PolynomialPropagator(2, basis="monomial", solver="normal"))
    jobs = machine_precision.jobs
    monkeypatch.setattr(machine_precision, "jobs", lambda quick, full: [few(job) for job in jobs(quick, full)])


def few(job):
    if "seeds" not in getattr(job.run, "keywords", {}):
        return job
    return replace(job, run=lambda key, tell: job.run(key, tell, seeds=2))


def test_claims_are_complete(small):
    pytest.importorskip("flint")
    told = []
    claims = machine_precision.reproduce(quick=True, budget="full", progress=told.append)
    assert [claim.id for claim in claims] == [
        "M1a",
        "M1b",
        "M2a",
        "M2b",
        "M3a",
        "M3b",
        "M3c",
        "M4a",
        "M4b",
        "M4c",
        "M4d",
    ]
    assert told == sorted(told) and told[-1] == pytest.approx(1)
    assert all(claim.measured is not None for claim in claims)
    assert all(claim.published for claim in claims if claim.id != "M3b")


def test_the_longest_cases_belong_to_the_full_budget():
    small = [job for job in machine_precision.jobs(quick=True, full=False) if job.seconds == 0]
    claims = [claim for job in small for claim in job.run(0, lambda done: None)]
    assert [(claim.id, claim.reason) for claim in claims] == [
        (id, "measured with --budget full") for id in ("M3c", "M4c", "M4d")
    ]


def test_budgets_that_there_are_not_are_refused():
    with pytest.raises(InputError, match="budget='huge'") as error:
        machine_precision.reproduce(budget="huge")
    assert error.value.remedy == "Choose small or full."
