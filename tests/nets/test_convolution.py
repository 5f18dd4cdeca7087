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


def convolved(x, kernel, bias, boundary):
    """The same sum in double precision, over windows of NumPy's own padding."""
    x = np.pad(x.astype(float), ((0, 0), (1, 1), (0, 0), (0, 0)), mode=PAD[boundary[0]])
    x = np.pad(x, ((0, 0), (0, 0), (1, 1), (0, 0)), mode=PAD[boundary[1]])
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(1, 2))
    return np.einsum("bijcpq,pqco->bijo", windows, np.asarray(kernel, float)) + np.asarray(bias)


def layer_of(channels_in: int, channels_out: int, boundary) -> Convolution:
    rng = np.random.default_rng(channels_in)
    return Convolution(
        rng.standard_normal((3, 3, channels_in, channels_out)), rng.standard_normal(channels_out), boundary
    )


@pytest.mark.parametrize(
    "boundary, shape", [*((b, (6, 9)) for b in BOUNDARIES), (BOUNDARIES[1], (1, 2)), (BOUNDARIES[2], (1, 2))], ids=str
)
def test_convolution_is_the_sum_over_its_window(boundary, shape, strict):
    x = np.random.default_rng(0).standard_normal((2, *shape, 20)).astype(np.float32)
    layer = layer_of(20, 5, boundary)
    y = layer(jnp.asarray(x))
    assert y.dtype == jnp.float32
    np.testing.assert_allclose(y, convolved(x, layer.kernel, layer.bias, boundary), atol=5e-5)


def test_a_uniform_field_stays_uniform(strict):
    """With both boundaries the world beyond the edge goes on as it is inside."""
    y = np.asarray(layer_of(3, 4, ("reflect", "circular"))(jnp.ones((1, 6, 9, 3), jnp.float32)))
    np.testing.assert_allclose(y, np.broadcast_to(y[:, :1, :1], y.shape), rtol=1e-5, atol=1e-5)


def test_gradients_are_those_of_the_sum():
    layer = layer_of(2, 2, ("reflect", "circular"))
    x = jnp.asarray(np.random.default_rng(1).standard_normal((1, 3, 4, 2)), jnp.float32)
    check_grads(lambda x, k: Convolution(k, layer.bias, layer.boundary)(x), (x, layer.kernel), 1, eps=0.1, rtol=1e-2)


def test_first_weights_keep_the_variance():
    layers = drawn([Convolution.make(64, 64, BOUNDARIES[0], zero) for zero in (False, True)], jax.random.key(3))
    assert np.std(layers[0].kernel) == pytest.approx(1 / np.sqrt(9 * 64), rel=0.02)
    assert np.mean(layers[0].kernel) == pytest.approx(0, abs=0.01 / np.sqrt(9 * 64))
    assert not any(np.any(w) for w in (layers[0].bias, layers[1].kernel, layers[1].bias))
