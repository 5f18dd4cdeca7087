"""Weights of one axis for regridding: sparse matrices (target, source) whose rows sum to what the source covers."""

from typing import Any

import numpy as np

TURN = 360.0


def overlap_weights(source: np.ndarray, target: np.ndarray, periodic: bool = False) -> Any:
    """w_ij = |t_i and s_j| / |t_i|: the share of target cell i that lies in source cell j.

    `source` and `target` are cell edges, in a coordinate in which length is area (x, longitude, sine of latitude),
    increasing or decreasing. With `periodic` they are angles in degrees, equal up to full turns. A row sums to the part
    of the target cell that the source covers. First-order conservative remapping: Jones (1999, Mon. Weather Rev. 127,
    2204).
    """
    if not periodic:
        return _overlap(source, target)
    nearest = TURN * np.round((source.mean() - target.mean()) / TURN)
    return sum(_overlap(source, target + nearest + turn) for turn in (-TURN, 0.0, TURN))


def _overlap(source: np.ndarray, target: np.ndarray) -> Any:
    from scipy.sparse import csr_array

    points = np.union1d(source, target)
    middle, length = 0.5 * (points[1:] + points[:-1]), np.diff(points)
    j, i = _cell(source, middle), _cell(target, middle)
    inside = (i >= 0) & (j >= 0)
    i, j, length = i[inside], j[inside], length[inside]
    share = length / np.abs(np.diff(target))[i]
    return csr_array((share, (i, j)), shape=(target.size - 1, source.size - 1))


def _cell(edges: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Number of the cell in which each point lies; -1 outside."""
    n = edges.size - 1
    falling = edges[0] > edges[-1]
    cell = np.searchsorted(edges[::-1] if falling else edges, points, side="right") - 1
    outside = (cell < 0) | (cell >= n)
    return np.where(outside, -1, n - 1 - cell if falling else cell)


def linear_weights(source: np.ndarray, edges: np.ndarray, target: np.ndarray, around: bool, angle: bool) -> Any:
    """Linear interpolation between cell centres `source` at the points `target`.

    Between an outer centre and its edge (`edges` has one more entry) the outer cell's value holds; beyond the edges a
    row is empty. With `angle` the points are degrees, equal up to full turns; with `around` the first cell follows the
    last.
    """
    from scipy.sparse import coo_array

    order = np.argsort(source)
    centres, low, high = source[order], edges.min(), edges.max()
    if angle:
        target = low + (target - low + 1e-9) % TURN - 1e-9
    inside = (target >= low - 1e-9) & (target <= high + 1e-9)
    if around:
        order = np.concatenate([order[-1:], order, order[:1]])
        centres = np.concatenate([centres[-1:] - TURN, centres, centres[:1] + TURN])
    left = np.clip(np.searchsorted(centres, target, side="right") - 1, 0, centres.size - 2)
    share = np.clip((target - centres[left]) / (centres[left + 1] - centres[left]), 0.0, 1.0)
    rows = np.flatnonzero(inside)
    weights = np.concatenate([1 - share[inside], share[inside]])
    columns = np.concatenate([order[left[inside]], order[left[inside] + 1]])
    matrix = coo_array((weights, (np.tile(rows, 2), columns)), shape=(target.size, source.size)).tocsr()
    matrix.eliminate_zeros()
    return matrix
