"""How strong the noise of a series is, read off its increments."""

from dataclasses import dataclass

import numpy as np

from nesym._errors import InputError

SURE = 3.0  # standard errors


@dataclass(frozen=True)
class QuadraticVariation:
    """`rate` of the quadratic variation, the mean square of the diffusion, in x^2 per unit of time, and the standard
    deviation `error` of independent errors of observation, 0 where none can be told."""

    rate: float
    error: float

    @property
    def diffusion(self) -> float:
        """Root of the rate, in x per root of the unit of time."""
        return float(np.sqrt(self.rate))


def quadratic_variation(values: np.ndarray, step: float) -> QuadraticVariation:
    """From series `values` (k, T), `step` apart, with increments d_i:

        e^2 = <d_i d_{i+2}> - <d_i d_{i+1}>,    rate = (<d_i^2> - 2 e^2) / step

    An error of observation e in each value adds 2 e^2 to the square of an increment and -e^2 to the product of two that
    follow each other, as in Roll 1984, doi 10.1111/j.1540-6261.1984.tb03897.x; what the drift adds to that product it also
    adds to the next but one, and it cancels. e is 0 unless e^2 is three standard errors above it.

    Limits: errors that resemble each other from step to step are taken for noise of the system; an e below about
    (4 rate step / sqrt(steps))^(1/2) is not seen; where the drift is not small within a step, the rate is that of the chain
    of steps, not of the equation behind it (a relative error of half the step over the time of relaxation). Raises
    `InputError` where the errors of observation leave no noise of the system.
    """
    d = np.diff(values, axis=1)
    square = np.mean(d**2)
    one, two = (np.mean(d[:, :-lag] * d[:, lag:]) if d.shape[1] > lag else 0.0 for lag in (1, 2))
    chance = square * np.sqrt(2 / d.size)
    square_error = two - one if two - one > SURE * chance else 0.0
    left = square - 2 * square_error
    if left <= SURE * chance:
        raise InputError(
            "The increments of the series are errors of observation alone, as far as can be told.",
            "Average it over longer steps, or give more of it.",
        )
    return QuadraticVariation(float(left / step), float(np.sqrt(square_error)))
