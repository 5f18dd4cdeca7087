"""Sums and block means that are kept: the constraint with a closed form."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym._errors import ConstraintError
from nesym.constrain._constraint import Constraint, at_time, needed
from nesym.constrain._ratio import scaled
from nesym.observe import Aggregate, Operator
from nesym.observe._arrays import Array, floating, namespace


class Budget(Constraint):
    """{x : A x = ref} for a linear operator A of `nesym.observe`, in one of two ways:

        how="ratio":  x_i <- max(x_i, 0) ref_I / (A max(x, 0))_I     for every cell i of block I; also x >= 0
        how="shift":  x   <- x + A^+ (ref - A x)                     the nearest field; any sign
        tangent:      v   <- v - A^+ (A v - dref/dt)

    The ratio is the multiplicative constraint of Harder et al. 2023 (JMLR 24, "Hard-constrained deep learning for
    climate downscaling") with A = Coarsen, and the global one of Hess et al. 2022 (arXiv 2209.07568) with A = Total.
    It holds to the rounding of the result, 1e-7 of each block in float32 whatever the range of values; a shift, which
    cancels, to that of the largest values moved. A block where x has nothing to scale gets the reference spread
    evenly; one whose reference is 0 is exactly 0. `tangent` is that of A x = ref: it keeps sums, not signs.

    Shapes: x (..., y, x), ref that of A x, or with fewer leading axes. A negative reference, which no non-negative
    field has, is a `ConstraintError`, and NaN inside compiled code, where no error can be raised. NaN in a block of x
    or in ref stays NaN.
    """

    operator: Operator
    how: str = eqx.field(default="ratio", static=True)
    nonnegative: bool | None = eqx.field(default=None, static=True)

    equality: ClassVar[bool] = True

    def __check_init__(self) -> None:
        if self.how not in ("ratio", "shift"):
            raise ConstraintError(
                f'A budget is kept by "ratio" or by "shift", and how={self.how!r} came.',
                'Give how="ratio" for fields that cannot be negative, how="shift" for others.',
            )
        if self.nonnegative and self.how == "shift":
            raise ConstraintError(
                'A field that how="shift" has moved can be negative, and nonnegative=True came.',
                'Use how="ratio", which keeps sums and signs as one constraint.',
            )
        if self.nonnegative is False and self.how == "ratio":
            raise ConstraintError(
                'how="ratio" scales non-negative fields, and nonnegative=False came.',
                'Use how="shift" for fields of either sign.',
            )
        if self.how == "ratio" and not isinstance(self.operator, Aggregate):
            raise ConstraintError(
                f"A ratio needs blocks that do not overlap, and {type(self.operator).__name__} has none.",
                'Use how="shift", or an operator such as Coarsen or Total.',
            )

    def residual(self, x: Array, ref: Any = None, t: Any = 0.0) -> Array:
        seen = self.operator(x)
        return seen - fitted(at_time(needed(ref), t), seen, self.operator)

    def reference(self, x: Array, t: Any = 0.0) -> Array:
        return self.operator(x)

    def lift(self, x: Array, r: Array, ref: Any = None, t: Any = 0.0) -> Array:
        return self.operator.lift(r, x.shape)

    def tangent(self, x: Array, v: Array, ref: Any = None, t: Any = 0.0) -> Array:
        v = floating(v)
        change = self.operator(v)
        if callable(ref):
            _, trend = jax.jvp(lambda t: jnp.asarray(ref(t)), (t,), (jnp.ones_like(t),))
            change = change - fitted(trend, change, self.operator)
        return v - self.operator.lift(change, v.shape)

    def project(self, x: Array, ref: Any = None, t: Any = 0.0) -> Array:
        x, ref = floating(x), at_time(needed(ref), t)
        if self.how == "ratio":
            return scaled(self.operator, x, fitted(ref, self.operator(x), self.operator))
        return x - self.operator.lift(self.residual(x, ref), x.shape)


def fitted(ref: Any, seen: Array, operator: Operator) -> Array:
    """The reference with the precision and shape of A x. Raises `ConstraintError` if it is not on its grid."""
    xp = namespace(ref, seen)
    ref = xp.asarray(floating(ref), dtype=seen.dtype)
    extra = seen.ndim - ref.ndim
    own, leading = ref.shape[ref.ndim - operator.axes :], ref.shape[: ref.ndim - operator.axes]
    batch = seen.shape[extra : seen.ndim - operator.axes] if extra >= 0 else None
    fits = own == seen.shape[seen.ndim - operator.axes :] and batch is not None
    if not fits or any(a not in (1, b) for a, b in zip(leading, batch, strict=True)):
        raise ConstraintError(
            f"The reference should have the shape of A x, {seen.shape}, with A = {operator}, and {ref.shape} came.",
            "Give the reference on the grid that A leads to: for Coarsen(factor), factor times coarser.",
        )
    return xp.broadcast_to(ref, seen.shape)
