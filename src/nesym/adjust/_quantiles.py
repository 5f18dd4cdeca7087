"""Order statistics of many cells at once, with NumPy's sort: quantiles, ranks, and tables read at any place.

Arrays are (cells, values), NaN is missing and counts nowhere. Quantiles are those of type 7 of Hyndman & Fan (1996, doi
10.2307/2684934), Q(p) = x_(1 + p (n - 1)), and ranks the p that belong to them: Q(p(x)) = x.
"""

import numpy as np


def nodes(count: int) -> np.ndarray:
    """The middles of `count` equal parts of [0, 1]: (count,)."""
    return (np.arange(count) + 0.5) / count


def counted(ordered: np.ndarray) -> np.ndarray:
    """How many values each sorted row has, NaN at its end left out: (cells, 1)."""
    n = ordered.shape[1]
    if n == 0 or not np.isnan(ordered[:, -1]).any():
        return np.full((len(ordered), 1), n)
    return n - np.isnan(ordered).sum(1, keepdims=True)


def quantiles_of_sorted(ordered: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Q(p) of sorted rows (cells, n) at `levels` (k,) or (cells, k): (cells, k), NaN for rows or levels without values."""
    count = counted(ordered)
    place = np.maximum(count - 1, 0) * levels
    below = np.minimum(np.nan_to_num(place).astype(np.intp), np.maximum(count - 1, 0))
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low, high = (np.take_along_axis(ordered, at, 1).astype(np.float64) for at in (below, above))
    return np.where(count > 0, low + (high - low) * (place - below), np.nan)


def quantiles(x: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Q(p) of the rows of (cells, n) at the `levels`: (cells, k), float64."""
    return quantiles_of_sorted(np.sort(x, 1), levels)


def means(x: np.ndarray) -> np.ndarray:
    """Mean of each row (cells, n): (cells, 1), float64, NaN for rows without values; row by row, so the same in any chunk."""
    known = ~np.isnan(x)
    count = known.sum(1, keepdims=True)
    total = np.ascontiguousarray(np.where(known, x, 0.0), np.float64).sum(1, keepdims=True)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def share_at_most(ordered: np.ndarray, value: np.ndarray | float) -> np.ndarray:
    """F(v), the share of each sorted row that is at most `value`: (cells, 1); NaN for rows without values."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return (ordered <= value).sum(1, keepdims=True) / np.where(counted(ordered), counted(ordered), np.nan)


def ranks(x: np.ndarray) -> np.ndarray:
    """p = (r - 1) / (n - 1), r the rank of each value in its row and ties sharing their mean: (cells, n), NaN kept."""
    order = np.argsort(x, 1)
    ordered = np.take_along_axis(x, order, 1)
    at = np.arange(x.shape[1])
    # First and last place of every run of equal values; NaN is equal to nothing, and set aside at the end.
    new = np.ones(x.shape, bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(new, at, 0), 1)
    ends = np.ones(x.shape, bool)
    ends[:, :-1] = new[:, 1:]
    last = np.minimum.accumulate(np.where(ends, at, x.shape[1])[:, ::-1], 1)[:, ::-1]
    p = (first + last) / (2.0 * np.maximum(counted(ordered) - 1, 1))
    p[np.isnan(ordered)] = np.nan
    out = np.empty_like(p)
    np.put_along_axis(out, order, p, 1)
    return out


def ranks_among(x: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """p of the values `x` (cells, k), which are among those of the sorted rows (cells, n); ties share their mean."""
    out = np.empty(x.shape)
    for row, (values, sample) in enumerate(zip(x, ordered, strict=True)):
        out[row] = np.searchsorted(sample, values, "left")
        out[row] += np.searchsorted(sample, values, "right") - 1
    out /= 2.0 * np.maximum(counted(ordered) - 1, 1)
    out[np.isnan(x)] = np.nan
    return out


def read_even(table: np.ndarray, p: np.ndarray) -> np.ndarray:
    """A table (cells, k) at the `nodes(k)`, read at p (cells, n): linear between them, constant beyond."""
    k = table.shape[1]
    place = np.clip(p * k - 0.5, 0, k - 1)
    missing = np.isnan(place)
    below = np.minimum(np.where(missing, 0, place).astype(np.intp), max(k - 2, 0))
    low = np.take_along_axis(table, below, 1)
    high = np.take_along_axis(table, np.minimum(below + 1, k - 1), 1)
    return low + (high - low) * (place - below)


def read(places: np.ndarray, table: np.ndarray, x: np.ndarray) -> np.ndarray:
    """A table (cells, k) at rising `places` (cells, k), read at x (cells, n): linear between them, constant beyond."""
    out = np.empty(x.shape)
    for row in range(len(x)):
        out[row] = np.interp(x[row], places[row], table[row])
    return out
