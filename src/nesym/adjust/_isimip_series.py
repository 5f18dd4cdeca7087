"""What ISIMIP3BASD does to series before and after the mapping: trends, annual bounds, missing values, equal values."""

import numpy as np

from nesym.adjust._quantiles import ranks
from nesym.fields.seasons import DAYS

SIGNIFICANCE = 0.05  # of a trend that is set aside
BOUND_WINDOW = 31  # days that an annual cycle of upper bounds is smoothed over
BOUND_CHANGE = 10.0  # largest factor by which it changes, and 1 / BOUND_CHANGE the least


def trend(x: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Step 3: b (year - mean year) for each value of (cells, n), b the slope of the annual means, where significant; else 0.

    `years` (n,) are those of the values. A slope counts where a two-sided t test gives p < 0.05.
    """
    from scipy.special import stdtrit

    each, at = np.unique(years, return_inverse=True)
    order = np.argsort(at, kind="stable")
    start = np.searchsorted(at[order], np.arange(each.size))
    known = ~np.isnan(x)
    count = np.add.reduceat(known[:, order], start, axis=1, dtype=np.float64)
    means = np.add.reduceat(np.where(known, x, 0.0)[:, order], start, axis=1, dtype=np.float64) / np.maximum(count, 1)
    have = count > 0
    n = np.maximum(have.sum(1, keepdims=True), 1)
    t = np.where(have, each - (have * each).sum(1, keepdims=True) / n, 0.0)
    y = np.where(have, means - np.where(have, means, 0).sum(1, keepdims=True) / n, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = (t * y).sum(1, keepdims=True) / (t * t).sum(1, keepdims=True)
        explained = slope**2 * (t * t).sum(1, keepdims=True) / (y * y).sum(1, keepdims=True)
        ratio = explained * (n - 2) / (1 - np.minimum(explained, 1.0))
        significant = (n > 2) & (ratio > stdtrit(np.maximum(n - 2, 1), 1 - SIGNIFICANCE / 2) ** 2)
    return np.where(significant, slope * t, 0.0)[:, at]


def annual_bounds(x: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Step 1: the running mean of the running maximum of each day's maximum over all years: (cells, 365).

    `day` (n,) are the days of the year (1 to 365) of the values (cells, n). NaN where no day around has a value.
    """
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    order = np.argsort(day, kind="stable")
    present, start = np.unique(day[order], return_index=True)
    top = np.full((len(x), DAYS), -np.inf)
    top[:, present - 1] = np.fmax.reduceat(x[:, order], start, axis=1)
    top = maximum_filter1d(np.where(np.isnan(top), -np.inf, top), BOUND_WINDOW, axis=1, mode="wrap")
    there = np.isfinite(top)
    total, count = (
        uniform_filter1d(v, BOUND_WINDOW, axis=1, mode="wrap") for v in (np.where(there, top, 0), there.astype(float))
    )
    return np.where(count > 0.5 / BOUND_WINDOW, total / np.maximum(count, 0.5 / BOUND_WINDOW), np.nan)


def scaled(x: np.ndarray, bounds: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Values (cells, n) as parts of their annual bound; unchanged where that is 0."""
    bound = bounds[:, day - 1]
    return (x / np.where(bound > 0, bound, 1.0)).astype(x.dtype)


def future_bounds(obs: np.ndarray, past: np.ndarray, future: np.ndarray) -> np.ndarray:
    """Step 8: c_o c_f / c_h, the ratio between 1/10 and 10; c_f on days that the other records do not have."""
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(past == 0, 1.0, np.clip(future / past, 1 / BOUND_CHANGE, BOUND_CHANGE))
    return np.where(np.isnan(obs + past), future, obs * ratio)


def imputed_levels(x: np.ndarray) -> np.ndarray:
    """Step 2: for the missing values of (cells, n) the levels in [0, 1] of their own distribution that they take; else NaN.

    Ranks are interpolated in time between the values around, and the missing spread over the distribution in that
    order. Rows without any value stay NaN.
    """
    n, at = x.shape[1], np.arange(x.shape[1])
    missing = np.isnan(x)
    level = np.where(missing, 0.0, ranks(x))
    before = np.maximum.accumulate(np.where(missing, -1, at), 1)
    after = np.minimum.accumulate(np.where(missing, n, at)[:, ::-1], 1)[:, ::-1]
    none = (before < 0) & (after >= n)
    before, after = np.where(before < 0, after, before), np.where(after >= n, before, after)
    low, high = (np.take_along_axis(level, np.clip(place, 0, n - 1), 1) for place in (before, after))
    between = low + (high - low) * (at - before) / np.maximum(after - before, 1)
    order = ranks(np.where(missing & ~none, between, np.nan))
    count = (missing & ~none).sum(1, keepdims=True)
    return (order * np.maximum(count - 1, 0) + 0.5) / np.maximum(count, 1)


def untied(x: np.ndarray, lower: float | None, upper: float | None, draws: np.ndarray) -> np.ndarray:
    """Values (cells, n) of which those that lie at a bound are put in random order just beyond it, by `draws` (cells, n)."""
    out = x
    if lower is not None:
        out = np.where(x == lower, lower - draws, np.where(x < lower, x - 1, out))
    if upper is not None:
        out = np.where(x == upper, upper + draws, np.where(x > upper, x + 1, out))
    return out.astype(x.dtype)
