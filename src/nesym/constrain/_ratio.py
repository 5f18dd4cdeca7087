"""Fields scaled block by block, exact to the rounding of the result."""

import jax
import jax.numpy as jnp
import numpy as np

from nesym._errors import ConstraintError
from nesym.observe import Aggregate
from nesym.observe._arrays import Array, namespace


def scaled(operator: Aggregate, x: Array, ref: Array) -> Array:
    """max(x, 0) * ref / A max(x, 0), where a block with nothing to scale gets the constant that has A = ref."""
    xp = namespace(x, ref)
    ref = _feasible(ref)
    x = xp.maximum(x, xp.zeros((), x.dtype))
    seen = operator(x)
    # Below this the derivative of the quotient, -ref / seen^2, would overflow, or be 0 / 0 where the reference is dry.
    empty = seen <= xp.sqrt(xp.finfo(x.dtype).tiny) * xp.maximum(ref, xp.ones((), ref.dtype))
    # Chosen before the division and after it, so that neither branch can give NaN to a gradient.
    ratio = xp.where(empty, 0, ref / xp.where(empty, 1, seen))
    even = xp.where(empty, ref / operator.unit(x), 0)
    y = x * operator.repeat(ratio, x.shape) + operator.repeat(even, x.shape)
    return y + y * operator.repeat(_defect(operator, y, ref), x.shape)


def _defect(operator: Aggregate, y: Array, ref: Array) -> Array:
    """(ref - A y) / ref, where A y is summed as if with twice the digits.

    With s at least the sum over the block, h = (y + s) - s is y rounded to a multiple of the last digit of s: sums of
    h are exact in any order, and what is left, y - h, is small (Rump, Ogita and Oishi 2008, SIAM J. Sci. Comput. 31,
    189-224). Plain float32 sums leave 3e-7, and a second pass with them as much again.
    """
    xp = namespace(y, ref)
    terms = operator.terms(y)
    s = operator.repeat(ref * (2 * operator.count(y.shape)), y.shape)
    high = (terms + s) - s
    rest = (ref - operator.gather(high)) - operator.gather(terms - high)
    defect = rest / xp.where(ref == 0, 1, ref)
    # Rounding has no derivative: the first pass has all of it.
    return jax.lax.stop_gradient(defect) if xp is jnp else defect


def _feasible(ref: Array) -> Array:
    """The reference, where it is not negative. Elsewhere an error, or NaN where none can be raised."""
    if isinstance(ref, jax.core.Tracer):
        return jnp.where(ref < 0, jnp.nan, ref)
    if bool(np.any(np.asarray(ref) < 0)):
        raise ConstraintError(
            "A reference of at least 0 was expected, for no non-negative field has another, and a negative one came.",
            'Clip the reference at 0, or use how="shift" if the field can be negative.',
        )
    return ref
