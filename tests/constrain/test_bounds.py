"""Bounds: an inequality, which states can be brought back to and velocities cannot be held to."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from nesym._errors import ConstraintError
from nesym.constrain import Bounds

X = np.array([-2.0, 0.25, 3.0])


def test_states_are_clipped_and_residuals_are_violations():
    c = Bounds(0.0, 1.0)
    np.testing.assert_array_equal(c.project(X), [0.0, 0.25, 1.0])
    np.testing.assert_array_equal(c.residual(X), [-2.0, 0.0, 2.0])
    assert not c.residual(c.project(X)).any()
    np.testing.assert_array_equal(Bounds(lower=0.0).project(X), [0.0, 0.25, 3.0])
    np.testing.assert_array_equal(Bounds(upper=1.0).project(X), [-2.0, 0.25, 1.0])
    assert c.reference(X) is None


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_array_kind_and_precision_stay(dtype, strict):
    c = Bounds(np.array([0.0, 0.5, 0.0]), 1.0)
    assert c.project(X.astype(dtype)).dtype == dtype and isinstance(c.project(X), np.ndarray)
    compiled = jax.jit(lambda x: c.project(x))(jnp.asarray(X, dtype)[None])
    assert compiled.dtype == dtype
    np.testing.assert_array_equal(compiled, [[0.0, 0.5, 1.0]])


def test_gradients(strict):
    check_grads(Bounds(0.0, 1.0).project, (jnp.asarray(X),), order=1)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Bounds(), "at least one"),
        (lambda: Bounds(2.0, 1.0), "Exchange"),
        (lambda: Bounds(0.0).tangent(X, X), 'how="ratio"'),
        (lambda: Bounds(0.0).lift(X, X), "project after each step"),
    ],
)
def test_what_an_inequality_cannot_do_is_refused_with_its_remedy(make, words):
    with pytest.raises(ConstraintError) as refused:
        make()
    assert words in refused.value.remedy
