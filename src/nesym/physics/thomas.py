"""A particle with friction in a lattice of forces: slow chaos without a polynomial law."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, ClassVar

from nesym.physics._chaos import Chaotic


class Thomas(Chaotic):
    """x' = sin y - b x, y' = sin z - b y, z' = sin x - b z. Thomas 1999, doi 10.1142/S0218127499001383.

    With the published b = 0.208 the largest Lyapunov exponent is 0.015273; the first state (0, 1, -1) and the step 2^-6
    are those of Schötz & Boers 2025, arXiv 2507.09652.
    """

    b: Any = Fraction(208, 1000)

    step: ClassVar[float] = 2.0**-6

    @property
    def names(self) -> tuple[str, ...]:
        return ("x", "y", "z")

    @property
    def first(self) -> tuple[float, ...]:
        return (0.0, 1.0, -1.0)

    @property
    def exponent(self) -> float:
        return 0.015273 if self.b == Fraction(208, 1000) else float("nan")

    @property
    def parameters(self) -> tuple[Any, ...]:
        return (self.b,)

    @staticmethod
    def rates(x: Sequence[Any], parameters: Sequence[Any], sin: Callable[[Any], Any]) -> tuple[Any, ...]:
        (x, y, z), (b,) = x, parameters
        return sin(y) - b * x, sin(z) - b * y, sin(x) - b * z
