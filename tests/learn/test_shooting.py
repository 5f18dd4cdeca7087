"""Chunks of trajectories, their order, and the loss on them."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import InputError
from nesym.learn.equations._objective import Objective, Passed
from nesym.learn.equations.hamiltonian import HamiltonianField
from nesym.learn.equations.shooting import Chunks, Draws, Shooting, clocks
from nesym.learn.trajectories import Trajectories


def some(lengths=(7, 4), n=2, seed=0):
    """Trajectories of these lengths at irregular times."""
    rng = np.random.default_rng(seed)
    longest = max(lengths)
    ended = np.arange(longest) >= np.array(lengths)[:, None]
    times = np.where(ended, np.nan, np.cumsum(rng.uniform(0.1, 0.3, (len(lengths), longest)), 1))
    states = np.where(ended[..., None], np.nan, rng.normal(size=(len(lengths), longest, n)))
    return Trajectories(states, times, tuple("abcdef"[:n]))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(2, 12), min_size=1, max_size=4), st.integers(1, 5))
def test_each_interval_is_in_one_chunk(lengths, chunk):
    data = some(lengths)
    chunks = Chunks.of(data, chunk)
    assert chunks.there.sum() == sum(lengths) - len(lengths)
    assert np.isfinite(chunks.states).all() and (np.diff(chunks.times, axis=1) > 0).all()
    ends = [(t, *x) for times, states, there in zip(chunks.times, chunks.states, chunks.there, strict=True)
            for t, x in zip(times[1:][there], states[1:][there], strict=True)]  # fmt: skip
    expected = [
        (t, *x)
        for i, size in enumerate(lengths)
        for t, x in zip(data.times[i, 1:size], data.states[i, 1:size], strict=True)
    ]
    np.testing.assert_array_equal(ends, expected)


def test_a_chunk_knows_where_its_trajectory_began():
    data = some()
    chunks = Chunks.of(data, 3)
    np.testing.assert_array_equal(chunks.first, data.states[[0, 0, 1], 0])
    np.testing.assert_array_equal(chunks.begun, data.times[[0, 0, 1], 0])
    np.testing.assert_array_equal(chunks.states[1, 0], data.states[0, 3])


def test_clocks_go_on_after_the_end_of_a_short_trajectory():
    data = some()
    found = clocks(data)
    there = np.isfinite(data.times)
    np.testing.assert_array_equal(found[there], data.times[there])
    np.testing.assert_allclose(np.diff(found[1])[3:], data.times[1, 3] - data.times[1, 2])


def test_an_epoch_takes_every_chunk_once_and_each_member_in_its_own_order():
    draws = Draws(chunks=12, batch=4, members=3)
    epoch = np.concatenate([draws(step, 5)["which"] for step in range(3)])
    assert all(sorted(epoch[:, member]) == list(range(12)) for member in range(3))
    assert len({tuple(epoch[:, member]) for member in range(3)}) == 3
    following = np.concatenate([draws(step, 5)["which"] for step in range(3, 6)])
    assert (following != epoch).any()
    assert [bool(draws(step, 5)["begins"]) for step in range(4)] == [True, False, False, True]


def test_a_members_order_does_not_depend_on_how_many_there_are():
    few, many = (Draws(30, 8, members)(7, -3)["which"] for members in (1, 4))
    np.testing.assert_array_equal(few[:, 0], many[:, 0])


def oscillator(network):
    """q' = p, p' = -q as a Hamiltonian field with H = c (q^2 + p^2)."""
    one = np.ones(2)
    return HamiltonianField(network, 0 * one, one, one[:1], True, 2)


def objective(data, apart=None, **how):
    chunks = [jax.tree.map(jnp.asarray, Chunks.of(x, 3)) for x in (data, data if apart is None else apart)]
    settings = {"clip": None, "substeps": 4, "tolerance": None, "block": len(chunks[1].times)} | how
    return Objective(oscillator(None), *chunks, jnp.array([1.0, 2.0]), **settings)


def network(c):
    return jax.tree_util.Partial(total, jnp.asarray(c, float))


def total(c, z):
    return c * (z[:1] + z[1:])


@eqx.filter_jit
def lost(loss, c):
    """Loss on all chunks, and its slope."""
    return jax.value_and_grad(lambda c: loss.loss(network(c), jnp.arange(loss.chunks.pieces)))(jnp.asarray(c))


def rotating(lengths, seed=0):
    """Solutions of the oscillator."""
    data = some(lengths, seed=seed)
    phase = np.random.default_rng(seed).uniform(0, 6, (len(lengths), 1)) - data.times
    return Trajectories(np.stack([np.cos(phase), np.sin(phase)], -1), data.times, ("q", "p"))


def test_the_loss_vanishes_for_the_truth_and_is_the_mean_square_in_units_of_the_scale_else():
    data = rotating((7, 5))
    loss = objective(data)
    assert float(lost(loss, 0.5)[0]) < 1e-8
    still = float(lost(loss, 0.0)[0])
    chunks = Chunks.of(data, 3)
    off = (chunks.states[:, 1:] - chunks.states[:, :1])[chunks.there] / [1.0, 2.0]
    assert still == pytest.approx(np.mean(off**2), rel=1e-12)


def test_what_lies_beyond_an_end_has_no_part_in_loss_or_gradient():
    data = rotating((7, 5, 6))
    loss = objective(data)
    wild = np.where(loss.chunks.there[..., None], loss.chunks.states[:, 1:], 1e6)
    states = loss.chunks.states.at[:, 1:].set(wild)
    changed = eqx.tree_at(lambda one: one.chunks.states, loss, states)
    assert lost(changed, 0.3) == lost(loss, 0.3)


def test_adaptive_steps_give_the_same_loss():
    data = rotating((7, 5))
    fixed, adaptive = objective(data, substeps=16), objective(data, tolerance=1e-9)
    values = [eqx.filter_jit(lambda one: one.judged(network(0.2)))(loss) for loss in (fixed, adaptive)]
    assert float(values[0]) == pytest.approx(float(values[1]), rel=1e-6)


def members(*values):
    return jax.tree.map(lambda *c: jnp.stack(c), *(network(c) for c in values))


@eqx.filter_jit
def call(loss, networks, count, epoch=0):
    batch = {"which": jnp.zeros((2, count), int), "epoch": jnp.int32(epoch), "begins": jnp.bool_(True)}
    carry = Passed.none(networks, count, 3, None)
    return jax.value_and_grad(
        lambda n: (lambda value, told, carry: (value, (told, carry)))(*loss(n, batch, None, carry)), has_aux=True
    )(networks)


def test_a_member_that_is_not_finite_stops_no_other():
    loss = objective(rotating((7, 5)), clip=0.01)
    (value, (told, _)), gradient = call(loss, members(0.3, np.nan), 2)
    (alone, _), gradient_alone = call(loss, members(0.3), 1)
    assert float(value) == float(alone) and int(told["passed_over"]) == 1
    ours, theirs = (np.asarray(jax.tree.leaves(g)[0]) for g in (gradient, gradient_alone))
    assert ours[0] == theirs[0] and abs(ours[0]) == pytest.approx(0.01) and ours[1] == 0


@eqx.filter_jit
def looked(passed, networks, epoch, loss):
    return passed.shown(networks, epoch, loss.judged)


def test_the_best_weights_of_each_member_are_kept_until_it_is_done():
    networks = [members(*values) for values in ([0.4, 0.0], [0.5, 0.1], [0.45, 0.5], [0.5, 0.5])]
    loss = objective(rotating((7, 5)))
    passed = Passed.none(networks[0], 2, 4, patience=1)
    for epoch, now in enumerate(networks):
        passed = looked(passed, now, jnp.int32(epoch), loss)
    # The first has its best at once and is then flat; the second goes on, and ends where the first would have risen.
    assert passed.epoch.tolist() == [1, 2] and passed.done.tolist() == [True, True]
    np.testing.assert_allclose(jax.tree.leaves(passed.networks)[0], [0.5, 0.5])
    assert np.isnan(passed.history[3, 0]) and np.isfinite(passed.history[3, 1])
    assert np.isnan(passed.history[4]).all()


def test_steps_between_samples_follow_the_longest_interval():
    data = some((5, 4))
    longest = np.nanmax(np.diff(data.times))
    assert Shooting(step=longest).substeps(data) == 1
    assert Shooting(step=longest / 2.5).substeps(data) == 3
    regular = Trajectories(np.zeros((2, 4, 1)), np.tile(np.arange(4) * 0.1, (2, 1)), ("x",))
    assert Shooting().substeps(regular) == 2


@pytest.mark.parametrize(
    "wrong",
    [{"chunk": 0}, {"batch": 1.5}, {"patience": 0}, {"rate": 0.0}, {"decay": -1.0}, {"schedule": "flat"},
     {"step": 0.1, "tolerance": 1e-6}, {"clip": 0.0}],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused(wrong):
    with pytest.raises(InputError) as error:
        Shooting(**wrong)
    assert error.value.remedy.startswith("Give")
