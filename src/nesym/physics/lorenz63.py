"""Convection reduced to three numbers: the best-known chaos."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, ClassVar

from nesym.physics._chaos import Chaotic


class Lorenz63(Chaotic):
    """x' = sigma (y - x), y' = x (rho - z) - y, z' = x y - beta z.

    Lorenz 1963, doi 10.1175/1520-0469(1963)020<0130:DNF>2.0.CO;2. With the published sigma = 10, rho = 28, beta = 8/3
    the largest Lyapunov exponent is 0.90642; the first state (-8, 7, 27) and the step 2^-10 are those of Schötz & Boers
    2025, arXiv 2507.09652. One Runge-Kutta step is a polynomial of degree 8 in the state.
    """

    sigma: Any = 10.0
    rho: Any = 28.0
    beta: Any = Fraction(8, 3)

    step: ClassVar[float] = 2.0**-10

    @property
    def names(self) -> tuple[str, ...]:
        return ("x", "y", "z")

    @property
    def first(self) -> tuple[float, ...]:
        return (-8.0, 7.0, 27.0)

    @property
    def exponent(self) -> float:
        return 0.90642 if (self.sigma, self.rho, self.beta) == (10.0, 28.0, Fraction(8, 3)) else float("nan")

    @property
    def parameters(self) -> tuple[Any, ...]:
        return (self.sigma, self.rho, self.beta)

    @staticmethod
    def rates(x: Sequence[Any], parameters: Sequence[Any], sin: Callable[[Any], Any]) -> tuple[Any, ...]:
        (x, y, z), (sigma, rho, beta) = x, parameters
        return sigma * (y - x), x * (rho - z) - y, x * y - beta * z
