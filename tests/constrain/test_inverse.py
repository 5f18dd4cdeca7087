"""The dense right inverse: against its definition, near dependence, and its derivatives in every direction."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nesym.constrain import Manifold, Reason, Stack, on_field
from nesym.constrain._inverse import right_inverse, rounding

pytestmark = pytest.mark.usefixtures("strict")

SIZES = [(1, 4), (2, 3), (4, 6), (16, 32), (18, 28)]
inverse = jax.jit(right_inverse)


def system(m: int, n: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((m, n)), rng.standard_normal(m)


@pytest.mark.parametrize(("m", "n"), SIZES)
def test_it_is_the_pseudo_inverse(m, n):
    jacobian, r = system(m, n)
    y, sine = inverse(jacobian, r)
    np.testing.assert_allclose(y, np.linalg.pinv(jacobian) @ r, atol=1e-12)
    lengths = np.linalg.norm(jacobian, axis=1)
    np.testing.assert_allclose(sine, np.abs(np.diag(np.linalg.qr(jacobian.T)[1]) / lengths).min(), rtol=1e-12)


@pytest.mark.parametrize("m", [3, 9])
@pytest.mark.parametrize("angle", [1e-3, 1e-6, 1e-9, 1e-12])
def test_nearly_dependent_rows_are_still_kept_to_rounding(m, angle):
    jacobian, _ = system(m, 20)
    jacobian[-1] = jacobian[0] + angle * jacobian[-1]
    v = np.random.default_rng(1).standard_normal(20)
    y, sine = inverse(jacobian, jacobian @ v)
    np.testing.assert_allclose(jacobian @ (v - np.asarray(y)), 0, atol=1e-13)
    assert angle / 10 < sine < angle * 10


@pytest.mark.parametrize("m", [2, 9])
def test_dependent_rows_have_no_sine_left(m):
    jacobian, r = system(m, 20)
    jacobian[-1] = jacobian[:-1].sum(0)
    assert inverse(jacobian, r)[1] <= rounding(m, 20, jnp.float64)
    jacobian[-1] = 0
    assert inverse(jacobian, r)[1] < 1e-100


def quotient(f, x, direction, step=1e-4):
    """Central differences with Richardson's extrapolation: an error of order step^4."""
    once, twice = ((f(x + h * direction) - f(x - h * direction)) / (2 * h) for h in (step, 2 * step))
    return (4 * once - twice) / 3


@pytest.mark.parametrize(("m", "n"), SIZES)
def test_derivatives_forward_and_reverse_are_those_of_finite_differences(m, n):
    jacobian, r = system(m, n)
    rng = np.random.default_rng(2)
    y_bar, towards = rng.standard_normal(n), (rng.standard_normal((m, n)), rng.standard_normal(m))
    flat, direction = (np.concatenate([a.ravel(), b]) for a, b in ((jacobian, r), towards))
    apart = lambda z: inverse(z[: m * n].reshape(m, n), z[m * n :])[0] @ y_bar  # noqa: E731
    expected = quotient(apart, flat, direction)
    forward = jax.jit(lambda g, r, dg, dr: jax.jvp(right_inverse, (g, r), (dg, dr))[1][0])(jacobian, r, *towards)
    np.testing.assert_allclose(forward @ y_bar, expected, rtol=1e-8)
    g_bar, r_bar = jax.jit(lambda g, r, y: jax.vjp(lambda g, r: right_inverse(g, r)[0], g, r)[1](y))(jacobian, r, y_bar)
    np.testing.assert_allclose(np.sum(g_bar * towards[0]) + r_bar @ towards[1], expected, rtol=1e-8)


def test_the_adjoint_is_the_one_written_down_by_its_authors():
    jacobian, v = system(3, 7)[0], np.random.default_rng(3).standard_normal(7)
    bar = np.random.default_rng(4).standard_normal(7)
    projection = lambda g, v: v - right_inverse(g, g @ v)[0]  # noqa: E731
    on, back = jax.vjp(projection, jnp.asarray(jacobian), jnp.asarray(v))
    gram = np.linalg.inv(jacobian @ jacobian.T)
    mu, multiplier = gram @ jacobian @ bar, gram @ jacobian @ v
    v_bar = bar - jacobian.T @ mu
    expected = -np.outer(mu, on) - np.outer(multiplier, v_bar)
    np.testing.assert_allclose(back(jnp.asarray(bar))[0], expected, atol=1e-12)
    np.testing.assert_allclose(back(jnp.asarray(bar))[1], v_bar, atol=1e-12)


def test_second_derivatives_and_batches():
    def curvature(jacobian, r):
        return jax.grad(lambda g: jnp.sum(right_inverse(g, r)[0] ** 3))(jacobian).sum()

    jacobians, rs = (np.stack(a) for a in zip(*(system(5, 8, seed) for seed in range(3)), strict=True))
    gradients = jax.jit(jax.vmap(jax.value_and_grad(curvature)))
    towards = np.random.default_rng(9).standard_normal(jacobians.shape)
    expected = quotient(lambda g: np.asarray(gradients(g, rs)[0]), jacobians, towards)
    np.testing.assert_allclose((gradients(jacobians, rs)[1] * towards).sum((1, 2)), expected, rtol=1e-6)


def test_float32_stays_float32():
    jacobian, r = (jnp.asarray(a, jnp.float32) for a in system(6, 12))
    y, sine = inverse(jacobian, r)
    assert y.dtype == sine.dtype == jnp.float32
    np.testing.assert_allclose(jacobian @ y, r, atol=1e-5)


def test_a_jacobian_of_a_projected_field_for_implicit_solvers():
    sphere = Manifold(lambda x, t: jnp.sum(x * x))
    field = on_field(lambda t, x, args: jnp.sin(x), sphere)
    x = np.array([0.6, 0.0, 0.8])
    found = jax.jit(jax.jacfwd(lambda x: field(0.0, x)))(x)
    for k in range(3):
        expected = quotient(lambda x: np.asarray(field(0.0, jnp.asarray(x))), x, np.eye(3)[k])
        np.testing.assert_allclose(found[:, k], expected, atol=1e-9)


def test_independence_is_told_where_it_is_lost():
    both = Manifold(lambda x, t: jnp.stack([x[0] ** 2 + x[1] ** 2, x[0]]))
    np.testing.assert_allclose(both.independence(jnp.array([3.0, 4.0])), 0.8, rtol=1e-12)
    assert both.independence(jnp.array([3.0, 0.0])) == 0 or both.independence(jnp.array([3.0, 0.0])) < 1e-15
    np.testing.assert_allclose(Stack(both).independence(jnp.array([3.0, 4.0])), 0.8, rtol=1e-12)


@pytest.mark.parametrize("gamma", [None, 4.0])
def test_a_field_says_why_it_is_not_a_number(gamma):
    sphere = Manifold(lambda x, t: jnp.sum(x * x))
    field = on_field(lambda t, x, args: x + 1.0, sphere, gamma).keep(1.0)
    lost, fine = jnp.zeros(3), jnp.ones(3)
    assert np.isnan(jax.jit(lambda x: field(0.0, x))(lost)).all()
    assert Reason[field.diagnose(0.0, lost)] == Reason[Reason.dependent]
    assert field.diagnose(0.0, fine) == Reason.successful
    assert on_field(lambda t, x, args: x, sphere, 4.0, "transpose").diagnose(0.0, lost) == Reason.successful
