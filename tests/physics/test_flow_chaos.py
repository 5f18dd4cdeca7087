"""Chaotic flows: where they stand still, how they contract, their symmetries, and how fast their orbits part."""

from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import InputError
from nesym.physics.lorenz63 import Lorenz63
from nesym.physics.lorenz96 import Lorenz96
from nesym.physics.thomas import Thomas

FLOWS = [Lorenz63(), Lorenz96(5), Lorenz96(8), Thomas()]
STATE = st.lists(st.floats(-20, 20), min_size=8, max_size=8)


def named(flow) -> str:
    return f"{type(flow).__name__}{len(flow.names)}"


def test_lorenz_stands_still_where_it_should(strict):
    flow = Lorenz63()
    wing = float(np.sqrt(8 / 3 * 27))
    for state in ([0.0, 0.0, 0.0], [wing, wing, 27.0], [-wing, -wing, 27.0]):
        np.testing.assert_allclose(flow(0.0, jnp.array(state)), 0, atol=1e-13)


@pytest.mark.parametrize(
    ("flow", "contraction"), [(Lorenz63(), -41 / 3), (Lorenz96(7), -7.0), (Thomas(), -0.624)], ids=lambda v: str(v)[:12]
)
def test_volumes_shrink_at_a_constant_rate(flow, contraction, strict):
    state = jax.random.normal(jax.random.key(1), (len(flow.names),))
    slope = jax.jit(jax.jacfwd(lambda x: flow(0.0, x)))(state)
    np.testing.assert_allclose(jnp.trace(slope), contraction, rtol=1e-12)


@settings(deadline=None, max_examples=20)
@given(STATE)
def test_waves_keep_their_energy_but_for_forcing_and_friction(state):
    x, flow = jnp.array(state), Lorenz96(8, forcing=3.0)
    np.testing.assert_allclose(x @ flow(0.0, x), 3.0 * x.sum() - x @ x, atol=1e-9)
    turned = flow(0.0, jnp.roll(x, 3))
    np.testing.assert_allclose(turned, jnp.roll(flow(0.0, x), 3), atol=1e-12)


@settings(deadline=None, max_examples=20)
@given(STATE)
def test_the_labyrinth_looks_the_same_along_its_axes_and_through_its_centre(state):
    x, flow = jnp.array(state[:3]), Thomas()
    np.testing.assert_allclose(flow(0.0, jnp.roll(x, 1)), jnp.roll(flow(0.0, x), 1), atol=1e-14)
    np.testing.assert_allclose(flow(0.0, -x), -flow(0.0, x), atol=1e-14)


@pytest.mark.parametrize("flow", FLOWS, ids=named)
def test_published_starts_and_steps(flow):
    assert len(flow.first) == len(flow.names)
    assert flow.step == (2.0**-6 if isinstance(flow, Thomas) else 2.0**-10)
    assert flow.invariants(jnp.array(flow.first)) == {}


def test_exponents_are_those_of_the_published_parameters_only():
    assert Lorenz63().exponent == 0.90642 and Lorenz96(6).exponent == 0.94633 and Thomas().exponent == 0.015273
    assert all(np.isnan(flow.exponent) for flow in (Lorenz63(rho=29.0), Lorenz96(10), Thomas(b=Fraction(1, 5))))


def test_orbits_part_at_the_published_rate():
    """A tangent vector followed along the map, brought back to length one every 64 steps (Benettin et al. 1980)."""
    flow = Lorenz63()
    advance = flow.map()

    def step(both, _):
        def ahead(x):
            return jnp.stack(jax.lax.fori_loop(0, 64, lambda _, x: advance(x), tuple(x)))

        state, tangent = jax.jvp(ahead, (both[0],), (both[1],))
        length = jnp.linalg.norm(tangent)
        return (state, tangent / length), jnp.log(length)

    first = flow.start(jax.random.key(0))
    tangent = jnp.ones_like(first) / jnp.sqrt(first.size)
    blocks = 12_000
    growth = jax.jit(lambda both: jax.lax.scan(step, both, None, length=blocks)[1].sum())((first, tangent))
    assert abs(float(growth) / (64 * blocks * flow.step) - flow.exponent) < 0.02


def test_starts_lie_on_the_attractor_and_depend_on_their_key_alone():
    flow = Lorenz63()
    keys = jax.random.split(jax.random.key(0), 8)
    starts = np.asarray(jax.jit(jax.vmap(flow.start))(keys))
    assert len(np.unique(starts.round(3), axis=0)) == 8
    assert np.isfinite(starts).all() and np.abs(starts).max() < 50
    np.testing.assert_array_equal(starts[2], flow.start(keys[2]))


def test_parameters_have_gradients():
    def fastest(rho):
        return Lorenz63(rho=rho)(0.0, jnp.array([1.0, 2.0, 3.0]))[1]

    assert jax.grad(fastest)(28.0) == 1.0


def test_a_state_of_another_size_is_refused():
    with pytest.raises(InputError, match="has shape") as error:
        Lorenz63()(0.0, jnp.zeros(4))
    assert error.value.remedy.startswith("Give the 3 numbers")
