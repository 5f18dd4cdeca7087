"""Translator, judge of pieces and places: sizes, symmetries, what they see, gradients, refusals, a way to disk."""

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym import _store
from nesym._errors import GridError, InputError
from nesym.nets import PatchDiscriminator, Translator, places
from nesym.nets.norm import InstanceNorm

run = eqx.filter_jit(lambda net, x, known=None: net(x, known))
RNG = np.random.default_rng(0)
X = np.maximum(RNG.standard_normal((2, 12, 16, 1)), 0).astype(np.float32)
KNOWN = places(np.linspace(-82.5, 82.5, 12), np.arange(16) * 22.5)[None]
SMALL = {"width": 4, "downs": 1, "blocks": 1}


def awake(net):
    """The network with all its weights moved, as training would, so that parts which begin at zero take part."""
    rng = np.random.default_rng(7)
    return jax.tree.map(lambda w: jnp.asarray(np.asarray(w) + 0.1 * rng.standard_normal(w.shape), w.dtype), net)


NEW = Translator.make(14, **SMALL, key=1)
NET = awake(NEW)
BARE = awake(Translator.make(0, **SMALL, key=2))
JUDGE = PatchDiscriminator.make(14, width=4, downs=1, key=3)


def test_a_new_translator_changes_nothing_in_float32():
    """Also where the default precision is double, as in these tests."""
    assert {w.dtype for w in jax.tree.leaves(NEW)} == {jnp.dtype("float32")}
    y = run(NEW, X, KNOWN)
    assert y.dtype == jnp.float32
    np.testing.assert_array_equal(y, X)


@pytest.mark.parametrize("width, downs, blocks, known", [(4, 1, 1, 14), (32, 1, 2, 18), (64, 2, 6, 0)])
def test_as_many_weights_as_its_layers_have(width, downs, blocks, known):
    """A layer from a to b channels has 9 a b weights, b biases, and b gains and b biases of its norm; the exit no norm.

    At the entrance and the exit, four cells have channels of their own.
    """

    def layer(a, b):
        return 9 * a * b + 3 * b

    channels = [width * 2**level for level in range(downs + 1)]
    steps = sum(layer(a, b) + layer(b, a) for a, b in pairwise(channels))
    expected = (
        layer(4 * (1 + known), width) + steps + 2 * blocks * layer(channels[-1], channels[-1]) + 9 * width * 8 + 8
    )
    net = eqx.filter_eval_shape(Translator.make, known, width=width, downs=downs, blocks=blocks, key=0)
    assert net.parameters == expected


def test_the_judge_has_the_weights_of_its_layers_and_a_score_for_each_coarse_cell():
    assert JUDGE.parameters == (9 * 60 * 4 + 4) + (9 * 4 * 8 + 8) + (9 * 8 + 1)
    assert run(JUDGE, X, KNOWN).shape == (2, 3, 4, 1)
    assert run(PatchDiscriminator.make(0, width=4, downs=0, key=0), X[:, :7, :9]).shape == (2, 4, 5, 1)


@pytest.mark.parametrize("shape", [(4, 4), (7, 9), (61, 96)])
def test_any_size_works(shape):
    x = RNG.gamma(0.5, 1, (1, *shape, 1)).astype(np.float32)
    y = np.asarray(run(BARE, x))
    assert y.shape == x.shape and np.isfinite(y).all()


def test_rain_above_all_that_was_seen_has_no_ceiling():
    """The factor 1 + a acts on any value: y / x tends to 1 + a for strong x, here that of a network that doubles."""
    doubling = eqx.tree_at(lambda net: net.exit.bias, NEW, jnp.tile(jnp.array([100.0, 0.0], jnp.float32), 4))
    heavy = 1e6 * X
    np.testing.assert_allclose(run(doubling, heavy, KNOWN), 2 * heavy, rtol=1e-6)


def added(amount: float) -> Translator:
    """A network that adds so many times the rain around."""
    return eqx.tree_at(lambda net: net.exit.bias, NEW, jnp.tile(jnp.array([0.0, 10 * amount], jnp.float32), 4))


def test_rain_is_put_near_rain_by_how_much_it_rains_around():
    """One wet cell: the mean over 3 x 3 cells, taken twice, spreads it as 1 2 3 2 1 in both directions, by 81 in all."""
    x = np.zeros((1, 12, 16, 1), np.float32)
    x[0, 5, 15] = 1
    weights = np.array([1, 2, 3, 2, 1]) / 9
    expected = np.zeros((12, 16))
    expected[3:8, 13:] = np.outer(weights, weights[:3])
    expected[3:8, :2] = np.outer(weights, weights[3:])  # over the seam
    np.testing.assert_allclose(run(added(0.5), x, KNOWN)[0, ..., 0], x[0, ..., 0] + 0.5 * expected, atol=1e-6)


def test_where_it_is_dry_all_around_it_stays_so():
    x = X.copy()
    x[:, :, 4:11] = 0
    np.testing.assert_array_equal(run(NET, x, KNOWN)[:, :, 6:9], 0)
    assert np.abs(run(NET, x, KNOWN)[:, :, 4:6]).max() > 0


def test_a_cell_that_falls_dry_can_still_learn():
    drying = added(-9.0)
    assert float(run(drying, X, KNOWN).max()) < 0
    slope = jax.jit(jax.grad(lambda net: net(X, KNOWN).sum()))(drying).exit.bias
    np.testing.assert_allclose(slope[1::2].sum(), 0.1 * X.sum(), rtol=0.05)


@given(turn=st.integers(1, 3))
@settings(max_examples=3, deadline=None)
def test_the_seam_of_the_longitudes_does_not_show(turn):
    """Turned by whole coarsest cells, the result turns with the field; also the scores."""
    for net, cells in ((BARE, 4), (awake(PatchDiscriminator.make(0, width=4, downs=1, key=0)), 1)):
        turned = run(net, np.roll(X, 4 * turn, 2))
        np.testing.assert_allclose(turned, np.roll(run(net, X), cells * turn, 2), atol=2e-5)


def test_north_and_south_do_not_meet():
    """What happens in the first row is not felt by scores at the last that cannot see it."""
    judge = PatchDiscriminator.make(0, width=4, downs=0, key=0)
    other = X.copy()
    other[:, 0] += 1
    found, before = run(judge, other), run(judge, X)
    np.testing.assert_array_equal(found[:, 3:], before[:, 3:])
    assert np.abs(np.asarray(found - before)[:, :2]).max() > 1e-3


def test_fields_of_a_batch_do_not_matter_to_each_other():
    for net in (NET, JUDGE):
        np.testing.assert_allclose(run(net, X, KNOWN)[1:], run(net, X[1:], KNOWN), atol=1e-5)


def test_what_is_known_matters():
    assert np.abs(np.asarray(run(NET, X, KNOWN) - run(NET, X, KNOWN[:, ::-1]))).max() > 1e-3


def test_the_gradient_is_that_of_the_differences():
    @jax.jit
    def total(net, x):
        return jnp.square(net(x, KNOWN)).sum()

    direction = jax.tree.map(lambda w: jnp.asarray(np.random.default_rng(3).standard_normal(w.shape), w.dtype), NET)
    slope = sum(
        jnp.vdot(a, b)
        for a, b in zip(*map(jax.tree.leaves, (jax.jit(jax.grad(total))(NET, X + 0.5), direction)), strict=True)
    )

    def along(step):
        return total(jax.tree.map(lambda w, d: w + step * d, NET, direction), X + 0.5)

    assert float((along(1e-4) - along(-1e-4)) / 2e-4) == pytest.approx(float(slope), rel=0.03)


def test_the_key_decides_the_weights():
    assert eqx.tree_equal(NEW, Translator.make(14, **SMALL, boundary=["reflect", "circular"], key=1))
    assert not eqx.tree_equal(NEW, Translator.make(14, **SMALL, key=2))
    assert "width=4" in repr(NEW) and "f32" not in repr(NEW)


def test_they_come_back_from_disk_to_the_bit(tmp_path):
    for net in (NET, JUDGE):
        _store.save(net, tmp_path / "net.safetensors", {})
        assert eqx.tree_equal(_store.load(tmp_path / "net.safetensors"), net)


def test_an_instance_norm_looks_at_each_channel_alone(strict):
    x = RNG.gamma(0.5, 3, (3, 5, 6, 4)).astype(np.float32)
    gain, bias = RNG.standard_normal((2, 4)).astype(np.float32)
    expected = (x - x.mean((1, 2), keepdims=True)) / np.sqrt(x.var((1, 2), keepdims=True) + 1e-5) * gain + bias
    np.testing.assert_allclose(InstanceNorm(gain, bias)(jnp.asarray(x)), expected, atol=2e-5)
    np.testing.assert_allclose(InstanceNorm.make(4)(jnp.full((1, 3, 3, 4), 7, jnp.float32)), 0)


# Places


def test_places_are_waves_of_latitude_and_longitude():
    found = places(np.array([-30.0, 0.0, 90.0]), np.array([0.0, 90.0]))
    assert found.shape == (3, 2, 14) and found.dtype == np.float32
    np.testing.assert_allclose(found[0, 1, :4], [-0.5, np.sqrt(3) / 2, -np.sqrt(3) / 2, 0.5], atol=1e-6)
    np.testing.assert_allclose(found[1, 1, 8:10], [1, 0], atol=1e-6)
    assert np.abs(found[2, :, 8:]).max() < 1e-6


@given(longitude=st.floats(-720, 720), latitude=st.floats(-90, 90))
@settings(max_examples=20, deadline=None)
def test_a_full_turn_is_the_same_place(longitude, latitude):
    here, there = (places(np.array([latitude]), np.array([longitude + turn])) for turn in (0, 360))
    np.testing.assert_allclose(here, there, atol=1e-5)


def test_places_that_cannot_be_are_refused():
    with pytest.raises(GridError, match="Give the coordinates"):
        places(np.array([91.0]), np.zeros(1))
    with pytest.raises(GridError, match="Give the coordinates"):
        places(np.zeros((2, 2)), np.zeros(2))


# Refusals


@pytest.mark.parametrize(
    "wrong", [{"width": 0}, {"downs": -1}, {"blocks": 1.5}, {"known": True}, {"boundary": "circular"}], ids=str
)
def test_a_network_that_cannot_be_is_refused(wrong):
    with pytest.raises(InputError) as refused:
        Translator.make(**{"known": 0, "key": 0, **wrong})
    assert refused.value.remedy.startswith("Give")
    if "blocks" not in wrong:
        with pytest.raises(InputError, match=r"Give"):
            PatchDiscriminator.make(**{"known": 0, "key": 0, **wrong})


def test_arrays_of_another_form_are_refused():
    for x, known in [(X[0], KNOWN), (X[..., [0, 0]], KNOWN), (X, None), (X, KNOWN[..., :3]), (X, KNOWN[:, :5])]:
        for net in (NET, JUDGE):
            with pytest.raises(InputError, match="Put the channels last"):
                net(x, known)


def test_a_grid_below_the_coarsest_cell_is_refused():
    with pytest.raises(GridError) as refused:
        BARE(X[:, :3])
    assert "4 x 4" in refused.value.problem and "fewer `downs`" in refused.value.remedy
