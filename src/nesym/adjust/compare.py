"""A method beside the others, on years that none of them was fitted on, and the change that each projects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from nesym._errors import TimeError
from nesym.adjust._adjuster import AbstractAdjuster
from nesym.adjust._labels import record, same_cells
from nesym.adjust._period import common_period
from nesym.adjust.dry import WET
from nesym.adjust.methods import method as method_class
from nesym.adjust.variables import is_rain
from nesym.fields.seasons import Seasons
from nesym.fields.weights import area_weights
from nesym.verify import Score, Table, unpaired_error

RAW = "raw"
RIVALS = ("scaling", "qm", "dqm", "qdm")
TAIL_RESAMPLES = 100  # a quantile of a resample takes a pass over the upper tail of the record
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
    cells: int | None = None,
    key: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Table:
    """Fit `method` and its rivals on the earlier half of the years, and score them, and the raw run, on the later half.

        error = < |T(x') - T(o)| >,    T the mean, the 95th percentile, and for rain the share of wet days of a cell

    over all cells by their area, with intervals (`nesym.verify.unpaired_error`); the first member of a run stands for it.
    With a `scenario`, also the change of its mean against the model's past, as projected (raw) and as corrected by each
    method fitted on all years: in % for what is scaled, else in units. Rivals have the window of `method`.

    `cells` is how many are looked at at most, evenly spread; the method's own number where it is None.

    Raises as `fit` does, and `TimeError` for records of fewer than four years.
    """
    observed = record(obs, variable)
    seen, every = thinned(observed, cells or method.compared_cells)

    def on_them(run, what: str) -> xr.DataArray:
        whole = same_cells(record(run, variable, like=observed), observed, what)
        return _first(whole).isel({dim: slice(None, None, every) for dim in seen.dims if dim != "time"})

    seen, model = (da.load() for da in common_period(seen, on_them(hist, "model run"), reference))
    future = None if scenario is None else on_them(scenario, "scenario").load()
    kind, rain = method.kind_for(seen), is_rain(seen)
    usual = {name: method_class(name)(kind=kind, window=method.window) for name in RIVALS if name != method.name}
    split = _Split.of(seen, model, key)
    rows = [{"method": RAW} | split.scores(model, rain) | _change(model, future, kind)]
    shown = {**(usual if rivals is None else rivals), method.name: method}
    for number, (name, one) in enumerate(shown.items(), start=1):
        blank, row = replace(one, fitted=None), {"method": name}
        if not one.keeps_observed_times:
            row |= split.scores(blank.fit(*split.early(), reference="all", key=key).apply(model), rain)
        if future is not None:
            full = blank.fit(seen, model, reference="all", key=key)
            row |= _change(full.apply(model), full.apply(future), kind)
        rows.append(row)
        if progress:
            progress(number / len(shown))
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    title = f"Fitted on {split.words[0]}, scored on {split.words[1]}"
    return Table(title + (f", one cell in {every} along each axis" if every > 1 else ""), columns, tuple(rows))


def thinned(da: xr.DataArray, cells: int) -> tuple[xr.DataArray, int]:
    """At most that many cells, evenly spread along each axis, and of how many along an axis one is left."""
    axes = [dim for dim in da.dims if dim != "time"]
    every = 1
    while np.prod([-(-da.sizes[dim] // every) for dim in axes]) > cells:
        every += 1
    return da.isel({dim: slice(None, None, every) for dim in axes}), every


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
        years = [whole_years(Seasons.of(da["time"])) for da in (obs, model)]
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
        truth, values = (as_grid(da) for da in (self.obs.isel(time=self.late[0]), run.isel(time=self.late[1])))
        units = self.obs.attrs["units"]
        found = {f"error of the mean, {units}": unpaired_error(values, truth, "mean", key=self.key)}
        found[f"error of the 95th percentile, {units}"] = unpaired_error(
            values, truth, "q95", key=self.key, resamples=TAIL_RESAMPLES
        )
        if rain:
            wet = [(da > WET).where(da.notnull()).astype(np.float32).assign_attrs(units="1") for da in (values, truth)]
            found["error of the share of wet days"] = unpaired_error(*wet, "mean", key=self.key)
        return found


def whole_years(seasons: Seasons) -> np.ndarray:
    """The year that each time belongs to, begun after the longest run of months without any: a winter stays whole.

    Named after the calendar year in which it ends.
    """
    there = np.isin(np.arange(1, 13), seasons.month)
    if there.all():
        return seasons.year
    lengths = [next((k for k in range(12) if there[(last - k) % 12]), 12) for last in range(12)]
    first = (int(np.argmax(lengths)) + 1) % 12 + 1
    return seasons.year + (seasons.month >= first) * there[: first - 1].any()


def as_grid(da: xr.DataArray) -> xr.DataArray:
    """A record as (time, y, x): maps as they are, stations and single series as one row of cells of equal weight."""
    for dims in (("lat", "lon"), ("y", "x")):
        if set(da.dims) == {"time", *dims}:
            return da.transpose("time", *dims)
    values = da.transpose("time", ...).values.reshape(da.sizes["time"], 1, -1)
    coords = {"time": da["time"], "y": [0.0], "x": np.arange(values.shape[-1], dtype=np.float64)}
    return xr.DataArray(values, coords, ("time", "y", "x"), da.name, {"units": da.attrs["units"]})


def area_mean(da: xr.DataArray) -> float:
    """Mean over time and cells, these by their area; NaN counts nowhere."""
    climate = as_grid(da).mean("time", dtype=np.float64)
    return float(climate.weighted(area_weights(climate)).mean())


def _change(past: xr.DataArray, future: xr.DataArray | None, kind: str) -> dict[str, float]:
    """From the past to the scenario, of the mean of all cells."""
    if future is None:
        return {}
    before, after = area_mean(past), area_mean(future)
    if kind == "ratio":
        return {"projected change, %": 100 * (after / before - 1) if before else float("nan")}
    return {f"projected change, {past.attrs['units']}": after - before}


def _first(da: xr.DataArray) -> xr.DataArray:
    return da.isel(member=0, drop=True) if "member" in da.dims else da
