"""The tasks are those that are published, and the claims follow from their rows."""

import importlib.util

import numpy as np
import pytest

from nesym._errors import InputError
from nesym.learn.benchmark._results import Result
from nesym.physics.lorenz63 import Lorenz63
from nesym.systems import chaos_benchmark
from nesym.systems.chaos import checks, networks
from nesym.systems.chaos.data import SCHEMES, sized, solved, source, sources, standard, task
from nesym.systems.chaos.flows import CLASSICS


@pytest.fixture(scope="module")
def four():
    return {scheme: task("lorenz63std", scheme, 3) for scheme in SCHEMES}


def test_the_published_scheme_of_lorenz63(four):
    even = four["even-exact"]
    assert even.states.shape == (10_000, 3) and even.truth.shape == (1_000, 3)
    np.testing.assert_allclose(even.times[[0, -1]], [0.01, 100])
    np.testing.assert_allclose(even.ahead[[0, -1]], [100.01, 110])
    np.testing.assert_array_equal(even.states, np.round(even.states, 8))
    # The truth is a Runge-Kutta map with steps of 0.001 from the last state, whose rounding grows some 10,000 times.
    again = solved(standard(), even.states[-1], np.r_[even.times[-1], even.ahead])[1:]
    np.testing.assert_allclose(again[:100], even.truth[:100], atol=1e-6)
    np.testing.assert_allclose(even.states.mean(0), [0, 0, 23.55], atol=1.5)


def test_noise_spares_the_ends_and_random_steps_have_the_mean_of_the_others(four):
    noise = four["even-noisy"].states - four["even-exact"].states
    np.testing.assert_allclose(noise.std(0), 0.1, rtol=0.05)
    np.testing.assert_array_equal(noise[[0, -1]], 0)
    steps = np.diff(four["random-exact"].times)
    np.testing.assert_allclose([steps.mean(), steps.std()], 0.01, rtol=0.05)
    np.testing.assert_allclose(np.diff(four["random-noisy"].ahead), 0.01)


def test_repetitions_differ_and_come_back(four):
    again, other, tuning = (task("lorenz63std", "even-exact", number) for number in (3, 4, -3))
    np.testing.assert_array_equal(again.states, four["even-exact"].states)
    assert not np.array_equal(other.states, again.states) and not np.array_equal(tuning.states, again.states)
    assert not np.array_equal(task("lorenz63std", "even-exact", 3, key=1).states, again.states)


def test_drawn_laws_give_chaos(four):
    drawn = [
        task(*which).states for which in (("lorenz63random", "even-exact", 1), ("lorenz63varying", "even-exact", 1))
    ]
    stds = np.array([states.std(0) for states in (*drawn, four["even-exact"].states)])
    assert (stds > 1).all() and len({tuple(row) for row in stds.round(1)}) == 3


@pytest.mark.parametrize("name", ["thomas", "lorenz96", "chua", "hyper-roessler"])
def test_other_systems_have_a_thousand_observations(name):
    one = task(name, "even-exact", 1)
    assert one.states.shape[0] == 1000 and one.truth.shape[0] == 200 and np.isfinite(one.truth).all()
    assert one.states.std(0).min() > 0.01


def test_the_full_budget_has_at_least_twenty_systems_and_formulas_of_three_numbers_or_four():
    assert len(sources()) >= 20 and len(chaos_benchmark.SMALL) == 6 and len(chaos_benchmark.FEW) == 8
    for classic in CLASSICS.values():
        flow = classic.flow(np.random.default_rng(0))
        assert len(flow.names) == len(classic.first) == flow(0.0, np.array(classic.first)).shape[0]


def test_formulas_are_the_same_flow_as_the_model():
    from nesym.learn.laws.expressions import Expression
    from nesym.systems.chaos.flows import Written

    names = ("x", "y", "z")
    text = ("10*(y - x)", "x*(28 - z) - y", "x*y - 8/3*z")
    written = Written(tuple(Expression(each, names) for each in text), (1.0, 1.0, 1.0))
    x = np.array([1.0, -2.0, 20.0])
    np.testing.assert_allclose(written(0.0, x), Lorenz63()(0.0, x), rtol=1e-14)


def test_the_score_is_what_it_should_be():
    assert all(claim.holds for claim in checks.metric(0))


def test_claims_follow_from_rows():
    def rows(values, scheme="even-exact"):
        return [
            Result("lorenz63std", scheme, name, n, value, 1.0, 1.0) for name, value in values.items() for n in (1, 2, 3)
        ]

    own = rows({f"LinPo{p}": value for p, value in checks.PUBLISHED.items()})
    solver = rows({"true solver": 3e-6})
    found = {claim.id: claim for claim in checks.published(own, solver)}
    assert len(found) == 7 and all(claim.holds for claim in found.values())
    far = {
        claim.id: claim
        for claim in checks.published(rows(dict.fromkeys((f"LinPo{p}" for p in range(1, 7)), 0.5)), solver)
    }
    assert not far["B1.6"].holds and not far["B1.limit"].holds and far["B1.3"].holds
    curve = [{"step": i, "cpu_seconds": 6.0 * i, "validation": 1.0 / i} for i in range(1, 101)]
    noisy = rows({"a": 0.5, "b": 0.6}, "even-noisy")
    deep = {"Gru": (rows({"Gru": 0.4}), curve), "Trafo": None}
    found = {claim.id: claim for claim in [*checks.simple_against_deep(own, deep), *checks.noise(noisy, deep)]}
    assert (
        found["B2.simple"].holds
        and found["B2.gru"].measured == pytest.approx(0.4)
        and "10.0 min 1.0e-02" in found["B2.gru"].text
    )
    assert found["B2.trafo"].verdict == "not measured" and "--train" in found["B2.trafo"].reason
    assert found["B2.noise"].measured == pytest.approx(0.4) and "a 0.5" in found["B2.noise"].baseline
    assert "Gru 0.4" in found["B2.noise"].text and "b 0.6" in found["B2.noise"].text
    ranked = {claim.id: claim for claim in checks.ranks([*own, *noisy], "small", 0)}
    assert ranked["B4.even-exact"].measured == 1 and ranked["B4.full"].verdict == "not measured"


def test_what_there_is_not_is_refused():
    calls = [
        lambda: source("lorenz"),
        lambda: task("thomas", "odd", 1),
        lambda: chaos_benchmark.jobs("large"),
    ]
    if importlib.util.find_spec("dysts") is None:
        calls.append(lambda: source("dysts:Lorenz"))
    for call in calls:
        with pytest.raises(InputError) as caught:
            call()
        assert caught.value.remedy


def test_a_shorter_record_is_of_the_same_system():
    short = sized("roessler", 50, 10).task("even-exact", 1)
    assert short.states.shape == (50, 3) and short.truth.shape == (10, 3)


@pytest.mark.parametrize("kind", ["Gru", pytest.param("Trafo", marks=pytest.mark.slow)])
def test_the_packaged_networks_follow_the_flow_for_a_while(kind):
    found, off = networks.opened(kind, "even-exact", networks.packaged()), []
    for each in (task("lorenz63std", "even-exact", number) for number in (1, 2, 3, 4)):
        told, truth = found.predict(each.times, each.states, each.ahead[:20]), each.truth[:20]
        off.append(np.abs(told - truth).max() / np.abs(truth - each.states[-1]).max())
    assert np.median(off) < 0.05, off  # of how far the state moves
    assert networks.there(networks.packaged(), kind, "even-exact") and found.rule.curve[-1]["cpu_seconds"] >= 600


def test_a_kept_network_is_the_same(tmp_path, four):
    found, each = networks.opened("Gru", "even-exact", networks.packaged()), four["even-exact"]
    networks.keep(found, "Gru", "even-exact", tmp_path)
    again = networks.opened("Gru", "even-exact", tmp_path)
    assert again.rule.curve == found.rule.curve
    told = [f.predict(each.times, each.states, each.ahead[:3]) for f in (found, again)]
    np.testing.assert_array_equal(*told)
