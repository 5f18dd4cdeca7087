"""Euler-Maruyama: moments known exactly, rows and steps that do not depend on what else is asked for."""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nesym._errors import InputError
from nesym.physics.double_well import DoubleWell
from nesym.physics.ornstein_uhlenbeck import OrnsteinUhlenbeck
from nesym.solve.sde import euler_maruyama

STORED = json.loads((Path(__file__).parent / "sde_torchsde.json").read_text())
KEY = jax.random.key(5)
OU = OrnsteinUhlenbeck(rate=1.0, mean=0.25, sigma=0.7)
WELL = DoubleWell()


def solved(model, start, times, substeps=1, key=KEY):
    return euler_maruyama(model.drift, model.diffusion, start, times, key, substeps)


def test_moments_of_the_linear_process():
    """Mean, variance and covariance of the chain of steps h: x' = x - rate h (x - mean) + sigma sqrt(h) xi."""
    h, steps, count = 0.1, 20, 40_000
    x = np.asarray(solved(OU, jnp.full((count, 1), 2.0), np.arange(steps + 1) * h))[..., 0]
    kept = (1 - h) ** np.arange(steps + 1)
    variance = OU.sigma**2 * h * (1 - kept**2) / (1 - (1 - h) ** 2)
    np.testing.assert_allclose(x.mean(1), 0.25 + 1.75 * kept, atol=5 * (variance.max() / count) ** 0.5)
    np.testing.assert_allclose(x.var(1)[1:], variance[1:], rtol=5 * (2 / count) ** 0.5)
    assert np.cov(x[10], x[20])[0, 1] == pytest.approx(variance[10] * kept[10], rel=0.05)


def test_more_substeps_come_to_the_moments_of_the_equation():
    """Variance sigma^2 / (2 rate) (1 - exp(-2 t)) at t = 1; weak order 1: the error falls with the step."""
    exact = OU.sigma**2 / 2 * (1 - np.exp(-2.0))
    found = [float(solved(OU, jnp.zeros((60_000, 1)), np.array([0.0, 1.0]), n)[1].var()) for n in (2, 64)]
    assert abs(found[0] / exact - 1) > 0.3
    assert found[1] == pytest.approx(exact, rel=0.03)


def test_a_row_is_the_same_however_many_there_are(strict):
    times = jnp.linspace(0.0, 1.0, 9)
    many = solved(WELL, jnp.linspace(-1.0, 1.0, 64)[:, None], times)
    few = solved(WELL, jnp.linspace(-1.0, 1.0, 64)[:3, None], times)
    np.testing.assert_array_equal(few, many[:, :3])


def test_earlier_times_do_not_depend_on_later_ones():
    start, times = jnp.zeros((4, 1)), np.arange(12) * 0.25
    np.testing.assert_array_equal(solved(WELL, start, times[:5]), solved(WELL, start, times)[:5])


def test_substeps_are_steps_of_which_some_are_kept():
    fine, coarse = np.arange(17) * 0.125, np.arange(5) * 0.5
    start = jnp.ones((5, 1))
    np.testing.assert_allclose(
        solved(WELL, start, coarse, substeps=4), solved(WELL, start, fine)[::4], rtol=1e-13, atol=1e-13
    )


def test_without_noise_it_is_eulers_method_on_any_times():
    times = np.array([0.0, 0.1, 0.4, 0.45])
    x = euler_maruyama(lambda t, x: -x + t, lambda t, x: jnp.zeros_like(x), jnp.ones((1, 1)), times, KEY)[:, 0, 0]
    expected = [1.0]
    for t, h in zip(times[:-1], np.diff(times), strict=True):
        expected.append(expected[-1] + h * (t - expected[-1]))
    np.testing.assert_allclose(x, expected, rtol=1e-14)


def test_gradient_goes_through_the_steps():
    """d x_n / d x_0 = (1 - rate h)^n, d x_n / d sigma is the noise that has come in."""

    def last(start, sigma):
        model = OrnsteinUhlenbeck(sigma=sigma)
        return solved(model, jnp.full((1, 1), start), np.arange(6) * 0.1)[-1, 0, 0]

    found = jax.grad(last, (0, 1))(0.3, 0.9)
    assert float(found[0]) == pytest.approx(0.9**5, rel=1e-12)
    assert float(found[1]) == pytest.approx((float(last(0.3, 0.9)) - 0.3 * 0.9**5) / 0.9, rel=1e-10)


def test_single_precision_stays_and_late_times_keep_their_step():
    start, early = jnp.zeros((3, 1), jnp.float32), np.arange(5) * 0.01
    found = solved(OU, start, early)
    assert found.dtype == jnp.float32
    np.testing.assert_allclose(solved(OU, start, early + 1e7), found, rtol=1e-4)


def test_states_are_those_of_torchsde_on_the_same_increments():
    """Values by tests/oracles/make_sde_values.py; the noise is drawn here as it was there."""
    states = np.array(STORED["states"])
    found = solved(WELL, jnp.asarray(states[0])[:, None], np.arange(9) * 0.125)
    np.testing.assert_allclose(found[..., 0], states, rtol=1e-12)


def test_two_keys_give_two_solutions():
    times = np.arange(4) * 0.1
    assert (
        solved(OU, jnp.zeros((1, 1)), times)[1:] != solved(OU, jnp.zeros((1, 1)), times, key=jax.random.key(6))[1:]
    ).all()


@pytest.mark.parametrize(
    ("start", "times", "substeps", "words"),
    [
        (jnp.zeros(3), np.arange(3.0), 1, "one row for each"),
        (jnp.zeros((3, 1), int), np.arange(3.0), 1, "one row for each"),
        (jnp.zeros((3, 1)), np.zeros(1), 1, "first time"),
        (jnp.zeros((3, 1)), np.arange(3.0), 0, "substeps=1"),
    ],
)
def test_what_does_not_fit_is_refused(start, times, substeps, words):
    with pytest.raises(InputError) as refused:
        solved(OU, start, times, substeps)
    assert words in refused.value.remedy
