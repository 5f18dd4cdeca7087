"""Tasks of the chaos benchmark: one trajectory observed in one of four ways, and how it goes on.

Schötz et al. 2024, arXiv 2407.20158: the Lorenz-63 data bases with 10,000 observations at a mean step of 0.01 and 1,000
steps to be told, after which other systems follow with 100 observations in each period, 1,000 to learn from and 200 to be
told. All are stored with 8 decimals, which bounds what any method can reach.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any, Literal
from zlib import crc32

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym._errors import InputError
from nesym.learn.benchmark._task import Task
from nesym.physics.lorenz63 import Lorenz63
from nesym.physics.lorenz96 import Lorenz96
from nesym.physics.thomas import Thomas
from nesym.solve.runge_kutta import rk4
from nesym.systems.chaos.flows import CLASSICS, Varying, from_dysts

DECIMALS = 8
NOISE = 0.1  # standard deviation of the noise in Lorenz-63
TYPICAL = 8.5  # that of its coordinates: other systems get noise of the same share of theirs
STEP = 0.01  # of the clock of all tasks
SETTLING = 2000  # steps before a record begins
FINER = 10  # Runge-Kutta steps within each
SCHEMES = ("even-exact", "even-noisy", "random-exact", "random-noisy")
Scheme = Literal["even-exact", "even-noisy", "random-exact", "random-noisy"]


@dataclass(frozen=True)
class Source:
    """A system as it is observed: `draw(rng)` gives its flow and a first state near its attractor, `step` is that of the
    flow's own clock, `seen` and `ahead` count the states to learn from and to tell."""

    name: str
    draw: Callable[[np.random.Generator], tuple[Any, np.ndarray]]
    step: float = STEP
    seen: int = 10_000
    ahead: int = 1_000
    judged: bool = False  # parameters are drawn, and some of them give no chaos

    def task(self, scheme: str, number: int, key: int = 0) -> Task:
        """Repetition `number` under a scheme; the same four integers and names always give the same numbers.

        Raises `InputError` for a scheme that there is not.
        """
        if scheme not in SCHEMES:
            raise InputError(f"There is no scheme {scheme!r}.", f"Choose one of {', '.join(SCHEMES)}.")
        spacing, noise = scheme.split("-")
        rng = np.random.default_rng([key, crc32(self.name.encode()), number < 0, abs(number)])
        while True:
            times = _clock(spacing, self, rng)
            states = self.states(times, rng)
            if states is not None:
                break
        seen = states[: self.seen].copy()
        if noise == "noisy":
            size = np.full(seen.shape[1], NOISE) if self.step == STEP else NOISE / TYPICAL * states.std(0)
            seen[1:-1] += size * rng.normal(size=seen[1:-1].shape)
        ahead = slice(self.seen, None)
        rounded = np.round(seen, DECIMALS), np.round(states[ahead], DECIMALS)
        return Task(self.name, scheme, number, times[: self.seen], rounded[0], times[ahead], rounded[1])

    def states(self, times: np.ndarray, rng: np.random.Generator) -> np.ndarray | None:
        """The true states at all times; None where this draw of parameters comes to rest, is periodic or not bounded."""
        flow, first = self.draw(rng)
        lead = np.arange(-SETTLING, 0) * STEP + times[0]
        states = solved(flow, first, np.concatenate([lead, times]) * (self.step / STEP))[SETTLING:]
        return None if self.judged and not _lively(states, np.diff(times)) else states


def _clock(spacing: str, source: Source, rng: np.random.Generator) -> np.ndarray:
    """When a trajectory is seen and, from the last of those times on in even steps, to be told."""
    count = source.seen
    steps = rng.exponential(STEP, count) if spacing == "random" else np.full(count, STEP)
    seen = np.arange(1, count + 1) * STEP if spacing == "even" else np.cumsum(steps * (count * STEP / steps.sum()))
    return np.concatenate([seen, seen[-1] + np.arange(1, source.ahead + 1) * STEP])


@eqx.filter_jit
def _compiled(flow: Any, first: jax.Array, times: jax.Array) -> jax.Array:
    return rk4(flow, first, times, substeps=FINER)


def solved(flow: Any, first: np.ndarray, times: np.ndarray) -> np.ndarray:
    """States at `times` from `first` at the first of them: `FINER` Runge-Kutta steps of fourth order in each interval."""
    if not isinstance(flow, eqx.Module):  # a right-hand side in NumPy
        return _interpreted(flow, first, times)
    with jax.enable_x64(True):
        after = _compiled(flow, jnp.asarray(first, jnp.float64), jnp.asarray(times, jnp.float64))
        return np.concatenate([np.asarray(first, np.float64)[None], np.asarray(after)])


def _stepped(flow: Any, t: Any, x: Any, h: Any) -> Any:
    """One Runge-Kutta step of fourth order (Kutta 1901)."""
    k1 = flow(t, x)
    k2 = flow(t + h / 2, x + h / 2 * k1)
    k3 = flow(t + h / 2, x + h / 2 * k2)
    return x + h / 6 * (k1 + 2 * k2 + 2 * k3 + flow(t + h, x + h * k3))


def _interpreted(flow: Any, first: np.ndarray, times: np.ndarray) -> np.ndarray:
    states = [np.asarray(first, np.float64)]
    for t, following in pairwise(times):
        x, h = states[-1], (following - t) / FINER
        for i in range(FINER):
            x = _stepped(flow, t + i * h, x, h)
        states.append(x)
    return np.stack(states)


def _lively(states: np.ndarray, steps: np.ndarray) -> bool:
    """Whether the state still moves at the end, and not to one beat: the strongest line of its spectrum has at most 100
    times the power of the floor(10 ln T)-th strongest."""
    if not np.isfinite(states).all() or np.linalg.norm(states[-1] - states[-2]) / steps[-1] < 0.1:
        return False
    power = np.sort((np.abs(np.fft.rfft(states - states.mean(0), axis=0)) ** 2).sum(1))[::-1]
    return bool(power[0] <= 100 * power[int(10 * np.log(len(states))) - 1])


def standard(parameters: tuple[float, float, float] = (10.0, 28.0, 8 / 3)) -> Lorenz63:
    """Lorenz-63 with parameters that are arrays, so that all of them share one compiled program."""
    return Lorenz63(*(np.asarray(value) for value in parameters))


def _lorenz63(rng: np.random.Generator, random: bool = False) -> tuple[Any, np.ndarray]:
    ranges = ((5, 15), (20, 80), (2, 6))
    flow = standard(tuple(rng.uniform(*each) for each in ranges)) if random else standard()
    return flow, np.array(Lorenz63().first) + rng.uniform(-1, 1, 3)


def _varying(rng: np.random.Generator) -> tuple[Any, np.ndarray]:
    return Varying.drawn(rng), np.array(Lorenz63().first) + rng.uniform(-1, 1, 3)


def _published(flow: Any) -> Callable[[np.random.Generator], tuple[Any, np.ndarray]]:
    return lambda rng: (flow, np.array(flow.first) + 0.1 * rng.uniform(-1, 1, len(flow.first)))


def _classic(name: str) -> Callable[[np.random.Generator], tuple[Any, np.ndarray]]:
    first = np.array(CLASSICS[name].first)
    return lambda rng: (CLASSICS[name].flow(rng), first * (1 + 0.01 * rng.uniform(-1, 1, len(first))))


def sources() -> dict[str, Source]:
    """Every system that comes with NESYM, by its name."""
    short = {"seen": 1000, "ahead": 200}
    found = [
        Source("lorenz63std", _lorenz63),
        Source("lorenz63random", lambda rng: _lorenz63(rng, random=True), judged=True),
        Source("lorenz63varying", _varying, judged=True),
        Source("lorenz96", _published(Lorenz96(size=5)), 0.02, **short),
        Source("thomas", _published(Thomas()), 0.2, **short),
        *(Source(name, _classic(name), classic.period / 100, **short) for name, classic in CLASSICS.items()),
    ]
    return {source.name: source for source in found}


@cache
def source(name: str) -> Source:
    """The system of that name, or with "dysts:Name" that of the package dysts. Raises `InputError` for others."""
    if name.startswith("dysts:"):
        flow, period, first = from_dysts(name.removeprefix("dysts:"))
        jitter = lambda rng: first * (1 + 0.01 * rng.uniform(-1, 1, len(first)))  # noqa: E731
        return Source(name, lambda rng: (flow, jitter(rng)), period / 100, 1000, 200)
    known = sources()
    if name not in known:
        raise InputError(f"There is no system {name!r}.", f"Choose among {', '.join(known)}, or dysts:Name.")
    return known[name]


def sized(name: str, seen: int, ahead: int) -> Source:
    """The same system with another number of states to learn from and to tell."""
    return replace(source(name), seen=seen, ahead=ahead)


def task(system: str, scheme: str, number: int, key: int = 0) -> Task:
    """Repetition `number` of a system under a scheme; those below 0 are for tuning."""
    return source(system).task(scheme, number, key)
