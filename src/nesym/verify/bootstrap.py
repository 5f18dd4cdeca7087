"""Intervals by the block bootstrap: whole blocks of time are drawn again, the same ones for every method."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nesym._errors import InputError, TimeError
from nesym.verify.entries import Score
from nesym.verify.state import State
from nesym.verify.statistics import Means

FEW = 5  # with fewer blocks, an interval is no more than a range of what the blocks say
SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def block_seconds(block: str | float) -> float:
    """Length of a block in seconds: "6h", "1D", "30min", or a number of hours."""
    written = block.lower() if isinstance(block, str) else f"{block:f}h"
    found = re.fullmatch(r"\s*(\d+\.?\d*)\s*(s|min|h|d)\s*", written)
    seconds = float(found[1]) * SECONDS[found[2]] if found else 0.0
    if not seconds > 0:
        raise InputError(
            f"The length of a block was expected as a positive time, and {block!r} came.",
            'Write "1D", "6h" or a number of hours.',
        )
    return seconds


@dataclass(frozen=True, eq=False)
class Blocks:
    """Blocks of time steps and which of them each resample holds.

    stamps (T,): the steps; index (T,): number of the block of each; draws (resamples, blocks): how often a resample
    holds each block; length: of a block, as text.

    Steps belong to the window of the length of a block, counted from 1970-01-01, in which they lie,
    so that blocks of one day are calendar days and gaps in time do no harm.
    """

    stamps: np.ndarray
    index: np.ndarray
    draws: np.ndarray
    length: str

    @classmethod
    def of(cls, stamps: np.ndarray, block: str | float = "1D", *, key: int, resamples: int = 1000) -> "Blocks":
        """Draw as many blocks as there are, with replacement, `resamples` times; the same for the same `key`."""
        windows = np.floor_divide(stamps, block_seconds(block))
        unique, index = np.unique(windows, return_inverse=True)
        rng, count = np.random.default_rng(key), len(unique)
        draws = np.empty((resamples, count), np.uint16)
        for row in draws:
            row[:] = np.bincount(rng.integers(count, size=count), minlength=count)
        seconds = block_seconds(block)
        told = f"{seconds / 3600:g} h" if seconds >= 3600 else f"{seconds / 60:g} min"
        length = block if isinstance(block, str) else told
        return cls(np.asarray(stamps), index.reshape(-1), draws, length)

    @property
    def count(self) -> int:
        """Number of blocks."""
        return self.draws.shape[1]

    @property
    def note(self) -> str:
        """What the number of blocks means for an interval; empty where there are enough."""
        if self.count == 1:
            return "one block of time: no interval"
        return f"{self.count} blocks of time only: the interval is a rough range" if self.count < FEW else ""

    def means(self, state: State) -> Means:
        """statistic name -> (resamples, k): the means of `state` in every resample.

        Raises `TimeError` if the state has other steps than the blocks.
        """
        if not np.array_equal(state.stamps, self.stamps):
            raise TimeError(
                f"Methods can be compared on the same time steps only: {len(self.stamps)} steps in one, "
                f"{len(state.stamps)} in the other, or other times.",
                "Score all methods on the same steps.",
            )
        merged = state.merged
        with np.errstate(invalid="ignore"):
            return {name: self._total(sums) / self._total(merged.counts[name]) for name, sums in merged.sums.items()}

    def _total(self, values: np.ndarray) -> np.ndarray:
        """Sum over the steps of each resample: (T, k) -> (resamples, k)."""
        starts = np.flatnonzero(np.diff(self.index, prepend=-1))
        blocks = np.add.reduceat(values, starts, axis=0)
        parts = np.array_split(self.draws, max(1, self.draws.size // 10**7))  # floats of all draws may be gigabytes
        return np.concatenate([part.astype(np.float64) @ blocks for part in parts])

    def score(self, value: float, resampled: np.ndarray | None, level: float = 0.95, n: int | None = None) -> Score:
        """`value` with the percentile interval of what it is in the resamples (Efron 1979, doi 10.1214/aos/1176344552).

        Resamples in which it is not defined are left out. No interval with one block, or where `resampled` is None.
        Noise makes sums of absolute values (RAPSD log error, rank histogram error) larger in resamples than in the
        whole sample; close to a perfect score their interval can therefore lie above the value.
        `n` is the number of steps that `value` rests on, all of them by default.
        """
        n, value = len(self.stamps) if n is None else n, float(value)
        if resampled is None:
            return Score(value, n=n)
        defined = resampled[np.isfinite(resampled)]
        if self.count == 1 or not defined.size:
            return Score(value, n=n, note=self.note)
        low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
        return Score(value, float(low), float(high), n, self.note)


def interval(
    function: Callable[..., np.ndarray],
    *states: State,
    key: int,
    block: str | float = "1D",
    resamples: int = 1000,
    level: float = 0.95,
) -> Score:
    """Any function of the means of one or more states, with its interval; all states are resampled alike (paired).

        interval(lambda a, b: crps.combine(a) / mae.combine(b), cascade, bilinear, key=0)

    `function` takes the means (..., k) of every state by statistic name and returns (...). Neighbouring steps resemble
    each other: choose blocks as long as that lasts (Künsch 1989, doi 10.1214/aos/1176347265).
    """
    blocks = Blocks.of(states[0].stamps, block, key=key, resamples=resamples)
    with np.errstate(divide="ignore", invalid="ignore"):
        resampled = np.asarray(function(*(blocks.means(state) for state in states)))
        value = function(*(state.means() for state in states))
    return blocks.score(float(value), resampled, level)
