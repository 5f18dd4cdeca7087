"""A method beside its rivals: the same fields, the same scores, one table."""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from nesym import verify
from nesym._errors import GridError, InputError
from nesym.downscale._downscaler import AbstractDownscaler
from nesym.downscale.baselines import rivals as usual_rivals
from nesym.fields.canonical import canonical
from nesym.fields.grid import Grid
from nesym.fields.times import time_step_seconds

STEPS_AT_A_TIME = 8


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
    length of a block); `.differences` and `.ratios` are paired, relative to `reference` (default: `method`); `.curves` holds spectra, ranks and lag-1
    autocorrelations. `rivals` maps names to downscalers, by default those of `nesym.downscale.rivals`.
    Raises `GridError` if the truth's grid is not a whole number of times finer, `InputError` if the times differ.
    """
    rain, fine = canonical(coarse, "pr"), canonical(truth, "pr", missing="keep")
    rain, fine = (da if "time" in da.dims else da.expand_dims("time") for da in (rain, fine))
    factor = _factor(rain, fine)
    if not np.array_equal(rain["time"].values, fine["time"].values):
        raise InputError("Coarse rain and truth have different times.", "Select the common ones: xarray.align(...).")
    step = time_step_seconds(rain["time"])
    beside = usual_rivals(method, Grid.of(rain), factor, step) if rivals is None else dict(rivals)
    lazy = rain if rain.chunks else rain.chunk(time=STEPS_AT_A_TIME)
    forecasts = {
        name: m.sample(lazy, factor, 1 if m.deterministic else members, key)
        for name, m in {**beside, method.name: method}.items()
    }
    metrics = [m for m in verify.metrics.rain_metrics(factor) if step is not None or not _needs_step(m)]
    return verify.score(
        forecasts,
        fine,
        key=key,
        metrics=metrics,
        block=block,
        reference=reference or method.name,
        factor=factor,
        progress=progress,
    )


def _needs_step(metric) -> bool:
    return metric.daily or any(statistic.lagged for statistic in metric.statistics)


def _factor(rain: xr.DataArray, fine: xr.DataArray) -> int:
    (ny, nx), (sy, sx) = (Grid.of(da).shape for da in (fine, rain))
    if ny % sy or nx % sx or ny // sy != nx // sx or ny == sy:
        raise GridError(
            f"The truth has {ny} x {nx} cells and the coarse rain {sy} x {sx}: not the same whole factor along both sides.",
            "Make the coarse rain from the truth (nesym.fields.coarsen), or bring the truth to the fine grid (regrid).",
        )
    return ny // sy
