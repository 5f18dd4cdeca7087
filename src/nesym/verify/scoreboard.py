"""Score forecasts of many methods against the same observations: one table with intervals, and the curves beside it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from nesym._errors import GridError, InputError
from nesym.fields.grid import Grid
from nesym.fields.times import check_times, time_step_seconds
from nesym.fields.times import stamps as time_stamps
from nesym.fields.weights import area_weights
from nesym.verify.board import tabulate
from nesym.verify.bootstrap import Blocks
from nesym.verify.curves import curves_of
from nesym.verify.metrics import rain_metrics
from nesym.verify.scorer import Scorer
from nesym.verify.state import State
from nesym.verify.statistics import TRUTH, Metric, needs_time_step
from nesym.verify.table import Table

PART_BYTES = 64e6  # of a forecast in memory at a time, where it can be cut in time
Forecast = xr.DataArray | Iterable[xr.DataArray]


def score(
    methods: Mapping[str, Forecast],
    obs: xr.DataArray,
    *,
    key: int,
    metrics: Sequence[Metric] | None = None,
    block: str | float = "1D",
    reference: str | None = None,
    resamples: int = 1000,
    level: float = 0.95,
    factor: int | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Table:
    """One row for each method, one column for each metric, and a row "truth" with what the observations have.

    methods: name -> forecast with the dimensions (member, time, y, x), `member` optional, or an iterable of such
    pieces in order of time; lazy ones are computed piece by piece. obs: (time, y, x), NaN = missing. Both hold the
    same times, which may have gaps, and the same grid; cells are weighted by their area.
    metrics: default `nesym.verify.metrics.rain_metrics(factor)`, without those that need a time step if there is none.

    Intervals hold `level` of the resamples of a block bootstrap over time; `reference` names the method from which
    `table.differences` (paired) and `table.ratios` are taken. `table.curves` holds spectra, rank histograms and lag-1
    autocorrelations where the metrics need them. `progress(method, steps)` is told of the steps done.
    """
    if not methods or TRUTH in methods or (reference is not None and reference not in methods):
        raise InputError(
            f"Methods were expected under names other than '{TRUTH}', with the reference among them; "
            f"{', '.join(methods) or 'none'} came, reference {reference!r}.",
            "Rename the method, or name one of them as the reference.",
        )
    if metrics is None:
        regular = time_step_seconds(obs["time"]) is not None
        metrics = [metric for metric in rain_metrics(factor) if regular or not needs_time_step(metric)]
    states = {
        name: collect(forecast, obs, metrics, progress=progress and (lambda n, name=name: progress(name, n)))
        for name, forecast in methods.items()
    }
    blocks = Blocks.of(next(iter(states.values())).stamps, block, key=key, resamples=resamples)
    table = tabulate(states, metrics, blocks, level=level, reference=reference, units=obs.attrs.get("units", ""))
    grid = Grid.of(obs)
    return replace(table, curves=curves_of(states, grid.shape, grid.spacing_km))


def collect(
    forecast: Forecast,
    obs: xr.DataArray,
    metrics: Sequence[Metric],
    progress: Callable[[int], None] | None = None,
) -> State:
    """Statistics of one forecast against `obs`, in one pass; see `score` for the arguments."""
    grid = Grid.of(obs)
    check_times(obs["time"])
    obs = obs.transpose("time", *grid.dims)
    weights = area_weights(grid).values[:, None]
    scorer = Scorer(tuple(metrics), weights, grid.spacing_km, time_step_seconds(obs["time"]))
    state = None
    for piece in pieces(forecast):
        known = matching(piece, obs)
        piece = piece if "member" in piece.dims else piece.expand_dims("member")
        ens = piece.transpose("member", "time", *grid.dims).values
        state = scorer.update(ens, known.values, time_stamps(known["time"]), state)
        if progress:
            progress(known.sizes["time"])
    if state is None or len(state.stamps) != obs.sizes["time"]:
        raise InputError(
            f"A forecast has {0 if state is None else len(state.stamps)} of the {obs.sizes['time']} observed steps.",
            "Give forecasts for all times of the observations, or select these: obs.sel(time=forecast.time).",
        )
    return state


def pieces(forecast: Forecast) -> Iterator[xr.DataArray]:
    """The forecast in parts along time: as it comes, by its chunks where it is lazy, else in parts of `PART_BYTES`."""
    if not isinstance(forecast, xr.DataArray):
        for piece in forecast:
            yield from pieces(piece)
        return
    steps = forecast.sizes.get("time", 1)
    whole = max(1, int(PART_BYTES * steps / max(forecast.nbytes, 1)))
    lengths = forecast.chunksizes.get("time") or [whole] * -(-steps // whole)
    start = 0
    for length in lengths:
        yield forecast.isel(time=slice(start, start + length))
        start += length


def matching(piece: xr.DataArray, obs: xr.DataArray) -> xr.DataArray:
    """The observations at the times of `piece`; raises `InputError` or `GridError` if times or grids differ."""
    grid = Grid.of(obs)
    if set(piece.dims) - {"member"} != {"time", *grid.dims}:
        raise InputError(
            f"A forecast has the dimensions member (optional), time, {', '.join(grid.dims)}; {piece.dims} came.",
            "Rename them, or select what is too much: forecast.isel(lead=0).",
        )
    for dim in grid.dims:
        if piece.sizes[dim] != obs.sizes[dim] or not np.allclose(piece[dim], obs[dim], atol=1e-6 * _step(obs[dim])):
            raise GridError(
                f"Forecast and observations differ along '{dim}': {_extent(piece[dim])} and {_extent(obs[dim])}.",
                "Bring them to the same grid (nesym.fields.regrid), in the same order.",
            )
    places = obs.indexes["time"].get_indexer(piece.indexes["time"])
    if (places < 0).any():
        raise InputError(
            "A forecast has times that the observations don't have.",
            "Select the common ones: forecast.sel(time=obs.time).",
        )
    return obs.isel(time=places)


def _step(coordinate: xr.DataArray) -> float:
    return float(np.abs(np.diff(coordinate.values)).max()) if coordinate.size > 1 else 1.0


def _extent(coordinate: xr.DataArray) -> str:
    return f"{coordinate.size} from {coordinate.values[0]:g} to {coordinate.values[-1]:g}"
