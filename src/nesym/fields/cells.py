"""Cells along one axis: their edges, their halves and quarters, their means."""

import numpy as np

POLE = 90.0


def cell_edges(centres: np.ndarray, latitude: bool = False, to_pole: bool = False) -> np.ndarray:
    """Edges (n + 1) of cells with the given centres (n >= 2): midpoints, and half a step beyond the outer centres.

    Edges of latitudes are clipped at the poles, so that a row centred on a pole is half a cell. With `to_pole`, an
    outer edge that ends less than half a step short of a pole is moved onto it: the outer rows of a global Gaussian
    grid reach the pole, and the midpoint rule falls short of it.
    """
    centres = np.asarray(centres, dtype=np.float64)
    middle = 0.5 * (centres[1:] + centres[:-1])
    edges = np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])
    if not latitude:
        return edges
    edges = np.clip(edges, -POLE, POLE)
    if to_pole:
        reach = 0.5 * np.median(np.abs(np.diff(centres)))
        for end in (0, -1):
            if POLE - abs(edges[end]) < reach:
                edges[end] = np.copysign(POLE, edges[end])
    return edges


def refined_centres(centres: np.ndarray, factor: int, latitude: bool = False) -> np.ndarray:
    """Centres of the `factor` equal parts of each cell: (n,) -> (n * factor,)."""
    edges = cell_edges(centres, latitude)
    part = (np.arange(factor) + 0.5) / factor
    return (edges[:-1, None] + np.diff(edges)[:, None] * part).reshape(-1)


def coarsened_centres(centres: np.ndarray, factor: int) -> np.ndarray:
    """Means of `factor` neighbouring centres: (n,) -> (n / factor,)."""
    return np.asarray(centres, dtype=np.float64).reshape(-1, factor).mean(axis=1)
