"""Dense right inverses and Gauss-Newton with them: for states of a few thousand numbers and a few constraints."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from nesym._errors import ConstraintError
from nesym.constrain._inverse import right_inverse, rounding
from nesym.constrain._outcome import Outcome, Reason

FIELD = 4096
FEW = 8


def dense_lift(g: Callable[[Any], Any], x: Any, r: Any) -> Outcome:
    """G^+ r with G = dg/dx (m x n): the smallest change of x that changes g by r, see `right_inverse`.

    Rows of G count by their directions, so that invariants in large and small units are the same. Where one lies in
    the span of the others to rounding the outcome is `Reason.dependent`, with NaN for a value.
    """
    flat, unravel = ravel_pytree(x)
    r, _ = ravel_pytree(r)
    change, sine = right_inverse(_jacobian(g, x, r.size), r)
    dependent = ~(sine > rounding(r.size, flat.size, flat.dtype))
    change = jnp.where(dependent, jnp.nan, change)
    return Outcome(unravel(change), Reason.where(dependent, Reason.dependent, Reason.successful), jnp.asarray(1))


def independence(g: Callable[[Any], Any], x: Any) -> jax.Array:
    """The smallest sine of the angle between a gradient of g and the span of those before it."""
    size = jax.eval_shape(lambda x: ravel_pytree(g(x))[0], x).size
    jacobian = _jacobian(g, x, size)
    return right_inverse(jacobian, jnp.zeros(size, jacobian.dtype))[1]


def _jacobian(g: Callable[[Any], Any], x: Any, constraints: int) -> jax.Array:
    flat, unravel = ravel_pytree(x)
    check_affordable(constraints, flat.size)
    return jax.jacrev(lambda z: ravel_pytree(g(unravel(z)))[0])(flat)


def check_affordable(constraints: int, state: int) -> None:
    """Raise `ConstraintError` for more constraints than unknowns, and for a dense Jacobian of a whole field."""
    if constraints > state:
        raise ConstraintError(
            f"{constraints} constraints cannot be independent on a state of {state} numbers.",
            "Give fewer constraints than the state has numbers.",
        )
    if state > FIELD and constraints > FEW:
        raise ConstraintError(
            f"{constraints} constraints on a state of {state} numbers ask for a dense Jacobian of a whole field; beyond "
            f"{FIELD} numbers at most {FEW} constraints are possible.",
            "Use a constraint with a closed form: Budget(Coarsen(factor)) for block means, Budget(Total()) for sums.",
        )


def gauss_newton(residual: Callable, lift: Callable, x: Any, steps: int, tolerance: float | None) -> Outcome:
    """x <- x - G^+ residual(x) until a step is shorter than `tolerance` |x|, at most `steps` times.

    `lift(x, r)` returns an `Outcome`. Convergence is quadratic near the set, so the error left is about the square of
    the last step; the default tolerance, eps^(3/4), leaves rounding only. Differentiable in both directions: a
    finished iteration is skipped, not taken out of a loop of unknown length.
    """
    flat, unravel = ravel_pytree(x)
    tolerance = jnp.finfo(flat.dtype).eps ** 0.75 if tolerance is None else tolerance

    def step(state: tuple) -> tuple:
        z, _, _, count = state
        move = lift(unravel(z), residual(unravel(z)))
        change, _ = ravel_pytree(move.value)
        stuck = ~move.successful
        done = _length(change) <= tolerance * _length(z)
        return jnp.where(stuck, z, z - change), done, stuck, count + 1

    def body(state: tuple, _: None) -> tuple:
        return jax.lax.cond(state[1] | state[2], lambda state: state, step, state), None

    start = (flat, jnp.asarray(False), jnp.asarray(False), jnp.asarray(0))
    (z, done, stuck, count), _ = jax.lax.scan(body, start, length=steps)
    reason = Reason.where(done, Reason.successful, Reason.not_converged)
    return Outcome(unravel(z), Reason.where(stuck, Reason.dependent, reason), count)


def _length(z: jax.Array) -> jax.Array:
    return jnp.sqrt(jnp.sum(jax.lax.stop_gradient(z) ** 2))
