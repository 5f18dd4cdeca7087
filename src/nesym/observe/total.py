"""One number for a whole field: mass, volume, energy input, or the global mean."""

from typing import ClassVar

import equinox as eqx
import numpy as np

from nesym._errors import GridError, RangeError
from nesym.observe._arrays import Array, Shape, floating, horizontal, namespace
from nesym.observe._operator import Aggregate
from nesym.observe._weights import beside, checked_weights, weights_on


class Total(Aggregate):
    """A x = sum_i w_i x_i over the whole field, or with `mean` the average sum_i w_i x_i / sum_i w_i.

    With v_i = w_i (divided by sum w for the mean):

        A x = sum(v x),   A^T r = v r,   A^+ r = v r / sum(v^2)

    `weights` (ny, nx), (ny, 1) or (1, nx) are cell areas or cos(latitude); without them w = 1, the plain sum over
    pixels. Shapes (..., y, x) -> (...). Raises `GridError` where r alone does not tell the size of the field and no
    `shape` is given, or for weights of another grid, `RangeError` for weights that are negative or all zero.
    """

    weights: Array | None = eqx.field(default=None, converter=checked_weights)
    mean: bool = eqx.field(default=False, static=True)

    axes: ClassVar[int] = 0

    def __check_init__(self) -> None:
        if isinstance(self.weights, np.ndarray) and not self.weights.any():
            raise RangeError("The weights are all zero.", "Give cells that count a positive weight.")

    def __call__(self, x: Array) -> Array:
        return self.gather(self.terms(x))

    def terms(self, x: Array) -> Array:
        x = floating(x)
        horizontal(x.shape)
        return x if self.weights is None else x * beside(self._factors(x.shape), x)

    def gather(self, terms: Array) -> Array:
        # Rows first: two short sums round less than one long one.
        total = terms.sum(-1).sum(-1)
        return total / self.count(terms.shape) if self.mean else total

    def count(self, shape: Shape) -> int:
        ny, nx = horizontal(shape)
        return ny * nx if self.mean and self.weights is None else 1

    def unit(self, x: Array) -> Array | float:
        if self.mean:
            return 1.0
        ny, nx = horizontal(x.shape)
        if self.weights is None:
            return float(ny * nx)
        return namespace(x, self.weights).asarray(self._factors(x.shape).sum(), dtype=x.dtype)

    def repeat(self, r: Array, shape: Shape | None = None) -> Array:
        return namespace(r).broadcast_to(r[..., None, None], (*r.shape, *self._grid(shape)))

    def adjoint(self, r: Array, shape: Shape | None = None) -> Array:
        spread = self.repeat(floating(r), shape)
        if self.weights is None:
            return spread / self.count(spread.shape)
        return spread * beside(self._factors(spread.shape), spread)

    def lift(self, r: Array, shape: Shape | None = None) -> Array:
        spread = self.repeat(floating(r), shape)
        if self.weights is None:
            return spread / self.unit(spread)
        v = self._factors(spread.shape)
        return spread * beside(v / (v * v).sum(), spread)

    def _factors(self, shape: Shape) -> Array:
        """v on the grid (ny, nx) of a field of that shape."""
        w = weights_on(self.weights, shape)
        return w / w.sum() if self.mean else w

    def _grid(self, shape: Shape | None) -> tuple[int, int]:
        if shape is not None:
            return horizontal(shape)
        if self.weights is None or 1 in self.weights.shape:
            raise GridError("A total does not tell how large its field was.", "Give shape=(ny, nx) beside it.")
        return self.weights.shape
