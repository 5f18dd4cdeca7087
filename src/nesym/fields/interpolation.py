"""Bilinear refinement of cell means by a whole factor; the smooth start of every statistical downscaling."""

from typing import TypeVar

import numpy as np

Array = TypeVar("Array")


def bilinear_weights(n: int, factor: int, periodic: bool = False) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Neighbours and weight of each fine cell along one axis: x_j = (1 - w_j) X_left(j) + w_j X_right(j).

    The centre of fine cell j lies at p = (j + 1/2) / f - 1/2 in units of coarse cells; left = floor(p) and
    w = p - left. In the outer half cells both neighbours are the edge cell (constant extrapolation), or, on a
    `periodic` axis, the first and the last cell. Returns `(left, right, w)`, each of shape (n * factor,).
    """
    position = (np.arange(n * factor) + 0.5) / factor - 0.5
    left = np.floor(position).astype(np.int64)
    weight = position - left
    right = left + 1
    if periodic:
        return left % n, right % n, weight
    return left.clip(0, n - 1), right.clip(0, n - 1), weight


def _blend(x: Array, factor: int, axis: int, periodic: bool) -> Array:
    left, right, weight = bilinear_weights(x.shape[axis], factor, periodic)
    shape = [1] * x.ndim
    shape[axis] = weight.size
    w = weight.astype(x.dtype).reshape(shape)
    return x.take(left, axis=axis) * (1 - w) + x.take(right, axis=axis) * w


def refine_bilinear(x: Array, factor: int, periodic_x: bool = False) -> Array:
    """Cell-centred bilinear interpolation of the last two axes: (..., y, x) -> (..., f y, f x).

    Linear fields are reproduced away from the outer half cells, which are constant (or wrap around in x where
    `periodic_x`); values stay within the range of their neighbours, so non-negative fields stay non-negative.
    Takes floating NumPy and JAX arrays and keeps their dtype.
    """
    return _blend(_blend(x, factor, x.ndim - 2, False), factor, x.ndim - 1, periodic_x)
