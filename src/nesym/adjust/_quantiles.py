"""Order statistics of many cells at once, with NumPy's sort: quantiles, ranks, and tables read at any place.

Arrays are (cells, values), NaN is missing and counts nowhere. Quantiles are those of type 7 of Hyndman & Fan (1996, doi
10.2307/2684934), Q(p) = x_(1 + p (n - 1)), and ranks the p that belong to them: Q(p(x)) = x.
"""

import numpy as np

from nesym.fields.ranks import counted
from nesym.fields.ranks import ranks as ordinal


def nodes(count: int) -> np.ndarray:
    """The middles of `count` equal parts of [0, 1]: (count,)."""
    return (np.arange(count) + 0.5) / count


def quantiles_of_sorted(ordered: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Q(p) of sorted rows (cells, n) at `levels` (k,) or (cells, k): (cells, k), NaN for rows or levels without values."""
    count = counted(ordered)
    place = np.maximum(count - 1, 0) * levels
    below = np.minimum(_whole(place), np.maximum(count - 1, 0))
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    low, high = (np.take_along_axis(ordered, at, 1).astype(np.float64) for at in (below, above))
    return np.where(count > 0, low + (high - low) * (place - below), np.nan)


def quantiles(x: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Q(p) of the rows of (cells, n) at the `levels`: (cells, k), float64."""
    return quantiles_of_sorted(np.sort(x, 1), levels)


def means(x: np.ndarray) -> np.ndarray:
    """Mean of each row (cells, n): (cells, 1), float64, NaN for rows without values; row by row, so the same in any chunk."""
    x = np.ascontiguousarray(x)
    known = ~np.isnan(x)
    if known.all() and x.shape[1]:
        return x.sum(1, dtype=np.float64, keepdims=True) / x.shape[1]
    count = known.sum(1, keepdims=True)
    total = np.where(known, x, 0.0).sum(1, dtype=np.float64, keepdims=True)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def share_at_most(ordered: np.ndarray, value: np.ndarray | float) -> np.ndarray:
    """F(v), the share of each sorted row that is at most `value`: (cells, 1); NaN for rows without values."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return (ordered <= value).sum(1, keepdims=True) / np.where(counted(ordered), counted(ordered), np.nan)


def ranks(x: np.ndarray) -> np.ndarray:
    """p = (r - 1) / (n - 1), r the rank of each value in its row and ties sharing their mean: (cells, n), NaN kept."""
    rank, count = ordinal(x)
    return (rank - 1.0) / np.maximum(count - 1, 1)


def ranks_among(x: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """p of the values `x` (cells, k), which are among those of the sorted rows (cells, n); ties share their mean."""
    out = np.empty(x.shape)
    for row, (values, sample) in enumerate(zip(x, ordered, strict=True)):
        out[row] = sample.searchsorted(values, "left")
        out[row] += sample.searchsorted(values, "right")
    out -= 1.0
    out /= 2.0 * np.maximum(counted(ordered) - 1, 1)
    out[np.isnan(x)] = np.nan
    return out


def read_at_ranks(table: np.ndarray, x: np.ndarray) -> np.ndarray:
    """`read_even(table, ranks(x))`: what a table (cells, k) says for values x (cells, n) by their ranks in their rows.

    Read in order of size: without gaps the places in the table are the same for all rows, and only ties need their own.
    """
    gaps = np.isnan(x).any(1)
    if gaps.any():
        out = np.empty(x.shape)
        out[gaps] = read_even(table[gaps], ranks(x[gaps]))
        out[~gaps] = read_at_ranks(table[~gaps], x[~gaps])
        return out
    n = x.shape[1]
    order = np.argsort(x, 1)
    ordered = np.take_along_axis(x, order, 1)
    found = read_even(table, np.arange(n)[None] / max(n - 1, 1))
    new = np.ones(x.shape, bool)
    np.not_equal(ordered[:, 1:], ordered[:, :-1], out=new[:, 1:])
    starts = np.flatnonzero(new)
    lengths = np.diff(starts, append=new.size)
    tied = np.flatnonzero(lengths > 1)
    row, first = np.divmod(starts[tied], max(n, 1))
    middle = (first + (lengths[tied] - 1) / 2) / max(n - 1, 1)
    means = read_even(table[row], middle[:, None])[:, 0]
    for at, start, length, mean in zip(row, first, lengths[tied], means, strict=True):
        found[at, start : start + length] = mean
    out = np.empty_like(found)
    np.put_along_axis(out, order, found, 1)
    return out


def read_even(table: np.ndarray, p: np.ndarray) -> np.ndarray:
    """A table (cells, k) at the `nodes(k)`, read at p (cells or 1, n): linear between them, constant beyond."""
    k = table.shape[1]
    place = np.clip(p * k - 0.5, 0, k - 1)
    below = np.minimum(_whole(place), max(k - 2, 0))
    above = np.minimum(below + 1, k - 1)
    if len(p) == 1:  # one place in every row
        low, high = np.take(table, below[0], 1), np.take(table, above[0], 1)
    else:
        low, high = np.take_along_axis(table, below, 1), np.take_along_axis(table, above, 1)
    high -= low
    high *= place - below
    high += low
    return high


def _whole(place: np.ndarray) -> np.ndarray:
    """The whole number below each place; 0 for NaN, whose result is NaN whatever is read there."""
    missing = np.isnan(place)
    return np.where(missing, 0, place).astype(np.intp) if missing.any() else place.astype(np.intp)


def read(places: np.ndarray, table: np.ndarray, x: np.ndarray) -> np.ndarray:
    """A table (cells, k) at rising `places` (cells, k), read at x (cells, n): linear between them, constant beyond."""
    out = np.empty(x.shape)
    for row in range(len(x)):
        out[row] = np.interp(x[row], places[row], table[row])
    return out
