"""Means and quantiles of every cell in resamples of whole blocks of days, without resampling a field."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import xarray as xr

from nesym.fields.times import stamps
from nesym.verify.bootstrap import Blocks

LEAST = 3  # blocks of a season: two that are drawn among themselves vary half as much as they should
Kernel = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def seasonal_blocks(time: xr.DataArray, block: str | float, *, key: int, resamples: int) -> Blocks:
    """Blocks of days that are drawn within their season (DJF, MAM, JJA, SON; by the first day of the block).

    A resample then has as many days of each season as the record, to a block, and the annual cycle, which is no
    chance, does not widen an interval (stratified resampling: Davison and Hinkley 1997, doi
    10.1017/CBO9780511802843, section 3.2). All are drawn together where a season has fewer than three blocks, as in
    records of a few months or with blocks of years.
    """
    blocks = Blocks.of(stamps(time), block, key=key, resamples=resamples)
    first = np.flatnonzero(np.diff(blocks.index, prepend=-1))
    season = time.dt.month.values[first] % 12 // 3
    if np.bincount(season)[np.unique(season)].min() < LEAST:
        return blocks
    rng, draws = np.random.default_rng(key), np.empty_like(blocks.draws)
    for each in np.unique(season):
        held = np.flatnonzero(season == each)
        draws[:, held] = rng.multinomial(held.size, np.full(held.size, 1 / held.size), resamples)
    return replace(blocks, draws=draws)


def resampled_means(values: np.ndarray, index: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Mean over time of every cell in every resample: (resamples, cells), NaN where a resample has no value.

        m = sum_b d_b S_b / sum_b d_b n_b

    S_b and n_b are sum and number of the values of block b, and d_b says how often the resample holds it: one product
    of matrices for all resamples. values (time, cells), NaN = missing; index (time,) block of each time, increasing;
    draws (resamples, blocks).
    """
    known = ~np.isnan(values)
    starts = np.flatnonzero(np.diff(index, prepend=-1))
    sums = np.add.reduceat(np.where(known, values, 0.0), starts, axis=0, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return draws @ sums / _counts(known, starts, draws)


def resampled_quantiles(values: np.ndarray, index: np.ndarray, draws: np.ndarray, q: float) -> np.ndarray:
    """min{v: F(v) >= q} of every cell in every resample; arguments and result as of `resampled_means`.

    Every cell is sorted once; a resample is a weight for each sorted day, and its quantile the first day, from above,
    at which more than 1 - q of the weight has passed. Only the upper tail is looked at, as far as it is needed.
    """
    known = ~np.isnan(values)
    starts = np.flatnonzero(np.diff(index, prepend=-1))
    rank = (1.0 - q) * (1.0 + 1e-12) * _counts(known, starts, draws)
    filled = np.where(known, values, -np.inf).T
    order = np.argsort(-filled, -1)
    blocks, steps = index[order], len(index)
    kept = min(steps, int(2.0 * (1.0 - q) * steps) + 8)
    out = np.empty(rank.shape)
    for number, draw in enumerate(draws):
        place = _passed(draw, blocks[:, :kept], rank[number])
        if (place == kept).any() and kept < steps:  # the tail lies in blocks that were hardly drawn
            place = _passed(draw, blocks, rank[number])
        place = np.minimum(place, steps - 1)[:, None]
        out[number] = np.take_along_axis(filled, np.take_along_axis(order, place, -1), -1)[:, 0]
    return np.where(rank > 0, out, np.nan)


def _counts(known: np.ndarray, starts: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Number of values of every cell in every resample: (resamples, cells)."""
    if known.all():
        lengths = np.diff(starts, append=len(known))
        return np.broadcast_to((draws @ lengths)[:, None].astype(np.float64), (len(draws), known.shape[1]))
    return draws @ np.add.reduceat(known, starts, axis=0, dtype=np.float64)


def _passed(draw: np.ndarray, blocks: np.ndarray, rank: np.ndarray) -> np.ndarray:
    """Number of days, from the largest on, that together weigh `rank` (cells,) at most: blocks (cells, days)."""
    return (np.cumsum(draw[blocks], -1, dtype=np.int32) <= rank[:, None]).sum(-1)
