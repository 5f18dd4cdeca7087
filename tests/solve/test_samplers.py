"""Samplers against a world where everything is known: Gaussian fields of standard deviation S.

There the best denoiser is D(x, s) = S^2 / (S^2 + s^2) x, and the probability-flow equation carries x at noise s to
x S / sqrt(S^2 + s^2) at no noise.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nesym._errors import InputError
from nesym.solve import consistency_sample, heun, karras, karras_from, stochastic_heun

S = 0.5


def denoise(x, sigma):
    return S**2 / (S**2 + sigma**2) * x


def noised(sigma, shape=(4, 16, 16, 1), key=0):
    return sigma * jax.random.normal(jax.random.key(key), shape, jnp.float64)


def test_karras_levels():
    levels = karras(18)
    assert levels.shape == (19,)
    assert levels[0] == pytest.approx(80.0) and levels[-2] == pytest.approx(0.002) and levels[-1] == 0
    assert (np.diff(levels) < 0).all()
    # Equal steps in s^(1/7), eq. 5 of Karras et al. 2022.
    assert np.ptp(np.diff(levels[:-1] ** (1 / 7))) < 1e-12
    assert karras_from(0.5, 10)[0] == pytest.approx(0.5)


@pytest.mark.parametrize("steps, low, high", [(1, 0.002, 80.0), (18, 0.0, 80.0), (18, 1.0, 0.5)])
def test_impossible_schedules_are_refused(steps, low, high):
    with pytest.raises(InputError, match="steps=18"):
        karras(steps, low, high)


@pytest.mark.parametrize("sigma", [0.5, 5.0, 80.0])
def test_heun_solves_the_probability_flow(sigma, strict):
    x = noised(sigma)
    exact = x * S / jnp.sqrt(S**2 + sigma**2)
    errors = [float(jnp.abs(heun(denoise, x, karras_from(sigma, n)) / exact - 1).max()) for n in (40, 80, 160)]
    assert errors[-1] < 2e-3
    # Second order: half the step, a quarter of the error (the last, Euler step is of the size of sigma_min).
    assert errors[0] / errors[1] > 3 and errors[1] / errors[2] > 3


def test_heun_calls_the_denoiser_35_times_in_18_steps():
    calls = []

    def counted(x, sigma):
        jax.debug.callback(lambda: calls.append(1))
        return denoise(x, sigma)

    heun(counted, noised(1.0), karras_from(1.0, 18)).block_until_ready()
    jax.effects_barrier()
    assert len(calls) == 35


def test_stochastic_heun_keeps_the_variance_and_is_heun_without_churn():
    x, levels = noised(20.0, (8, 64, 64, 1)), karras(60, 0.002, 20.0)
    fresh = stochastic_heun(denoise, x, levels, jax.random.key(1), churn=30.0)
    assert float(fresh.std()) == pytest.approx(S, rel=0.02)
    still = stochastic_heun(denoise, x, levels, jax.random.key(1), churn=0.0)
    assert jnp.array_equal(still, heun(denoise, x, levels))

    # Churn forgets where it came from; the deterministic sampler does not.
    def likeness(y):
        return float(jnp.corrcoef(y.ravel(), x.ravel())[0, 1])

    assert likeness(still) > 0.999 and likeness(fresh) < 0.9


def test_a_consistency_function_jumps_where_heun_walks():
    def exact(x, sigma):
        return x * S / jnp.sqrt(S**2 + sigma**2)

    x = noised(2.0)
    assert jnp.allclose(consistency_sample(exact, x, 2.0), heun(denoise, x, karras_from(2.0, 200)), rtol=2e-3)


def test_refining_draws_fresh_noise_at_each_level():
    def exact(x, sigma):
        return x * S / jnp.sqrt(S**2 + sigma**2)

    x = noised(2.0, (8, 64, 64, 1))
    once = consistency_sample(exact, x, 2.0)
    again = consistency_sample(
        exact, x, 2.0, refine=(0.4, 0.2), fresh=lambda i: jax.random.normal(jax.random.key(1 + i), x.shape)
    )
    assert float(again.std()) == pytest.approx(S, rel=0.03)
    assert 0.3 < float(jnp.corrcoef(once.ravel(), again.ravel())[0, 1]) < 0.95


def test_refining_noises_the_last_estimate_to_each_level_in_turn():
    """A model that keeps what it gets shows all that happened to it: x + sum_t sqrt(t^2 - e^2) n_t."""
    seen = []

    def keep(x, sigma):
        seen.append(float(sigma))
        return x

    x, levels = noised(2.0, (1, 4, 4, 1)), (0.4, 0.2, 0.0021)
    y = consistency_sample(keep, x, 2.0, refine=levels, fresh=lambda i: jnp.full(x.shape, 10.0**i))
    assert seen == pytest.approx([2.0, *levels])
    added = sum(np.sqrt(t**2 - 0.002**2) * 10.0**i for i, t in enumerate(levels))
    np.testing.assert_allclose(y, x + added, rtol=1e-12)


def test_one_call_asks_for_no_fresh_noise():
    x = noised(2.0, (3, 4, 4, 1))
    levels = jnp.array([0.5, 1.0, 2.0])
    y = consistency_sample(lambda x, sigma: x * sigma[:, None, None, None], x, levels)
    np.testing.assert_array_equal(y, x * levels[:, None, None, None])


def test_refining_keeps_the_precision():
    x = noised(2.0).astype(jnp.float32)
    y = consistency_sample(denoise, x, 2.0, refine=(0.5,), fresh=lambda i: jnp.ones(x.shape, x.dtype))
    assert y.dtype == jnp.float32
