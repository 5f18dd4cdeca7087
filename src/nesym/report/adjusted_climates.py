"""The climates of the records of an adjustment: sums of months, and the means and changes made from them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from nesym.fields.seasons import Seasons
from nesym.fields.weights import area_weights
from nesym.report.adjusted_records import OBSERVED, PAST, SCENARIO, Records

UNEVEN = 1.2  # times that a month has more values than another (of 31 and 28 days: 1.11), from which on it is said


@dataclass(frozen=True, eq=False)
class Climate:
    """Sum and number of the values of a record in each `month` (1..12, those that it has) of each cell."""

    total: xr.DataArray
    count: xr.DataArray

    @property
    def months(self) -> list[int]:
        """The months of the year that the record has."""
        return self.total["month"].values.tolist()

    @property
    def even(self) -> bool:
        """Whether all months count about alike; incomplete years make some count more."""
        counts = self.count.sum([dim for dim in self.count.dims if dim != "month"]).values
        return bool(counts.max() <= UNEVEN * max(counts.min(), 1))

    def mean(self, months: list[int]) -> xr.DataArray:
        """Mean over the times in `months` of each cell, NaN where there are none."""
        total, count = (da.sel(month=months).sum("month") for da in (self.total, self.count))
        return total / count.where(count > 0)

    def cycle(self) -> xr.DataArray:
        """Mean of each month (month, cells...)."""
        return self.total / self.count.where(self.count > 0)


def climates(records: Records) -> dict[str, Climate]:
    """The climates of all records over their times and members, read once; of lazy ones, sums alone are in memory."""
    import dask

    lazy = {name: _sums(da) for name, da in records.held.items()}
    (found,) = dask.compute(lazy)
    return {name: Climate(sums["total"], sums["count"]) for name, sums in found.items()}


def _sums(da: xr.DataArray) -> xr.Dataset:
    month = Seasons.of(da["time"]).month
    over = [dim for dim in ("time", "member") if dim in da.dims]
    bare = da.drop_vars("time")
    parts = []
    for number in np.unique(month):
        part = bare.isel(time=np.flatnonzero(month == number))
        total = part.sum(over, skipna=True, dtype=np.float64)
        parts.append(xr.Dataset({"total": total, "count": part.notnull().sum(over)}))
    return xr.concat(parts, xr.DataArray(np.unique(month), dims="month", name="month"))


def shared_months(found: Mapping[str, Climate]) -> list[int]:
    """Months that all records have; those of the last, the corrected run, where there are none."""
    *_, last = found.values()
    common = [month for month in last.months if all(month in climate.months for climate in found.values())]
    return common or last.months


def known_areas(fields: Mapping[str, xr.DataArray]) -> xr.DataArray:
    """Area of each cell that has a value in all `fields`, 0 of the others; 1 for stations and cells of a plane."""
    (_, first), *_ = fields.items()
    known = xr.ones_like(first, dtype=bool)
    for field in fields.values():
        known = known & np.isfinite(field)
    area = area_weights(first) if {"lat", "lon"} <= set(first.dims) else xr.DataArray(1.0)
    return xr.zeros_like(first, dtype=np.float64) + known * area


def area_mean(field: xr.DataArray, areas: xr.DataArray) -> xr.DataArray:
    """Mean over cells by `areas`; NaN where they are all 0."""
    cells = list(areas.dims)
    return (field.fillna(0.0) * areas).sum(cells) / areas.sum(cells).where(lambda total: total > 0)


@dataclass(frozen=True, eq=False)
class Means:
    """Mean of each record over the months that all have (cells...), and the area of the cells that all know."""

    records: Records
    climates: Mapping[str, Climate]
    fields: Mapping[str, xr.DataArray]
    areas: xr.DataArray
    months: list[int]

    @classmethod
    def of(cls, records: Records) -> "Means":
        """Computes what is lazy."""
        found = climates(records)
        months = shared_months(found)
        fields = {name: climate.mean(months) for name, climate in found.items()}
        return cls(records, found, fields, known_areas(fields), months)

    @property
    def whole(self) -> str:
        """What a mean is over: " of all cells", " of all stations", nothing for one place."""
        if self.areas.size == 1:
            return ""
        return " of all stations" if self.areas.ndim == 1 else " of all cells"

    def area(self, name: str) -> float:
        """Mean of a record over the cells that all records know."""
        return float(area_mean(self.fields[name], self.areas))

    def apart(self, name: str) -> float:
        """Mean absolute difference to the observations, cell by cell."""
        return float(area_mean(np.abs(self.fields[name] - self.fields[OBSERVED]), self.areas))

    def change(self, past: str, run: str) -> float:
        """From the past to the scenario, of the mean of all cells: in per cent, or in units."""
        first, last = self.area(past), self.area(run)
        if self.records.kind == "difference":
            return last - first
        return 100.0 * (last / first - 1.0) if first else np.nan

    def changes(self) -> dict[str, xr.DataArray]:
        """The change of every cell before and after; NaN where the past has a mean of zero and the change is a ratio."""
        out = {}
        for past, run in zip(PAST, SCENARIO, strict=True):
            first, last = self.fields[past], self.fields[run]
            ratio = self.records.kind == "ratio"
            out[run] = 100.0 * (last / first.where(first != 0) - 1.0) if ratio else last - first
        return out
