"""A method beside the others, on years that none of them was fitted on, and the change that each projects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import xarray as xr

from nesym._errors import TimeError
from nesym.adjust._adjuster import AbstractAdjuster
from nesym.adjust._labels import record, same_cells
from nesym.adjust._period import common_period
from nesym.adjust.dry import WET
from nesym.adjust.methods import method as method_class
from nesym.fields.seasons import Seasons
from nesym.fields.times import stamps
from nesym.fields.weights import area_weights
from nesym.verify import Blocks, Score, Table
from nesym.verify.climatology import resampled_means, resampled_quantiles

RAW = "raw"
RIVALS = ("scaling", "qm", "dqm", "qdm")
RESAMPLES, YEAR = 300, "365D"
FEWEST_YEARS = 4


def compare(
    method: AbstractAdjuster,
    obs,
    hist,
    scenario=None,
    *,
    variable: str | None = None,
    reference: str | slice | None = None,
    rivals: Mapping[str, AbstractAdjuster] | None = None,
    key: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Table:
    """Fit `method` and its rivals on the earlier half of the years, and score them, and the raw run, on the later half.

        error = < |T(x') - T(o)| >,    T the mean, the 95th percentile, and for rain the share of wet days of a cell

    over all cells by their area, with intervals from resampled years of both records; the first member of a run stands for
    it. With a `scenario`, also the change of its mean against the model's past, as projected (raw) and as corrected by
    each method fitted on all years: in % for what is scaled, else in units. Rivals have the window of `method`.

    Raises as `fit` does, and `TimeError` for records of fewer than four years.
    """
    seen = record(obs, variable)
    model = _first(same_cells(record(hist, variable, like=seen), seen, "model run"))
    seen, model = (da.load() for da in common_period(seen, model, reference))
    future = None if scenario is None else _first(same_cells(record(scenario, variable, like=seen), seen, "scenario"))
    whole = replace(method, fitted=None).fit(seen, model, reference="all", key=key)
    usual = {name: method_class(name)(kind=method.kind, window=method.window) for name in RIVALS if name != method.name}
    split, rain = _Split.of(seen, model, key), whole.fitted.rain
    rows = [{"method": RAW} | split.scores(model, rain) | _change(model, future, whole.fitted.kind)]
    every = {**(usual if rivals is None else rivals), method.name: method}
    for number, (name, one) in enumerate(every.items(), start=1):
        blank, row = replace(one, fitted=None), {"method": name}
        if not one.keeps_observed_times:
            row |= split.scores(blank.fit(*split.early(), reference="all", key=key).apply(model), rain)
        if future is not None:
            full = whole if name == method.name else blank.fit(seen, model, reference="all", key=key)
            row |= _change(full.apply(model), full.apply(future), whole.fitted.kind)
        rows.append(row)
        if progress:
            progress(number / len(every))
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    return Table(f"Fitted on {split.words[0]}, scored on {split.words[1]}", columns, tuple(rows))


@dataclass(frozen=True)
class _Split:
    """Earlier and later half of the years of two records."""

    obs: xr.DataArray
    model: xr.DataArray
    late: tuple[np.ndarray, np.ndarray]
    words: tuple[str, str]
    key: int

    @classmethod
    def of(cls, obs: xr.DataArray, model: xr.DataArray, key: int) -> "_Split":
        years = [Seasons.of(da["time"]).year for da in (obs, model)]
        common = np.unique(years[0])
        if common.size < FEWEST_YEARS or not np.isin(common, years[1]).all():
            raise TimeError(
                f"Scores on years that were not fitted on need {FEWEST_YEARS} years that both records have; there are"
                f" {np.intersect1d(*years).size}.",
                "Give longer records of the same years, or leave the comparison out.",
            )
        middle = common[common.size // 2]
        late = tuple(year >= middle for year in years)
        return cls(obs, model, late, (f"{common[0]} to {middle - 1}", f"{middle} to {common[-1]}"), key)

    def early(self) -> tuple[xr.DataArray, xr.DataArray]:
        """What methods are fitted on."""
        return tuple(da.isel(time=~late) for da, late in zip((self.obs, self.model), self.late, strict=True))

    def scores(self, run: xr.DataArray, rain: bool) -> dict[str, Score]:
        """The errors of a run in the later years."""
        truth, values = self.obs.isel(time=self.late[0]), run.isel(time=self.late[1])
        units = self.obs.attrs["units"]
        tail = partial(resampled_quantiles, q=0.95)
        found = {f"error of the mean, {units}": self._error(resampled_means, values, truth)}
        found[f"error of the 95th percentile, {units}"] = self._error(tail, values, truth)
        if rain:
            wet = [(da > WET).where(da.notnull()).astype(np.float32) for da in (values, truth)]
            found["error of the share of wet days"] = self._error(resampled_means, *wet)
        return found

    def _error(self, kernel: Callable, *records: xr.DataArray) -> Score:
        """< |T(x) - T(y)| > with its interval."""
        blocks = [
            Blocks.of(stamps(da["time"]), YEAR, key=self.key + stream, resamples=RESAMPLES)
            for stream, da in enumerate(records)
        ]
        maps = [
            kernel(_cells(da), b.index, np.vstack([np.ones((1, b.count), b.draws.dtype), b.draws]))
            for da, b in zip(records, blocks, strict=True)
        ]
        apart, area = np.abs(maps[0] - maps[1]), cell_areas(records[0])
        known = np.isfinite(apart)
        errors = (np.where(known, apart, 0.0) * area).sum(1) / np.maximum((known * area).sum(1), 1e-300)
        return min(blocks, key=lambda b: b.count).score(errors[0], errors[1:], n=records[0].sizes["time"])


def cell_areas(da: xr.DataArray) -> np.ndarray:
    """Weight of every cell of a record in the order of `_cells`: its area on a lat-lon grid, else 1 for all."""
    dims = [dim for dim in da.dims if dim != "time"]
    if not {"lat", "lon"} <= set(dims):
        return np.ones(int(np.prod([da.sizes[dim] for dim in dims])))
    weights = area_weights(da)
    return weights.broadcast_like(da.isel(time=0, drop=True)).transpose(*dims).values.ravel()


def area_mean(da: xr.DataArray) -> float:
    """Mean over time and cells, these by their area; NaN counts nowhere."""
    climate = _cells(da)
    known = ~np.isnan(climate)
    means = np.where(
        known.any(0), np.where(known, climate, 0.0).sum(0, dtype=np.float64) / np.maximum(known.sum(0), 1), np.nan
    )
    area = np.where(np.isnan(means), 0.0, cell_areas(da))
    return float((np.nan_to_num(means) * area).sum() / area.sum())


def _change(past: xr.DataArray, future: xr.DataArray | None, kind: str) -> dict[str, float]:
    """From the past to the scenario, of the mean of all cells."""
    if future is None:
        return {}
    before, after = area_mean(past), area_mean(future)
    if kind == "ratio":
        return {"projected change, %": 100 * (after / before - 1)}
    return {f"projected change, {past.attrs['units']}": after - before}


def _cells(da: xr.DataArray) -> np.ndarray:
    """A record as (time, cells)."""
    return da.transpose("time", ...).values.reshape(da.sizes["time"], -1)


def _first(da: xr.DataArray) -> xr.DataArray:
    return da.isel(member=0, drop=True) if "member" in da.dims else da
