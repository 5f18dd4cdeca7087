"""Several equalities at once."""

from collections.abc import Callable
from typing import Any, ClassVar

import equinox as eqx
import jax

from nesym._errors import ConstraintError
from nesym.constrain._constraint import Constraint, at_time, rate
from nesym.constrain._dense import dense_lift, gauss_newton, independence
from nesym.constrain._gram import gram_lift
from nesym.constrain._outcome import Outcome, settle, without
from nesym.constrain.budget import Budget


class Stack(Constraint):
    """{x : all parts vanish}, g = (g_1, g_2, ...), lifted together: G^+ r = G^T (G G^T)^-1 r with G = [G_1; G_2; ...].

    One after the other would not do, for keeping the second breaks the first. Parts are equalities that do not imply
    each other: a `Manifold`, a `Budget(A, how="shift")`, another `Stack`. Budgets alone are solved on whole fields
    (..., y, x) by the Gram matrix of their at most 1024 values per field; with a `Manifold` among them the state is
    a single one and lifts are those of `Manifold`, with its limits. Residuals, references and what is lifted are
    tuples with one entry per part.

    Raises `ConstraintError` for `Bounds` and for `how="ratio"`, which hold inequalities. `try_lift`, `try_tangent`
    and `try_project` return the reason where parts depend on each other or Gauss-Newton fails; `lift`, `tangent` and
    `project` raise it.
    """

    parts: tuple[Constraint, ...]
    steps: int = eqx.field(static=True)
    tolerance: float | None = eqx.field(static=True)

    equality: ClassVar[bool] = True

    def __init__(self, *parts: Constraint, steps: int = 20, tolerance: float | None = None):
        if not parts:
            raise ConstraintError("A stack needs constraints, and none came.", "Give at least one.")
        for part in parts:
            _check_equality(part)
        self.parts, self.steps, self.tolerance = parts, steps, tolerance

    def residual(self, x: Any, ref: Any = None, t: Any = 0.0) -> tuple:
        return tuple(part.residual(x, own, t) for part, own in self._pairs(ref, t))

    def reference(self, x: Any, t: Any = 0.0) -> tuple:
        return tuple(part.reference(x, t) for part in self.parts)

    def lift(self, x: Any, r: tuple, ref: Any = None, t: Any = 0.0) -> Any:
        return settle(self.try_lift(x, r, ref, t))

    def tangent(self, x: Any, v: Any, ref: Any = None, t: Any = 0.0) -> Any:
        return settle(self.try_tangent(x, v, ref, t))

    def project(self, x: Any, ref: Any = None, t: Any = 0.0) -> Any:
        return settle(self.try_project(x, ref, t))

    def try_lift(self, x: Any, r: tuple, ref: Any = None, t: Any = 0.0) -> Outcome:
        """`lift` as an `Outcome`: its `reason` says whether the parts were independent."""
        if self._linear:
            return gram_lift([part.operator for part in self.parts], r, x.shape)
        return dense_lift(self._values(x, ref, t), x, r)

    def try_tangent(self, x: Any, v: Any, ref: Any = None, t: Any = 0.0) -> Outcome:
        """`tangent` as an `Outcome`: its `reason` says whether the parts were independent."""
        return without(v, self.try_lift(x, rate(self, x, v, ref, t), ref, t))

    def try_project(self, x: Any, ref: Any = None, t: Any = 0.0) -> Outcome:
        """`project` as an `Outcome`: its `reason` says whether the set was reached."""
        if self._linear:
            change = self.try_lift(x, self.residual(x, ref, t))
            return Outcome(x - change.value, change.reason, change.steps)
        return gauss_newton(
            lambda x: self.residual(x, ref, t), lambda x, r: self.try_lift(x, r, ref, t), x, self.steps, self.tolerance
        )

    def independence(self, x: Any, ref: Any = None, t: Any = 0.0) -> Any:
        """The smallest sine of the angle between a gradient and the span of those before it: 0 where one depends.

        Budgets alone depend on each other everywhere or nowhere: then it is 0 or 1.
        """
        if self._linear:
            return 1.0 * self.try_lift(x, self.reference(x, t)).successful
        return independence(self._values(x, ref, t), x)

    def _values(self, x: Any, ref: Any, t: Any) -> Callable[[Any], tuple]:
        kept = jax.lax.stop_gradient(self.reference(x, t)) if ref is None else ref
        return lambda x: self.residual(x, kept, t)

    @property
    def _linear(self) -> bool:
        return all(isinstance(part, Budget) for part in self.parts)

    def _pairs(self, ref: Any, t: Any) -> list[tuple[Constraint, Any]]:
        refs = (None,) * len(self.parts) if ref is None else at_time(ref, t)
        if not isinstance(refs, tuple) or len(refs) != len(self.parts):
            raise ConstraintError(
                f"A stack of {len(self.parts)} parts keeps a tuple of {len(self.parts)} references, and another came.",
                "Give ref=stack.reference(x0), or a tuple with one reference per part.",
            )
        return list(zip(self.parts, refs, strict=True))


def _check_equality(part: Constraint) -> None:
    if not part.equality:
        raise ConstraintError(
            f"Equalities can be stacked, and {type(part).__name__} is an inequality: either would break the other.",
            'For a budget of a non-negative field use one object, Budget(A, how="ratio").',
        )
    if isinstance(part, Budget) and part.how == "ratio":
        raise ConstraintError(
            'A budget with how="ratio" also keeps signs, an inequality, and cannot be stacked.',
            'Use Budget(A, how="ratio") alone, or how="shift" in the stack if the field may be negative.',
        )
