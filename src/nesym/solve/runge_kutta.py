"""The classical Runge-Kutta scheme with a number of steps that is known beforehand: small programs, compiled fast."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp


def rk4(
    field: Callable[[Any, jax.Array, Any], jax.Array],
    start: jax.Array,
    times: jax.Array,
    args: Any = None,
    substeps: int = 1,
    breaks: tuple[float, float] | None = None,
) -> jax.Array:
    """x(t_1), ..., x(t_T) of dx/dt = field(t, x, args), x(t_0) = `start` (n,), for `times` (T + 1,): (T, n).

    `substeps` steps of the scheme of fourth order (Kutta 1901) from each time to the next, however far that is; a time
    that comes twice changes nothing. `breaks` = (first, period) are times where the field jumps: the step that ends
    nearest to one ends at it, which takes at least 2 substeps where one lies between two times, and stages are taken
    inside steps, so that none sees the other side of a jump.
    """
    nodes = jax.vmap(lambda begin, end: _nodes(begin, end, substeps, breaks))(times[:-1], times[1:])
    begun, ended = nodes[:, :-1].ravel(), nodes[:, 1:].ravel()

    def step(x: jax.Array, span: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        h, (first, last) = span[1] - span[0], span if breaks is None else inside(*span)
        k1 = field(first, x, args)
        k2 = field(span[0] + h / 2, x + h / 2 * k1, args)
        k3 = field(span[0] + h / 2, x + h / 2 * k2, args)
        k4 = field(last, x + h * k3, args)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        return x, x

    # A gradient keeps the states between steps alone: numbers inside a network are quicker made again than kept.
    _, states = jax.lax.scan(jax.checkpoint(step), start, (begun, ended))
    return states[substeps - 1 :: substeps]


def inside(begin: jax.Array, end: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Both ends of an interval, moved inwards by their rounding."""
    tiny = 16 * jnp.finfo(begin.dtype).eps * jnp.maximum(jnp.abs(begin), jnp.abs(end))
    return begin + tiny, end - tiny


def _nodes(begin: jax.Array, end: jax.Array, substeps: int, breaks: tuple[float, float] | None) -> jax.Array:
    """Ends of steps (substeps + 1,): equal ones, but for breaks that the nearest of them is moved to."""
    h = (end - begin) / substeps
    even = begin + (end - begin) * jnp.arange(substeps + 1, dtype=begin.dtype) / substeps
    if breaks is None or substeps == 1:
        return even.at[-1].set(end)
    first, period = breaks
    inner = even[1:-1]
    near = first + period * jnp.round((inner - first) / period)
    # Beyond the outermost inner nodes nobody else is near.
    reach = jnp.where(near < inner, jnp.full_like(inner, h / 2).at[0].set(h), jnp.full_like(inner, h / 2).at[-1].set(h))
    moved = (jnp.abs(near - inner) <= reach) & (near > begin) & (near < end)
    return even.at[1:-1].set(jnp.where(moved, near, inner)).at[-1].set(end)
