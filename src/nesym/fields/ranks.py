"""Ranks of the values of many rows at once, with NumPy's sort."""

import numpy as np


def ranks(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """r, the rank (1 ... n) of each value in its row of (rows, values), ties sharing their mean, and n: (rows, 1).

    NaN is missing: it has no rank (NaN) and is not counted. float64.
    """
    order = np.argsort(x, -1)  # NaN goes to the end
    ordered = np.take_along_axis(x, order, -1)
    count = counted(ordered)
    place = np.arange(x.shape[-1])
    # First and last place of every run of equal values; NaN is equal to nothing, and set aside afterwards.
    change = ordered[:, 1:] != ordered[:, :-1]
    edge = np.ones((len(x), min(1, x.shape[-1])), bool)
    first = np.maximum.accumulate(np.where(np.hstack([edge, change]), place, 0), -1)
    last = np.where(np.hstack([change, edge]), place, place[-1:])
    last = np.minimum.accumulate(last[:, ::-1], -1)[:, ::-1]
    rank = 0.5 * (first + last) + 1.0
    rank[place >= count] = np.nan
    out = np.empty(x.shape)
    np.put_along_axis(out, order, rank, -1)
    return out, count


def counted(ordered: np.ndarray) -> np.ndarray:
    """How many values each sorted row has, NaN at its end left out: (rows, 1)."""
    n = ordered.shape[-1]
    if n == 0 or not np.isnan(ordered[:, -1]).any():
        return np.full((len(ordered), 1), n)
    return n - np.isnan(ordered).sum(-1, keepdims=True)
