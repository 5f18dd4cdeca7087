"""One task of a benchmark of forecasts: what may be learned from, and what is to be told."""

from dataclasses import dataclass

import numpy as np

from nesym.learn.propagators._protocol import check_trajectory


@dataclass(frozen=True, eq=False)
class Task:
    """Go on from the last of `states` (T, n) at `times` (T,): the `truth` (m, n) at `ahead` (m,) is what happens.

    `system` and `scheme` name where it comes from and how it was observed, `number` the repetition; numbers below 0 are
    those that methods may be tuned on.
    """

    system: str
    scheme: str
    number: int
    times: np.ndarray
    states: np.ndarray
    ahead: np.ndarray
    truth: np.ndarray

    def __post_init__(self) -> None:
        for name in ("times", "states", "ahead", "truth"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.float64))
        check_trajectory(self.times, self.states)
        check_trajectory(np.concatenate([self.times[-1:], self.ahead]), np.concatenate([self.states[-1:], self.truth]))

    @property
    def name(self) -> str:
        """As it is called in files: system, scheme and number."""
        return f"{self.system}-{self.scheme}-{self.number}".replace(":", "_")
