"""Equalities at once: exact together, as small a change as can be, and refused where they exclude each other."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from nesym._errors import ConstraintError
from nesym.constrain import Bounds, Budget, Manifold, Reason, Stack
from nesym.constrain._outcome import settle
from nesym.observe import Coarsen, Total

COSINE = np.cos(np.deg2rad(np.linspace(-60, 60, 16)))[:, None]
BUDGETS = Stack(Budget(Coarsen(4), "shift"), Budget(Total(COSINE), "shift"))
MIXED = Stack(Budget(Coarsen(4), "shift"), Manifold(lambda x, t: jnp.sum(x * x)))


pytestmark = pytest.mark.usefixtures("strict")


class Compiled:
    """The operations of a stack, each compiled once for the whole file."""

    def __init__(self, stack):
        self.stack = stack
        self.project = jax.jit(lambda x, ref: stack.project(x, ref))
        self.tangent = jax.jit(lambda x, v: stack.tangent(x, v))
        self.gradients = jax.jit(lambda x: jax.jacrev(lambda x: stack.residual(x, stack.reference(FIXED)))(x))


FIXED = np.ones((16, 12))
STACKS = [Compiled(BUDGETS), Compiled(MIXED)]
each_stack = pytest.mark.parametrize("compiled", STACKS, ids=["budgets", "mixed"])


def fields(count: int, shape=(16, 12)):
    return np.random.default_rng(0).standard_normal((count, *shape))


@each_stack
def test_all_parts_hold_together(compiled):
    x, truth = fields(2)
    ref = compiled.stack.reference(truth)
    residuals = compiled.stack.residual(compiled.project(x, ref), ref)
    for residual, reference in zip(residuals, ref, strict=True):
        np.testing.assert_allclose(residual, 0, atol=1e-13 * np.abs(reference).max())


@each_stack
def test_tangent_is_the_orthogonal_projection_on_the_joint_kernel(compiled):
    x, v = fields(2)
    jacobian = np.concatenate([np.reshape(g, (-1, x.size)) for g in compiled.gradients(x)])
    expected = v.ravel() - np.linalg.pinv(jacobian) @ (jacobian @ v.ravel())
    on = np.asarray(compiled.tangent(x, v))
    np.testing.assert_allclose(on.ravel(), expected, atol=1e-12)
    np.testing.assert_allclose(jacobian @ on.ravel(), 0, atol=1e-12)
    np.testing.assert_allclose(compiled.tangent(x, on), on, atol=1e-12)


def test_keeping_one_after_the_other_would_not_do():
    x, truth = fields(2)
    refs = BUDGETS.reference(truth)
    for part, ref in zip(BUDGETS.parts, refs, strict=True):
        x = part.project(x, ref)
    assert np.abs(BUDGETS.residual(x, refs)[0]).max() > 1e-3


def test_budgets_take_leading_axes():
    x, truth = fields(2, (3, 16, 12))
    ref = BUDGETS.reference(truth)
    together = STACKS[0].project(x, ref)
    for k in range(3):
        np.testing.assert_allclose(together[k], STACKS[0].project(x[k], tuple(r[k] for r in ref)), atol=1e-13)


def test_float32_stays_float32():
    x, truth = jnp.asarray(fields(2), jnp.float32)
    ref = BUDGETS.reference(truth)
    kept = STACKS[0].project(x, ref)
    assert kept.dtype == jnp.float32
    np.testing.assert_allclose(BUDGETS.residual(kept, ref)[0], 0, atol=1e-6)


def test_references_may_change_in_time():
    x, v, truth = fields(3)
    first = BUDGETS.reference(truth)
    velocity = jax.jit(lambda t: BUDGETS.tangent(x, v, lambda t: tuple(r * t for r in first), t))(2.0)
    for seen, trend in zip(BUDGETS.reference(np.asarray(velocity)), first, strict=True):
        np.testing.assert_allclose(seen, trend, rtol=1e-11)


def test_parts_that_imply_each_other_are_a_result_with_a_reason():
    implied = Stack(Budget(Coarsen(4), "shift"), Budget(Total(), "shift"))
    x, truth = fields(2)
    outcome = jax.jit(implied.try_project)(x, implied.reference(truth))
    assert outcome.reason == Reason.dependent and jnp.isnan(outcome.value).all()
    with pytest.raises(ConstraintError) as refused:
        settle(outcome)
    assert "Drop a constraint" in refused.value.remedy


@each_stack
def test_gradients(compiled):
    x, v, truth = fields(3)
    both = jax.jit(lambda x, v, ref: (compiled.stack.project(x, ref), compiled.stack.tangent(x, v)))
    check_grads(both, (x, v, compiled.stack.reference(truth)), order=1, modes="rev")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Stack(), "at least one"),
        (lambda: Stack(Budget(Coarsen(8)), Bounds(0.0)), 'how="ratio"'),
        (lambda: Stack(Budget(Coarsen(8), "shift"), Bounds(0.0)), 'Budget(A, how="ratio")'),
        (lambda: Stack(Bounds(0.0), Manifold(lambda x, t: x)), 'Budget(A, how="ratio")'),
        (lambda: Stack(Budget(Coarsen(8)), Budget(Total(), "shift")), 'how="shift" in the stack'),
        (lambda: BUDGETS.project(jnp.ones((16, 12)), jnp.ones((4, 3))), "tuple"),
        (lambda: BUDGETS.project(jnp.ones((16, 12)), (jnp.ones((2, 2)), 1.0)), "factor times coarser"),
        (lambda: BUDGETS.project(jnp.ones((16, 12))), "constraint.reference(x0)"),
    ],
)
def test_bad_input_is_refused_with_its_remedy(make, words):
    with pytest.raises(ConstraintError) as refused:
        make()
    assert words in refused.value.remedy


def test_more_values_than_a_small_matrix_holds_are_refused():
    stack, x = Stack(Budget(Coarsen(2), "shift"), Budget(Total(), "shift")), jnp.ones((66, 64))
    with pytest.raises(ConstraintError) as refused:
        stack.project(x, stack.reference(x))
    assert "coarser blocks" in refused.value.remedy
