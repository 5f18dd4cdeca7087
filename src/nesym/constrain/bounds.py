"""What a quantity cannot exceed."""

from typing import Any, ClassVar, NoReturn

import numpy as np

from nesym._errors import ConstraintError
from nesym.constrain._constraint import Constraint
from nesym.observe._arrays import Array, floating, namespace


class Bounds(Constraint):
    """{x : lower <= x <= upper}, an inequality per cell:

        project:   x <- min(max(x, lower), upper), the nearest point of the set
        residual:  x - project(x), negative below the lower bound, positive above the upper, 0 between

    Bounds are numbers or arrays that broadcast with x; None is no bound. There is nothing to keep, so `reference` is
    None, and no direction that is forbidden everywhere, so `tangent` and `lift` raise `ConstraintError`.
    """

    lower: Array | float | None = None
    upper: Array | float | None = None

    equality: ClassVar[bool] = False

    def __check_init__(self) -> None:
        given = [bound for bound in (self.lower, self.upper) if bound is not None]
        if not given:
            raise ConstraintError("Bounds need a lower or an upper bound, and neither came.", "Give at least one.")
        if len(given) == 2 and namespace(*given) is np and not np.all(np.asarray(self.lower) <= np.asarray(self.upper)):
            raise ConstraintError(
                f"The lower bound must not exceed the upper, and {self.lower} and {self.upper} came.",
                "Exchange the two bounds.",
            )

    def residual(self, x: Array, ref: None = None, t: Any = 0.0) -> Array:
        return floating(x) - self.project(x)

    def reference(self, x: Array, t: Any = 0.0) -> None:
        return None

    def lift(self, x: Array, r: Array, ref: None = None, t: Any = 0.0) -> NoReturn:
        raise _inequality("lift")

    def tangent(self, x: Array, v: Array, ref: None = None, t: Any = 0.0) -> NoReturn:
        raise _inequality("tangent")

    def project(self, x: Array, ref: None = None, t: Any = 0.0) -> Array:
        x = floating(x)
        return namespace(x, self.lower, self.upper).clip(x, self._like(x, self.lower), self._like(x, self.upper))

    def _like(self, x: Array, bound: Array | float | None) -> Array | None:
        """The bound with the precision and the axes of x."""
        if bound is None:
            return None
        xp = namespace(x, bound)
        return xp.broadcast_to(xp.asarray(bound, dtype=x.dtype), x.shape)


def _inequality(operation: str) -> ConstraintError:
    return ConstraintError(
        f"Bounds are an inequality, which has no `{operation}`: only states can be brought back, by `project`.",
        'Use on_output, or project after each step; for non-negative fields with a budget, Budget(A, how="ratio").',
    )
