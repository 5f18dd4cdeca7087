"""Forecasts step by step: a regression of the next state on the last ones, fed with its own results."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nesym._errors import InputError
from nesym.learn.propagators._protocol import Target, check_trajectory, even_step
from nesym.learn.propagators._whitening import Whitening

Rule = Callable[[np.ndarray], np.ndarray]
FAR = 1e3  # whitened states beyond this have left the attractor for good
UNEVEN_STATE = 'Use target="increment", or timed=True, which shows the method each step.'
UNEVEN_PAST = "Use past=0: earlier states have no fixed distance in time."


@dataclass(frozen=True, kw_only=True)
class OneStep:
    """z_(i+1) = g(w_i) where `target` is "state", z_i + h_i g(w_i) where it is "increment"; z the whitened states.

    w_i holds z_i, then `past` earlier states, each `skip` + 1 samples before the one before it, and with `timed` the step
    h_i = t_(i+1) - t_i. Schötz et al. 2024, arXiv 2407.20158 (their S and D targets). Steps that differ are for
    increments, or for timed rules, without past states.
    """

    target: Target = "increment"
    past: int = 0
    skip: int = 0
    timed: bool = False

    def __post_init__(self) -> None:
        whole = all(isinstance(n, int) and n >= 0 for n in (self.past, self.skip))
        if self.target not in ("state", "increment") or not whole:
            raise InputError(
                f"target={self.target!r}, past={self.past!r} and skip={self.skip!r} came.",
                'Give target="state" or "increment", and whole numbers from 0.',
            )

    @abstractmethod
    def regression(self, inputs: np.ndarray, outputs: np.ndarray, step: float, key: int) -> Rule:
        """g, from what it is shown (T, m) and what it should give (T, n); g takes one row (m,). `step` is the mean one."""

    @property
    def reach(self) -> int:
        """How many samples before the present one the earliest state lies."""
        return self.past * (self.skip + 1)

    def fit(self, times: np.ndarray, states: np.ndarray, key: int) -> "Stepping":
        """The rule learned from one trajectory."""
        times, states = check_trajectory(times, states, self.reach + 3)
        name = type(self).__name__
        if self.past:
            even_step(times, f"{name} with past states", UNEVEN_PAST)
        elif self.target == "state" and not self.timed:
            even_step(times, f'{name} with target="state"', UNEVEN_STATE)
        frame = Whitening.of(states)
        z, steps = frame.apply(states), np.diff(times)
        inputs = self.shown(z[:-1], steps)
        outputs = z[1:] if self.target == "state" else np.diff(z, axis=0) / steps[:, None]
        rule = self.regression(inputs, outputs[self.reach :], float(steps.mean()), key)
        return Stepping(self, frame, rule, float(steps.mean()))

    def shown(self, z: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """w_i for all samples that have a past: (T - reach, m)."""
        lags = [(self.skip + 1) * j for j in range(self.past + 1)]
        parts = [z[self.reach - lag : len(z) - lag] for lag in lags]
        return np.concatenate([*parts, steps[self.reach :, None]] if self.timed else parts, axis=1)


@dataclass(frozen=True, eq=False)
class Stepping:
    """A fitted rule, followed from the end of a context."""

    method: OneStep
    frame: Whitening
    rule: Rule
    step: float

    def predict(self, context_times: np.ndarray, context_states: np.ndarray, times: np.ndarray) -> np.ndarray:
        """States (m, n); NaN from where the forecast leaves every bound."""
        method, reach = self.method, self.method.reach
        if len(context_states) < reach + 1:
            raise InputError(
                f"A context of {reach + 1} states was expected, and {len(context_states)} came.",
                "Give more states before the forecast, or use fewer past ones.",
            )
        steps = np.diff(np.concatenate([context_times[-1:], times]))
        if (method.past or (method.target == "state" and not method.timed)) and not np.allclose(steps, self.step):
            raise InputError(
                f"A forecast in steps of {self.step:.4g} was expected, as in training; steps from {steps.min():.4g} to"
                f" {steps.max():.4g} were asked for.",
                'Ask for those times, or use target="increment" without past states.',
            )
        z = np.full((reach + 1 + len(times), context_states.shape[1]), np.nan)
        z[: reach + 1] = self.frame.apply(np.asarray(context_states, np.float64)[-reach - 1 :])
        with np.errstate(all="ignore"):
            for i, h in enumerate(steps, reach):
                seen = method.shown(z[i - reach : i + 1], np.full(reach + 1, h))[0]
                moved = self.rule(seen)
                z[i + 1] = moved if method.target == "state" else z[i] + h * moved
                if not (np.abs(z[i + 1]) < FAR).all():
                    z[i + 1 :] = np.nan
                    break
        return self.frame.invert(z[reach + 1 :])
