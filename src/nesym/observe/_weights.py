"""Cell weights of operators that average: checked once, fitted to a field when one is seen."""

from typing import Any

import jax
import numpy as np

from nesym._errors import GridError, RangeError
from nesym.observe._arrays import Array, Shape, horizontal, namespace


def checked_weights(weights: Any) -> Array | None:
    """Weights as an array of shape (ny, nx), (ny, 1) or (1, nx); None stays None (all cells count the same).

    Raises `GridError` for another number of axes, `RangeError` for negative, infinite or missing weights.
    """
    if weights is None:
        return None
    weights = weights if isinstance(weights, jax.Array) else np.asarray(weights, dtype=float)
    if weights.ndim != 2:
        raise GridError(
            f"Weights must have the two horizontal axes, and an array of shape {weights.shape} came.",
            "Give weights of shape (y, x), or (y, 1) if they depend on latitude only.",
        )
    if isinstance(weights, np.ndarray) and not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise RangeError(
            "Weights must be finite and not negative, and some are not.",
            "Give cell areas or cos(latitude), with 0 for cells that do not count.",
        )
    return weights


def weights_on(weights: Array, shape: Shape) -> Array:
    """The weights on the horizontal grid (ny, nx) of a field of that `shape`. Raises `GridError` if they do not fit."""
    ny, nx = horizontal(shape)
    rows, columns = weights.shape
    if rows not in (1, ny) or columns not in (1, nx):
        raise GridError(
            f"Weights on {rows} x {columns} cells do not fit a field of {ny} x {nx} cells.",
            f"Give weights of shape ({ny}, {nx}), ({ny}, 1) or (1, {nx}).",
        )
    return namespace(weights).broadcast_to(weights, (ny, nx))


def beside(weights: Array, x: Array) -> Array:
    """The weights with the precision of x and as many axes, so that `x * weights` broadcasts over leading axes."""
    xp = namespace(weights, x)
    return xp.asarray(weights, dtype=x.dtype).reshape((1,) * (x.ndim - 2) + weights.shape)
