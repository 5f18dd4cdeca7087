"""How training ends: the models, the state, the log, and the reason it stopped."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

_START_OVER = (
    "Lower the learning rate, lengthen its warm-up, or clip gradients harder; "
    "then fit anew, starting from `model` if you like."
)


class Reason(Enum):
    """Why training stopped: `problem` says it and `remedy` what to do.

    Both are empty when every step was taken, and when the run was told that it had `enough`.
    """

    finished = (0, "", "")
    loss = (
        1,
        "The loss of the next step was not finite.",
        "Look for extreme or missing values in its batch and for logarithms, roots and divisions in the loss. "
        + _START_OVER,
    )
    gradient = (
        2,
        "The gradient of the next step was not finite, although its loss was.",
        "Look in the loss for roots and norms at zero, whose slope is infinite. " + _START_OVER,
    )
    parameters = (3, "The next step would have given parameters that are not finite.", _START_OVER)
    enough = (4, "", "")

    def __init__(self, number: int, problem: str, remedy: str):
        self.number, self.problem, self.remedy = number, problem, remedy

    @property
    def sentence(self) -> str:
        """Problem and remedy."""
        return f"{self.problem} {self.remedy}".strip()

    @classmethod
    def of(cls, number: int) -> "Reason":
        """The reason that compiled code calls by this number."""
        return next(reason for reason in cls if reason.number == number)


@dataclass(frozen=True)
class Fitted:
    """What `fit` returns. Check `successful`, or read `reason`, before using the models.

    `model` has the parameters of the last step, `ema_model` their running average (it is `model` where none was asked
    for). `state` is the `State` behind them, `log` the rows of the run log, `seconds` the time that training took, over
    all sessions of a run that was resumed. After a failure all of them are as they were before the failing step.
    """

    model: Any
    ema_model: Any
    state: Any
    log: list[dict[str, Any]]
    reason: Reason
    seconds: float

    @property
    def successful(self) -> bool:
        """True where every step was taken, or as many as were needed."""
        return not self.reason.problem

    @property
    def steps(self) -> int:
        """Steps taken, in all."""
        return int(self.state.step)
