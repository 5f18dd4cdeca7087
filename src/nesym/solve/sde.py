"""Solutions of stochastic differential equations, many side by side."""

from collections.abc import Callable
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp

from nesym._errors import InputError

AT_ONCE = 8  # steps whose noise is drawn together
Coefficient: TypeAlias = Callable[[Any, jax.Array], jax.Array]  # (t, x (batch, n)) -> (batch, n)


def euler_maruyama(
    drift: Coefficient,
    diffusion: Coefficient,
    start: jax.Array,
    times: jax.Array,
    key: jax.Array,
    substeps: int = 1,
) -> jax.Array:
    """x(t_k) of dx = a(t, x) dt + b(t, x) dW from x(t_0) = `start` (batch, n), at `times` (t_0, t_1, ...): (time, batch, n).

        x <- x + a(t, x) h + b(t, x) sqrt(h) xi,  xi ~ N(0, 1),  h = (t_{k+1} - t_k) / substeps

    with b (batch, n) diagonal, in the type of `start` (Maruyama 1955, doi 10.1007/BF02846028): of strong order 1/2, and 1
    where b is constant; of weak order 1. States are kept at `times` alone, so that more `substeps` cost no memory. Each
    step has its own key, and row i of its noise does not depend on how many rows there are. Gradients go through the
    steps. A solution that leaves the numbers is not finite from there on.
    """
    _check(start, times, substeps)
    times = jnp.asarray(times)

    together = max(k for k in range(1, AT_ONCE + 1) if substeps % k == 0)

    def noise(number: jax.Array) -> jax.Array:
        return jax.random.normal(jax.random.fold_in(key, number), start.shape, start.dtype)

    def step(state: tuple[jax.Array, jax.Array], xi: jax.Array, h: jax.Array):
        x, t = state
        x = x + drift(t, x) * h + diffusion(t, x) * jnp.sqrt(h) * xi
        return (x, t + h), None

    def some(state: tuple[jax.Array, jax.Array], first: jax.Array, h: jax.Array):
        # Drawn together, numbers are made on all cores; which they are depends on their step alone.
        drawn = jax.vmap(noise)(first + jnp.arange(together))
        return jax.lax.scan(lambda state, xi: step(state, xi, h), state, drawn)

    def interval(x: jax.Array, at: tuple[jax.Array, jax.Array, jax.Array]):
        first, t, span = at
        h = span / substeps
        numbers = first * substeps + jnp.arange(0, substeps, together)
        (x, _), _ = jax.lax.scan(lambda state, number: some(state, number, h), (x, t), numbers)
        return x, x

    # Differences in the type of the times: late ones would lose their steps in single precision.
    steps = jnp.arange(times.size - 1), times[:-1].astype(start.dtype), jnp.diff(times).astype(start.dtype)
    _, states = jax.lax.scan(interval, start, steps)
    return jnp.concatenate([start[None], states])


def _check(start: jax.Array, times: jax.Array, substeps: int) -> None:
    if jnp.ndim(start) != 2 or not jnp.issubdtype(start.dtype, jnp.floating):
        raise InputError(
            f"First states (batch, n) of floating-point numbers were expected, and {start.dtype} {jnp.shape(start)} came.",
            "Give an array with one row for each solution, such as jnp.full((members, 1), 0.0).",
        )
    if jnp.ndim(times) != 1 or jnp.size(times) < 2:
        raise InputError(
            f"At least two times (time,) were expected, and shape {jnp.shape(times)} came.",
            "Give the first time and those at which the state is wanted, in order.",
        )
    if not isinstance(substeps, int) or isinstance(substeps, bool) or substeps < 1:
        raise InputError(f"`substeps` is a whole number from 1, and {substeps!r} came.", "Give substeps=1 or more.")
