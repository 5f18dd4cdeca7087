"""Polynomial maps in double precision: least squares by orthogonal triangularisation, block by block."""

from dataclasses import dataclass, field

import numpy as np

from nesym._errors import InputError
from nesym.learn.polynomials._basis import Coordinates, features
from nesym.learn.polynomials._monomials import count

BLOCK = 1 << 23  # features in memory at once


@dataclass(frozen=True, eq=False)
class DoubleMap:
    """y = sum_k coefficients_k phi_k((x - centre) turn), for states x (n, v) and y (n, d).

    `coefficients` (P, d) are those of the products phi_k of a `basis`. `residual` (d,) is the root mean square error of one
    step on the data.
    """

    degree: int
    basis: str
    centre: np.ndarray
    turn: np.ndarray
    coefficients: np.ndarray = field(repr=False)
    residual: np.ndarray

    def __call__(self, states: np.ndarray) -> np.ndarray:
        """(n, v) -> (n, d)."""
        z = (states - self.centre) @ self.turn
        return features(z, self.degree, self.basis).T @ self.coefficients

    def inside(self, states: np.ndarray, times: float) -> np.ndarray:
        """Whether states (n, v) lie in the box of the data, made so many times as large: (n,)."""
        return (np.abs((states - self.centre) @ self.turn) <= times).all(-1)


def fit(
    inputs: np.ndarray, outputs: np.ndarray, degree: int, basis: str, whiten: bool, solver: str, ridge: float
) -> DoubleMap:
    """The least squares polynomial from `inputs` (n, v) to `outputs` (n, d).

    minimise |Y - F C|^2 / n + ridge |C|^2, the mean not penalised. "qr" reduces [F Y] to a triangle, block by block, and
    corrects C once by the residual of the data (Björck 1987, doi 10.1016/0024-3795(87)90101-7); "normal" solves F'F C =
    F'Y, which squares the condition. Monomials are those of coordinates with unit variance, not in a box.
    """
    coordinates = Coordinates.of(inputs, whiten, box=basis != "monomial")
    rows = max(1, BLOCK // count(inputs.shape[1], degree))
    z = coordinates(inputs)

    def blocks():
        for first in range(0, len(z), rows):
            part = slice(first, first + rows)
            yield features(z[part], degree, basis).T, outputs[part]

    solve = {"qr": _by_triangle, "normal": _by_normal}[solver]
    coefficients = solve(blocks, count(inputs.shape[1], degree), outputs.shape[1], len(z) * ridge)
    squares = sum(((y - f @ coefficients) ** 2).sum(0) for f, y in blocks())
    # In one memory layout, on which the last bits of products depend, whether fitted or read from a file.
    kept = map(np.ascontiguousarray, (coordinates.centre, coordinates.turn, coefficients, np.sqrt(squares / len(z))))
    return DoubleMap(degree, basis, *kept)


def _by_triangle(blocks, size: int, outputs: int, penalty: float) -> np.ndarray:
    from scipy.linalg import qr, solve_triangular
    from scipy.linalg.lapack import dtrcon

    triangle = np.sqrt(penalty) * np.eye(size, size + outputs)
    triangle[0] = 0.0
    for f, y in blocks():
        triangle = qr(np.vstack([triangle, np.hstack([f, y])]), mode="r", overwrite_a=True, check_finite=False)[0]
        triangle = triangle[: size + outputs]
    r = triangle[:size, :size]
    if not dtrcon(r)[0] > np.finfo(np.float64).eps:
        raise InputError(
            f"The {size} features depend on each other on these data, to within the rounding of doubles.",
            "Give a smaller degree or past; for exact data precision=512; for noisy data a ridge, 1e-10 for example.",
        )
    found = solve_triangular(r, triangle[:size, size:])
    shrunk = penalty * np.r_[0.0, np.ones(size - 1)][:, None]
    gradient = sum(f.T @ (y - f @ found) for f, y in blocks()) - shrunk * found
    return found + solve_triangular(r, solve_triangular(r, gradient, trans="T"))


def _by_normal(blocks, size: int, outputs: int, penalty: float) -> np.ndarray:
    gram, right = np.diag(np.r_[0.0, np.full(size - 1, penalty)]), np.zeros((size, outputs))
    for f, y in blocks():
        gram += f.T @ f
        right += f.T @ y
    try:
        return np.linalg.solve(gram, right)
    except np.linalg.LinAlgError as error:
        raise InputError("The normal equations are singular in double precision.", 'Use solver="qr".') from error
