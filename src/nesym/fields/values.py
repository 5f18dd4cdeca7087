"""Are the values possible: counts that add over chunks, and the errors they lead to."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nesym._errors import MissingValuesError, NesymError, RangeError
from nesym.fields.quantities import Quantity

ROUND_OFF = 1e-6  # values down to here below zero come from packing and interpolation, not from nature


@dataclass(frozen=True)
class Summary:
    """What an array holds: `size` values, of which some are missing, infinite or negative; finite `low` and `high`."""

    size: int = 0
    missing: int = 0
    infinite: int = 0
    negative: int = 0
    low: float = np.inf
    high: float = -np.inf

    @classmethod
    def of(cls, x: np.ndarray) -> "Summary":
        """Summary of an array of any shape; round-off below zero does not count as negative."""
        finite = np.isfinite(x)
        count = int(finite.sum())
        missing = int(np.isnan(x).sum()) if count < x.size else 0
        low = float(x.min(where=finite, initial=np.inf))
        high = float(x.max(where=finite, initial=-np.inf))
        negative = int((x < -ROUND_OFF).sum()) if low < -ROUND_OFF else 0
        return cls(x.size, missing, x.size - count - missing, negative, low, high)

    def __add__(self, other: "Summary") -> "Summary":
        counts = (getattr(self, n) + getattr(other, n) for n in ("size", "missing", "infinite", "negative"))
        return Summary(*counts, min(self.low, other.low), max(self.high, other.high))


def problems(summary: Summary, quantity: Quantity) -> list[NesymError]:
    """The errors that an array with this summary raises as `quantity`, missing values last."""
    found: list[NesymError] = []
    if summary.infinite:
        found.append(
            RangeError(
                f"{summary.infinite} values of {quantity.words} are infinite.",
                "Mark them as missing: da.where(np.isfinite(da)).",
            )
        )
    if quantity.nonnegative and summary.negative:
        found.append(
            RangeError(
                f"{summary.negative} values of {quantity.words} are negative, down to "
                f"{summary.low:g} {quantity.units}.",
                quantity.below_zero,
            )
        )
    if summary.missing:
        found.append(
            MissingValuesError(
                f"{summary.missing} of {summary.size} values of {quantity.words} are missing.",
                "Fill them from their neighbours with missing='fill' (--missing fill), or cut to where there are data.",
            )
        )
    return found


def value_check(quantity: Quantity, refuse_missing: bool) -> Callable[[np.ndarray], np.ndarray]:
    """A function on arrays that raises on impossible values, and sets round-off below zero to 0."""

    def check(x: np.ndarray) -> np.ndarray:
        found = problems(Summary.of(x), quantity)
        found = found if refuse_missing else [p for p in found if not isinstance(p, MissingValuesError)]
        if found:
            raise found[0]
        return np.maximum(x, x.dtype.type(0)) if quantity.nonnegative else x

    return check
