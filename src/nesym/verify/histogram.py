"""Histograms that can be put together, and what they tell about quantiles and distances, with the error they make."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nesym._errors import InputError
from nesym.verify.bins import Bins


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts (count + 2,) in `bins`, with the least and the largest value seen. `a + b` joins two samples."""

    bins: Bins
    counts: np.ndarray
    least: float
    most: float

    @classmethod
    def of(cls, values: np.ndarray, bins: Bins, weights: np.ndarray | None = None) -> "Histogram":
        """Of all `values`, NaN left out. Raises `InputError` if there are none."""
        values = np.asarray(values).reshape(-1)
        known = ~np.isnan(values)
        if not known.any():
            raise InputError("A histogram needs at least one value, and none came.", "Leave out the empty part.")
        weights = None if weights is None else np.asarray(weights).reshape(-1)[known]
        values = values[known]
        return cls(bins, bins.counts(values, weights), float(values.min()), float(values.max()))

    def __add__(self, other: "Histogram") -> "Histogram":
        if not isinstance(other, Histogram):
            return NotImplemented
        if self.bins != other.bins:
            raise InputError(
                f"Histograms with different bins cannot be joined: {self.bins} and {other.bins}.",
                "Make both with the same Bins.",
            )
        ends = {"least": min(self.least, other.least), "most": max(self.most, other.most)}
        return replace(self, counts=self.counts + other.counts, **ends)

    @property
    def edges(self) -> np.ndarray:
        """(count + 3,): edges of all bins; the outer ones end at the least and the largest value."""
        return self.bins.outer_edges(self.least, self.most)

    def quantile(self, q: float | Sequence[float]) -> np.ndarray:
        """x_q = min{x: F(x) >= q}, as if values lay evenly inside its bin; within `quantile_error(q)` of the exact one.

        Array of the shape of `q`.
        """
        estimate = quantiles_of_counts(self.counts, self.edges, np.ravel(q))
        return np.clip(estimate, self.least, self.most).reshape(np.shape(q))

    def quantile_error(self, q: float | Sequence[float]) -> np.ndarray:
        """Largest possible error of `quantile(q)`: the width of the bin that holds it."""
        return np.diff(self.edges)[bins_of_quantiles(self.counts, np.ravel(q))].reshape(np.shape(q))


def bins_of_quantiles(counts: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Number of the bin that holds each q-quantile: counts (..., bins), q (k,) -> (..., k)."""
    cumulative = np.cumsum(counts, -1)
    # Sums of weights carry rounding, so a quantile that falls on the end of a bin belongs to it.
    wanted = q * cumulative[..., -1:] * (1 - 1e-12)
    found = (cumulative[..., None, :] < wanted[..., :, None]).sum(-1)
    return np.maximum(found, (counts > 0).argmax(-1)[..., None])


def quantiles_of_counts(counts: np.ndarray, edges: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Quantiles where values lie evenly inside each bin: counts (..., bins), edges (bins + 1,), q (k,) -> (..., k).

    NaN where the bin has no end (an outer bin without a known limit) and where all bins are empty.
    """
    found = bins_of_quantiles(counts, q)
    upto = np.take_along_axis(np.cumsum(counts, -1), found, -1)
    held = np.take_along_axis(counts, found, -1)
    left, right = edges[found], edges[found + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.clip(1 - (upto - q * counts.sum(-1, keepdims=True)) / held, 0.0, 1.0)
        return np.where(np.isfinite(right - left), left + part * (right - left), np.nan)


def wasserstein1(a: Histogram, b: Histogram) -> tuple[float, float]:
    """W1 = integral |F_a - F_b| dx, and the largest possible error of that number.

    Values count as spread evenly inside their bins; to move a value there takes half a bin's width at most, so that
    |error| <= 1/2 sum_i (p_i + q_i) width_i, with p, q the shares of the two samples in the bins.
    """
    edges = (a + b).edges  # refuses different bins
    p, q = a.counts / a.counts.sum(), b.counts / b.counts.sum()
    return float(wasserstein_of_shares(p, q, edges)), float(((p + q) * np.diff(edges)).sum() / 2)


def wasserstein_of_shares(p: np.ndarray, q: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """W1 where values lie evenly inside each bin: shares (..., bins), edges (bins + 1,) -> (...).

    NaN where a bin that has no end holds something.
    """
    right = np.cumsum(p - q, -1)
    left = right - (p - q)
    # |F_a - F_b| is linear inside a bin: two triangles where its sign changes, else a trapezium.
    size = np.abs(left) + np.abs(right)
    crossing = np.divide(left**2 + right**2, size, out=np.zeros_like(size), where=size > 0)
    mean = np.where(left * right < 0, crossing, size) / 2
    widths = np.diff(edges)
    ended = np.isfinite(widths)
    total = (mean * np.where(ended, widths, 0.0)).sum(-1)
    return np.where(((p + q) * ~ended).sum(-1) > 0, np.nan, total)
