"""Block means as an operator: how a fine grid looks from a coarse one."""

from typing import ClassVar

import equinox as eqx
import numpy as np

from nesym._errors import RangeError
from nesym.fields.blocks import block_mean, block_repeat, block_shape
from nesym.observe._arrays import Array, Shape, floating, horizontal
from nesym.observe._operator import Aggregate
from nesym.observe._weights import beside, checked_weights, weights_on


class Coarsen(Aggregate):
    """(A x)_I = sum_{i in I} w_i x_i / sum_{i in I} w_i over blocks I of `factor` x `factor` cells.

    With v_i = w_i / (mean of w in the block of i) and n = factor^2 cells per block:

        A x = block_mean(v x),   A^T r = v repeat(r) / n,   A^+ r = v repeat(r / block_mean(v^2))

    where repeat copies a block's value to its cells. `weights` (ny, nx), (ny, 1) or (1, nx) are cell areas; without
    them all cells count the same, v = 1. Shapes (..., y, x) -> (..., y/factor, x/factor). Raises `GridError` for a
    factor that is no whole number, that does not divide the grid, or for weights of another grid, `RangeError` for
    negative weights or a block whose weights are all zero.
    """

    factor: int = eqx.field(static=True)
    weights: Array | None = eqx.field(default=None, converter=checked_weights)

    axes: ClassVar[int] = 2

    def __check_init__(self) -> None:
        block_shape((self.factor, self.factor), self.factor)

    def __call__(self, x: Array) -> Array:
        return self.gather(self.terms(x))

    def terms(self, x: Array) -> Array:
        x = floating(x)
        block_shape((1, 1, *horizontal(x.shape)), self.factor)
        return x if self.weights is None else x * beside(self._relative(x.shape), x)

    def gather(self, terms: Array) -> Array:
        return block_mean(terms, self.factor)

    def count(self, shape: Shape) -> int:
        return self.factor**2

    def unit(self, x: Array) -> float:
        return 1.0

    def repeat(self, r: Array, shape: Shape | None = None) -> Array:
        horizontal(r.shape)
        return block_repeat(r, self.factor)

    def adjoint(self, r: Array, shape: Shape | None = None) -> Array:
        spread = self.repeat(floating(r) / self.factor**2)
        return spread if self.weights is None else spread * beside(self._relative(spread.shape), spread)

    def lift(self, r: Array, shape: Shape | None = None) -> Array:
        spread = self.repeat(floating(r))
        if self.weights is None:
            return spread
        v = self._relative(spread.shape)
        return spread * beside(v / block_repeat(block_mean(v * v, self.factor), self.factor), spread)

    def _relative(self, shape: Shape) -> Array:
        """v on the grid (ny, nx) of a fine field of that shape."""
        w = weights_on(self.weights, shape)
        mean = block_mean(w, self.factor)
        if isinstance(mean, np.ndarray) and (mean == 0).any():
            raise RangeError(
                "The weights of a whole block are zero, so that it has no mean.",
                "Give at least one cell of every block a positive weight, or cut the block off.",
            )
        return w / block_repeat(mean, self.factor)
