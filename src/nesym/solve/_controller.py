"""Adaptive steps that end where a field jumps, and that end altogether where they have become too short."""

from collections.abc import Callable
from typing import Any, Self

import diffrax
import jax.numpy as jnp


class Steps(diffrax.AbstractAdaptiveStepSizeController):
    """The steps of `pid`, none across the times `first` + k `period` (k = 0, 1, ...) of `breaks`, nor across `ends`.

    A step ends just before a break and the next begins just after it; at an end, one of increasing times, it is the same
    time. Two steps share what is left up to there rather than that the second be very short.
    """

    pid: diffrax.PIDController
    breaks: tuple[Any, Any] | None = None
    ends: Any = None

    @property
    def rtol(self) -> Any:
        return self.pid.rtol

    @property
    def atol(self) -> Any:
        return self.pid.atol

    @property
    def norm(self) -> Callable:
        return self.pid.norm

    def wrap(self, direction: Any) -> Self:
        return self

    def init(self, terms, t0, t1, y0, dt0, args, func, error_order) -> tuple[Any, Any]:
        ahead, state = self.pid.init(terms, t0, t1, y0, dt0, args, func, error_order)
        # A field that is not a number has no first step; with any it is found out.
        ahead = jnp.where(jnp.isfinite(ahead) & (ahead > t0), ahead, t0 + 1e-3 * (t1 - t0))
        number = None
        if self.breaks is not None:
            first, period = self.breaks
            number = jnp.maximum(jnp.floor((t0 - first) / period), -1.0)
            for _ in range(2):
                number = jnp.where(_before(first + number * period) > t0, number, number + 1)
        return self._shared(t0, ahead, number), (state, number)

    def adapt_step_size(self, t0, t1, y0, y1_candidate, args, y_error, error_order, controller_state):
        state, number = controller_state
        keep, begin, end, jumped, state, result = self.pid.adapt_step_size(
            t0, t1, y0, y1_candidate, args, y_error, error_order, state
        )
        if self.breaks is not None:
            at = self.breaks[0] + number * self.breaks[1]
            jumped = begin >= _before(at)
            moved = jnp.where(jumped, jnp.maximum(begin, _after(at)), begin)
            begin, end, number = moved, moved + (end - begin), number + jumped
        return keep, begin, self._shared(begin, end, number), jumped, (state, number), result

    def _shared(self, begin: Any, end: Any, number: Any) -> Any:
        """The end of a step from `begin`, at most the next limit, and not just before it."""
        limits = [] if self.breaks is None else [_before(self.breaks[0] + number * self.breaks[1])]
        if self.ends is not None:
            later = jnp.searchsorted(self.ends, begin, side="right")
            limits.append(self.ends[jnp.minimum(later, len(self.ends) - 1)])
        for limit in limits:
            left = limit - begin
            end = jnp.where(end >= limit, limit, jnp.where(left < 2 * (end - begin), begin + left / 2, end))
        return end


def _before(t: Any) -> Any:
    return jnp.nextafter(t, -jnp.inf)


def _after(t: Any) -> Any:
    return jnp.nextafter(t, jnp.inf)
