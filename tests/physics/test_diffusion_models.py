"""Stochastic process models: where they rest, how they begin, and in what type they answer."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nesym.physics.double_well import DoubleWell
from nesym.physics.energy_balance import EnergyBalance
from nesym.physics.ornstein_uhlenbeck import OrnsteinUhlenbeck

MODELS = (EnergyBalance(), OrnsteinUhlenbeck(), DoubleWell())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_states_side_by_side_keep_shape_and_type(model, strict):
    for dtype in (jnp.float32, jnp.float64):
        x = jnp.linspace(-1.0, 1.0, 6, dtype=dtype).reshape(6, 1)
        for answer in (model.drift(0.0, x), model.diffusion(0.0, x)):
            assert answer.shape == (6, 1) and answer.dtype == dtype
    assert len(model.names) == 1


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_first_starts_do_not_depend_on_their_number(model):
    few, many = (model.start(jax.random.key(3), count) for count in (2, 50))
    np.testing.assert_array_equal(few, many[:2])


def test_climates_and_the_edge_between_them():
    """Equilibria of the energy balance, and their stability."""
    ebm = EnergyBalance()
    for place, slope in ((247.562, -1), (272.893, 1), (296.825, -1)):
        around = ebm.drift(0.0, jnp.array([[place - 0.01], [place + 0.01]]))[:, 0]
        assert np.sign(around[1]) == slope and np.sign(around[0]) == -slope
    assert float(ebm.diffusion(0.0, jnp.array([[250.0]]))[0, 0]) == 40.0


def test_balance_at_a_temperature_by_hand():
    """At 273 K the albedo is 0.425: 0.575 x 1363 / 4 - 0.6 x 5.67e-8 x 273^4."""
    expected = 0.575 * 1363 / 4 - 0.6 * 5.67e-8 * 273.0**4
    assert float(EnergyBalance().drift(0.0, jnp.array([[273.0]]))[0, 0]) == pytest.approx(expected, rel=1e-12)


def test_wells_barrier_and_restoring_force():
    well = DoubleWell()
    np.testing.assert_allclose(well.drift(0.0, jnp.array([[-1.0], [0.0], [1.0], [2.0]]))[:, 0], [0, 0, 0, -6])
    assert float(well.diffusion(0.0, jnp.array([[7.0]]))[0, 0]) == 0.5
    other = OrnsteinUhlenbeck(rate=2.0, mean=1.0, sigma=3.0)
    assert float(other.drift(0.0, jnp.array([[2.0]]))[0, 0]) == -2.0


def test_starts_are_the_published_ones():
    for model, mean, sd in ((EnergyBalance(), 270, 20), (OrnsteinUhlenbeck(), 0.5, 0.1), (DoubleWell(), 0, 1)):
        start = np.asarray(model.start(jax.random.key(0), 20_000))
        assert start.mean() == pytest.approx(mean, abs=5 * sd / 20_000**0.5)
        assert start.std() == pytest.approx(sd, rel=0.03)
