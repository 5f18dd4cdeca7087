"""The parts between the convolutions: noise embedding, residual block, attention."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym.nets._weights import drawn
from nesym.nets.attention import Attention
from nesym.nets.blocks import Block
from nesym.nets.embedding import NoiseEmbedding, fourier_features

REFLECT = ("reflect", "reflect")


def awake(module: eqx.Module) -> eqx.Module:
    """The module with all its weights moved, so that parts which begin at zero take part."""
    rng = np.random.default_rng(0)
    return jax.tree.map(lambda w: jnp.asarray(np.asarray(w) + 0.2 * rng.standard_normal(w.shape), w.dtype), module)


def test_features_are_points_on_circles(strict):
    noise = jnp.linspace(-1.6, 1.1, 40, dtype=jnp.float32)
    cosine, sine = np.split(np.asarray(fourier_features(noise)), 2, axis=1)
    np.testing.assert_allclose(cosine**2 + sine**2, 1, rtol=1e-5)
    np.testing.assert_allclose(np.arctan2(sine[:, 0], cosine[:, 0]), 2 * np.pi * np.asarray(noise) / 16, atol=1e-6)


def test_levels_ten_percent_apart_are_told_apart(strict):
    sigma = np.exp(np.linspace(np.log(0.002), np.log(80), 112))
    assert 1.09 < sigma[1] / sigma[0] < 1.11
    e = np.asarray(drawn(NoiseEmbedding.make(64), jax.random.key(0))(jnp.asarray(np.log(sigma) / 4, jnp.float32)))
    assert e.shape == (112, 64)
    apart = np.linalg.norm(e[:, None] - e[None], axis=-1) + 9 * np.eye(112)
    assert apart.min() > 0.02 * np.linalg.norm(e, axis=-1).mean()


def test_a_new_block_is_its_shortcut(strict):
    x = jnp.asarray(np.random.default_rng(1).standard_normal((2, 4, 6, 16)), jnp.float32)
    e = jnp.ones((2, 8), jnp.float32)
    same, wider = Block.make(16, 16, 8, REFLECT), Block.make(16, 24, 8, REFLECT)
    np.testing.assert_array_equal(same(x, e), x)
    np.testing.assert_array_equal(wider(x, e), wider.shortcut(x))


def test_a_block_hears_the_noise_of_its_own_sample_only(strict):
    block = awake(Block.make(16, 16, 8, REFLECT))
    rng = np.random.default_rng(2)
    x = jnp.asarray(np.repeat(rng.standard_normal((1, 4, 6, 16)), 2, axis=0), jnp.float32)
    e = jnp.asarray(rng.standard_normal((2, 8)), jnp.float32)
    y, swapped = block(x, e), block(x, e[::-1])
    np.testing.assert_allclose(y, swapped[::-1], rtol=1e-5, atol=1e-5)
    assert np.abs(y[0] - y[1]).max() > 0.1


def test_attention_is_its_formula(strict):
    layer = awake(Attention.make(16, 2))
    x = jnp.asarray(np.random.default_rng(3).standard_normal((2, 3, 4, 16)), jnp.float32)
    h = np.asarray(layer.norm(x), float).reshape(2, 12, 16) @ np.asarray(layer.inward.matrix, float)
    q, k, v = np.moveaxis((h + np.asarray(layer.inward.bias)).reshape(2, 12, 3, 2, 8), 2, 0)
    total = np.zeros((2, 12, 2, 8))
    for b, i, head in np.ndindex(2, 12, 2):
        score = np.exp(k[b, :, head] @ q[b, i, head] / np.sqrt(8))
        total[b, i, head] = score @ v[b, :, head] / score.sum()
    out = total.reshape(2, 3, 4, 16) @ np.asarray(layer.outward.matrix) + np.asarray(layer.outward.bias)
    np.testing.assert_allclose(layer(x), np.asarray(x) + out, atol=2e-4)


def test_attention_follows_its_cells_wherever_they_are(strict):
    layer = awake(Attention.make(16, 2))
    x = jnp.asarray(np.random.default_rng(4).standard_normal((1, 3, 4, 16)), jnp.float32)
    order = np.random.default_rng(5).permutation(12)
    mixed = x.reshape(1, 12, 16)[:, order].reshape(x.shape)
    np.testing.assert_allclose(
        layer(mixed).reshape(1, 12, 16), layer(x).reshape(1, 12, 16)[:, order], rtol=1e-4, atol=1e-5
    )


def test_new_attention_changes_nothing(strict):
    x = jnp.asarray(np.random.default_rng(6).standard_normal((1, 3, 4, 16)), jnp.float32)
    np.testing.assert_array_equal(Attention.make(16, 2)(x), x)
