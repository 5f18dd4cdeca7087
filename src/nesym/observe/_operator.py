"""What every forward operator offers, and what averages and sums offer beyond it."""

from abc import abstractmethod

import equinox as eqx

from nesym.observe._arrays import Array, Shape


class Operator(eqx.Module):
    """A linear forward operator r = A x on the last two axes of x; axes before them are batches.

    NumPy arrays give NumPy arrays, JAX arrays give JAX arrays, and float32 stays float32. `axes` is the number of
    trailing axes of r that belong to one field: 2 if A x is a field itself, 0 if it is a number. `shape`, the shape
    of x, is needed only where r does not tell how large x was.
    """

    axes: eqx.AbstractClassVar[int]

    @abstractmethod
    def __call__(self, x: Array) -> Array:
        """r = A x."""

    @abstractmethod
    def adjoint(self, r: Array, shape: Shape | None = None) -> Array:
        """A^T r, the exact transpose: <A x, r> = <x, A^T r> for all x and r."""

    @abstractmethod
    def lift(self, r: Array, shape: Shape | None = None) -> Array:
        """A^+ r = A^T (A A^T)^-1 r: of all x with A x = r, the one with the smallest sum of squares."""


class Aggregate(Operator):
    """An operator that sums weighted cells over disjoint blocks: (A x)_I = c sum_{i in I} v_i x_i with v >= 0.

    Because blocks are disjoint, a factor per block passes through it, A(x * repeat(s)) = s * A x. That is what lets a
    budget be kept by scaling.
    """

    @abstractmethod
    def terms(self, x: Array) -> Array:
        """v_i x_i, the weighted cells."""

    @abstractmethod
    def gather(self, terms: Array) -> Array:
        """c sum_{i in I} of the weighted cells, so that A x = gather(terms(x))."""

    @abstractmethod
    def count(self, shape: Shape) -> int:
        """1 / c, by which `gather` divides its plain sum over a block."""

    @abstractmethod
    def repeat(self, r: Array, shape: Shape | None = None) -> Array:
        """x_i = r_I for every cell i of block I."""

    @abstractmethod
    def unit(self, x: Array) -> Array | float:
        """A 1: what a field of ones on the grid of x gives, 1 for means and the sum of weights for sums."""
