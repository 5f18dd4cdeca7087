"""Networks of layers for small states."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nesym._errors import InputError
from nesym.nets.mlp import ACTIVATIONS, MLP

SIZES = {"width": 8, "depth": 2, "activation": "tanh"}


@partial(jax.jit, static_argnames=("inputs", "outputs", "width", "depth", "activation", "dtype"))
def make(inputs, outputs, key, **sizes):
    return MLP.make(inputs, outputs, key=key, **sizes)


def test_it_is_what_its_equation_says(strict):
    network = make(3, 2, **SIZES, key=jax.random.key(0))
    x = np.random.default_rng(0).normal(size=(5, 3))
    (a, b, c), (d, e, f) = (tuple(map(np.asarray, arrays)) for arrays in (network.matrices, network.biases))
    expected = np.tanh(np.tanh(x @ a + d) @ b + e) @ c + f
    np.testing.assert_allclose(jax.vmap(network)(jnp.asarray(x)), expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_stays_in_its_type(dtype, strict):
    network = make(3, 2, **SIZES, key=jax.random.key(0), dtype=dtype)
    assert network(jnp.ones(3, dtype)).dtype == dtype


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_hidden_numbers_keep_their_size_through_many_layers(activation):
    network = make(100, 1, width=100, depth=6, activation=activation, key=jax.random.key(1))
    x = jax.random.normal(jax.random.key(2), (100, 100))
    for matrix in network.matrices[:-1]:
        x = ACTIVATIONS[activation](x @ matrix)
    assert 0.1 < float(jnp.sqrt(jnp.mean(x**2))) < 3


def test_members_are_one_network_each():
    keys = jax.random.split(jax.random.key(0), 3)
    stacked = jax.vmap(lambda key: make(2, 2, **SIZES, key=key))(keys)
    x = jnp.array([0.3, -1.0])
    together = jax.vmap(lambda network: network(x))(stacked)
    alone = [make(2, 2, **SIZES, key=key)(x) for key in keys]
    np.testing.assert_allclose(together, jnp.stack(alone), rtol=1e-12)


@pytest.mark.parametrize("wrong", [{"width": 0}, {"depth": 1.5}, {"activation": "step"}, {"width": True}])
def test_what_no_network_has_is_refused(wrong):
    with pytest.raises(InputError, match="cannot be made") as error:
        MLP.make(2, 2, **SIZES | wrong, key=jax.random.key(0))
    assert "Give whole numbers" in error.value.remedy
