"""The 3 x 3 convolution against its definition, at every edge."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from nesym.nets._weights import drawn
from nesym.nets.convolution import Convolution

BOUNDARIES = [("reflect", "reflect"), ("reflect", "circular"), ("circular", "reflect"), ("circular", "circular")]
PAD = {"reflect": "symmetric", "circular": "wrap"}
each_boundary = pytest.mark.parametrize("boundary", BOUNDARIES, ids="-".join)


def convolved(x, kernel, bias, boundary):
    """The same sum in double precision, over windows of NumPy's own padding."""
    x = np.pad(x.astype(float), ((0, 0), (1, 1), (0, 0), (0, 0)), mode=PAD[boundary[0]])
    x = np.pad(x, ((0, 0), (0, 0), (1, 1), (0, 0)), mode=PAD[boundary[1]])
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    return np.einsum("bijcpq,pqco->bijo", windows, np.asarray(kernel, float)) + np.asarray(bias)


@each_boundary
@pytest.mark.parametrize("shape", [(6, 9), (2, 3), (1, 4)], ids=str)
def test_convolution_is_the_sum_over_its_window(boundary, shape, strict):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, *shape, 20)).astype(np.float32)
    layer = drawn(Convolution.make(20, 5, boundary), jax.random.key(0))
    y = layer(jnp.asarray(x))
    assert y.dtype == jnp.float32
    np.testing.assert_allclose(y, convolved(x, layer.kernel, layer.bias, boundary), atol=2e-6)


def test_a_uniform_field_stays_uniform(strict):
    """With both boundaries the world beyond the edge goes on as it is inside."""
    layer = drawn(Convolution.make(3, 4, ("reflect", "circular")), jax.random.key(1))
    y = np.asarray(layer(jnp.ones((1, 5, 7, 3), jnp.float32)))
    np.testing.assert_allclose(y, np.broadcast_to(y[:, :1, :1], y.shape), rtol=1e-5, atol=1e-6)


@each_boundary
def test_gradients_are_those_of_the_sum(boundary):
    layer = drawn(Convolution.make(2, 2, boundary), jax.random.key(2))
    x = jnp.asarray(np.random.default_rng(1).standard_normal((1, 3, 4, 2)), jnp.float32)
    check_grads(lambda x, k: Convolution(k, layer.bias, boundary)(x), (x, layer.kernel), 1, eps=0.1, rtol=1e-2)


def test_first_weights_keep_the_variance():
    layer = drawn(Convolution.make(64, 64, ("reflect", "reflect")), jax.random.key(3))
    assert np.std(layer.kernel) == pytest.approx(1 / np.sqrt(9 * 64), rel=0.02)
    assert not np.any(layer.bias)
    assert not np.any(drawn(Convolution.make(64, 64, ("reflect", "reflect"), zero=True), jax.random.key(3)).kernel)
