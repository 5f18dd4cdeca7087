"""A map applied to its own results, until it leaves the neighbourhood of the data."""

from collections.abc import Callable
from functools import partial

import numpy as np

from nesym.learn.polynomials.polynomial_double import DoubleMap
from nesym.learn.polynomials.polynomial_precise import PreciseMap
from nesym.solve._flint import exact, precise

FAR = 10.0  # times the box of the data: a polynomial says nothing there, and grows without bound
DIVERGED = (
    "It diverged at step {step}: the state left the box of the data, {far:g} times as large. Fit with more samples or a"
    " smaller degree, or start nearer to the data."
)


def iterated(
    law: DoubleMap | PreciseMap, starts: np.ndarray, wanted: np.ndarray, increment: bool, rounded: bool
) -> tuple[np.ndarray, list[str]]:
    """The states (k, len(wanted), n) at the `wanted` steps after `starts` (k, 1 + past, n), and why each ended, if it did."""
    if isinstance(law, DoubleMap):
        return _in_doubles(law, starts.astype(np.float64), wanted, increment)
    found = np.full((len(starts), len(wanted), starts.shape[-1]), np.nan, float if rounded else object)
    places = {int(step): place for place, step in enumerate(wanted)}

    def keep(row: np.ndarray, step: int, state: list) -> None:
        if step in places:
            row[places[step]] = [float(value) for value in state] if rounded else state

    last = int(wanted[-1])
    ended = [
        _in_big_numbers(law, start, last, increment, partial(keep, row))
        for start, row in zip(starts, found, strict=True)
    ]
    return found, [_reason(step) for step in ended]


def _reason(step: int) -> str:
    return DIVERGED.format(step=step, far=FAR) if step else ""


def _in_doubles(law: DoubleMap, starts: np.ndarray, wanted: np.ndarray, increment: bool):
    """All starts at once; those that have ended wait at a state that does no harm."""
    k, n = len(starts), starts.shape[-1]
    memory = starts[:, ::-1].reshape(k, -1)  # newest first
    harmless, ended = np.broadcast_to(law.centre, memory.shape), np.zeros(k, int)
    found = np.full((k, len(wanted), n), np.nan)
    place = 0
    for step in range(1, int(wanted[-1]) + 1):
        ended[(ended == 0) & ~law.inside(memory, FAR)] = step
        if ended.any():
            memory = np.where(ended[:, None] > 0, harmless, memory)
        state = law(memory) + (memory[:, :n] if increment else 0.0)
        memory = np.hstack([state, memory[:, :-n]])
        if wanted[place] == step:
            found[:, place] = np.where(ended[:, None] > 0, np.nan, state)
            place += 1
        if ended.all():
            break
    return found, [_reason(step) for step in ended.tolist()]


def _in_big_numbers(
    law: PreciseMap, start: np.ndarray, steps: int, increment: bool, keep: Callable[[int, list], None]
) -> int:
    """Hand each step and its state to `keep`; the step at which it diverged, or 0."""
    n = start.shape[-1]
    with precise(law.bits) as flint:
        advance = law.stepper(flint)
        memory = [exact(flint, value) for value in start[::-1].ravel()]
        for step in range(1, steps + 1):
            state, reach = advance(memory)
            if not all(distance <= FAR for distance in reach):
                return step
            if increment:
                state = [(a + b).mid() for a, b in zip(memory, state, strict=False)]
            memory = state + memory[:-n] if len(memory) > n else state
            keep(step, state)
    return 0
