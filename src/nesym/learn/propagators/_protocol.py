"""What a method of the benchmark is, and the words that its parts share."""

from typing import Literal, Protocol, runtime_checkable

import numpy as np

from nesym._errors import InputError, TimeError

Target = Literal["state", "increment"]
UNEVEN = 1e-6  # steps that differ by no more than this share of their mean are the same step


@runtime_checkable
class Fitted(Protocol):
    """What `Propagator.fit` returns."""

    def predict(self, context_times: np.ndarray, context_states: np.ndarray, times: np.ndarray) -> np.ndarray:
        """The states (m, n) at `times` (m,), which follow the last of `context_times` (c,), with states (c, n).

        The last state of the context is where the forecast starts. States that cannot be given are NaN.
        """
        ...


@runtime_checkable
class Propagator(Protocol):
    """A method that learns from one trajectory how to go on: all that the benchmark asks of it.

    `fit(times, states, key)` takes increasing times (T,) and states (T, n), float64, and a whole number that names its
    random numbers; it returns an object with `predict`. Problems are raised: the benchmark makes them rows.
    """

    def fit(self, times: np.ndarray, states: np.ndarray, key: int) -> Fitted:
        """The method fitted on one trajectory; nothing of the method itself changes."""
        ...


def even_step(times: np.ndarray, who: str, remedy: str) -> float:
    """The time step, where it is the same throughout. Raises `TimeError`, with this remedy, where it is not."""
    steps = np.diff(times)
    if np.ptp(steps) > UNEVEN * steps.mean():
        raise TimeError(
            f"{who} needs the same time step throughout; steps from {steps.min():.3g} to {steps.max():.3g} came.",
            remedy,
        )
    return float(steps.mean())


def check_trajectory(times: np.ndarray, states: np.ndarray, fewest: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64; raises `InputError` or `TimeError` for what is no trajectory of at least `fewest` states."""
    times, states = np.asarray(times, np.float64), np.asarray(states, np.float64)
    if states.ndim != 2 or times.shape != states.shape[:1] or len(times) < fewest:
        raise InputError(
            f"Times (T,) and states (T, n) with T at least {fewest} were expected; {times.shape} and {states.shape} came.",
            "Give one trajectory, with a row for each time, that is long enough.",
        )
    if not np.isfinite(states).all():
        raise InputError("The trajectory has missing or infinite values.", "Fill them, or cut it there.")
    if not (np.diff(times) > 0).all():
        raise TimeError("The times of the trajectory do not increase.", "Sort them, and leave out what comes twice.")
    return times, states
