"""Structural similarity and correlation: how alike two fields look."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

MOMENTS = 5  # means of x, y, x^2, y^2 and x y are all that a correlation needs


def moments(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """x, y, x^2, y^2, x y in float64 on a new first axis: their means give `correlation`."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    return np.stack([x, y, x * x, y * y, x * y])


def weighted_moments(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """sum w (x, y, x^2, y^2, x y) over the points, mean over the members: x, y (member, points) -> (5,), float64."""
    sums = np.zeros(MOMENTS)
    for a, b in zip(x, y, strict=True):  # one member after the other, so that all stays in the cache
        a, b = a.astype(np.float64), b.astype(np.float64)
        wa, wb = weights * a, weights * b
        products = [np.einsum("i,i->", u, v) for u, v in ((wa, a), (wb, b), (wa, b))]
        sums += [wa.sum(), wb.sum(), *products]
    return sums / len(x)


def correlation(means: np.ndarray) -> np.ndarray:
    """Pearson r = (<xy> - <x><y>) / sqrt((<x^2> - <x>^2) (<y^2> - <y>^2)) from means (..., 5) as `moments` orders them.

    NaN where one of the two does not vary.
    """
    x, y, xx, yy, xy = np.moveaxis(np.asarray(means), -1, 0)
    variances = np.maximum(xx - x * x, 0.0) * np.maximum(yy - y * y, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variances > 0, (xy - x * y) / np.sqrt(variances), np.nan)


def ssim(x: np.ndarray, y: np.ndarray, data_range: float, window: int = 7) -> np.ndarray:
    """Structural similarity at every window inside the fields: (..., ny, nx) -> (..., ny - w + 1, nx - w + 1).

        SSIM = (2 mx my + c1) (2 sxy + c2) / ((mx^2 + my^2 + c1) (sx^2 + sy^2 + c2)),  c1 = (.01 L)^2,  c2 = (.03 L)^2

    with sample means, variances and covariance (ddof = 1) over square windows and L = `data_range` (Wang et al. 2004,
    doi 10.1109/TIP.2003.819861, with uniform windows). The window shrinks to the field where the field is smaller.
    """
    side = min(window, *x.shape[-2:])
    means = moments(*np.broadcast_arrays(x, y))
    for axis in (-2, -1):
        means = sliding_window_view(means, side, axis).mean(-1)
    mx, my, xx, yy, xy = means
    unbiased = side**2 / (side**2 - 1) if side > 1 else 1.0
    sx, sy, sxy = (xx - mx * mx) * unbiased, (yy - my * my) * unbiased, (xy - mx * my) * unbiased
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    return (2 * mx * my + c1) * (2 * sxy + c2) / ((mx**2 + my**2 + c1) * (sx + sy + c2))
