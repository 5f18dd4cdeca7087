"""An observed record on a fine grid, as it is kept in a file."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import xarray as xr

from nesym.adjust._parts import horizontal
from nesym.adjust.variables import is_rain
from nesym.fields.seasons import Seasons


@dataclass(frozen=True, eq=False)
class FineRecord:
    """`values` (time, y, x) at the times `seasons` on the axes `dims`, which have the coordinates `rows` and `columns`."""

    variable: str
    units: str
    rain: bool
    key: int
    dims: tuple[str, str]
    rows: np.ndarray
    columns: np.ndarray
    seasons: Seasons
    values: np.ndarray

    @classmethod
    def of(cls, da: xr.DataArray, key: int) -> Self:
        """That of a labelled record, computed now; raises `GridError` where it has no horizontal grid."""
        dims = horizontal(da)
        rows, columns = (da[dim].values for dim in dims)
        values = da.transpose("time", *dims).values
        units, seasons = da.attrs["units"], Seasons.of(da["time"])
        return cls(str(da.name), units, is_rain(da), key, dims, rows, columns, seasons, values)

    def labelled(self) -> xr.DataArray:
        """The same with its labels, but for the times."""
        coords = dict(zip(self.dims, (self.rows, self.columns), strict=True))
        attrs = {"units": self.units} | ({"standard_name": "lwe_precipitation_rate"} if self.rain else {})
        return xr.DataArray(self.values, coords, ("time", *self.dims), self.variable, attrs)
