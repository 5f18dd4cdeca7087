"""The vector field that is learned: known physics, a network, and the law that both are held to."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym.constrain._constraint import Constraint
from nesym.constrain._outcome import Reason
from nesym.constrain.places import Kept, on_field
from nesym.learn.trajectories import Trajectories

ROUNDING = 1e-13


class Field(eqx.Module):
    """d(x, a)/dt = P (k(t, x) + s N((i(t, x) - m) / d, a)): a learned field, called as Diffrax calls one.

    x (n,) is the state and a the `augment` numbers appended to it, of which the law knows nothing. The network N is shown
    the `inputs` i, by default x, less their mean m = `shift` in units of their spread d, and its outputs are in units of
    s = `speed`: of the rows `learned`. The others are q' = v where they are positions, and the `known` flow's own where
    they are `exact`. `known` k is added to the network elsewhere, unless some rows are exact. P holds the first n rows to
    `constraint` in physical space: projected with `gamma` None, otherwise stabilised (`nesym.constrain.on_field`). `breaks`
    are the times (first, period) at which what is known or shown jumps.
    """

    network: Any
    shift: Any
    spread: Any
    speed: Any
    inputs: Callable | None
    known: Callable | None
    constraint: Constraint | None
    gamma: float | None = eqx.field(static=True)
    mode: str = eqx.field(static=True)
    size: int = eqx.field(static=True)
    augment: int = eqx.field(static=True)
    order: int = eqx.field(static=True)
    exact: tuple[int, ...] = eqx.field(static=True)
    breaks: tuple[float, float] | None = eqx.field(static=True, default=None)

    @property
    def learned(self) -> np.ndarray:
        """The rows of x that the network gives."""
        first = self.size // 2 if self.order == 2 else 0
        return np.array([row for row in range(first, self.size) if row not in self.exact], int)

    def __call__(self, t: Any, y: jax.Array, args: Any = None) -> jax.Array:
        x, v = y[: self.size], self.free(t, y)
        if self.constraint is None:
            return v
        return jnp.concatenate([self._held(v[: self.size])(t, x, args), v[self.size :]])

    def diagnose(self, t: Any, y: jax.Array, args: Any = None) -> Reason:
        """Why the law lets no velocity pass at a state, as fields of `nesym.constrain.on_field` do."""
        if self.constraint is None:
            return Reason.successful
        return self._held(y[: self.size]).diagnose(t, y[: self.size], args)

    def _held(self, v: jax.Array) -> Any:
        """The field that has velocity v, held to the law."""
        return on_field(lambda t, x, args: v, self.constraint, self.gamma, self.mode)

    def free(self, t: Any, y: jax.Array) -> jax.Array:
        """The field (n + augment,) that no law holds."""
        x, a = y[: self.size], y[self.size :]
        seen = (self.shown(t, x) - self.shift) / self.spread
        out = self.network(jnp.concatenate([seen, a])) * self.speed
        return jnp.concatenate(
            [self.given(t, x).at[self.learned].add(out[: len(self.learned)]), out[len(self.learned) :]]
        )

    def shown(self, t: Any, x: jax.Array) -> jax.Array:
        """What the network is shown of time and state."""
        return x if self.inputs is None else self.inputs(t, x)

    def given(self, t: Any, x: jax.Array) -> jax.Array:
        """What is known of dx/dt before anything is learned, (n,)."""
        rates = jnp.zeros_like(x) if self.known is None else self.known(t, x)
        if self.exact:
            rates = rates.at[self.learned].set(0)
        return rates.at[: self.size // 2].set(x[self.size // 2 :]) if self.order == 2 else rates

    def started(self, x: jax.Array) -> jax.Array:
        """x (n,) with the appended numbers, which begin at 0."""
        return jnp.concatenate([x, jnp.zeros(self.augment, x.dtype)])

    def reference(self, x: jax.Array, t: Any) -> Any:
        """What a trajectory that is at x at time t keeps, as the args of a solver; None where nothing has to be told."""
        if self.constraint is None:
            return None
        return Kept(self.constraint.reference(x, t))

    def scaled(self, data: Trajectories, horizon: float) -> "Field":
        """The same with m, d and s of the trajectories: s is the typical rate of what is to be learned of each row.

        Appended numbers are of order 1 and may change in a `horizon`.
        """
        shift, spread, typical = data_scales(data, _each(self.shown), _each(self.given))
        speed = np.concatenate([typical[self.learned], np.full(self.augment, 1 / horizon)])
        return replace(self, shift=shift, spread=spread, speed=speed)


def data_scales(data: Trajectories, shown: Any = None, known: Any = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean (k,) and spread (k,) of what is shown, by default the state, and the typical rate (n,) of each row.

    The rate is the root mean square of (x(t + h) - x(t)) / h less what is `known` in between. Scales that are 0 are 1.
    """
    there = np.isfinite(data.times)
    seen = data.states[there] if shown is None else shown(data.times[there], data.states[there])
    both = there[:, 1:]
    steps = np.diff(data.times, axis=1)[both]
    rates = np.diff(data.states, axis=1)[both] / steps[:, None]
    if known is not None:
        middle = [(array[:, 1:] + array[:, :-1])[both] / 2 for array in (data.times, data.states)]
        rates = rates - known(*middle)
    return seen.mean(0), positive(seen.std(0), np.abs(seen).max(0)), positive(np.sqrt(np.mean(rates**2, 0)))


def _each(function: Callable) -> Callable:
    """The function of (t, x) on many times and states at once, as NumPy arrays."""
    many = jax.jit(jax.vmap(function))
    return lambda t, x: np.asarray(many(jnp.asarray(t), jnp.asarray(x)))


def positive(scale: np.ndarray, size: np.ndarray | float = 0.0) -> np.ndarray:
    """The scale, 1 for what does not vary but by the rounding of numbers of that size."""
    return np.where(scale > ROUNDING * size, scale, 1.0)
