"""What every constraint offers: a set, and the operations that bring states and velocities to it."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym._errors import ConstraintError
from nesym.constrain._outcome import Outcome, Reason


class Constraint(eqx.Module):
    """The set {x : residual(x, ref, t) = 0}, with G = d residual / dx and its right inverse G^+ = G^T (G G^T)^-1.

    `ref` is what a state keeps: a coarse field, the value of an invariant, a budget. `reference(x, t)` reads it from
    a state. It may be a function of time, `ref(t)`, for a budget that changes. `equality` is False for a set that
    has an inside, where no velocity is forbidden and no residual can be lifted.
    """

    equality: eqx.AbstractClassVar[bool]

    @abstractmethod
    def residual(self, x: Any, ref: Any = None, t: Any = 0.0) -> Any:
        """What must vanish."""

    @abstractmethod
    def reference(self, x: Any, t: Any = 0.0) -> Any:
        """What the state x keeps from time t on."""

    @abstractmethod
    def lift(self, x: Any, r: Any, ref: Any = None, t: Any = 0.0) -> Any:
        """G^+ r: of all changes of x that change the residual by r (to first order), the smallest."""

    @abstractmethod
    def tangent(self, x: Any, v: Any, ref: Any = None, t: Any = 0.0) -> Any:
        """v - G^+ (G v + d residual / dt): of all velocities that stay on the set, the one nearest to v."""

    def try_lift(self, x: Any, r: Any, ref: Any = None, t: Any = 0.0) -> Outcome:
        """`lift` as an `Outcome`. A closed form cannot fail; where gradients can be dependent the reason says so."""
        return Outcome(self.lift(x, r, ref, t), Reason.successful, jnp.asarray(1))

    def try_tangent(self, x: Any, v: Any, ref: Any = None, t: Any = 0.0) -> Outcome:
        """`tangent` as an `Outcome`, as `try_lift`."""
        return Outcome(self.tangent(x, v, ref, t), Reason.successful, jnp.asarray(1))

    def independence(self, x: Any, ref: Any = None, t: Any = 0.0) -> Any:
        """1 where rows of G are far from dependent, 0 where one lies in the span of the others; 1 for closed forms."""
        return jnp.asarray(1.0)

    @abstractmethod
    def project(self, x: Any, ref: Any = None, t: Any = 0.0) -> Any:
        """A state on the set, made from x."""


def at_time(ref: Any, t: Any) -> Any:
    """The reference at time t: `ref(t)` where it is a function of time, else `ref`."""
    return ref(t) if callable(ref) else ref


def needed(ref: Any) -> Any:
    """`ref` itself. Raises `ConstraintError` if there is none."""
    if ref is None:
        raise ConstraintError(
            "The constraint does not know what to keep: no reference came.",
            "Give ref, for example constraint.reference(x0) of the state whose values are to be kept.",
        )
    return ref


def rate(constraint: Constraint, x: Any, v: Any, ref: Any, t: Any) -> Any:
    """dg/dx v + dg/dt of a residual g: how fast x leaves the set with velocity v.

    Without a reference the state's own is taken: it is a constant, and a constant has no part in a rate.
    """
    kept = jax.lax.stop_gradient(constraint.reference(x, t)) if ref is None else ref
    _, change = jax.jvp(lambda x, t: constraint.residual(x, kept, t), (x, t), (v, jnp.ones_like(t)))
    return change
