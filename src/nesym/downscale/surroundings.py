"""What the coarse rain around a cell tells of the scales below it: how erratic it is, and how hard it usually rains."""

import jax
import jax.numpy as jnp
import numpy as np

# Where there is hardly any rain these quotients mean nothing; so little (mm/h) keeps them finite.
TRACE = 1e-6


def surroundings(rain: jax.Array, reach: float, periodic_x: bool) -> tuple[jax.Array, jax.Array]:
    """Roughness v = G|R - S| / G S and typical rain m = G S^2 / G S of coarse rain R (Y, X); both (Y, X), 0 if all dry.

    S is R under the (1, 2, 1) / 4 filter along both axes, G a Gaussian mean over neighbourhoods of standard deviation
    `reach`, in cells. The edges are clamped, or periodic in x. v lies between 0 and 2, about 0.5 for showers; m is the
    mean rain, weighted by rain, so that dry surroundings do not lower it.
    """
    ny, nx = rain.shape
    binomial = _matrix(ny, (0.25, 0.5, 0.25), False), _matrix(nx, (0.25, 0.5, 0.25), periodic_x)
    smooth = _both(rain, *binomial)
    weights = _gaussian(reach)
    around = _matrix(ny, weights, False), _matrix(nx, weights, periodic_x)
    mean = _both(smooth, *around) + TRACE
    return _both(jnp.abs(rain - smooth), *around) / mean, _both(smooth**2, *around) / mean


def _both(x: jax.Array, along_y: np.ndarray, along_x: np.ndarray) -> jax.Array:
    return along_y @ x @ along_x.T


def _gaussian(sd: float) -> np.ndarray:
    offset = np.arange(-int(np.ceil(3 * sd)), int(np.ceil(3 * sd)) + 1)
    weights = np.exp(-0.5 * (offset / sd) ** 2)
    return weights / weights.sum()


def _matrix(n: int, weights, periodic: bool) -> np.ndarray:
    """The (n, n) matrix that takes a weighted mean over neighbours: wrapped around, or with the edge cells repeated."""
    half = len(weights) // 2
    matrix = np.zeros((n, n), np.float32)
    for offset, weight in zip(range(-half, half + 1), weights, strict=True):
        column = np.arange(n) + offset
        np.add.at(matrix, (np.arange(n), column % n if periodic else column.clip(0, n - 1)), weight)
    return matrix
