"""What every method has to beat: the mean, the last state, and a past that repeats itself."""

from dataclasses import dataclass

import numpy as np

from nesym._errors import InputError
from nesym.learn.propagators._protocol import check_trajectory, even_step
from nesym.learn.propagators._whitening import Whitening


@dataclass(frozen=True)
class ConstantMean:
    """x(t) = <x>, the mean over the training trajectory: what is left when nothing can be known."""

    def fit(self, times: np.ndarray, states: np.ndarray, key: int) -> "Constant":
        """The mean."""
        return Constant(check_trajectory(times, states)[1].mean(0))


@dataclass(frozen=True)
class LastState:
    """x(t) = x(t_0): persistence of the last state of the context."""

    def fit(self, times: np.ndarray, states: np.ndarray, key: int) -> "Constant":
        """Nothing is learned."""
        check_trajectory(times, states)
        return Constant(None)


@dataclass(frozen=True, eq=False)
class Constant:
    """One state for ever: the given one, or the last of the context."""

    state: np.ndarray | None

    def predict(self, context_times: np.ndarray, context_states: np.ndarray, times: np.ndarray) -> np.ndarray:
        """The same state at all times: (m, n)."""
        return np.tile(context_states[-1] if self.state is None else self.state, (len(times), 1))


@dataclass(frozen=True)
class Analogue:
    """x(t_0 + t) = x_i(t), the future of the past state x_i that is nearest to x(t_0); matched anew where it ends.

    Lorenz 1969, doi 10.1175/1520-0469(1969)26<636:APARBN>2.0.CO;2. Distances are those of whitened states; the
    last `ahead` states of the record have too short a future to be matched.
    """

    ahead: int = 10

    def __post_init__(self) -> None:
        if not isinstance(self.ahead, int) or self.ahead < 1:
            raise InputError(f"ahead={self.ahead!r} came.", "Give a whole number of states, at least 1.")

    def fit(self, times: np.ndarray, states: np.ndarray, key: int) -> "Replay":
        """The record, kept."""
        times, states = check_trajectory(times, states, self.ahead + 2)
        step = even_step(times, "Analogue", "Interpolate the record to even times, or use a rule for increments.")
        return Replay(states, Whitening.of(states), self.ahead, step)


@dataclass(frozen=True, eq=False)
class Replay:
    """A record whose parts are replayed."""

    states: np.ndarray
    frame: Whitening
    ahead: int
    step: float

    def predict(self, context_times: np.ndarray, context_states: np.ndarray, times: np.ndarray) -> np.ndarray:
        """States (m, n), on the time step of the record."""
        steps = np.diff(np.concatenate([context_times[-1:], times]))
        if not np.allclose(steps, self.step):
            raise InputError(
                f"A forecast in steps of {self.step:.4g} was expected, as in the record.", "Ask for those times."
            )
        known = self.frame.apply(self.states[: -self.ahead])
        found, last = np.empty((0, self.states.shape[1])), context_states[-1]
        while len(found) < len(times):
            nearest = int(np.linalg.norm(known - self.frame.apply(last), axis=1).argmin())
            found = np.concatenate([found, self.states[nearest + 1 :]])
            last = found[-1]
        return found[: len(times)]
