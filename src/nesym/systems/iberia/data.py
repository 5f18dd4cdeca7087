"""Daily winter rain of Iberia: observed at half a degree (E-OBS), and by a climate model of 1.4 degrees (CNRM-CM5).

E-OBS v14 is for non-commercial research: it is read where a user has it, and nothing made from it is shipped. Winters are
December to February: those to 1994/95 are trained on, choices are made on 1995/96, scores are of 1996/97 to 1999/2000.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from nesym._errors import FileError
from nesym.data.access import FOLDER
from nesym.fields import canonical, open_dataset

OBSERVED = "precipitation/iberia_djf/eobs_v14_pr_0p5deg_1983-2000.nc"
MODELLED = "gcm_bias/iberia_djf/cmip5_cnrm-cm5_historical_1983-2002.nc"
# The largest part of the grid in whole blocks in which each cell is observed on all days or on none.
CROP = {"lat": slice(1, 19), "lon": slice(0, 27)}
FACTOR = 3
HOURS, DAILY = 24.0, "mm day-1"
WINTERS = {"train": (1983, 1995), "choose": (1996, 1996), "score": (1997, 2000)}  # by the year of their January


@dataclass(frozen=True)
class Iberia:
    """Observations (time, lat, lon) of the 18 x 27 cells, missing at sea, and the model's rain on its own grid, mm/day."""

    observed: xr.DataArray
    modelled: xr.DataArray

    @classmethod
    def read(cls, data: Path | str | None = None) -> "Iberia":
        """From the folder of larger data; raises `FileError` where a file is not there."""
        observed = _rain(OBSERVED, data).isel(CROP)
        return cls(observed, _rain(MODELLED, data))

    def obs(self, part: str, last: int | None = None) -> xr.DataArray:
        """The observations of the winters of a part of the protocol, up to the `last` where it is given."""
        return _of(self.observed, part, last)

    def model(self, part: str) -> xr.DataArray:
        """The same of the model."""
        return _of(self.modelled, part)


def _of(da: xr.DataArray, part: str, last: int | None = None) -> xr.DataArray:
    first, end = WINTERS[part]
    winter = da["time"].dt.year + (da["time"].dt.month == 12)
    return da.isel(time=np.flatnonzero((winter >= first) & (winter <= (end if last is None else last))))


def _rain(name: str, data: Path | str | None) -> xr.DataArray:
    folder = os.environ.get(FOLDER) if data is None else data
    path = Path(folder or "").expanduser() / name
    if not folder or not path.is_file():
        raise FileError(
            f"There is no file {name} in the folder of larger data sets.",
            f"Name the folder that holds it: --data FOLDER, or set {FOLDER}.",
        )
    rain = canonical(open_dataset(path), "pr", missing="keep").load()
    return (rain * np.float32(HOURS)).assign_attrs(rain.attrs, units=DAILY)
