"""Models of one body or two numbers, against their equations derived in another way."""

import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from nesym.physics.converter import Converter
from nesym.physics.lotka_volterra import LotkaVolterra
from nesym.physics.quartic_potential import QuarticPotential
from nesym.physics.rigid_body import RigidBody
from nesym.physics.robot_arm import RobotArm
from nesym.physics.two_body import TwoBody


def starts(flow, count=20, then=lambda x: x):
    return np.asarray(jax.jit(jax.vmap(lambda key: then(flow.start(key))))(jax.random.split(jax.random.key(1), count)))


def velocity(flow, x, t=0.0):
    return np.asarray(jax.jit(flow)(t, x))


def gradient(of, x):
    return np.asarray(jax.jit(jax.grad(of))(x))


def hamiltonian(energy, x):
    """(dH/dp, -dH/dq) of x = (q, p)."""
    by_q, by_p = np.split(gradient(energy, x), 2)
    return np.append(by_p, -by_q)


def solved(flow, ends, x):
    field = jax.jit(flow)
    return solve_ivp(lambda t, x: np.asarray(field(t, x)), ends, x, "DOP853", rtol=1e-11, atol=1e-12).y[:, -1]


def test_two_bodies_are_hamiltonian_with_period_two_pi():
    flow, x = TwoBody(), np.array([0.5, -0.3, 0.2, 1.4])
    np.testing.assert_allclose(velocity(flow, x), hamiltonian(flow.energy, x), atol=1e-14)
    np.testing.assert_allclose(starts(flow, then=flow.energy), -0.5, atol=1e-14)
    start = starts(flow)[0]
    np.testing.assert_allclose(solved(flow, [0, 2 * np.pi], start), start, atol=1e-8)


def test_a_rigid_body_turns_about_its_angular_velocity():
    flow, y = RigidBody(), np.array([0.3, -0.5, 0.8])
    np.testing.assert_allclose(velocity(flow, y), np.cross(y, y / np.array([1.6, 1, 2 / 3])), atol=1e-15)
    assert abs(gradient(flow.energy, y) @ velocity(flow, y)) < 1e-15
    np.testing.assert_allclose(starts(flow, then=flow.kept_values), 0.5, atol=1e-15)


def test_a_converter_is_a_chain_of_two_oscillators():
    flow, x = Converter(), np.array([0.4, 0.9, 0.2])
    assert flow.breaks == (1.5, 1.5)
    first = np.array([[0, 0, 10], [0, 0, 0], [-2, 0, 0]])  # (1 / C1, -1 / L3): the first capacitor
    second = np.array([[0, 0, 0], [0, 0, 5], [0, -2, 0]])
    exact = expm(0.7 * second) @ expm(1.5 * first) @ x
    before = solved(flow, [0, 1.5 - 1e-13], x)
    np.testing.assert_allclose(solved(flow, [1.5, 2.2], before), exact, atol=1e-9)


def test_a_network_is_shown_the_switch():
    x, times = np.array([0.4, 0.9, 0.2]), np.array([0, 1.49, 1.5, 2.99, 3, 4.6])
    shown = jax.jit(jax.vmap(Converter().inputs, (0, None)))(times, x)
    np.testing.assert_array_equal(shown, [[*x, s] for s in (0, 0, 1, 1, 0, 1)])


def test_the_hand_follows_its_path_with_the_least_motion():
    flow, theta, t = RobotArm(), np.array([0.9, -0.7, 0.2]), 0.4
    gradients = jax.jit(jax.jacfwd(flow.hand))(theta)
    _, speed = jax.jit(lambda t: jax.jvp(flow.path, (t,), (1.0,)))(t)
    np.testing.assert_allclose(velocity(flow, theta, t), np.linalg.pinv(gradients) @ speed, atol=1e-14)
    expected = np.concatenate([np.cos(theta), np.sin(theta), speed])
    np.testing.assert_allclose(jax.jit(flow.inputs)(t, theta), expected, atol=1e-15)


def test_the_constraint_of_the_arm_moves_with_time():
    flow, theta, t = RobotArm(), np.array([0.9, -0.7, 0.2]), 0.4
    constraint, true = flow.constraint, velocity(flow, theta, t)
    assert np.abs(constraint.residual(theta, constraint.reference(theta, t), t)).max() < 1e-15
    tangent = jax.jit(lambda v: constraint.tangent(theta, v, t=t))
    np.testing.assert_allclose(tangent(np.zeros(3)), true, atol=1e-14)
    np.testing.assert_allclose(tangent(true), true, atol=1e-14)


def test_published_starts_of_the_arm():
    drawn = starts(RobotArm(), 300)
    np.testing.assert_array_equal(drawn[:, [1, 2]], drawn[:, [0, 0]] * [-1, 1])
    assert np.pi / 4 <= drawn[:, 0].min() < 0.8 and 1.16 < drawn[:, 0].max() <= 3 * np.pi / 8


def test_the_quartic_bowl_is_hamiltonian_and_round():
    flow, x = QuarticPotential(), np.array([0.3, -0.8, 0.5, 0.4])
    np.testing.assert_allclose(velocity(flow, x), hamiltonian(lambda x: flow.kept_values(x)[0], x), atol=1e-15)
    assert abs(gradient(flow.angular_momentum, x) @ velocity(flow, x)) < 1e-15


def test_predators_and_prey_are_hamiltonian_in_logarithms():
    flow = LotkaVolterra()

    def energy(logs):
        return flow.kept_values(jnp.exp(logs))[0]

    x = np.array([0.9, 2.1])
    by_prey, by_predators = gradient(energy, np.log(x))
    np.testing.assert_allclose(velocity(flow, x) / x, [-by_predators, by_prey], atol=1e-15)
    np.testing.assert_allclose(gradient(energy, np.log([3, 1.5])), 0, atol=1e-14)


def test_no_published_start_would_be_rejected():
    corners = np.array([[x, y] for x in (0.8, 3) for y in (0.5, 2.5)])  # H is convex: largest at a corner
    assert 3 < jax.jit(jax.vmap(LotkaVolterra().kept_values))(corners).max() < 3.02
    drawn = starts(LotkaVolterra(), 300)
    assert (drawn > [0.8, 0.5]).all() and (drawn < [3, 2.5]).all()
