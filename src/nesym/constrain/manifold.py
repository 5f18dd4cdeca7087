"""Invariants and geometry: states that keep g(x, t)."""

from collections.abc import Callable
from inspect import signature
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym._errors import ConstraintError
from nesym.constrain._constraint import Constraint, at_time, needed, rate
from nesym.constrain._dense import dense_lift, gauss_newton, independence
from nesym.constrain._outcome import Outcome, settle, without


class Manifold(Constraint):
    """{x : g(x, t) = ref}, with G = dg/dx by automatic differentiation and G^+ = G^T (G G^T)^-1 by Gram-Schmidt.

        tangent:  v - G^+ (G v + dg/dt - dref/dt)                  White et al. 2024, arXiv 2410.23667 (dg/dt added)
        project:  x <- x - G^+ (g(x, t) - ref) until it stands     Gauss-Newton

    `g(x, t)` returns an array or a PyTree of them (m numbers in all), x is an array or PyTree of n numbers; use
    `jax.vmap` for ensembles. `reference="initial"`: what the first state has is kept (an energy); `"zero"`: g itself
    vanishes (a rod's length minus 1). A projected state is near x, but the nearest one only to first order.
    Tangents are taken in the variables of x: scale x outside, or the projection is another one.

    Each call takes m gradients and m^2 n multiplications, so at most 8 are possible beyond 4096 numbers: whole fields
    have closed forms, see `Budget`. Where gradients are dependent, or Gauss-Newton fails within `steps`, `try_lift`,
    `try_tangent` and `try_project` return the reason, and `lift`, `tangent` and `project` raise it. `independence` says
    how near a state is to that.
    """

    g: Callable[[Any, Any], Any]
    reference_kind: str = eqx.field(static=True)
    steps: int = eqx.field(static=True)
    tolerance: float | None = eqx.field(static=True)

    equality: ClassVar[bool] = True

    def __init__(self, g: Callable, reference: str = "initial", steps: int = 20, tolerance: float | None = None):
        _check_takes_state_and_time(g)
        if reference not in ("initial", "zero"):
            raise ConstraintError(
                f'The reference is either "initial" or "zero", and {reference!r} came.',
                'Give "initial" to keep what the first state has, "zero" if g itself must vanish.',
            )
        self.g, self.reference_kind, self.steps, self.tolerance = g, reference, steps, tolerance

    def residual(self, x: Any, ref: Any = None, t: Any = 0.0) -> Any:
        value = self.g(x, t)
        if ref is None and self.reference_kind == "zero":
            return value
        ref = at_time(needed(ref), t)
        _check_same_form(value, ref)
        return jax.tree.map(lambda a, b: a - jnp.asarray(b, a.dtype), value, ref)

    def reference(self, x: Any, t: Any = 0.0) -> Any:
        value = self.g(x, t)
        return value if self.reference_kind == "initial" else jax.tree.map(jnp.zeros_like, value)

    def lift(self, x: Any, r: Any, ref: Any = None, t: Any = 0.0) -> Any:
        return settle(self.try_lift(x, r, ref, t))

    def tangent(self, x: Any, v: Any, ref: Any = None, t: Any = 0.0) -> Any:
        return settle(self.try_tangent(x, v, ref, t))

    def project(self, x: Any, ref: Any = None, t: Any = 0.0) -> Any:
        return settle(self.try_project(x, ref, t))

    def try_lift(self, x: Any, r: Any, ref: Any = None, t: Any = 0.0) -> Outcome:
        """`lift` as an `Outcome`: its `reason` says whether the gradients were independent."""
        return dense_lift(lambda x: self.g(x, t), x, r)

    def try_tangent(self, x: Any, v: Any, ref: Any = None, t: Any = 0.0) -> Outcome:
        """`tangent` as an `Outcome`: its `reason` says whether the gradients were independent."""
        return without(v, self.try_lift(x, rate(self, x, v, ref, t), ref, t))

    def try_project(self, x: Any, ref: Any = None, t: Any = 0.0) -> Outcome:
        """`project` as an `Outcome`: its `reason` says whether the set was reached, and its `steps` how fast."""
        return gauss_newton(
            lambda x: self.residual(x, ref, t), lambda x, r: self.try_lift(x, r, ref, t), x, self.steps, self.tolerance
        )

    def independence(self, x: Any, ref: Any = None, t: Any = 0.0) -> Any:
        """The smallest sine of the angle between a gradient and the span of those before it: 0 where one depends."""
        return independence(lambda x: self.g(x, t), x)


def _check_takes_state_and_time(g: Callable) -> None:
    try:
        signature(g).bind(None, None)
    except TypeError:
        raise ConstraintError(
            "A constraint function of state and time, g(x, t), was expected, and this one cannot be called so.",
            "Write it as `lambda x, t: ...`, also where it does not depend on time.",
        ) from None


def _check_same_form(value: Any, ref: Any) -> None:
    shapes = [jax.tree.map(jnp.shape, tree) for tree in (value, ref)]
    if shapes[0] != shapes[1]:
        raise ConstraintError(
            f"The reference must have the form of g(x, t), {shapes[0]}, and one of {shapes[1]} came.",
            "Give ref=constraint.reference(x0), where x0 is a single state; use jax.vmap for ensembles.",
        )
