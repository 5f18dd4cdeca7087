"""Distances of the invariant measures of two systems: where they spend their time, not in which order."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr

from nesym._errors import InputError, MissingValuesError


def hellinger(a: Any, b: Any, bins: int = 20, angles: Sequence[int | str] = ()) -> float:
    """H = sqrt(1/2 sum_i (sqrt(p_i) - sqrt(q_i))^2), p and q the shares of two sets of states in the same joint bins.

    0 for the same shares, 1 for sets that never meet; score of long chaotic runs in White et al. 2023, arXiv 2306.09739.
    Each coordinate has `bins` equal bins over the range that both sets have together, `angles` (by place or name, radians)
    over one turn, into which they are wrapped. Only bins that hold a state take memory, in any number of dimensions.
    H does not vanish for two finite samples of one measure, the less the more bins: compare it with that of two parts of
    the truth, of the same length.

    a, b: (..., n), all states of long runs, or Datasets with one variable for each of the n coordinates. Raises
    `MissingValuesError` for values that are not finite, `InputError` for other coordinates or too many bins.
    """
    (a, b), names = _states(a, b)
    places = [_place(angle, names) for angle in angles]
    if bins < 1 or bins ** a.shape[1] > np.iinfo(np.int64).max:
        raise InputError(
            f"{bins} bins in each of {a.shape[1]} coordinates were asked for.",
            "Use at least one bin, and fewer of them or fewer coordinates: their number must stay below 9e18.",
        )
    cells = [_cells(states, *_ranges(a, b, places), bins, places) for states in (a, b)]
    known, which = np.unique(np.concatenate(cells), return_inverse=True)
    p, q = (np.bincount(part, minlength=known.size) / part.size for part in np.split(which, [cells[0].size]))
    return float(np.sqrt(((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2))


def _states(a: Any, b: Any) -> tuple[list[np.ndarray], list[str]]:
    """Both as (states, n), and the names of the coordinates."""
    names: list[str] = []
    if isinstance(a, xr.Dataset) and isinstance(b, xr.Dataset):
        names = [str(name) for name in a.data_vars]
        if set(names) != {str(name) for name in b.data_vars}:
            raise InputError(
                f"The coordinates differ: {', '.join(names)} and {', '.join(map(str, b.data_vars))}.",
                "Choose and name the same ones in both.",
            )
        a, b = (np.stack([np.ravel(ds[name].transpose(..., *ds.dims).values) for name in names], -1) for ds in (a, b))
    found = [np.asarray(states, np.float64) for states in (a, b)]
    found = [states.reshape(-1, states.shape[-1]) if states.ndim else states.reshape(0, 0) for states in found]
    if found[0].shape[1] != found[1].shape[1] or not all(states.size for states in found):
        raise InputError(
            f"Two sets of states of the same coordinates were expected; {np.shape(a)} and {np.shape(b)} came.",
            "Put the coordinates on the last axis of both.",
        )
    if not all(np.isfinite(states).all() for states in found):
        raise MissingValuesError(
            "Some states are not finite: a run that has ended has no invariant measure.",
            "Leave out the runs that ended, and count them.",
        )
    return found, names


def _place(angle: int | str, names: list[str]) -> int:
    if isinstance(angle, str) and angle not in names:
        raise InputError(f"There is no coordinate {angle!r} that could be an angle.", f"Its names are {names}.")
    return names.index(angle) if isinstance(angle, str) else angle


def _ranges(a: np.ndarray, b: np.ndarray, places: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Lower end and width of the joint range of each coordinate; a turn for angles."""
    low, high = np.minimum(a.min(0), b.min(0)), np.maximum(a.max(0), b.max(0))
    low[places], high[places] = -np.pi, np.pi
    return low, np.where(high > low, high - low, 1.0)


def _cells(states: np.ndarray, low: np.ndarray, width: np.ndarray, bins: int, places: list[int]) -> np.ndarray:
    """Number of the joint bin of each state: (states, n) -> (states,)."""
    number = np.zeros(len(states), np.int64)
    for place in range(states.shape[1]):
        values = (states[:, place] - low[place]) / width[place]
        values = values % 1.0 if place in places else values
        number = number * bins + np.minimum((values * bins).astype(np.int64), bins - 1)
    return number
