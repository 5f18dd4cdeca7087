"""Hamiltonian networks, and learners beside their rivals."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from circles import circles

from nesym._errors import InputError
from nesym.learn.equations.comparison import AFTER, ENERGY, GIVEN, PLAIN, STILL, STRAIGHT, _rivals, _scores, compare
from nesym.learn.equations.hamiltonian import HamiltonianField, HamiltonianNetwork
from nesym.learn.equations.neural_ode import NeuralODE
from nesym.learn.equations.shooting import Shooting
from nesym.nets.mlp import MLP
from nesym.physics import TwoBody

SMALL = Shooting(chunk=4, batch=8, epochs=200, rate=2e-2, final_rate=1e-3)


@pytest.fixture(scope="module")
def table():
    """An oscillator's Hamiltonian network beside what needs no training."""
    model = HamiltonianNetwork(width=16, depth=1, training=SMALL)
    return compare(model, circles(10, 24, names=("q", "p"), shortest=15), key=1)


def test_it_is_better_than_what_learns_nothing(table):
    errors = [table.cell(name, "state error, mean").value for name in (GIVEN, STILL, STRAIGHT)]
    assert errors[0] < 0.3 * min(errors[1:])


def test_a_table_counts_calls_seconds_and_solutions_without_an_end(table):
    assert table.cell(GIVEN, "blown up") == "0 of 2"
    assert table.cell(GIVEN, "calls") > 0 and table.cell(GIVEN, "seconds") > 0
    assert table.cell(STILL, "calls") is None
    score = table.cell(GIVEN, "state error, end")
    assert score.low <= score.value <= score.high and score.n == 2


def test_solutions_that_blow_up_are_counted_and_in_no_mean():
    unseen = circles(2, 6)
    there = np.isfinite(unseen.times)
    states = np.stack([unseen.states, unseen.states * 1.5])
    states[0, 1, 4:] = np.nan
    states[1, 1, 3] = 1e3
    found = _scores(states, unseen, there, None, 0)
    assert found["blown up"] == "2 of 4"
    assert found["state error, end"].value == pytest.approx(0.25) and found["state error, end"].n == 1


def test_the_rivals_of_a_law_are_its_absence_and_an_energy():
    training = Shooting(epochs=3)
    model = NeuralODE(order=2, conserve=TwoBody(), gamma=8.0, width=32, members=2, training=training)
    found = _rivals(model)
    assert found[PLAIN] == replace(model, conserve=None, gamma=None)
    assert found[ENERGY] == HamiltonianNetwork(width=32, members=2, training=training)
    assert not _rivals(NeuralODE()) and AFTER not in found


@pytest.mark.parametrize("squared", [False, True])
def test_the_field_is_the_turned_slope_of_its_energy(squared):
    network = MLP.make(4, 1, width=6, depth=1, activation="tanh", key=jax.random.key(0))
    scales = np.array([0.3, -0.1, 0.2, 0.0]), np.array([0.5, 1.0, 2.0, 1.5]), np.array([0.7])
    field = HamiltonianField(network, *scales, squared, 4)
    x = jnp.array([0.4, 1.0, -0.6, 0.2])
    slope = np.array([(field.energy(x + e) - field.energy(x - e)) / 2e-6 for e in 1e-6 * np.eye(4)])
    np.testing.assert_allclose(field(0.0, x), [*slope[2:], *-slope[:2]], rtol=1e-7, atol=1e-9)
    assert abs(float(jax.grad(field.energy)(x) @ field(0.0, x))) < 1e-15


def test_squares_are_shown_in_units_of_their_size():
    data = circles(4, 10, names=("q", "p"))
    field = HamiltonianNetwork(squared=True).frame(data.names).scaled(data, 0.5)
    np.testing.assert_array_equal(field.shift, 0)
    np.testing.assert_allclose(field.spread, np.sqrt(np.mean(data.states**2, (0, 1))))


def test_what_has_no_energy_is_refused():
    with pytest.raises(InputError, match="as many momenta"):
        HamiltonianNetwork().frame(("a", "b", "c"))
    with pytest.raises(InputError, match="relu"):
        HamiltonianNetwork(activation="relu")
    with pytest.raises(InputError, match="members"):
        HamiltonianNetwork(members=0)
