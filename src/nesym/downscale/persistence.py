"""Fitting the memory of the noise: drawn sequences shall change from step to step as much as true ones do."""

import jax
import numpy as np

from nesym.downscale.cascade_fit import FEWEST_BLOCKS, MEMBERS, WET, evenly, rainy, usable_factors
from nesym.downscale.noise import Noise
from nesym.downscale.progress import Progress
from nesym.downscale.refinement import Refinement
from nesym.fields.blocks import block_mean, block_repeat
from nesym.fields.canonical import canonical
from nesym.fields.memory import Memory, independent
from nesym.fields.times import stamps as time_stamps
from nesym.fields.times import step_of

PAIRS = 32  # pairs of neighbouring fields that are looked at
FACTORS = (8, 4, 2)  # the factor at which memory is fitted: the first that the fields are large enough for
CORRELATIONS = np.array([0.0, 0.25, 0.5, 0.7, 0.85, 0.93, 0.97, 0.99])


def lag_correlation(first: np.ndarray, second: np.ndarray, factor: int) -> float:
    """Correlation between paired fields (..., y, x) of what lies below the coarse grid: z - <z>, z = ln(1 + r / 0.1 mm/h).

    <z> are the block means, which the coarse field largely prescribes whatever is drawn.
    """
    a, b = (np.log1p(np.asarray(x, np.float64) / WET) for x in (first, second))
    a, b = ((z - block_repeat(block_mean(z, factor), factor)).ravel() for z in (a, b))
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def fit_memory(
    method, fine, *, key: int, pairs: int = PAIRS, side: int | None = None, progress: Progress | None = None
) -> Memory | None:
    """The memory with which a method's draws have the lag-1 correlation of fine rain (time, y, x).

    The correlation of drawn rain grows with that of its noise: it is measured for a range of noise correlations and
    read off where it meets the truth's, on that many `pairs` of fields, cut to `side` cells where they are larger. None if
    the rain has no time axis, no regular step, no rainy pair of fields without gaps, or fewer than 16 cells a side.
    """
    rain = canonical(fine, "pr", missing="keep")
    step = step_of(rain)
    fields = _rainy_pairs(rain, step, pairs) if step else None
    if fields is None or min(rain.shape[-2:]) < FEWEST_BLOCKS * min(FACTORS):
        return None
    factor = usable_factors(rain.shape, FACTORS)[-1]
    ny, nx = (min(n, side or n) // factor * factor for n in rain.shape[-2:])
    fields = fields[..., :ny, :nx]
    target = lag_correlation(fields[:, 0], fields[:, 1], factor)
    drawn = []
    for rho in CORRELATIONS:
        if progress:
            progress(len(drawn) / CORRELATIONS.size, "fitting the memory in time")
        drawn.append(_drawn_correlation(method, fields, factor, rho, key))
    rho = float(np.interp(target, np.maximum.accumulate(drawn), CORRELATIONS))
    # Rain that changes more than independent noise makes it change still gets a memory, of less than half a step.
    return Memory(float(np.round(-step / np.log(max(rho, 0.1)), 1)), int(step))


def _rainy_pairs(rain, step: float, most: int) -> np.ndarray | None:
    """Neighbouring fields (pair, 2, y, x) without gaps, where it rains on a tenth of the area at both times."""
    wet = rainy(rain) & rain.notnull().all(rain.dims[-2:]).values
    neighbours = np.diff(time_stamps(rain["time"])) == step
    starts = np.flatnonzero(wet[1:] & wet[:-1] & neighbours)
    if starts.size == 0:
        return None
    return np.stack([rain.isel(time=slice(s, s + 2)).values for s in evenly(starts, most)])


def _drawn_correlation(method, pairs: np.ndarray, factor: int, rho: float, key: int) -> float:
    kernel, refinement, jax_key, members = method.kernel(), Refinement(factor), jax.random.key(key), np.arange(MEMBERS)
    names = independent(np.arange(2 * len(pairs))).names.reshape(len(pairs), 2, 3)
    fine = []
    for pair, name in zip(pairs, names, strict=True):
        for field, weights in zip(pair, ([1.0, 0.0], [rho, np.sqrt(1 - rho**2)]), strict=True):
            coarse = block_mean(field, factor)
            noise = Noise(jax_key, members, name, np.asarray(weights, np.float32))
            numbers = method.parameters(coarse, factor)
            fine.append(np.asarray(kernel(coarse, noise, refinement, *numbers, block_means=method.block_means)))
    return lag_correlation(np.stack(fine[::2]), np.stack(fine[1::2]), factor)
