"""Pendulums and springs, against the equations that follow from their energies by automatic differentiation."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nesym._errors import InputError
from nesym.physics.double_pendulum import DoublePendulum
from nesym.physics.fput import FPUT
from nesym.physics.pendulum_chain import PendulumChain

RNG = np.random.default_rng(8)


def lagrangian(theta, omega, gravity=9.81):
    """Kinetic minus potential energy of unit masses on unit rods, from where the masses are."""

    def places(theta):
        return jnp.cumsum(jnp.stack([jnp.sin(theta), -jnp.cos(theta)]), 1)

    where, velocity = jax.jvp(places, (theta,), (omega,))
    return jnp.sum(velocity**2) / 2 - gravity * jnp.sum(where[1])


@jax.jit
def euler_lagrange(theta, omega):
    """omega' of d/dt dL/domega = dL/dtheta."""
    mass = jax.hessian(lagrangian, 1)(theta, omega)
    turn = jax.jacfwd(jax.grad(lagrangian, 1), 0)(theta, omega) @ omega
    return jnp.linalg.solve(mass, jax.grad(lagrangian)(theta, omega) - turn)


def test_the_chain_obeys_the_lagrangian():
    z = RNG.normal(size=16)
    theta, omega = np.split(z, 2)
    flow = PendulumChain(8)
    joints = 0.1 * np.diff(np.append(0, omega))
    angular = jax.jit(flow.in_angles)(0.0, z)
    np.testing.assert_allclose(angular[8:], euler_lagrange(theta, omega) - joints, atol=1e-11)
    x, moved = jax.jit(lambda z, rate: jax.jvp(flow.from_angles, (z,), (rate,)))(z, angular)
    np.testing.assert_allclose(jax.jit(flow)(0.0, x), moved, atol=1e-11)


def test_the_double_pendulum_obeys_the_lagrangian_and_is_a_chain_of_two():
    z = jnp.asarray(RNG.normal(size=4))
    flow = DoublePendulum()
    f = jax.jit(flow)(0.0, z)
    np.testing.assert_allclose(f[2:], euler_lagrange(z[:2], z[2:]), atol=1e-12)
    np.testing.assert_allclose(f, jax.jit(PendulumChain(2, friction=0.0).in_angles)(0.0, z), atol=1e-12)
    value, twice = jax.jit(lambda z: jax.jvp(lagrangian, (z[:2], z[2:]), (0 * z[2:], z[2:])))(z)
    np.testing.assert_allclose(flow.kept_values(z)[0], twice - value, atol=1e-13)  # omega dL/domega - L


def test_small_swings_of_the_double_pendulum():
    modes = np.linalg.eigvals(jax.jit(jax.jacfwd(lambda z: DoublePendulum()(0, z)))(jnp.zeros(4)))
    expected = np.sqrt(9.81 * (2 + np.sqrt([2, 2]) * [-1, 1]))
    np.testing.assert_allclose(np.unique(np.abs(modes.imag).round(9)), expected, atol=1e-8)


def test_energy_of_the_chain_is_kept_without_friction_alone():
    @jax.jit
    def power(flow):
        x = flow.from_angles(jnp.array([0.3, 1.1, -0.4, 2.0, 1.0, -1.0, 2.0, 0.5]))
        return jax.grad(flow.energy)(x) @ flow(0, x)

    assert abs(power(PendulumChain(friction=0.0))) < 1e-12
    assert power(PendulumChain()) < -0.1


def test_angles_there_and_back():
    z = jnp.asarray(np.append(RNG.uniform(-3, 3, 8), RNG.normal(size=8)))
    flow = PendulumChain(8)
    x = jax.jit(flow.from_angles)(z)
    np.testing.assert_allclose(jax.jit(flow.to_angles)(x), z, atol=1e-13)
    np.testing.assert_allclose(jax.jit(flow.kept_values)(x), 0, atol=1e-14)
    x = PendulumChain(1).from_angles(jnp.array([np.pi / 2, 2.0]))  # horizontal, on its way up
    np.testing.assert_allclose(x, [1, 0, 0, 2], atol=1e-15)


def test_errors_of_the_constraints_do_not_feed_themselves():
    """(r . r')' = (r . r')^2 / |r|^2: a chain with rods of other lengths that do not change keeps them."""
    flow = PendulumChain(4)
    x = jnp.asarray(RNG.normal(size=16))
    kept, rates = jax.jit(lambda x: jax.jvp(flow.kept_values, (x,), (flow(0, x),)))(x)
    lengths, stretching = jnp.split(kept, 2)
    np.testing.assert_allclose(rates, jnp.append(2 * stretching, stretching**2 / (lengths + 1)), atol=1e-10)


def test_springs_are_hamiltonian():
    flow, x = FPUT(8, a=0.1, b=0.7), jnp.asarray(RNG.normal(size=16))
    by_q, by_p = jnp.split(jax.jit(jax.grad(lambda x: flow.kept_values(x)[0]))(x), 2)
    np.testing.assert_allclose(jax.jit(flow)(0.0, x), jnp.append(by_p, -by_q), atol=1e-13)


def test_energy_of_two_displaced_neighbours():
    x = jnp.zeros(64).at[3].set(2.0).at[4].set(1.0)  # springs stretched by 2, -1 and -1
    np.testing.assert_allclose(FPUT().kept_values(x), 6 / 2 + 0.25 * (8 - 2) / 3, atol=1e-14)


def test_modes_of_the_linear_chain():
    matrix = jax.jit(jax.jacfwd(lambda x: FPUT()(0, x)))(jnp.zeros(64))
    frequencies = 2 * np.sin(np.pi * np.arange(1, 33) / 66)
    np.testing.assert_allclose(np.sort(np.linalg.eigvals(matrix).imag)[32:], frequencies, atol=1e-12)
    first = FPUT().first_mode(1e-6)
    np.testing.assert_allclose(
        matrix @ first, jnp.append(0 * first[32:], -(frequencies[0] ** 2) * first[:32]), atol=1e-18
    )
    assert jnp.argmax(first) in (15, 16)


def test_no_start_has_the_energy_to_break_a_spring():
    flow = FPUT()
    energies = jax.jit(jax.vmap(lambda key: flow.kept_values(flow.start(key))))(
        jax.random.split(jax.random.key(0), 500)
    )
    assert 0 < energies.min() and energies.max() < 0.4
    np.testing.assert_allclose(flow.kept_values(flow.first_mode()), 33 * np.sin(np.pi / 66) ** 2, rtol=0.01)


@pytest.mark.parametrize("make", [lambda: PendulumChain(0), lambda: FPUT(3)])
def test_chains_too_short_are_refused(make):
    with pytest.raises(InputError) as caught:
        make()
    assert caught.value.remedy.startswith("Give ")
