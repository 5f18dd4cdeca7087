"""A model whose rain has the right distribution in every cell and the wrong shape: smoothed, and in the wrong place."""

import numpy as np
import xarray as xr

from nesym._errors import GridError, InputError, MissingValuesError

EDGES = ("nearest", "wrap")  # beyond the first and last row, and around the globe


def displaced_rain(
    rain: xr.DataArray, key: int, *, shift: float = 2.0, extent: float = 6.0, smoothing: float = 1.0
) -> xr.DataArray:
    """y(c, t) = Q_c(F_c(s(c, t))),    s(c, t) = (K * x)(c + d(c, t), t)

    x is `rain` (time, lat, lon) around the globe. K is a Gaussian of standard deviation `smoothing` cells, and d, new on
    each day, a pair of Gaussian fields of standard deviation `shift` cells that vary over `extent` cells: rain objects
    lose their edges and are moved, each its own way. F_c is the distribution of s in the cell c over the record, and Q_c
    the quantiles of x there: y holds the values of x of that cell in another order. No correction of cells one by one can
    tell the two records apart, so quantile mapping leaves y as it is; patterns differ.

    Another `key`, other displacements. The result has the labels and the dtype of `rain`. Raises `InputError` for sizes
    that cannot be, `GridError` without (time, lat, lon), `MissingValuesError` for gaps.
    """
    if not (shift >= 0 and smoothing >= 0 and extent > 0):
        raise InputError(
            f"shift and smoothing are not negative, extent is positive; {shift}, {smoothing} and {extent} came.",
            "Give, for example, shift=2.0, extent=6.0, smoothing=1.0.",
        )
    if set(rain.dims) != {"time", "lat", "lon"}:
        raise GridError(
            f"Rain (time, lat, lon) was expected; the dimensions are {', '.join(map(str, rain.dims))}.",
            "Give one global record: its axes named time, lat and lon.",
        )
    x = rain.transpose("time", "lat", "lon")
    values = x.values
    if not np.isfinite(values).all():
        raise MissingValuesError("Rain cannot be moved around gaps, and some values are missing.", "Fill them first.")
    moved = np.stack(
        [
            moved_field(field, np.random.default_rng([key, day]), shift, extent, smoothing)
            for day, field in enumerate(values)
        ]
    )
    same = xr.DataArray(in_the_order_of(values, moved), x.coords, x.dims, rain.name, rain.attrs)
    known = {"shift": shift, "extent": extent, "smoothing": smoothing, "key": key}
    return same.transpose(*rain.dims).assign_attrs(long_name="smoothed and displaced rain", **known)


def in_the_order_of(values: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The values of each cell in the order over time of `other`, both (time, ...): values of the one, ranks of the other."""
    order = np.argsort(other, 0, kind="stable")
    out = np.empty_like(values)
    np.put_along_axis(out, order, np.sort(values, 0), 0)
    return out


def moved_field(
    field: np.ndarray, rng: np.random.Generator, shift: float, extent: float, smoothing: float
) -> np.ndarray:
    """s of one day (lat, lon), float64; see `displaced_rain`."""
    from scipy.ndimage import gaussian_filter, map_coordinates

    ny, nx = field.shape
    smooth = gaussian_filter(field.astype(np.float64), smoothing, mode=EDGES)
    # White noise of variance 1 smoothed over e cells has the standard deviation 1 / (2 sqrt(pi) e).
    scale = shift * 2 * np.sqrt(np.pi) * extent
    away = [scale * gaussian_filter(rng.standard_normal((ny, nx)), extent, mode=EDGES) for _ in "yx"]
    rows = np.clip(np.arange(ny)[:, None] + away[0], 0, ny - 1)
    return map_coordinates(smooth, [rows, np.arange(nx) + away[1]], order=1, mode="grid-wrap")
