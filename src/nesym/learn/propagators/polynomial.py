"""Polynomials as rules: the simplest method, and on exact data the one to beat."""

from dataclasses import dataclass

import numpy as np

from nesym._errors import InputError
from nesym.learn.polynomials import polynomial_double
from nesym.learn.polynomials._monomials import count, largest_degree
from nesym.learn.propagators._one_step import OneStep, Rule

MOST = 2000  # features
LEAST = 1e-28  # a penalty far below rounding, with which monomials that depend on each other share their part


@dataclass(frozen=True, kw_only=True)
class Polynomial(OneStep):
    """g = sum_(|a| <= degree) c_a w^a by least squares with an optional `ridge` (LinS, LinD and LinPo of the paper).

    Solved in the orthogonal Legendre basis by QR, as `nesym.learn.PolynomialPropagator` does: the published normal
    equations fail from degree 7 on. Schötz et al. 2024, arXiv 2407.20158.
    """

    degree: int = 5
    ridge: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.degree, int) or self.degree < 1 or not self.ridge >= 0:
            raise InputError(
                f"degree={self.degree!r} and ridge={self.ridge!r} came.", "Give a degree from 1 and a ridge from 0."
            )

    def regression(self, inputs: np.ndarray, outputs: np.ndarray, step: float, key: int) -> Rule:
        """The polynomial. Raises `InputError`, with the largest possible degree, for more monomials than samples."""
        samples, variables = inputs.shape
        wanted, most = count(variables, self.degree), min(MOST, samples)
        if wanted > most:
            raise InputError(
                f"Degree {self.degree} in {variables} variables has {wanted} monomials; there are {samples} samples, and"
                f" {MOST} are the most that are tried.",
                f"Give degree={largest_degree(most, variables)} at most, or fewer past states.",
            )
        return polynomial(inputs, outputs, self.degree, self.ridge)


def polynomial(inputs: np.ndarray, outputs: np.ndarray, degree: int, ridge: float) -> Rule:
    """The least squares polynomial from rows of inputs to rows of outputs, as a function of one row."""
    found = polynomial_double.fit(inputs, outputs, degree, "legendre", False, "qr", max(ridge, LEAST))
    return lambda row: found(row[None])[0]
