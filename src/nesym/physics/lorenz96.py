"""Waves on a circle of latitude: chaos of any dimension."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import equinox as eqx

from nesym.physics._chaos import Chaotic

EXPONENTS = {5: 0.46705, 6: 0.94633, 7: 1.2652, 8: 1.5918, 9: 1.2164}


class Lorenz96(Chaotic):
    """x_i' = (x_(i+1) - x_(i-2)) x_(i-1) - x_i + F on a circle of `size` numbers.

    Lorenz 1996, Predictability: a problem partly solved (ECMWF). With the published F = 8 the largest Lyapunov exponents
    of 5 to 9 numbers are known; the first state (8.01, 8, 8, ...) and the step 2^-10 are those of Schötz & Boers 2025,
    arXiv 2507.09652.
    """

    size: int = eqx.field(default=5, static=True)
    forcing: Any = 8.0

    step: ClassVar[float] = 2.0**-10

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"x{i + 1}" for i in range(self.size))

    @property
    def first(self) -> tuple[float, ...]:
        return (8.01,) + (8.0,) * (self.size - 1)

    @property
    def exponent(self) -> float:
        return EXPONENTS.get(self.size, float("nan")) if self.forcing == 8.0 else float("nan")

    @property
    def parameters(self) -> tuple[Any, ...]:
        return (self.forcing,)

    @staticmethod
    def rates(x: Sequence[Any], parameters: Sequence[Any], sin: Callable[[Any], Any]) -> tuple[Any, ...]:
        (forcing,), n = parameters, len(x)
        return tuple((x[(i + 1) % n] - x[i - 2]) * x[i - 1] - x[i] + forcing for i in range(n))
