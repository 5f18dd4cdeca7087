"""Half the resolution and back: means, repetitions and odd edges."""

import jax.numpy as jnp
import numpy as np
import pytest

from nesym.fields.blocks import block_mean
from nesym.nets.resize import doubled, halved

REFLECT, GLOBE = ("reflect", "reflect"), ("reflect", "circular")


def field(*shape: int) -> jnp.ndarray:
    return jnp.asarray(np.random.default_rng(0).standard_normal((2, *shape, 3)), jnp.float32)


@pytest.mark.parametrize("boundary", [REFLECT, GLOBE], ids="-".join)
def test_half_is_the_block_mean(boundary, strict):
    x = field(6, 8)
    expected = np.moveaxis(block_mean(np.moveaxis(np.asarray(x), -1, 1), 2), 1, -1)
    np.testing.assert_allclose(halved(x, boundary), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("boundary, beyond", [(REFLECT, -1), (GLOBE, 0)], ids=["reflect", "circular"])
def test_an_odd_axis_takes_the_cell_beyond_its_end(boundary, beyond, strict):
    x = field(4, 7)
    half = np.asarray(halved(x, boundary))
    assert half.shape == (2, 2, 4, 3)
    expected = (x[:, ::2, -1] + x[:, 1::2, -1] + x[:, ::2, beyond] + x[:, 1::2, beyond]) / 4
    np.testing.assert_allclose(half[:, :, -1], expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shape", [(6, 8), (5, 8), (6, 7), (1, 1)], ids=str)
def test_doubling_undoes_the_size_and_keeps_what_is_uniform_in_blocks(shape, strict):
    half = halved(field(*shape), REFLECT)
    again = doubled(half, shape)
    assert again.shape == (2, *shape, 3)
    np.testing.assert_allclose(halved(again, REFLECT), half, rtol=1e-6)
