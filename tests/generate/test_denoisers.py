"""Denoisers and their losses where the answer is known: Gaussian data need no network at all."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nesym.generate import EDM, ConsistencyModel, consistency_distillation, consistency_training, denoising_loss
from nesym.generate.consistency import consistency_levels, pseudo_huber
from nesym.generate.edm import NoiseLevels, sigma_data
from nesym.solve import karras

S = 0.7


def silent(x, level):
    """A network that has learned that there is nothing to learn."""
    return jnp.zeros_like(x)


def clean(n=512, key=0):
    return S * jax.random.normal(jax.random.key(key), (n, 4, 4, 1), jnp.float32)


def test_sigma_data_is_measured():
    assert sigma_data(np.asarray(clean(4096))) == pytest.approx(S, rel=0.01)


def test_edm_without_a_network_is_the_best_denoiser_of_gaussian_data():
    """cskip x = S^2 / (S^2 + s^2) x, the posterior mean; per-sample levels are used per sample."""
    x, s = clean(3), jnp.array([0.1, 1.0, 10.0], jnp.float32)
    assert jnp.allclose(EDM(silent, S)(x, s), (S**2 / (S**2 + s**2))[:, None, None, None] * x, rtol=1e-6)


def test_the_loss_weighs_every_level_alike():
    """For Gaussian data and no network the weighted loss is 1 at every level, in expectation."""
    for sigma in (0.01, 0.5, 20.0):
        levels = NoiseLevels(float(np.log(sigma)), 0.0)
        loss, _ = denoising_loss(EDM(silent, S), clean(2048), jax.random.key(1), levels)
        assert float(loss) == pytest.approx(1.0, rel=0.05)


def test_noise_levels_are_lognormal_in_every_batch():
    drawn = np.log(np.asarray(NoiseLevels(-1.2, 1.2).draw(jax.random.key(0), 64)))
    assert drawn.mean() == pytest.approx(-1.2, abs=0.1) and drawn.std() == pytest.approx(1.2, abs=0.15)


def test_a_consistency_model_is_the_identity_at_the_least_noise():
    def wild(x, level):
        return 1e3 * jnp.ones_like(x)

    x = clean(4)
    assert jnp.array_equal(ConsistencyModel(wild, S)(x, jnp.float32(0.002)), x)


def exact_network(x, level):
    """The network with which ConsistencyModel is the exact solution for Gaussian data: f = x sqrt((S^2+e^2)/(S^2+s^2))."""
    s = jnp.exp(4 * level)[:, None, None, None]
    above, total = s - 0.002, s**2 + S**2
    wanted = jnp.sqrt((S**2 + 0.002**2) / total) - S**2 / (above**2 + S**2)
    return x * jnp.sqrt(total) * wanted * jnp.sqrt(total) / (S * above)


def test_distillation_has_no_loss_at_the_exact_solution_and_some_elsewhere():
    levels, key = consistency_levels(60, 20.0), jax.random.key(2)
    teacher, exact, naive = EDM(silent, S), ConsistencyModel(exact_network, S), ConsistencyModel(silent, S)
    best, _ = consistency_distillation(exact, exact, teacher, clean(), key, levels)
    worse, _ = consistency_distillation(naive, exact, teacher, clean(), key, levels)
    assert float(best) < 0.02 * float(worse)


def test_training_without_a_teacher_prefers_the_exact_solution():
    levels, key = consistency_levels(60, 20.0), jax.random.key(2)
    best, _ = consistency_training(ConsistencyModel(exact_network, S), clean(), key, levels)

    def off(x, level):
        return exact_network(x, level) + 0.3 * x

    worse, _ = consistency_training(ConsistencyModel(off, S), clean(), key, levels)
    assert float(best) < float(worse)


def test_the_target_of_distillation_gets_no_gradient():
    levels, teacher = consistency_levels(20, 5.0), EDM(silent, S)

    def loss(a, b):
        def student(x, level):
            return a * x

        def target(x, level):
            return b * x

        models = ConsistencyModel(student, S), ConsistencyModel(target, S)
        return consistency_distillation(*models, teacher, clean(8), jax.random.key(0), levels)[0]

    to_student, to_target = jax.grad(loss, (0, 1))(0.3, 0.2)
    assert float(to_student) != 0 and float(to_target) == 0


def test_pseudo_huber_is_square_near_zero_and_linear_far_away():
    d = jnp.array([[1e-3], [1e3]])
    assert pseudo_huber(d, 1.0) == pytest.approx([0.5e-6, 1e3 - 1], rel=1e-3)


def test_consistency_levels_end_where_the_model_is_the_identity():
    assert consistency_levels(18, 80.0)[-1] == pytest.approx(0.002)
    assert consistency_levels(18, 80.0)[0] == pytest.approx(karras(18)[0])
