"""The U-Net as a whole: sizes, symmetries, independence, gradients, refusals, and a way to disk and back."""

from dataclasses import fields, is_dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym import _store
from nesym._errors import GridError, InputError
from nesym.nets import UNet
from nesym.nets.levels import Levels

run = eqx.filter_jit(lambda net, x, noise: net(x, noise))
slopes = eqx.filter_jit(eqx.filter_value_and_grad(lambda net, x, noise: jnp.mean(jnp.square(net(x, noise) - 1))))


def awake(net: UNet) -> UNet:
    """The network with all its weights moved, as training would, so that parts which begin at zero take part."""
    rng = np.random.default_rng(7)
    return jax.tree.map(lambda w: jnp.asarray(np.asarray(w) + 0.1 * rng.standard_normal(w.shape), w.dtype), net)


def same(one: UNet, other: UNet) -> bool:
    if jax.tree.structure(one) != jax.tree.structure(other):
        return False
    return all(map(np.array_equal, jax.tree.leaves(one), jax.tree.leaves(other)))


def given_field(*shape: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(sum(shape))
    return rng.standard_normal(shape).astype(np.float32), rng.uniform(-1.5, 1, shape[0]).astype(np.float32)


DEFAULT = UNet.make(3, 1, key=0)
SMALL = {"width": 8, "multipliers": (1, 2), "attention": True, "boundary": ("reflect", "circular")}
NEW = UNet.make(2, 1, **SMALL, key=1)
GLOBE = awake(NEW)
X, NOISE = given_field(5, 12, 16, 2)


def test_a_new_network_gives_zero_in_float32():
    """Also where the default precision is double, as in these tests."""
    assert {w.dtype for w in jax.tree.leaves(DEFAULT)} == {jnp.dtype("float32")}
    assert not np.any(run(DEFAULT, *given_field(1, 61, 96, 3)))
    double = jax.eval_shape(DEFAULT, jnp.zeros((2, 8, 8, 3), float), jnp.zeros(2, float))
    assert (double.shape, double.dtype) == ((2, 8, 8, 1), jnp.float32)


@pytest.mark.parametrize("net, shape", [(DEFAULT, (61, 96)), (GLOBE, (3, 2))], ids=["61 x 96", "3 x 2"])
def test_any_size_works(net, shape):
    y = np.asarray(run(awake(net), *given_field(1, *shape, net.channels_in)))
    assert y.shape == (1, *shape, 1)
    assert np.isfinite(y).all() and y.std() > 1e-3


def conv(a: int, b: int) -> int:
    return 9 * a * b + b


def dense(a: int, b: int) -> int:
    return a * b + b


def block(a: int, b: int, size: int) -> int:
    shortcut = 0 if a == b else dense(a, b)
    return 2 * a + conv(a, b) + dense(size, 2 * b) + conv(b, b) + shortcut


def test_the_number_of_weights_is_known():
    down = block(32, 32, 64) + block(32, 64, 64) + block(64, 96, 64)
    up = dense(96, 64) + block(128, 64, 64) + dense(64, 32) + block(64, 32, 64)
    ends = conv(3, 32) + 2 * 32 + conv(32, 1)
    whole = dense(32, 64) + dense(64, 64) + ends + down + block(96, 96, 64) + up
    assert DEFAULT.parameters == whole == 602_113


def test_attention_and_blocks_add_their_weights():
    def weights(blocks: int, attention: bool) -> int:
        return sum(w.size for w in jax.tree.leaves(Levels.make((3, 1), (32, 64), blocks, attention, ("reflect",) * 2)))

    assert weights(1, True) - weights(1, False) == 2 * 64 + dense(64, 3 * 64) + dense(64, 64)
    assert weights(2, False) - weights(1, False) == 2 * block(32, 32, 64) + block(64, 64, 64)


@given(shift=st.integers(-8, 8))
@settings(max_examples=5, deadline=None)
def test_longitudes_have_no_beginning(shift):
    moved = run(GLOBE, np.roll(X, 2 * shift, axis=2), NOISE)
    np.testing.assert_allclose(moved, np.roll(run(GLOBE, X, NOISE), 2 * shift, axis=2), atol=2e-5)


def test_latitudes_have_ends():
    moved = run(GLOBE, np.roll(X, 4, axis=1), NOISE)
    assert np.abs(moved - np.roll(run(GLOBE, X, NOISE), 4, axis=1)).max() > 1e-2


def test_a_sample_does_not_know_the_others():
    """Bit for bit when the others change; to rounding when their number does, which moves the order of sums."""
    five = np.asarray(run(GLOBE, X, NOISE))
    others = np.concatenate([X[:1], 100 * X[1:]])
    np.testing.assert_array_equal(run(GLOBE, others, NOISE)[0], five[0])
    alone = np.concatenate([run(GLOBE, X[i : i + 1], NOISE[i : i + 1]) for i in range(5)])
    np.testing.assert_allclose(alone, five, atol=1e-5 * np.abs(five).max())


def test_the_noise_level_changes_the_result():
    repeated = np.repeat(X[:1], 5, axis=0)
    y = np.asarray(run(GLOBE, repeated, np.linspace(-1, 1, 5, dtype=np.float32)))
    assert np.abs(np.diff(y, axis=0)).max((1, 2, 3)).min() > 1e-2


def test_gradients_are_finite_reach_every_weight_and_are_the_slope():
    _, gradient = slopes(GLOBE, X, NOISE)
    g = [np.asarray(leaf, float) for leaf in jax.tree.leaves(gradient)]
    assert all(np.isfinite(leaf).all() and leaf.any() for leaf in g)
    norm = sum(np.sum(leaf**2) for leaf in g)
    step = 0.02 / np.sqrt(norm)
    moved = (
        jax.tree.map(lambda w, v, s=s: np.asarray(w) + np.float32(s) * np.asarray(v), GLOBE, gradient)
        for s in (step, -step)
    )
    ahead, behind = (float(slopes(net, X, NOISE)[0]) for net in moved)
    assert (ahead - behind) / (2 * step) == pytest.approx(norm, rel=0.02)


def test_the_first_step_leaves_zero():
    """Only the last layer of a new network has a gradient, and it has one."""
    _, gradient = slopes(NEW, X, NOISE)
    assert np.abs(gradient.layers.exit.kernel).max() > 0
    assert not np.any(gradient.layers.entrance.kernel)


def test_the_key_decides_the_weights():
    lists = {**SMALL, "multipliers": [1, 2], "boundary": ["reflect", "circular"]}
    assert same(NEW, UNet.make(2, 1, **lists, key=1))
    assert not same(NEW, UNet.make(2, 1, **SMALL, key=2))


def test_it_prints_as_its_configuration():
    assert "width=8" in repr(GLOBE) and "f32" not in repr(GLOBE)


def classes(value) -> dict[str, str]:
    """Every class in a module's fields, with the file that defines it."""
    if isinstance(value, tuple):
        return {name: file for item in value for name, file in classes(item).items()}
    if not is_dataclass(value):
        return {}
    inner = {n: file for f in fields(value) for n, file in classes(getattr(value, f.name)).items()}
    return {type(value).__name__: type(value).__module__, **inner}


def test_it_comes_back_from_disk_to_the_bit(tmp_path, monkeypatch):
    monkeypatch.setattr(_store, "CLASSES", classes(GLOBE))
    _store.save(GLOBE, tmp_path / "net.safetensors", {})
    back = _store.load(tmp_path / "net.safetensors")
    assert same(back, GLOBE)
    np.testing.assert_array_equal(run(back, X, NOISE), run(GLOBE, X, NOISE))


@pytest.mark.parametrize(
    "wrong, remedy",
    [
        ({"width": 20}, "Give width=16."),
        ({"width": 3}, "Give width=8."),
        ({"width": -8}, "Give for example UNet.make(3, 1"),
        ({"multipliers": ()}, "multipliers=(1, 2, 3)"),
        ({"multipliers": (1, 1.5)}, "multipliers=(1, 2, 3)"),
        ({"blocks": 0}, "blocks=1"),
        ({"channels_in": True}, "UNet.make(3, 1"),
        ({"boundary": ("reflect", "zero")}, '("reflect", "circular") on a globe'),
        ({"boundary": "circular"}, '("reflect", "circular") on a globe'),
    ],
    ids=str,
)
def test_a_network_that_cannot_be_is_refused(wrong, remedy):
    with pytest.raises(InputError) as refused:
        UNet.make(**{"channels_in": 2, "channels_out": 1, "key": 0, **wrong})
    assert remedy in refused.value.remedy


def test_arrays_of_another_form_are_refused():
    for wrong in [(X[0], NOISE[:1]), (X[..., :1], NOISE), (X, NOISE[:1]), (X, NOISE[0])]:
        with pytest.raises(InputError, match="Put the channels last"):
            GLOBE(*wrong)


def test_a_grid_below_the_coarsest_cell_is_refused():
    with pytest.raises(GridError) as refused:
        GLOBE(np.zeros((1, 12, 1, 2)), np.zeros(1))
    assert "2 x 2" in refused.value.problem and "fewer multipliers" in refused.value.remedy
