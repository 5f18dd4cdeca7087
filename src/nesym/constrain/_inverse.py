"""G^T (G G^T)^-1 r of a small dense G, with its derivative written out: what a constrained network is trained through."""

import math

import jax
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular

# Up to here loops over constraints are written out, which for so few is ten times as fast as LAPACK.
WRITTEN_OUT = 4


@jax.custom_jvp
def right_inverse(jacobian: jax.Array, r: jax.Array) -> tuple[jax.Array, jax.Array]:
    """y = G^+ r = G^T (G G^T)^-1 r for G (m, n) and r (m,), and how independent the rows of G are.

    With D the lengths of the rows, G = D L Q by Gram-Schmidt, done twice, which leaves rows of Q that are orthonormal to
    rounding (Giraud, Langou and Rozloznik 2005, doi 10.1016/j.camwa.2005.08.009); then y = Q^T L^-1 D^-1 r. The second
    result is the smallest number on the diagonal of L: the sine of the angle between a row and the span of those before
    it, 0 where a row vanishes.

    With lambda = (G G^T)^-1 r the derivative is

        dy = (I - Q^T Q) dG^T lambda + G^+ (dr - dG y),

    whose transpose, the gradient in reverse, is that of White et al. 2024, arXiv 2410.23667:
    r_bar = mu, G_bar = lambda (y_bar - G^T mu)^T - mu y^T with mu = (G G^T)^-1 G y_bar.
    """
    length, q, lower, sine = _factorised(jacobian)
    return _forward(lower, r / length) @ q, sine


@right_inverse.defjvp
def _derivative(primals: tuple, tangents: tuple) -> tuple:
    (jacobian, r), (change, dr) = primals, tangents
    length, q, lower, sine = _factorised(jacobian)
    y = _forward(lower, r / length) @ q
    turned = (_backward(lower, q @ y) / length) @ change
    return (y, sine), (turned + (_forward(lower, (dr - change @ y) / length) - q @ turned) @ q, jnp.zeros_like(sine))


def rounding(constraints: int, state: int, dtype: jnp.dtype) -> float:
    """Sines up to here cannot be told from 0."""
    return 10 * max(constraints, math.sqrt(state)) * float(jnp.finfo(dtype).eps)


def _factorised(jacobian: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """D (m,), Q (m, n), L (m, m) with G = D L Q, and the smallest number on the diagonal of L."""
    square = jnp.sum(jacobian * jacobian, axis=1)
    length = jnp.sqrt(jnp.where(square > 0, square, 1))
    rows = jacobian / length[:, None]
    q, lower = _written_out(rows) if len(rows) <= WRITTEN_OUT else _in_a_loop(rows)
    return length, q, lower, jnp.min(jnp.diagonal(lower))


def _written_out(rows: jax.Array) -> tuple[jax.Array, jax.Array]:
    found, lower = [], []
    for k, row in enumerate(rows):
        parts = [jnp.zeros_like(row[0])] * len(rows)
        for _ in range(2 if k else 1):
            along = [q @ row for q in found]
            row = row - sum((a * q for a, q in zip(along, found, strict=True)), jnp.zeros_like(row))
            parts[:k] = [p + a for p, a in zip(parts, along, strict=False)]
        parts[k] = jnp.sqrt(_positive(row @ row))
        found.append(row / parts[k])
        lower.append(jnp.stack(parts))
    return jnp.stack(found), jnp.stack(lower)


def _in_a_loop(rows: jax.Array) -> tuple[jax.Array, jax.Array]:
    def step(k: jax.Array, state: tuple) -> tuple:
        q, lower = state
        first = q @ rows[k]
        row = rows[k] - first @ q
        second = q @ row
        row = row - second @ q
        size = jnp.sqrt(_positive(row @ row))
        return q.at[k].set(row / size), lower.at[k].set((first + second).at[k].set(size))

    square = jnp.zeros((len(rows), len(rows)), rows.dtype)
    return jax.lax.fori_loop(0, len(rows), step, (jnp.zeros_like(rows), square))


def _positive(square: jax.Array) -> jax.Array:
    """Nothing is divided by 0, so that what is NaN is what was NaN before."""
    return jnp.maximum(square, jnp.finfo(square.dtype).tiny)


def _forward(lower: jax.Array, b: jax.Array) -> jax.Array:
    """L^-1 b."""
    if len(lower) > WRITTEN_OUT:
        return solve_triangular(lower, b, lower=True)
    x: list[jax.Array] = []
    for k, row in enumerate(lower):
        x.append((b[k] - sum((row[j] * x[j] for j in range(k)), jnp.zeros_like(b[k]))) / row[k])
    return jnp.stack(x)


def _backward(lower: jax.Array, b: jax.Array) -> jax.Array:
    """L^-T b."""
    if len(lower) > WRITTEN_OUT:
        return solve_triangular(lower, b, lower=True, trans="T")
    x: dict[int, jax.Array] = {}
    for k in reversed(range(len(lower))):
        x[k] = (b[k] - sum((lower[j, k] * x[j] for j in x), jnp.zeros_like(b[k]))) / lower[k, k]
    return jnp.stack([x[k] for k in range(len(lower))])
