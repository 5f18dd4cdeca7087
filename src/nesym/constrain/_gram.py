"""Joint right inverses of linear operators on whole fields, by a small Gram matrix."""

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax.scipy.linalg import cho_solve

from nesym._errors import ConstraintError
from nesym.constrain._outcome import Outcome, Reason
from nesym.observe import Operator

LARGEST = 1024
_COLUMNS_AT_ONCE = 32


def gram_lift(operators: Sequence[Operator], r: Sequence[jax.Array], shape: tuple[int, ...]) -> Outcome:
    """A^+ r = A^T (A A^T)^-1 r with A = [A_1; A_2; ...]: the smallest field with A_k x = r_k for all k.

    A A^T (m x m, m numbers per field in all r_k) is assembled column by column from A and A^T and never holds the
    operators themselves. Forming it squares the condition number, hence one step of refinement. Operators that
    imply each other make the outcome `Reason.dependent`, with NaN for a value.
    """
    cores = [a.shape[a.ndim - operator.axes :] for a, operator in zip(r, operators, strict=True)]
    sizes = [math.prod(core) for core in cores]
    _check_affordable(sum(sizes))
    grid, batch = shape[-2:], shape[:-2]

    def adjoint(flat: jax.Array) -> jax.Array:
        """A^T of (..., m)."""
        starts = [sum(sizes[:k]) for k in range(len(sizes))]
        pieces = [
            flat[..., start : start + size].reshape(*flat.shape[:-1], *core)
            for start, size, core in zip(starts, sizes, cores, strict=True)
        ]
        return sum(operator.adjoint(piece, grid) for operator, piece in zip(operators, pieces, strict=True))

    def forward(x: jax.Array) -> jax.Array:
        """A of (..., y, x), flattened to (..., m)."""
        seen = [operator(x) for operator in operators]
        return _joined(seen, sizes, x.shape[:-2])

    r = _joined(r, sizes, batch)
    identity = jnp.eye(sum(sizes), dtype=r.dtype)
    gram = jax.lax.map(lambda e: forward(adjoint(e)), identity, batch_size=_COLUMNS_AT_ONCE)
    solve, dependent = _factorised(gram)
    x = adjoint(solve(r))
    x = x + adjoint(solve(r - forward(x)))
    reason = Reason.where(dependent, Reason.dependent, Reason.successful)
    return Outcome(jnp.where(dependent, jnp.nan, x), reason, jnp.asarray(1))


def _joined(pieces: Sequence[jax.Array], sizes: Sequence[int], batch: tuple[int, ...]) -> jax.Array:
    return jnp.concatenate([a.reshape(*batch, size) for a, size in zip(pieces, sizes, strict=True)], axis=-1)


def _factorised(gram: jax.Array) -> tuple:
    """A solver for (..., m) right-hand sides, and whether rows of A depend on each other.

    With rows scaled to length 1 the diagonal of the Cholesky factor is the sine of the angle between a row and the
    span of those before it, known to the square root of the precision only.
    """
    scale = 1 / jnp.sqrt(jnp.diagonal(gram))
    lower = jnp.linalg.cholesky(gram * scale[:, None] * scale[None, :])
    floor = jnp.sqrt(4 * gram.shape[0] * jnp.finfo(gram.dtype).eps)
    dependent = ~jnp.all(jnp.diagonal(lower) > floor)

    def solve(r: jax.Array) -> jax.Array:
        columns = (r.reshape(-1, r.shape[-1]) * scale[None, :]).T
        return (cho_solve((lower, True), columns).T * scale[None, :]).reshape(r.shape)

    return solve, dependent


def _check_affordable(constraints: int) -> None:
    if constraints > LARGEST:
        raise ConstraintError(
            f"Budgets that are stacked need a matrix of their {constraints} values squared; {LARGEST} are possible.",
            "Use the finest budget alone (coarser ones may follow from it), coarser blocks, or a smaller domain.",
        )
