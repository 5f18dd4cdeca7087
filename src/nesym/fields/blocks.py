"""Block means and their right inverse: the one kernel behind coarsening, its constraint and its adjoint."""

from typing import TypeVar

from nesym._errors import GridError

Array = TypeVar("Array")


def block_shape(shape: tuple[int, ...], factor: int) -> tuple[int, int]:
    """Number of blocks (rows, columns) of `factor` x `factor` cells in the last two axes of `shape`.

    Raises `GridError` if the factor is not a positive whole number or does not divide both axes.
    """
    if isinstance(factor, bool) or int(factor) != factor or factor < 1:
        raise GridError(f"The factor must be a whole number of at least 1, and {factor!r} came.", "Give 2, 4, 8, ...")
    ny, nx = shape[-2:]
    if ny % factor or nx % factor:
        rows, columns = ny - ny % factor, nx - nx % factor
        raise GridError(
            f"A grid of {ny} x {nx} cells cannot be cut into blocks of {factor} x {factor}.",
            f"Cut it to {rows} x {columns} cells, or choose a factor that divides both sides.",
        )
    return ny // factor, nx // factor


def block_mean(x: Array, factor: int) -> Array:
    """X_IJ = (1/f^2) sum_{ij in IJ} x_ij over blocks of f x f cells: (..., y, x) -> (..., y/f, x/f).

    Takes NumPy and JAX arrays; a NaN in a block makes the block NaN. Raises `GridError` as `block_shape` does.
    """
    rows, columns = block_shape(x.shape, factor)
    return x.reshape(*x.shape[:-2], rows, factor, columns, factor).mean((-3, -1))


def block_repeat(x: Array, factor: int) -> Array:
    """x_ij = X_IJ for every cell ij of block IJ: (..., y, x) -> (..., f y, f x).

    `block_mean(block_repeat(X, f), f) == X`; f^-2 times this is the adjoint of `block_mean`.
    """
    return x.repeat(factor, axis=-2).repeat(factor, axis=-1)
