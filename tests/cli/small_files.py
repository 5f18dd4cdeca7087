"""Small files for the command line: one good one, and one for each thing that is refused."""

from pathlib import Path

import numpy as np
import xarray as xr

ATTRS = {
    "institution": "Weather Service",
    "licence": "CC-BY-4.0",
    "title": "Made-up rain",
    "history": "2018-05-11T00:00:00Z made up",
}


def rain(nt=3, side=8, km=4.0) -> xr.DataArray:
    """Rain on a plane, every 5 minutes, with a dry corner."""
    rng, (y, x) = np.random.default_rng(0), np.mgrid[:side, :side]
    p = rng.uniform(0, 2 * np.pi, (nt, 2, 1, 1))
    values = np.exp(1.5 * np.sin(2 * np.pi * x / 8 + p[:, 0]) * np.sin(2 * np.pi * y / 8 + p[:, 1]))
    values[:, : side // 4, : side // 4] = 0
    centres = km * (np.arange(side) + 0.5)
    coords = {
        "time": np.datetime64("2018-05-10", "ns") + np.arange(nt) * np.timedelta64(5, "m"),
        "y": ("y", centres, {"units": "km"}),
        "x": ("x", centres, {"units": "km"}),
    }
    return xr.DataArray(values.astype(np.float32), coords, ("time", "y", "x"), "pr", {"units": "mm h-1"})


def store(data: xr.DataArray | xr.Dataset, path: Path) -> Path:
    ds = data if isinstance(data, xr.Dataset) else data.to_dataset(name=data.name)
    ds.assign_attrs(ATTRS).to_netcdf(path, engine="h5netcdf")
    return path


def with_units(units: str | None) -> xr.DataArray:
    da = rain()
    da.attrs = {} if units is None else {"units": units}
    return da


def with_value(value: float) -> xr.DataArray:
    da = rain()
    da[1, 2, 3] = value
    return da


def two_candidates() -> xr.Dataset:
    named = rain().assign_attrs(standard_name="rainfall_rate")
    return xr.Dataset({"rain1": named, "rain2": named})


# What a file holds -> (how it is made, words of its remedy).
REFUSED = {
    "no units": (lambda: with_units(None), "attrs['units'] = 'mm h-1'"),
    "unknown units": (lambda: with_units("bananas"), "CF form"),
    "prose units": (lambda: with_units("millimetres of rain per hour"), "CF form"),
    "units of temperature": (lambda: with_units("K"), "mm h-1"),
    "an amount without interval": (lambda: with_units("mm"), "(interval: 1 hour)"),
    "duplicated times": (lambda: rain().isel(time=[0, 1, 1]), "drop_duplicates"),
    "unordered times": (lambda: rain().isel(time=[0, 2, 1]), "sortby"),
    "negative rain": (lambda: with_value(-0.5), "clip(min=0)"),
    "missing values": (lambda: with_value(np.nan), "--missing fill"),
    "infinite values": (lambda: with_value(np.inf), "isfinite"),
    "one dimension": (lambda: rain().isel(y=0, x=0, drop=True), "gridded variable"),
    "two candidates": (lambda: two_candidates(), "--variable rain1"),
    "nothing like rain": (lambda: rain().rename("heat").assign_attrs(units="W m-2"), "--variable"),
    "uneven spacing": (lambda: rain().isel(x=[0, 1, 2, 4, 5, 7]), "regular"),
}
UNREADABLE = {
    "absent": (None, "Check the path"),
    "a text file": (b"time,rain\n0,1\n", "netCDF file or a Zarr folder"),
    "an empty file": (b"", "netCDF file or a Zarr folder"),
    "GRIB": (b"GRIB" + bytes(100), "cdo"),
    "gzip": (b"\x1f\x8b" + bytes(100), "gunzip"),
    "a cut file": (0.5, "compare its size"),
}


def unreadable(what: bytes | float | None, path: Path) -> Path:
    """A file of these bytes; of this part of a good file; or none."""
    if isinstance(what, float):
        content = store(rain(), path).read_bytes()
        what = content[: int(what * len(content))]
    if what is not None:
        path.write_bytes(what)
    return path
