"""Polynomial features of states: products of orthogonal polynomials in coordinates that lie in [-1, 1]."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nesym._errors import InputError
from nesym.learn.polynomials._monomials import monomials

Recurrence = Callable[[int, np.ndarray, np.ndarray, np.ndarray], np.ndarray]

# Of degree k + 1 from x and those of degrees k and k - 1.
RECURRENCES: dict[str, Recurrence] = {
    "legendre": lambda k, x, now, before: ((2 * k + 1) * x * now - k * before) / (k + 1),
    "chebyshev": lambda k, x, now, before: (2 * x * now - before) if k else x,
    "monomial": lambda k, x, now, before: x * now,
}


@dataclass(frozen=True, eq=False)
class Coordinates:
    """z = (x - centre) turn: a box of states (v,) onto [-1, 1]^v, whitened or axis by axis."""

    centre: np.ndarray
    turn: np.ndarray

    @classmethod
    def of(cls, states: np.ndarray, whiten: bool, box: bool = True) -> "Coordinates":
        """Such that `states` (n, v) fill the box; without one, such that they have unit covariance (or variance).

        Whitening is symmetric: turn = C^(-1/2), C the covariance. Raises `InputError` for coordinates that say nothing.
        """
        mean, deviation = states.mean(0), states.std(0)
        if (flat := np.flatnonzero(deviation <= 1e-13 * np.abs(mean))).size:
            raise InputError(f"Coordinate {flat[0]} of the states is constant.", "Leave constant coordinates out.")
        turn = np.diag(1 / deviation)
        if whiten:
            values, vectors = np.linalg.eigh(np.corrcoef(states, rowvar=False).reshape(2 * states.shape[1:]))
            if values[0] <= 1e-14 * values[-1]:
                raise InputError(
                    "Some coordinates of the states are linear functions of the others.",
                    "Leave them out, or give whiten=False.",
                )
            turn = turn @ (vectors / np.sqrt(values)) @ vectors.T
        if not box:
            return cls(mean, turn)
        z = (states - mean) @ turn
        low, high = z.min(0), z.max(0)
        middle, half = (low + high) / 2, (high - low) / 2
        return cls(mean + middle @ np.linalg.inv(turn), turn / half)

    def __call__(self, states: np.ndarray) -> np.ndarray:
        return (states - self.centre) @ self.turn


def features(z: np.ndarray, degree: int, basis: str) -> np.ndarray:
    """All products of total degree at most p of the polynomials of the basis in the coordinates z (n, v): (P, n)."""
    step, single = RECURRENCES[basis], [np.ones_like(z.T)]
    for k in range(degree):
        single.append(step(k, z.T, single[k], single[k - 1]))
    table, exponents = np.stack(single), monomials(z.shape[1], degree).exponents
    found = table[exponents[:, 0], 0]
    for j in range(1, z.shape[1]):
        found *= table[exponents[:, j], j]
    return found
