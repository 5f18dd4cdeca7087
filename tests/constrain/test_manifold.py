"""Manifolds: tangents and projections against their definitions, and failures that tell their reason."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.test_util import check_grads

from nesym._errors import ConstraintError
from nesym.constrain import Budget, Manifold, Reason
from nesym.fields.blocks import block_mean
from nesym.observe import Coarsen


def two_body(u, t):
    """Energy and angular momentum of a unit mass in the field -1/r: u = (q1, q2, p1, p2)."""
    energy = 0.5 * (u[2] ** 2 + u[3] ** 2) - 1 / jnp.sqrt(u[0] ** 2 + u[1] ** 2)
    return jnp.stack([energy, u[0] * u[3] - u[1] * u[2]])


def arm(angles, t):
    """The end of three unit links against the point it has to follow."""
    end = jnp.stack([jnp.cos(angles).sum(), jnp.sin(angles).sum()])
    return end + jnp.stack([jnp.sin(2 * jnp.pi * t) / (2 * jnp.pi), 0.0 * t])


pytestmark = pytest.mark.usefixtures("strict")

SPHERE = Manifold(lambda x, t: jnp.sum(x * x))
ORBITS = Manifold(two_body)
ORBIT = np.array([0.4, 0.1, -0.2, 1.9])

# Compiled once for the whole file.
gradients = jax.jit(jax.jacfwd(lambda u: two_body(u, 0.0)))
tangent = jax.jit(lambda u, v: ORBITS.tangent(u, v))
lift = jax.jit(lambda u, r: ORBITS.lift(u, r))
try_project = jax.jit(lambda u, ref: ORBITS.try_project(u, ref))
arm_tangent = jax.jit(lambda angles, v, t: Manifold(arm).tangent(angles, v, t=t))
try_sphere = jax.jit(SPHERE.try_project)


@given(seed=st.integers(0, 2**31))
@settings(max_examples=10, deadline=None)
def test_the_tangent_is_an_orthogonal_projection_on_the_kernel(seed):
    u, v, w = np.random.default_rng(seed).standard_normal((3, 4)) + 0.5
    jacobian, on = np.asarray(gradients(u)), np.asarray(tangent(u, v))
    size = np.linalg.norm(v)
    np.testing.assert_allclose(jacobian @ on, 0, atol=1e-12 * np.abs(jacobian).max() * size)
    np.testing.assert_allclose(tangent(u, on), on, atol=1e-12 * size)
    np.testing.assert_allclose(on @ w, v @ np.asarray(tangent(u, w)), atol=1e-12 * size * np.linalg.norm(w))


def test_lift_is_the_pseudo_inverse():
    r = np.array([0.3, -1.2])
    np.testing.assert_allclose(lift(ORBIT, r), np.linalg.pinv(gradients(ORBIT)) @ r, rtol=1e-12)


def test_sphere_by_hand():
    x, v = np.array([3.0, 0.0, 4.0]), np.array([1.0, 2.0, 3.0])
    np.testing.assert_allclose(jax.jit(lambda x, v: SPHERE.tangent(x, v))(x, v), v - x * (15 / 25), rtol=1e-14)
    np.testing.assert_allclose(try_sphere(x, 4.0).value, x * 0.4, rtol=1e-14)
    np.testing.assert_allclose(SPHERE.residual(x, 4.0), 21.0)
    np.testing.assert_allclose(SPHERE.reference(x), 25.0)


def test_zero_reference_needs_none():
    rod = Manifold(lambda x, t: jnp.sum(x * x) - 1.0, reference="zero")
    np.testing.assert_allclose(jax.jit(rod.project)(jnp.array([3.0, 4.0])), [0.6, 0.8], rtol=1e-14)
    assert rod.reference(jnp.ones(2)) == 0.0


def test_a_velocity_follows_a_constraint_that_moves():
    angles, v, t = np.array([0.9, -0.8, 1.0]), np.array([0.2, -0.1, 0.5]), 0.3
    change = jax.jit(lambda v: jax.jvp(arm, (angles, t), (v, 1.0))[1])
    np.testing.assert_allclose(change(arm_tangent(angles, v, t)), 0, atol=1e-14)
    reference = lambda t: jnp.stack([t * t, 2.0 * t])  # noqa: E731
    velocity = jax.jit(lambda v: Manifold(arm).tangent(angles, v, reference, t))(v)
    np.testing.assert_allclose(change(velocity), [0.6, 2.0], rtol=1e-13)


def test_the_truth_of_the_robot_arm_is_the_tangent_of_rest():
    angles, t = np.array([0.9, -0.8, 1.0]), 0.3
    jacobian = np.stack([-np.sin(angles), np.cos(angles)])
    motion = np.linalg.pinv(jacobian) @ [-np.cos(2 * np.pi * t), 0.0]
    np.testing.assert_allclose(arm_tangent(angles, np.zeros(3), t), motion, rtol=1e-12)


def test_projection_reaches_the_set_quadratically():
    ref = two_body(ORBIT, 0.0)
    outcome = try_project(ORBIT + np.array([0.02, -0.03, 0.05, 0.04]), ref)
    assert outcome.successful and 3 <= outcome.steps <= 6
    np.testing.assert_allclose(two_body(outcome.value, 0.0), ref, atol=1e-14)
    np.testing.assert_allclose(try_project(outcome.value, ref).value, outcome.value, atol=1e-14)


def test_projection_is_near_the_nearest_point():
    normal = np.asarray(lift(ORBIT, np.array([1.0, 1.0])))
    for size, bound in ((1e-2, 1e-3), (1e-3, 1e-5)):
        away = ORBIT + size * normal / np.linalg.norm(normal)
        assert np.linalg.norm(try_project(away, two_body(ORBIT, 0.0)).value - ORBIT) < bound


def test_float32_stays_float32():
    x, v = jnp.array([3.0, 0.0, 4.0], jnp.float32), jnp.array([1.0, 2.0, 3.0], jnp.float32)
    assert jax.eval_shape(SPHERE.tangent, x, v).dtype == jnp.float32
    kept = try_sphere(x, 4.0).value
    assert kept.dtype == jnp.float32
    np.testing.assert_allclose(kept, x * 0.4, rtol=3e-7)


def test_states_may_be_trees():
    state, velocity = {"q": ORBIT[:2], "p": ORBIT[2:]}, {"q": np.array([1.0, 2.0]), "p": np.array([3.0, 4.0])}
    c = Manifold(lambda u, t: two_body(jnp.concatenate([u["q"], u["p"]]), t))
    on = jax.jit(lambda u, v: c.tangent(u, v))(state, velocity)
    np.testing.assert_allclose(on["p"], tangent(ORBIT, np.arange(1.0, 5.0))[2:], rtol=1e-13)


def test_the_general_form_agrees_with_the_closed_one():
    y, truth, v = np.random.default_rng(0).standard_normal((3, 8, 12))
    general, closed = Manifold(lambda x, t: block_mean(x, 4)), Budget(Coarsen(4), "shift")
    ref = closed.reference(truth)
    np.testing.assert_allclose(jax.jit(general.project)(y, ref), closed.project(y, ref), atol=1e-13)
    on = jax.jit(lambda y, v: general.tangent(y, v))(y, v)
    np.testing.assert_allclose(on, closed.tangent(y, v), atol=1e-13)


def test_gradients():
    v, ref, near = np.array([0.3, -0.4, 0.5, 0.1]), np.asarray(two_body(ORBIT, 0.0)), ORBIT + 0.02

    def everything(u, v, near, ref, t):
        c = Manifold(two_body)
        return c.tangent(u, v), c.lift(u, ref), c.project(near, ref), Manifold(arm).tangent(near[:3], v[:3], t=t)

    check_grads(jax.jit(everything), (ORBIT, v, near, ref, 0.3), order=1, modes="rev")


DOUBLED = Manifold(lambda u, t: jnp.stack([u[0] + u[1], 2.0 * (u[0] + u[1])]))


def test_dependent_constraints_are_a_result_with_a_reason():
    outcome = jax.jit(DOUBLED.try_lift)(ORBIT, np.ones(2))
    assert not outcome.successful and outcome.reason == Reason.dependent
    assert "not independent" in Reason[outcome.reason] and jnp.isnan(outcome.value).all()
    with pytest.raises(ConstraintError) as refused:
        DOUBLED.lift(ORBIT, np.ones(2))
    assert "Drop a constraint" in refused.value.remedy


def test_a_vanishing_gradient_is_reported():
    assert jax.jit(SPHERE.try_lift)(np.zeros(3), 1.0).reason == Reason.dependent
    assert try_sphere(np.zeros(3), 1.0).reason == Reason.dependent


def test_units_of_invariants_do_not_make_them_dependent():
    scaled = Manifold(lambda u, t: jnp.array([1e12, 1e-12]) * two_body(u, t))
    on = jax.jit(lambda u, v: scaled.tangent(u, v))(ORBIT, np.ones(4))
    np.testing.assert_allclose(on, tangent(ORBIT, np.ones(4)), rtol=1e-12)


def test_an_empty_set_is_a_result_with_a_reason():
    outcome = try_sphere(np.array([1.0, 2.0, 3.0]), -1.0)
    assert outcome.reason == Reason.not_converged and outcome.steps == SPHERE.steps
    with pytest.raises(ConstraintError) as refused:
        SPHERE.project(jnp.array([1.0, 2.0]), -1.0)
    assert "`steps`" in refused.value.remedy


def test_reasons_are_raised_inside_compiled_code():
    with pytest.raises(RuntimeError, match="not independent"):
        jax.block_until_ready(jax.jit(lambda u: DOUBLED.tangent(u, u))(ORBIT))


def test_each_state_of_an_ensemble_has_its_own_reason():
    states = jnp.array([[3.0, 4.0], [0.0, 0.0], [1e-3, 0.0]])
    outcome = jax.jit(jax.vmap(lambda x: SPHERE.try_project(x, 1.0)))(states)
    np.testing.assert_array_equal(outcome.successful, [True, False, True])
    np.testing.assert_allclose(outcome.value[0], [0.6, 0.8], rtol=1e-14)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Manifold(lambda x: x), "lambda x, t"),
        (lambda: Manifold(two_body, reference="first"), '"initial"'),
        (lambda: SPHERE.project(jnp.ones(3)), "constraint.reference(x0)"),
        (lambda: Manifold(two_body).project(ORBIT, jnp.ones(3)), "jax.vmap"),
        (lambda: Manifold(lambda x, t: jnp.tile(x, 2)).tangent(ORBIT, ORBIT), "fewer constraints"),
        (lambda: Manifold(lambda x, t: block_mean(x, 8)).project(jnp.ones((128, 128)), jnp.ones((16, 16))), "Budget("),
        (lambda: Manifold(lambda x, t: x).tangent(jnp.ones((65, 64)), jnp.ones((65, 64))), "closed form"),
    ],
)
def test_bad_input_is_refused_with_its_remedy(make, words):
    with pytest.raises(ConstraintError) as refused:
        make()
    assert words in refused.value.remedy


def test_one_invariant_of_a_whole_field_is_affordable():
    x = np.random.default_rng(1).standard_normal((128, 128))
    np.testing.assert_allclose(np.sum(np.asarray(try_sphere(x, 5.0).value) ** 2), 5.0, rtol=1e-13)
