"""Denoisers and their losses where the answer is known: Gaussian data need no network at all."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nesym.generate import (
    EDM,
    Conditioned,
    ConsistencyModel,
    consistency_distillation,
    consistency_training,
    denoising_loss,
)
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


MEAN = jnp.linspace(-2, 2, 16, dtype=jnp.float32).reshape(1, 4, 4, 1)
SPREAD = jnp.linspace(0.2, 3, 16, dtype=jnp.float32).reshape(1, 4, 4, 1)


def test_what_is_expected_of_each_cell_is_the_best_denoiser_of_gaussian_cells():
    """Mean m and standard deviation S of their own: the posterior mean m + S^2 / (S^2 + s^2) (x - m), loss 1 everywhere."""
    unit = jax.random.normal(jax.random.key(3), (4096, 4, 4, 1), jnp.float32)
    data, model = MEAN + SPREAD * unit, EDM(silent, SPREAD, MEAN)
    s = jnp.float32(0.8)
    np.testing.assert_allclose(
        model(data, s), MEAN + SPREAD**2 / (SPREAD**2 + s**2) * (data - MEAN), rtol=1e-4, atol=1e-5
    )
    loss, _ = denoising_loss(model, data, jax.random.key(1), NoiseLevels(0.0, 1.0))
    assert float(loss) == pytest.approx(1.0, rel=0.05)
    worse, _ = denoising_loss(EDM(silent, SPREAD), data, jax.random.key(1), NoiseLevels(0.0, 1.0))
    assert float(worse) > 1.5


def test_a_network_sees_anomalies_of_unit_variance():
    """At every cell and level, whatever the mean and the spread that are expected there."""
    seen = []
    unit = jax.random.normal(jax.random.key(3), (4096, 4, 4, 1), jnp.float32)
    for sigma in (0.1, 2.0):
        noised = MEAN + SPREAD * unit + sigma * jax.random.normal(jax.random.key(4), unit.shape, jnp.float32)
        for kind in (EDM, ConsistencyModel):
            kind(lambda x, level: seen.append(np.asarray(x)) or 0 * x, SPREAD, MEAN)(noised, jnp.float32(sigma))
    for x in seen:
        np.testing.assert_allclose(x.mean(0), 0, atol=0.1)
        np.testing.assert_allclose(x.std(0), 1, atol=0.06)


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
    for model in (ConsistencyModel(wild, S), ConsistencyModel(wild, SPREAD, MEAN)):
        assert jnp.array_equal(model(x, jnp.float32(0.002)), x)


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


@pytest.mark.parametrize("loss", ["distillation", "training"])
def test_losses_of_consistency_do_not_depend_on_the_size_of_a_field(loss, monkeypatch):
    """A field tiled twice along both axes is as far from its goal as one: the distance is per root of the size."""
    field, levels = clean(64), consistency_levels(20, 5.0)

    def tiled_noise(key, shape, dtype):
        noise = normal(key, (shape[0], 4, 4, 1), dtype)
        return jnp.tile(noise, (1, shape[1] // 4, shape[2] // 4, 1))

    normal = jax.random.normal
    monkeypatch.setattr(jax.random, "normal", tiled_noise)

    def value(x):
        student = ConsistencyModel(lambda x, level: 0.3 * x, S)
        if loss == "training":
            return float(consistency_training(student, x, jax.random.key(3), levels)[0])
        return float(consistency_distillation(student, student, EDM(silent, S), x, jax.random.key(3), levels)[0])

    assert value(jnp.tile(field, (1, 2, 2, 1))) == pytest.approx(value(field), rel=1e-5)


def test_far_from_its_goal_the_loss_is_the_root_mean_square_distance():
    """So that its scale beside other losses is known: |d| / sqrt(size), away from the rounded corner of pseudo-Huber."""
    field, levels = clean(16), np.array([1.0, 0.002])

    def lifted(x, level):
        return jnp.full_like(x, 50.0)

    student, target = ConsistencyModel(lifted, S), ConsistencyModel(silent, S)
    loss, _ = consistency_distillation(student, target, EDM(silent, S), field, jax.random.key(3), levels)
    above, total = 1 - 0.002, 1 + S**2
    assert float(loss) == pytest.approx(50 * S * above / np.sqrt(total), rel=0.02)


# Networks that are told something


def test_what_is_known_comes_after_the_field_and_for_every_sample(strict):
    seen = []

    def network(x, level):
        seen.append((x, level))
        return x[..., :1]

    x, known = clean(3), jnp.arange(32, dtype=jnp.float32).reshape(1, 4, 4, 2)
    y = Conditioned(network, known)(x, jnp.zeros(3, jnp.float32))
    (given, _), *_ = seen
    assert given.shape == (3, 4, 4, 3)
    assert jnp.array_equal(y, x) and jnp.array_equal(given[..., :1], x)
    for sample in given[..., 1:]:
        assert jnp.array_equal(sample, known[0])
    each = jnp.concatenate([known, 2 * known, 3 * known])
    Conditioned(network, each)(x, jnp.zeros(3, jnp.float32))
    assert jnp.array_equal(seen[-1][0][..., 1:], each)


@pytest.mark.parametrize("model", [EDM, ConsistencyModel])
def test_what_is_known_is_not_scaled_with_the_noise(model):
    """A network that repeats what it is told: the denoised field is cskip x + cout known, whatever the level."""
    x, known = jnp.zeros((2, 4, 4, 1), jnp.float32), clean(1)
    s = jnp.array([0.5, 50.0], jnp.float32)
    y = model(Conditioned(lambda x, level: x[..., 1:], known), S)(x, s)
    above = s if model is EDM else s - 0.002
    out = S * above / jnp.sqrt(s**2 + S**2)
    np.testing.assert_allclose(y, out[:, None, None, None] * known, rtol=1e-5)
