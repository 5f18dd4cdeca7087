"""Rules from the past states that are nearest to the present one."""

from dataclasses import dataclass

import numpy as np

from nesym._errors import InputError
from nesym.learn.propagators._one_step import OneStep, Rule


@dataclass(frozen=True, kw_only=True)
class _Near(OneStep):
    """What both share: the nearest `neighbours`, and a `bandwidth` in whitened states."""

    neighbours: int = 50
    bandwidth: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.neighbours < 2 or not self.bandwidth > 0:
            raise InputError(f"{self} cannot be made.", "Give at least 2 neighbours and a positive bandwidth.")


@dataclass(frozen=True, kw_only=True)
class GaussianProcess(_Near):
    """g(w) = m + k(w)^T (K + `nugget` 1)^-1 (y - m), k = exp(-|w - w_i|^2 / (2 `bandwidth`^2)), over the nearest rows w_i.

    Rasmussen and Williams 2006, doi 10.7551/mitpress/3206.001.0001; GpPropa of Schötz et al. 2024, arXiv 2407.20158.
    """

    nugget: float = 1e-9

    def regression(self, inputs: np.ndarray, outputs: np.ndarray, step: float, key: int) -> Rule:
        """The posterior mean of the neighbours of each row."""
        return gaussian_process(inputs, outputs, self.neighbours, self.bandwidth, self.nugget)


@dataclass(frozen=True, kw_only=True)
class LocalLinear(_Near):
    """g(w) = a of the (a, B) that minimise sum_i k_i |y_i - a - B (w_i - w)|^2, k_i as in `GaussianProcess`.

    Cleveland 1979, doi 10.1080/01621459.1979.10481038; LocalLinearPropa of Schötz et al. 2024, arXiv 2407.20158.
    """

    bandwidth: float = 0.1

    def regression(self, inputs: np.ndarray, outputs: np.ndarray, step: float, key: int) -> Rule:
        """The weighted fit at each row."""
        tree, count = _tree(inputs), min(self.neighbours, len(inputs))

        def rule(row: np.ndarray) -> np.ndarray:
            distance, near = tree.query(row, k=count)
            # Relative to the nearest: a small bandwidth then means that row alone, not none at all.
            weight = np.exp((distance[0] ** 2 - distance**2) / (4 * self.bandwidth**2))[:, None]
            shown = np.concatenate([np.ones((count, 1)), inputs[near] - row], axis=1)
            return np.linalg.lstsq(weight * shown, weight * outputs[near], rcond=1e-10)[0][0]

        return rule


def gaussian_process(inputs: np.ndarray, outputs: np.ndarray, count: int, bandwidth: float, nugget: float) -> Rule:
    """The posterior mean of `GaussianProcess` as a function of one row."""
    from scipy.linalg import lapack

    tree, count = _tree(inputs), min(count, len(inputs))

    def rule(row: np.ndarray) -> np.ndarray:
        distance, near = tree.query(row, k=count)
        x, y = inputs[near], outputs[near]
        squares = (x * x).sum(1)
        apart = np.maximum(squares[:, None] + squares - 2 * x @ x.T, 0)
        kernel = np.exp(apart / (-2 * bandwidth**2))
        middle = y.mean(0)
        jitter = nugget
        for _ in range(4):  # rounding can make the kernel indefinite
            kernel.flat[:: count + 1] = 1 + jitter
            _, solved, failed = lapack.dposv(kernel, y - middle)
            if not failed:
                break
            jitter = max(1e-14, 100 * jitter)
        return middle + np.exp(distance**2 / (-2 * bandwidth**2)) @ solved

    return rule


def _tree(inputs: np.ndarray):
    from scipy.spatial import cKDTree

    return cKDTree(inputs)
