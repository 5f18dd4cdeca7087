"""Networks learn a rotation, remember where they were stopped, and give the same for the same key."""

import json

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from small_tasks import rotation

from nesym._errors import InputError, TrainingError
from nesym.learn.benchmark.runs import scored
from nesym.learn.equations.neural_ode import NeuralODE
from nesym.learn.equations.shooting import Shooting
from nesym.learn.propagators import (
    ConstantMean,
    FeedForward,
    NetworkTraining,
    NeuralDifferential,
    Recurrent,
    Transformer,
)

SHORT = NetworkTraining(steps=150, every=50, batch=16, rate=5e-3, seconds=1000)
LIGHT = {
    "layers": FeedForward(hidden=(16, 16), training=SHORT),
}
LONG = NetworkTraining(steps=600, every=100, batch=16, rate=5e-3, seconds=1000)
HEAVY = {
    "recurrent": Recurrent(cell="gru", hidden=(8,), past=5, training=LONG),
    "transformer": Transformer(past=5, blocks=1, heads=2, head=4, positions=4, width=16, training=LONG),
    "long memory": Recurrent(cell="lstm", hidden=(8, 4), past=5, training=LONG),
    "simple": Recurrent(cell="rnn", hidden=(8,), past=5, training=LONG),
    "equation": NeuralDifferential(
        network=NeuralODE(width=32, training=Shooting(chunk=1, epochs=300, batch=16, rate=1e-2)), pieces=8
    ),
}


def beats_the_mean(method):
    row = scored(method, rotation(200, 20))
    assert not row.reason and row.cme < 0.6 < scored(ConstantMean(), rotation(200, 20)).cme, (row.cme, row.reason)


@pytest.mark.parametrize("name", LIGHT)
def test_a_network_beats_the_mean(name):
    beats_the_mean(LIGHT[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", HEAVY)
def test_a_heavier_one_does_too(name):
    beats_the_mean(HEAVY[name])


@pytest.mark.slow
def test_cells_read_from_the_earliest_state_to_the_latest():
    row = np.float32([3, 2, 1])  # the latest first
    with jax.enable_x64(False):
        net = Recurrent(cell="lstm", hidden=(4, 3), past=2).network(3, 2, jax.random.key(0))
        read = eqx.filter_jit(lambda row: (net.read(row), net(row)))
        hidden, told = read(jnp.asarray(row))
        assert hidden.shape == (3, 3) and told.shape == (2,)
        other, _ = read(jnp.asarray(row * np.float32([0, 1, 1])))
    np.testing.assert_array_equal(other[:2], hidden[:2])
    assert not np.array_equal(other[2], hidden[2])


@pytest.mark.slow
def test_a_transformer_drops_out_in_training_alone():
    method = Transformer(past=3, blocks=1, heads=1, head=2, positions=2, width=4, dropout=0.5)
    with jax.enable_x64(False):
        net, row = method.network(8, 2, jax.random.key(0)), jnp.arange(8, dtype=jnp.float32)
        keys = jax.random.split(jax.random.key(1))
        ask = eqx.filter_jit(lambda row, key: (net(row), net(row, key, 0.5), net(row, key, 0.0)))
        (told, first, whole), (_, second, _) = (ask(row, key) for key in keys)
        assert told.shape == (2,) and not np.allclose(first, second)
        np.testing.assert_allclose(whole, told, rtol=1e-5)
        later, *_ = ask(row[::-1], keys[0])  # the order of the states matters
    assert not np.allclose(later, told)


def test_an_equation_is_taught_pieces_and_asked_from_the_last_state():
    class Stub:
        def fit(self, pieces, key, folder):
            self.seen = len(pieces), pieces.names, key
            return self

        def forecast(self, start, times, tolerance):
            return xr.Dataset(
                {n: (("member", "trajectory", "time"), np.full((1, 1, len(times)), start[n])) for n in start}
            )

    stub, task = Stub(), rotation(200, 20)
    told = NeuralDifferential(network=stub, pieces=8).fit(task.times, task.states, 3)
    assert stub.seen == (8, ("x1", "x2", "x3", "x4"), 3)
    states = told.predict(task.times, task.states, task.ahead)
    np.testing.assert_array_equal(states, np.tile(task.states[-1], (20, 1)))


def test_a_longer_record_has_fewer_epochs_in_the_same_time():
    class Stub(NeuralODE):
        def fit(self, pieces, key, folder):
            return self.training.epochs

    timed = NeuralDifferential(network=Stub(), seconds=0.4)
    records = [rotation(size, 5) for size in (200, 400)]
    long, short = (timed.fit(record.times, record.states, 0).network for record in records)
    assert long == 2 * short > 1
    assert NeuralDifferential(network=Stub()).fit(records[0].times, records[0].states, 0).network == Shooting().epochs


@pytest.mark.slow
def test_a_stopped_training_goes_on_and_a_finished_one_is_not_repeated(tmp_path):
    task = rotation(200, 5)
    how = {"every": 10, "seconds": 1000, "folder": str(tmp_path)}
    for steps in (20, 40):
        fitted = FeedForward(hidden=(8,), training=NetworkTraining(steps=steps, **how)).fit(task.times, task.states, 0)
    whole = FeedForward(hidden=(8,), training=NetworkTraining(steps=40, every=10, seconds=1000))
    once = whole.fit(task.times, task.states, 0)
    assert [row["step"] for row in fitted.rule.curve] == [10, 20, 30, 40]
    assert [r["validation"] for r in fitted.rule.curve] == [r["validation"] for r in once.rule.curve]
    seconds = [row["cpu_seconds"] for row in json.loads((tmp_path / "curve.json").read_text())]
    assert seconds == sorted(seconds)
    spent = NetworkTraining(steps=10**6, every=10, seconds=seconds[-1] / 2, folder=str(tmp_path))
    again = FeedForward(hidden=(8,), training=spent).fit(task.times, task.states, 0)
    assert len(again.rule.curve) == 4
    told = [f.predict(task.times, task.states, task.ahead) for f in (fitted, again)]
    np.testing.assert_array_equal(*told)


def test_a_falling_rate_ends_at_nothing():
    how = NetworkTraining(steps=10, rate=0.1, falling=True)
    state = how.optimiser.init(np.zeros(1))
    moved = []
    for _ in range(11):
        update, state = how.optimiser.update(np.ones(1), state)
        moved.append(-float(update[0]))
    np.testing.assert_allclose(moved, 0.05 * (1 + np.cos(np.pi * np.arange(11) / 10)), atol=1e-8)


@pytest.mark.slow
def test_training_ends_with_its_patience():
    task = rotation(200, 5)
    still = NetworkTraining(rate=1e-12, every=5, patience=3, seconds=1000)
    assert len(FeedForward(hidden=(4,), training=still).fit(task.times, task.states, 0).rule.curve) <= 8
    few = NetworkTraining(steps=7, every=5)  # the last weights are judged too
    curve = FeedForward(hidden=(4,), training=few).fit(task.times, task.states, 0).rule.curve
    assert [row["step"] for row in curve] == [5, 7]


def test_bad_input_is_refused():
    task = rotation(200, 5)
    for make in (
        lambda: NetworkTraining(seconds=0),
        lambda: FeedForward(hidden=()),
        lambda: Recurrent(cell="gruu"),
        lambda: Recurrent(timed=True),
        lambda: Transformer(positions=3),
        lambda: NeuralDifferential(pieces=1),
        lambda: NeuralDifferential(seconds=0.0),
    ):
        with pytest.raises(InputError) as caught:
            make()
        assert caught.value.remedy
    with pytest.raises(TrainingError):
        wild = NetworkTraining(steps=5, every=5, rate=1e38)
        FeedForward(hidden=(4,), training=wild).fit(task.times, task.states, 0)
    uneven = rotation(uneven=True)
    assert "same time step" in scored(HEAVY["recurrent"], uneven).reason
