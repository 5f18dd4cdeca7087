"""Errors of a climate: maps of means and quantiles of data sets that are not paired in time, with intervals.

A climate model has its own weather, so a day of it cannot be compared with the same day of the observations; their
distributions can. Both records are samples, and an interval tells what the error would be in others like them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
import xarray as xr

from nesym._errors import InputError
from nesym.fields.grid import DIMS, grid_kind
from nesym.fields.times import check_times
from nesym.fields.weights import area_weights
from nesym.verify.bootstrap import Blocks
from nesym.verify.climatology import Kernel, resampled_means, resampled_quantiles, seasonal_blocks
from nesym.verify.entries import Score
from nesym.verify.maps import check_same_cells, check_same_units

Climate = Literal["mean", "q95"]
KERNELS: dict[str, Kernel] = {"mean": resampled_means, "q95": partial(resampled_quantiles, q=0.95)}
RESAMPLES = {"mean": 1000, "q95": 200}  # a quantile of a resample takes a pass over the upper tail of the record
PART_VALUES = 4e6  # of a record, or of its resamples, in memory at a time


def unpaired_map(forecast: xr.DataArray, obs: xr.DataArray, statistic: Climate = "mean") -> xr.DataArray:
    """Error of the climate at each cell, T(x) - T(y), T the mean over time or the 95th percentile: (y, x).

    The percentile is min{v: F(v) >= 0.95}. The records may cover different times and calendars; NaN does not count.
    forecast, obs: (time, y, x). Raises `GridError` for other grids and `UnitError` for other units.
    """
    _check(statistic, obs, forecast)
    kernel, parts = KERNELS[statistic], []
    for rows in _rows((forecast, obs), 1):
        x, y = (
            kernel(_cells(da, rows), np.zeros(da.sizes["time"], np.intp), np.ones((1, 1))) for da in (forecast, obs)
        )
        parts.append((x - y)[0])
    dims = DIMS[grid_kind(obs)]
    template = obs.isel(time=0, drop=True).transpose(*dims)
    name = "mean" if statistic == "mean" else "95th percentile"
    attrs = {n: v for n, v in obs.attrs.items() if n == "units"} | {"long_name": f"error of the {name}"}
    return xr.DataArray(np.concatenate(parts).reshape(template.shape), coords=template.coords, dims=dims, attrs=attrs)


def unpaired_error(
    forecast: xr.DataArray,
    obs: xr.DataArray,
    statistic: Climate = "mean",
    *,
    key: int,
    block: str | float = "30D",
    resamples: int | None = None,
    level: float = 0.95,
) -> Score:
    """E = <|T(x) - T(y)|> over the cells, weighted by their area, T the mean over time or the 95th percentile.

    The interval says what E would be of other records as long as these: `level` of what it is where whole blocks of
    days of both records, each for itself, are drawn again within their season (Künsch 1989, doi
    10.1214/aos/1176347265). A resample holds the noise of its record and that of the draw, which makes a mean of
    absolute values too large; the resamples are therefore shifted so that their mean is E. Where all of E is noise,
    the interval is up to 1.4 times too wide. E itself is above 0 for two records of one climate: compare with E of
    one half of the observations against the other.

    forecast, obs: (time, y, x), the times their own. `resamples`: 1000 of the mean, 200 of the percentile, if None.
    n is the number of days of the forecast. Raises `GridError` for other grids, `UnitError` for other units.
    """
    _check(statistic, obs, forecast)
    drawn = _Draws(key, block, resamples or RESAMPLES[statistic])
    errors = _errors((forecast,), obs, KERNELS[statistic], drawn)[0]
    return drawn.score(forecast, obs, errors, level)


def unpaired_difference(
    forecast: xr.DataArray,
    reference: xr.DataArray,
    obs: xr.DataArray,
    statistic: Climate = "mean",
    *,
    key: int,
    block: str | float = "30D",
    resamples: int | None = None,
    level: float = 0.95,
) -> Score:
    """E(forecast) - E(reference), `unpaired_error` of two data sets against the same observations; below 0 is better.

    The resamples of the observations are the same for both. So are those of the forecasts where these have the same
    times, as two corrections of one simulation have: then their weather is shared and does not widen the interval.
    """
    _check(statistic, obs, forecast, reference)
    drawn = _Draws(key, block, resamples or RESAMPLES[statistic])
    first, second = _errors((forecast, reference), obs, KERNELS[statistic], drawn)
    return drawn.score(forecast, obs, first - second, level)


@dataclass(frozen=True)
class _Draws:
    """Blocks of forecasts and of observations, drawn from two streams of one key."""

    key: int
    block: str | float
    resamples: int

    def blocks(self, da: xr.DataArray, stream: int) -> Blocks:
        """Blocks of `da`: the same draws for the same times and the same stream (0 forecasts, 1 observations)."""
        key = int(np.random.SeedSequence(self.key).generate_state(2)[stream])
        return seasonal_blocks(da["time"], self.block, key=key, resamples=self.resamples)

    def score(self, forecast: xr.DataArray, obs: xr.DataArray, errors: np.ndarray, level: float) -> Score:
        """The first of `errors` with the interval of the others, shifted onto it.

        The note is about the record of fewer blocks, which limits the interval.
        """
        both = self.blocks(forecast, 0), self.blocks(obs, 1)
        fewest = min(both, key=lambda blocks: blocks.count)
        value, resampled = errors[0], errors[1:][np.isfinite(errors[1:])]
        if resampled.size:
            resampled = resampled - (resampled.mean() - value)
        return fewest.score(value, resampled, level, n=forecast.sizes["time"])


def _errors(forecasts: Sequence[xr.DataArray], obs: xr.DataArray, kernel: Kernel, drawn: _Draws) -> list[np.ndarray]:
    """E of each forecast: (1 + resamples,), the records themselves first. Cells count that all records have."""
    records = (*forecasts, obs)
    plans = [_plan(drawn.blocks(da, 0)) for da in forecasts] + [_plan(drawn.blocks(obs, 1))]
    weights = area_weights(obs).values
    sums, areas = np.zeros((len(forecasts), drawn.resamples + 1)), np.zeros(drawn.resamples + 1)
    for rows in _rows(records, drawn.resamples):
        *found, truth = [kernel(_cells(da, rows), *plan) for da, plan in zip(records, plans, strict=True)]
        known = np.isfinite(sum(found, truth))
        area = np.where(known, weights[rows].repeat(known.shape[1] // len(weights[rows])), 0.0)
        areas += area.sum(-1)
        for row, values in zip(sums, found, strict=True):
            row += (np.where(known, np.abs(values - truth), 0.0) * area).sum(-1)
    with np.errstate(invalid="ignore"):
        return list(sums / areas)


def _plan(blocks: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """Block of each time, and how often each resample holds each block; the first holds every block once."""
    return blocks.index, np.vstack([np.ones((1, blocks.count), blocks.draws.dtype), blocks.draws])


def _rows(records: Sequence[xr.DataArray], resamples: int) -> list[slice]:
    """Rows of the grid that are worked on together, so that memory stays that of a part of each record."""
    row, column = DIMS[grid_kind(records[0])]
    longest = max(resamples, *(da.sizes["time"] for da in records))
    count = max(1, int(PART_VALUES // (longest * records[0].sizes[column])))
    return [slice(start, start + count) for start in range(0, records[0].sizes[row], count)]


def _cells(da: xr.DataArray, rows: slice) -> np.ndarray:
    """Some rows of a record as (time, cells)."""
    row, column = DIMS[grid_kind(da)]
    values = da.transpose("time", row, column).isel({row: rows}).values
    return values.reshape(len(values), -1)


def _check(statistic: str, obs: xr.DataArray, *forecasts: xr.DataArray) -> None:
    if statistic not in KERNELS:
        raise InputError(
            f"A climate is compared by its 'mean' or its 'q95', and {statistic!r} came.", 'Write statistic="mean".'
        )
    for da in (*forecasts, obs):
        if set(da.dims) != {"time", *DIMS[grid_kind(da)]}:
            raise InputError(
                f"The dimensions time, {', '.join(DIMS[grid_kind(da)])} were expected, and {da.dims} came.",
                "Select what is too much: da.isel(member=0).",
            )
        check_times(da["time"])
        check_same_cells(da, obs)
        check_same_units(da, obs)
