"""Patches as channels, and the same weights between other boundaries."""

from dataclasses import replace
from functools import cache

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nesym import _store
from nesym._errors import GridError, InputError
from nesym.nets import UNet
from nesym.nets.resize import packed, unpacked

REFLECT, CIRCULAR, GLOBE = ("reflect", "reflect"), ("circular", "circular"), ("reflect", "circular")
PAD = {"reflect": "symmetric", "circular": "wrap"}
PATCH, COARSEST = 3, 6  # cells along the side of a patch, and of a cell of the coarsest of two levels

run = eqx.filter_jit(lambda net, x, noise: net(x, noise))


@cache
def small(patch: int, boundary=REFLECT) -> UNet:
    """A network of two levels with all its weights moved, as training would."""
    net = UNet.make(2, 1, width=8, multipliers=(1, 2), boundary=boundary, patch=patch, key=0)
    rng = np.random.default_rng(7)
    return jax.tree.map(lambda w: jnp.asarray(np.asarray(w) + 0.1 * rng.standard_normal(w.shape), w.dtype), net)


def given_field(*shape: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(sum(shape))
    return rng.standard_normal(shape).astype(np.float32), rng.uniform(-1.5, 1, shape[0]).astype(np.float32)


ROUND = small(PATCH, CIRCULAR)
X, NOISE = given_field(2, 12, 18, 2)


# Packing


@pytest.mark.parametrize("boundary", [REFLECT, CIRCULAR], ids=["reflect", "circular"])
@pytest.mark.parametrize("side, ny, nx", [(2, 6, 4), (2, 5, 4), (3, 7, 8), (4, 1, 3), (1, 3, 2)])
def test_unpacking_is_the_inverse_for_any_size(side, ny, nx, boundary):
    x, _ = given_field(2, ny, nx, 3)
    patches = packed(jnp.asarray(x), side, boundary)
    assert patches.shape == (2, -(-ny // side), -(-nx // side), side * side * 3)
    np.testing.assert_array_equal(unpacked(patches, side, (ny, nx)), x)


def test_channels_are_the_rows_of_a_patch(strict):
    x = np.arange(4 * 6 * 2, dtype=np.float32).reshape(1, 4, 6, 2)
    patches = packed(jnp.asarray(x), 2, REFLECT)
    np.testing.assert_array_equal(patches[0, 1, 2], x[0, 2:4, 4:6].ravel())


@pytest.mark.parametrize("boundary", [REFLECT, CIRCULAR, GLOBE], ids="-".join)
def test_what_the_patches_do_not_divide_gets_what_lies_beyond(boundary, strict):
    """5 x 7 cells in patches of 4 are 8 x 8, with the mirror image or the other end of the field behind."""
    x, _ = given_field(1, 5, 7, 1)
    wide = np.pad(x, ((0, 0), (0, 3), (0, 0), (0, 0)), mode=PAD[boundary[0]])
    wide = np.pad(wide, ((0, 0), (0, 0), (0, 1), (0, 0)), mode=PAD[boundary[1]])
    np.testing.assert_array_equal(unpacked(packed(jnp.asarray(x), 4, boundary), 4, (8, 8)), wide)


# Networks on patches


def test_one_cell_a_patch_is_the_plain_network():
    assert UNet.make(2, 1, key=0).patch == 1
    plain, patched = small(1), small(PATCH)
    assert patched.layers.entrance.kernel.shape == (3, 3, 2 * PATCH**2, 8)
    assert patched.layers.exit.kernel.shape == (3, 3, 8, PATCH**2)
    # All but both ends is as large as without patches.
    ends = 9 * 8 * (PATCH**2 - 1) * (2 + 1) + PATCH**2 - 1
    assert patched.parameters - plain.parameters == ends


def test_a_new_network_gives_zero_on_any_size():
    new = UNet.make(2, 1, width=8, multipliers=(1, 2), patch=PATCH, key=0)
    assert not np.any(run(new, X, NOISE))


@pytest.mark.parametrize("shape, boundary", [((6, 6), REFLECT), ((7, 11), GLOBE)], ids=["6 x 6", "7 x 11"])
def test_odd_sizes_keep_their_shape(shape, boundary):
    y = np.asarray(run(small(PATCH, boundary), *given_field(1, *shape, 2)))
    assert y.shape == (1, *shape, 1) and y.dtype == np.float32
    assert np.isfinite(y).all() and y.std() > 1e-3


def test_patches_are_cells_of_the_network_inside():
    inside = replace(ROUND, channels_in=2 * PATCH**2, channels_out=PATCH**2, patch=1)
    y = run(inside, packed(jnp.asarray(X), PATCH, CIRCULAR), NOISE)
    np.testing.assert_allclose(run(ROUND, X, NOISE), unpacked(y, PATCH, (12, 18)), atol=1e-5)


@pytest.mark.parametrize("axis", [1, 2], ids=["y", "x"])
def test_a_round_world_has_no_beginning(axis):
    """Rolling by whole cells of the coarsest level rolls the result; by one cell of the field it does not."""
    y = np.asarray(run(ROUND, X, NOISE))
    moved = run(ROUND, np.roll(X, COARSEST, axis), NOISE)
    np.testing.assert_allclose(moved, np.roll(y, COARSEST, axis), atol=2e-5)
    within = run(ROUND, np.roll(X, 1, axis), NOISE)
    assert np.abs(within - np.roll(y, 1, axis)).max() > 1e-2


def test_patches_of_one_level_move_with_the_field():
    """Without a coarser level, whole patches are enough."""
    net = UNet.make(2, 1, width=8, multipliers=(1,), boundary=CIRCULAR, patch=PATCH, key=0)
    net = eqx.tree_at(lambda n: n.layers.exit.kernel, net, net.layers.exit.kernel + 0.1)
    y = np.asarray(run(net, X, NOISE))
    assert y.std() > 1e-2
    np.testing.assert_allclose(run(net, np.roll(X, PATCH, 2), NOISE), np.roll(y, PATCH, 2), atol=2e-5)


def test_the_smallest_grid_counts_patches():
    with pytest.raises(GridError, match="needs 6 x 6 cells at least; 5 x 12 came"):
        ROUND(np.zeros((1, 5, 12, 2)), np.zeros(1))


@pytest.mark.parametrize("patch", [0, -2, 1.5, True])
def test_patches_that_cannot_be_are_refused(patch):
    with pytest.raises(InputError, match=f"patch {patch}") as refused:
        UNet.make(2, 1, patch=patch, key=0)
    assert "UNet.make(3, 1" in refused.value.remedy


def test_a_network_on_patches_comes_back_from_disk(tmp_path):
    _store.save(ROUND, tmp_path / "net.safetensors", {})
    back = _store.load(tmp_path / "net.safetensors")
    assert jax.tree.structure(back) == jax.tree.structure(ROUND) and back.patch == PATCH
    np.testing.assert_array_equal(run(back, X, NOISE), run(ROUND, X, NOISE))


# Boundaries


def test_other_boundaries_keep_the_weights_and_join_the_seam():
    region, around = small(PATCH), small(PATCH).bounded(GLOBE)
    assert around.boundary == GLOBE and region.boundary == REFLECT
    assert all(map(np.array_equal, jax.tree.leaves(region), jax.tree.leaves(around)))
    y, moved = (np.asarray(run(around, field, NOISE)) for field in (X, np.roll(X, COARSEST, 2)))
    np.testing.assert_allclose(moved, np.roll(y, COARSEST, 2), atol=2e-5)
    edged, elsewhere = (np.asarray(run(region, field, NOISE)) for field in (X, np.roll(X, COARSEST, 2)))
    assert np.abs(elsewhere - np.roll(edged, COARSEST, 2)).max() > 1e-2


def test_every_layer_gets_the_boundary_and_can_have_the_old_one_back():
    there = small(PATCH).bounded(list(GLOBE))
    assert jax.tree.structure(there) == jax.tree.structure(small(PATCH, GLOBE))
    assert jax.tree.structure(there.bounded(REFLECT)) == jax.tree.structure(small(PATCH))


@pytest.mark.parametrize("boundary", ["circular", ("circular",), ("reflect", "zero")])
def test_boundaries_that_cannot_be_are_refused(boundary):
    with pytest.raises(InputError, match="on a globe whose longitudes wrap"):
        ROUND.bounded(boundary)
