"""Coordinates in which the states of a trajectory vary alike and apart from each other."""

from dataclasses import dataclass

import numpy as np

FLAT = 1e-12  # directions whose variance is this share of the largest are not stretched further


@dataclass(frozen=True, eq=False)
class Whitening:
    """z = (x - mean) A with covariance 1, x = z A^-1 + mean; A = V diag(w)^(-1/2) V^T from the covariance V diag(w) V^T.

    The symmetric root: records of the same system have nearly the same frame.
    """

    mean: np.ndarray
    forward: np.ndarray
    backward: np.ndarray

    @classmethod
    def of(cls, states: np.ndarray) -> "Whitening":
        """From states (T, n). A coordinate that never changes is left at 0."""
        mean = states.mean(0)
        values, vectors = np.linalg.eigh(np.atleast_2d(np.cov(states.T)))
        size = np.sqrt(np.maximum(values, max(FLAT * values.max(), np.finfo(float).tiny)))
        return cls(mean, vectors / size @ vectors.T, vectors * size @ vectors.T)

    def apply(self, x: np.ndarray) -> np.ndarray:
        """(..., n) -> (..., n)."""
        return (x - self.mean) @ self.forward

    def invert(self, z: np.ndarray) -> np.ndarray:
        """(..., n) -> (..., n)."""
        return z @ self.backward + self.mean
