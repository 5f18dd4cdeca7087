"""Series drawn from a learned equation: when, from where, how many, and their labels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import equinox as eqx
import jax
import numpy as np
import xarray as xr

from nesym._errors import InputError, TimeError
from nesym.fields.clock import clock
from nesym.learn.noise.latent_series import Series
from nesym.solve.sde import euler_maruyama


@dataclass(frozen=True, eq=False)
class Wanted:
    """Times as they were asked for (`labels`) and as numbers, first values (member,) or None, and steps between times."""

    labels: Any
    numbers: np.ndarray
    start: np.ndarray | None
    members: int
    substeps: int

    @classmethod
    def of(cls, times: Any, members: int, start: Any, series: Series) -> "Wanted":
        """`times` is a number of them, one step of the series apart from 0, or the times themselves."""
        labels, numbers = _times(times, series.step)
        if isinstance(members, bool) or not isinstance(members, int) or members < 1:
            raise InputError(f"`members` is a whole number from 1, and {members!r} came.", "Give members=100.")
        if start is not None:
            start = np.asarray(start, np.float64)
            if start.shape not in ((), (members,)) or not np.isfinite(start).all():
                raise InputError(
                    f"`start` is one number or {members} of them, and shape {start.shape} came, or it is not finite.",
                    "Give a number, one for each member, or None for starts like those of the series.",
                )
            start = np.broadcast_to(start, (members,))
        # No step is longer than that of the series, within rounding.
        substeps = max(1, int(np.ceil(np.diff(numbers).max() / series.step - 1e-6)))
        return cls(labels, numbers, start, members, substeps)


def solved(
    drift: Callable[[jax.Array], jax.Array],
    diffusion: Callable[[jax.Array], jax.Array],
    start: jax.Array,
    times: np.ndarray,
    key: jax.Array,
    substeps: int,
) -> np.ndarray:
    """First number of states from `start` (members, n), by Euler-Maruyama: (members, time) float64, NaN where it ended.

    `drift` and `diffusion` are modules that take states alone.
    """
    with jax.enable_x64(True):
        found = np.asarray(_solved(drift, diffusion, start, np.asarray(times, np.float64), key, substeps), np.float64).T
    ended = np.logical_or.accumulate(~np.isfinite(found), 1)
    return np.where(ended, np.nan, found)


def labelled(values: np.ndarray, wanted: Wanted, series: Series, by: str) -> xr.DataArray:
    """A DataArray (member, time) that says who made it, and how many members ended early."""
    out = series.labelled(values, wanted.labels, made_by=by)
    ended = int(np.isnan(values[:, -1]).sum())
    return out.assign_attrs(ended=f"{ended} of {len(values)} members left the numbers") if ended else out


@eqx.filter_jit
def _solved(drift, diffusion, start, times, key, substeps):
    states = euler_maruyama(lambda t, z: drift(z), lambda t, z: diffusion(z), start, times, key, substeps)
    return states[..., 0]


def _times(times: Any, step: float) -> tuple[Any, np.ndarray]:
    if isinstance(times, int) and not isinstance(times, bool):
        if times < 2:
            raise InputError(f"At least two times were expected, and {times} came.", "Give times=1000, or an array.")
        numbers = np.arange(times) * step
        return numbers, numbers
    labels = np.asarray(getattr(times, "values", times))
    if labels.ndim != 1 or labels.size < 2 or labels.dtype.kind not in "fiuMO":
        raise InputError(
            f"A number of times, or an array of at least two, was expected, and {labels.dtype} {labels.shape} came.",
            "Give times=1000, or times=numpy.arange(0, 10, 0.1).",
        )
    numbers = clock(labels)[0]
    if not (np.diff(numbers) > 0).all():
        raise TimeError("The times do not increase.", "Sort them, and leave out what comes twice.")
    return labels, numbers


def drawn_from(values: np.ndarray, members: int, key: jax.Array) -> np.ndarray:
    """One of the `values` for each member, with equal chance."""
    return values[np.asarray(jax.random.randint(key, (members,), 0, len(values)))]
