"""Sorted records of many cells, of which the values between two thresholds are read by rank."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from nesym.adjust.isimip_settings import ISIMIPSettings


@dataclass(frozen=True)
class Rows:
    """Sorted rows (cells, n) of which `count` (cells, 1) values are meant, from the place `first` (cells, 1) on."""

    values: np.ndarray
    first: np.ndarray
    count: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray) -> Self:
        """All values of (cells, n) that are not NaN."""
        return cls(np.sort(x, 1), np.zeros((len(x), 1), np.intp), (~np.isnan(x)).sum(1, keepdims=True))

    def __getitem__(self, which: np.ndarray) -> Self:
        return Rows(self.values[which], self.first[which], self.count[which])

    @property
    def varied(self) -> np.ndarray:
        """Whether there are two different values or more: (cells, 1)."""
        ends = self.take(np.zeros_like(self.count)), self.take(np.maximum(self.count - 1, 0))
        return (self.count > 1) & (ends[1] > ends[0])

    def trimmed(self) -> Self:
        """The same without the columns that no row needs."""
        if not len(self.values):
            return self
        start, stop = int(self.first.min()), int((self.first + self.count).max())
        return Rows(np.ascontiguousarray(self.values[:, start:stop]), self.first - start, self.count)

    def place(self) -> np.ndarray:
        """The rank of every column, from 0 for the first value that is meant: (cells, n)."""
        return np.arange(self.values.shape[1]) - self.first

    def inside(self) -> np.ndarray:
        """Which columns are meant: (cells, n)."""
        place = self.place()
        return (place >= 0) & (place < self.count)

    def take(self, rank: np.ndarray) -> np.ndarray:
        """The values of whole ranks (cells, k) from 0 to count - 1; of rows without any, whatever stands there."""
        n = self.values.shape[1]
        if not self.values.size:
            return np.full(np.broadcast_shapes(self.first.shape, rank.shape), np.nan, self.values.dtype)
        row = self.first + n * np.arange(len(self.values))[:, None]
        return self.values.ravel().take(row + rank, mode="clip")

    def read(self, rank: np.ndarray) -> np.ndarray:
        """Values at ranks (cells, k) from 0 to count - 1, linear between whole ones; NaN where nothing is meant."""
        last = np.maximum(self.count - 1, 0)
        below = rank.astype(np.intp)
        part = (rank - below).astype(self.values.dtype)
        low, high = self.take(below), self.take(np.minimum(below + 1, last))
        return np.where(self.count > 0, low + (high - low) * part, np.nan)

    def quantiles(self, levels: np.ndarray) -> np.ndarray:
        """Q(p) = x_(1 + p (count - 1)) at levels (cells, k) in [0, 1]."""
        return self.read(levels * np.maximum(self.count - 1, 0))

    def ranks(self, x: np.ndarray) -> np.ndarray:
        """Ranks from 0 of values `x` (cells, k) that are among the rows' own; ties share their mean, NaN is last."""
        least = self._below(x, np.less)
        following = self.take(np.minimum(least + 1, np.maximum(self.count - 1, 0)))
        if not ((following == x) & (least + 1 < self.count)).any():
            return least.astype(np.float64)
        return (least + self._below(x, np.less_equal) - 1) / 2.0

    def _below(self, x: np.ndarray, less: np.ufunc) -> np.ndarray:
        """How many values are less than `x`, or at most `x`, by bisection of all rows at once."""
        low, high = np.zeros(x.shape, np.intp), np.broadcast_to(self.count, x.shape)
        for _ in range(int(self.count.max(initial=0)).bit_length()):
            middle = (low + high) >> 1
            right = less(self.take(middle), x) & (middle < high)
            low, high = np.where(right, middle + 1, low), np.where(right, high, middle)
        return low


@dataclass(frozen=True)
class Ordered:
    """A sorted record (cells, n), NaN at its end, and how many values are `low`, `high` or `known`: (cells, 1) each."""

    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    known: np.ndarray

    @classmethod
    def of(cls, x: np.ndarray, settings: ISIMIPSettings) -> Self:
        """Low is what does not exceed the lower threshold, high what reaches the upper one."""
        none = np.zeros((len(x), 1), np.intp)
        thresholds = settings.thresholds
        low = (x <= thresholds[0]).sum(1, keepdims=True) if settings.lower else none
        high = (x >= thresholds[1]).sum(1, keepdims=True) if settings.upper else none
        return cls(np.sort(x, 1), low, high, (~np.isnan(x)).sum(1, keepdims=True))

    def within(self) -> Rows:
        """The values between the thresholds."""
        return Rows(self.values, self.low, self.known - self.low - self.high).trimmed()

    def whole(self) -> Rows:
        """All values as they are."""
        return Rows(self.values, np.zeros_like(self.low), self.known)

    def spread(self, settings: ISIMIPSettings) -> Rows:
        """All values, those beyond a threshold evenly spread between it and the bound: the means of ordered random ones."""
        values, place = self.values.copy(), np.arange(self.values.shape[1])
        if settings.lower:
            (bound, threshold), at = settings.lower, place < self.low
            values = np.where(at, bound + (threshold - bound) * (place + 1) / (self.low + 1), values)
        if settings.upper:
            (bound, threshold), above = settings.upper, place - (self.known - self.high)
            at = (above >= 0) & (above < self.high)
            values = np.where(at, threshold + (bound - threshold) * (above + 1) / (self.high + 1), values)
        return Rows(values, np.zeros_like(self.low), self.known)
