"""Ordinary differential equations: exact solutions, orders of convergence, and ends that tell their reason."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from nesym._errors import InputError
from nesym.constrain import Manifold, on_field
from nesym.solve.ode import Reason, integrate
from nesym.solve.runge_kutta import rk4

TIMES = np.linspace(0.0, 2.0, 21)


def decay(t, x, args):
    return -x


def oscillator(t, x, args):
    return jnp.stack([x[1], -x[0]])


def switched(t, x, args):
    """x' = 1 in the first half of each unit of time, -2 in the second."""
    return jnp.where(jnp.mod(t, 1.0) < 0.5, 1.0, -2.0) * jnp.ones_like(x)


def solved(field, start, times=TIMES, **options):
    """One compiled solution."""
    return jax.jit(lambda start: integrate(field, start, times, **options))(jnp.asarray(start))


@pytest.mark.parametrize("method", ["tsit5", "dopri5", "dopri8", "kvaerno5"])
def test_exponential_decay(method):
    found = solved(decay, [1.0, 3.0], method=method)
    assert found.successful and Reason[found.reason] == ""
    np.testing.assert_allclose(found.states[:, 0], np.exp(-TIMES), atol=2e-8)
    np.testing.assert_array_equal(found.states[0], [1.0, 3.0])


@pytest.mark.parametrize(("method", "order"), [("rk4", 4), ("tsit5", 5)])
def test_order_of_convergence(method, order):
    errors = []
    for step in (0.2, 0.1):
        last = solved(oscillator, [1.0, 0.0], np.array([0.0, 4.0]), step=step, method=method).states[-1]
        errors.append(np.linalg.norm(last - np.array([np.cos(4.0), -np.sin(4.0)])))
    assert abs(np.log2(errors[0] / errors[1]) - order) < 0.4


def test_the_tolerance_is_what_is_asked():
    last = lambda tolerance: solved(oscillator, [1.0, 0.0], np.array([0.0, 10.0]), tolerance=tolerance).states[-1]  # noqa: E731
    exact = np.array([np.cos(10.0), -np.sin(10.0)])
    assert np.abs(last(1e-12) - exact).max() < 1e-10 < np.abs(last(1e-6) - exact).max() < 1e-4


def test_a_solution_agrees_with_scipy():
    pendulum = lambda t, x, args: jnp.stack([x[1], -9.81 * jnp.sin(x[0]) + jnp.cos(t)])  # noqa: E731
    found = solved(pendulum, [2.0, 0.0], tolerance=1e-10)
    right = lambda t, x: [x[1], -9.81 * np.sin(x[0]) + np.cos(t)]  # noqa: E731
    peer = solve_ivp(right, (0, 2), [2.0, 0.0], t_eval=TIMES, rtol=1e-11, atol=1e-11, method="DOP853")
    np.testing.assert_allclose(found.states, peer.y.T, atol=1e-8)


def test_a_stiff_field_ends_with_its_reason_and_the_remedy_works():
    stiff = lambda t, x, args: -1e6 * (x - jnp.cos(t))  # noqa: E731
    failed = solved(stiff, [0.0], max_steps=2000)
    assert failed.reason == Reason.max_steps and 'method="kvaerno5"' in Reason[failed.reason]
    assert np.isfinite(failed.states[0]).all() and np.isnan(failed.states[-1]).all()
    found = solved(stiff, [0.0], max_steps=2000, method="kvaerno5")
    np.testing.assert_allclose(found.states[-1], np.cos(2.0), atol=1e-5)


@pytest.mark.parametrize("options", [{}, {"method": "rk4", "step": 0.01}])
def test_a_solution_that_grows_without_bound_ends_soon_and_keeps_what_was_before(options):
    """x' = x^2 from 1 is 1 / (1 - t)."""
    found = solved(lambda t, x, args: x**2, [1.0], **options)
    assert found.reason == Reason.not_finite and not found.successful
    np.testing.assert_allclose(found.states[:10, 0], 1 / (1 - TIMES[:10]), rtol=1e-4)
    assert np.isnan(found.states[11:]).all() and found.calls < 5000


def test_a_velocity_that_is_not_a_number_is_found_at_once():
    found = solved(lambda t, x, args: jnp.where(t > 1, jnp.nan, -1.0) * x, [1.0])
    assert found.reason == Reason.not_finite and found.calls < 2000
    np.testing.assert_allclose(found.states[:10, 0], np.exp(-TIMES[:10]), atol=1e-7)
    assert np.isnan(found.states[11:]).all()
    first = solved(lambda t, x, args: jnp.nan * x, [1.0])
    assert first.reason == Reason.not_finite and first.states[0] == 1.0 and np.isnan(first.states[1:]).all()


@pytest.mark.parametrize("gamma", [None, 8.0])
def test_dependent_constraints_are_the_reason_of_a_whole_solution(gamma):
    """The invariant of Lotka and Volterra has no gradient where both populations stand."""
    level = Manifold(lambda x, t: x[0] - 3.0 * jnp.log(x[0]) + x[1] - 1.5 * jnp.log(x[1]))
    field = on_field(lambda t, x, args: jnp.ones(2), level, gamma)
    start = jnp.array([3.0, 1.5])
    found = solved(field if gamma is None else field.at(start), start)
    assert found.reason == Reason.dependent and "not independent" in Reason[found.reason]
    assert solved(field.at(start + 0.1), start + 0.1).successful


def test_an_arm_that_can_reach_no_further_says_so():
    """Three unit links whose end is pulled away, until they are one line."""
    end = lambda angles, t: jnp.stack([jnp.cos(angles).sum() - t / 2, jnp.sin(angles).sum()])  # noqa: E731
    field = on_field(lambda t, x, args: jnp.zeros(3), Manifold(end))
    found = solved(field, [0.9, -0.9, 0.9], np.linspace(0, 5, 51))
    assert found.reason == Reason.dependent and found.calls < 50_000
    assert np.isfinite(found.states[20]).all() and np.isnan(found.states[-1]).all()


def test_each_start_of_a_batch_has_its_own_end():
    solve = jax.jit(jax.vmap(lambda start: integrate(lambda t, x, args: x**2, start, TIMES)))
    found = solve(jnp.array([[0.1], [2.0]]))
    np.testing.assert_array_equal(found.successful, [True, False])
    np.testing.assert_allclose(found.states[0, -1], 0.1 / (1 - 0.2), rtol=1e-6)
    assert np.isfinite(found.states[1, 3]).all() and np.isnan(found.states[1, -1]).all()


@pytest.mark.parametrize("times", [np.linspace(0.0, 3.0, 11), np.array([0.0, 0.2, 1.1, 2.5, 2.9])])
@pytest.mark.parametrize("options", [{"tolerance": 1e-9}, {"method": "rk4", "step": 0.14}])
def test_steps_end_where_the_field_jumps(times, options):
    found = solved(switched, [0.0], times, breaks=(0.5, 0.5), **options)
    whole, part = np.divmod(times, 1.0)
    exact = -0.5 * whole + np.where(part < 0.5, part, 0.5 - 2 * (part - 0.5))
    np.testing.assert_allclose(found.states[:, 0], exact, atol=1e-12)
    assert found.calls < 700


def test_breaks_are_met_also_where_times_are_traced():
    solve = jax.jit(jax.vmap(lambda times: integrate(switched, jnp.zeros(1), times, breaks=(0.5, 0.5))))
    found = solve(jnp.stack([jnp.linspace(0.0, 2.0, 5), jnp.linspace(0.25, 2.25, 5)]))
    np.testing.assert_allclose(found.states[:, -1, 0], [-1.0, -1.0], atol=1e-12)


def test_calls_are_the_evaluations_of_the_scheme():
    assert solved(decay, [1.0], method="rk4", step=0.05).calls == 4 * 40
    assert solved(decay, [1.0], step=0.05).calls == 1 + 6 * 40
    count = []

    def counted(t, x, args):
        jax.debug.callback(lambda: count.append(1))
        return -x

    found = integrate(counted, jnp.ones(1), TIMES)
    jax.effects_barrier()
    # The two calls that choose the first step lie in a loop that shows no callbacks.
    assert len(count) + 2 == found.calls


def test_gradients_of_solutions():
    def last(rate, start):
        return integrate(lambda t, x, rate: -rate * x, start, TIMES, rate, tolerance=1e-10, max_steps=4096).states[
            -1, 0
        ]

    rate, start = 0.7, jnp.array([2.0])
    by_rate, by_start = jax.jit(jax.grad(last, (0, 1)))(rate, start)
    np.testing.assert_allclose(by_rate, -2 * 2.0 * np.exp(-1.4), rtol=1e-8)
    np.testing.assert_allclose(by_start, np.exp(-1.4), rtol=1e-8)


def test_rk4_is_differentiated_both_ways():
    end = lambda rate: rk4(lambda t, x, a: a * x, jnp.ones(1), jnp.linspace(0.0, 1.0, 5), rate, 10)[-1, 0]  # noqa: E731
    np.testing.assert_allclose(jax.jit(jax.grad(end))(0.5), np.exp(0.5), rtol=1e-6)
    np.testing.assert_allclose(jax.jit(lambda a: jax.jvp(end, (a,), (1.0,))[1])(0.5), np.exp(0.5), rtol=1e-6)


def test_float32_stays_float32():
    found = solved(decay, np.ones(1, np.float32), tolerance=1e-5)
    assert found.states.dtype == jnp.float32 and found.successful
    np.testing.assert_allclose(found.states[-1], np.exp(-2.0), rtol=1e-4)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: integrate(decay, jnp.ones(1), TIMES, method="euler"), "tsit5, dopri5"),
        (lambda: integrate(decay, jnp.ones(1), TIMES, method="rk4"), "`step`"),
        (lambda: integrate(decay, jnp.ones(1), TIMES, method="rk4", step=-1.0), "step=0.01"),
        (lambda: integrate(decay, jnp.ones(1), TIMES, method="rk4", step=1e-9), "longer step"),
        (lambda: integrate(decay, jnp.ones(1), TIMES, step=0.1, breaks=(0.5, 0.5)), 'method="rk4"'),
        (lambda: integrate(decay, jnp.ones(1), TIMES, breaks=(0.5, 0.0)), "time between jumps"),
        (lambda: integrate(decay, jnp.ones(1), TIMES[::-1]), "later ones in order"),
        (lambda: integrate(decay, jnp.ones(1), TIMES[:1]), "later ones in order"),
        (lambda: integrate(decay, jnp.ones((2, 2)), TIMES), "jax.vmap"),
        (lambda: integrate(lambda t, x, a: x[:1], jnp.ones(2), TIMES), "as many numbers"),
        (lambda: jax.jit(lambda t: integrate(decay, jnp.ones(1), t, method="rk4", step=0.1))(TIMES), "substeps"),
    ],
)
def test_bad_input_is_refused_with_its_remedy(make, words):
    with pytest.raises(InputError) as refused:
        make()
    assert words in refused.value.remedy
