"""Fractal dimension of rain fields by box counting: how ragged the edge between weaker and stronger rain is."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from nesym._errors import GridError, InputError, MissingValuesError
from nesym.verify.statistics import Means, Statistic, Step

LEVELS = tuple(percent / 100 for percent in range(30, 96, 5))
SMALLEST = 4  # cells along the side of the smallest box: a box of 2 x 2 sees the grid more than the rain


def field_quantiles(da: xr.DataArray, q: tuple[float, ...] = LEVELS) -> np.ndarray:
    """Quantiles of all values of all cells and times together, each counting the same: (q,), float64, NaN left out.

    They are exact (linear between neighbours), so that the values are held in memory once more while they are sought;
    those of a lazy array are computed for it. Raises `MissingValuesError` if there is no value.
    """
    values = da.values.reshape(-1)
    values = values[~np.isnan(values)]  # a copy, which may be put into another order
    if not values.size:
        raise MissingValuesError("Quantiles need at least one value, and none came.", "Leave out the empty part.")
    return np.asarray(np.quantile(values, np.asarray(q, np.float64), overwrite_input=True), np.float64)


def box_sizes(shape: tuple[int, int]) -> np.ndarray:
    """4, 8, 16, ... cells, up to the largest power of two that fits into both sides of a field.

    Raises `GridError` where fewer than two sizes fit, since a slope takes two.
    """
    if min(shape) < 2 * SMALLEST:
        raise GridError(
            f"Counting boxes needs at least {2 * SMALLEST} cells along both sides; {shape[0]} x {shape[1]} came.",
            "Give the whole field, with rows and columns as its last two axes.",
        )
    return 2 ** np.arange(SMALLEST.bit_length() - 1, min(shape).bit_length())


def fractal_dimension(fields: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Box-counting dimension of where `fields` (n, ny, nx) lie below each of the `thresholds` (q,): (n, q).

        D = - slope of ln N(k) against ln k,    k = 4, 8, 16, ... cells
        N(k) = number of k x k boxes of which some cells, but not all, lie below the threshold

    by least squares. 1 for a smooth edge, 2 for noise, which has an edge in every box; rain lies between (Lovejoy
    1982, doi 10.1126/science.216.4542.185). A score of corrected rain in Hess et al. 2023, doi 10.1029/2023EF004002.

    Where k does not divide a side, whole boxes are laid from its one end and from its other end, so that no cell is
    left out and a field has the dimension of its mirror image. N(k) is then the share of these boxes with an edge
    times ny nx / k^2, which is the plain count where k divides both sides. Boxes do not reach around the globe.
    NaN where a size has no box with an edge. Raises `GridError` for sides below 8 cells, `MissingValuesError` for NaN.
    """
    fields, thresholds = np.asarray(fields), np.asarray(thresholds, np.float64)
    if not np.isfinite(fields).all():
        raise MissingValuesError(
            "Counting boxes needs complete fields, and some values are missing or infinite.",
            "Cut the fields to a part without gaps, or leave out the steps that have some.",
        )
    sizes = box_sizes(fields.shape[-2:])
    shares = np.stack([_edge_share(fields, int(size), thresholds) for size in sizes])
    place = np.log(sizes) - np.log(sizes).mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        counts = np.log(shares / sizes[:, None, None] ** 2)  # ny nx moves no slope
        slope = np.tensordot(place, counts, 1) / (place**2).sum()
    return np.where((shares > 0).all(0), -slope, np.nan)


def _edge_share(fields: np.ndarray, size: int, thresholds: np.ndarray) -> np.ndarray:
    """Share of the boxes whose least value lies below a threshold and whose largest does not: (n, q)."""
    counts, boxes = np.zeros((len(fields), thresholds.size)), 0
    for part in _whole_boxes(fields, size):
        least, most = (_reduced(part, size, reduce) for reduce in (np.min, np.max))
        for number, threshold in enumerate(thresholds):
            counts[:, number] += (least < threshold).sum(-1) - (most < threshold).sum(-1)
        boxes += least.shape[-1]
    return counts / boxes


def _whole_boxes(fields: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """The parts of `fields` that whole boxes fill, laid from either end of each side that they do not fill."""
    ends = []
    for length in fields.shape[-2:]:
        rest = length % size
        ends.append([slice(0, length - rest), slice(rest, length)] if rest else [slice(None)])
    for rows in ends[0]:
        yield from (fields[:, rows, columns] for columns in ends[1])


def _reduced(fields: np.ndarray, size: int, reduce) -> np.ndarray:
    """Minimum or maximum of every box: (n, ny, nx) -> (n, boxes)."""
    n, ny, nx = fields.shape
    rows = reduce(fields.reshape(n, ny // size, size, nx), axis=2)
    return reduce(rows.reshape(n, -1, nx // size, size), axis=3).reshape(n, -1)


def dimensions(name: str, thresholds_forecast: np.ndarray, thresholds_truth: np.ndarray) -> Statistic:
    """Dimension at each threshold and how often it is defined: of the members (mean over them), then of the truth.

    Of complete fields only. Either side has thresholds of its own; the sums are (2, 2, q) in one row.
    """
    sides = np.asarray(thresholds_forecast, np.float64), np.asarray(thresholds_truth, np.float64)
    if sides[0].ndim != 1 or sides[0].shape != sides[1].shape or not sides[0].size:
        raise InputError(
            f"As many thresholds of the forecast as of the truth were expected; {sides[0].shape} and {sides[1].shape} "
            "came.",
            "Take both with the same q: nesym.verify.field_quantiles(da, q).",
        )

    def compute(step: Step) -> tuple[np.ndarray, float]:
        if not step.valid.all():
            return np.zeros(4 * sides[0].size), 0.0
        both = zip((step.ens, step.obs[None]), sides, strict=True)
        found = [fractal_dimension(fields, thresholds) for fields, thresholds in both]
        parts = [(np.nan_to_num(d).mean(0), np.isfinite(d).mean(0)) for d in found]
        return np.concatenate([row for part in parts for row in part]), 1.0

    return Statistic(name, compute, whole=True)


def dimension_error(means: Means, name: str) -> np.ndarray:
    """Mean of |<D_x> - <D_y>| over the thresholds at which both are defined; NaN where there is none."""
    values = means[name].reshape(*means[name].shape[:-1], 2, 2, -1)
    average = values[..., 0, :] / values[..., 1, :]
    error = np.abs(average[..., 0, :] - average[..., 1, :])
    defined = np.isfinite(error)
    return np.where(defined, error, 0.0).sum(-1) / defined.sum(-1)
