"""A method beside its rivals: the same fields, the same scores, one table."""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from nesym import verify
from nesym._errors import GridError, InputError
from nesym.downscale._downscaler import AbstractDownscaler, with_time
from nesym.downscale.baselines import rivals as usual_rivals
from nesym.fields.canonical import canonical
from nesym.fields.grid import Grid, refined_coords
from nesym.fields.times import time_step_seconds

STEPS_AT_A_TIME = 8
SAME_PLACE = 0.1  # of a fine cell: what rounded coordinates and Gaussian latitudes may differ by


def compare(
    method: AbstractDownscaler,
    coarse,
    truth,
    *,
    members: int = 20,
    key: int = 0,
    rivals: Mapping[str, AbstractDownscaler] | None = None,
    reference: str | None = None,
    block: str | float = "6h",
    progress: Callable[[str, int], None] | None = None,
) -> verify.Table:
    """Draw and score `method` and its rivals on coarse rain (time, Y, X) whose fine `truth` (time, y, x) is known.

    One row for each method, one column for each score, with intervals from a block bootstrap over time (`block` is the
    length of a block); `.differences` and `.ratios` are paired, relative to `reference` (default: `method`); `.curves`
    holds spectra, ranks and lag-1 autocorrelations. `rivals` maps names to downscalers, by default those of
    `nesym.downscale.rivals`.
    Raises `GridError` if the truth's grid is not a whole number of times finer, `InputError` if the times differ.
    """
    rain, fine = canonical(coarse, "pr"), canonical(truth, "pr", missing="keep")
    rain, fine = with_time(rain), with_time(fine)
    factor = matched_factor(rain, fine)
    step = time_step_seconds(rain["time"])
    beside = usual_rivals(method, Grid.of(rain), factor, step) if rivals is None else dict(rivals)
    lazy = rain if rain.chunks else rain.chunk(time=STEPS_AT_A_TIME)
    places = {dim: fine[dim] for dim in fine.dims[-2:]}
    forecasts = {
        name: m.sample(lazy, factor, 1 if m.deterministic else members, key).assign_coords(places)
        for name, m in {**beside, method.name: method}.items()
    }
    return verify.score(
        forecasts,
        fine,
        key=key,
        block=block,
        reference=reference or method.name,
        factor=factor,
        progress=progress,
    )


def matched_factor(rain: xr.DataArray, fine: xr.DataArray) -> int:
    """How many times finer the truth `fine` is than `rain`, both canonical; they must share times and area.

    Raises `GridError` if the factor is no whole number or the cells lie elsewhere, `InputError` if the times differ.
    """
    (ny, nx), (sy, sx) = (Grid.of(da).shape for da in (fine, rain))
    if rain.dims[-2:] != fine.dims[-2:] or ny % sy or nx % sx or ny // sy != nx // sx or ny == sy:
        raise GridError(
            f"The truth has {ny} x {nx} cells {fine.dims[-2:]} and the coarse rain {sy} x {sx} {rain.dims[-2:]}:"
            " not the same whole factor along both sides.",
            "Make the coarse rain from the truth (nesym.fields.coarsen), or bring the truth to the fine grid (regrid).",
        )
    for dim, expected in refined_coords(rain, ny // sy).items():
        off = np.abs(expected.values - fine[dim].values).max()
        if off > SAME_PLACE * abs(float(expected[1] - expected[0])):
            raise GridError(
                f"The truth's cells do not lie where those of the refined rain do: '{dim}' differs by up to {off:g}.",
                "Make the coarse rain from the truth (nesym.fields.coarsen), in the same units and orientation.",
            )
    if not np.array_equal(*(with_time(da)["time"].values for da in (rain, fine))):
        raise InputError("Coarse rain and truth have different times.", "Select the common ones: xarray.align(...).")
    return ny // sy
