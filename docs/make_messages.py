"""What NESYM refuses, in its own words: every message is made by giving it such an input."""

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import xarray as xr

import nesym
from nesym import _store
from nesym._errors import NesymError
from nesym.downscale import Bilinear, Cascade, RainFARM, ensemble
from nesym.downscale.suitability import refuse_unsuitable
from nesym.fields import Grid, canonical, coarsen, open_dataset, write

Cases = Mapping[str, Callable[[], object]]
FREE = 8 * 2**30  # bytes of memory that the machine of the last table has left


def good() -> xr.Dataset:
    """Rain without fault: (time 4, y 16, x 16) in mm h-1."""
    return nesym.data.lognormal_rain((4, 16, 16), slope=2.5, key=0).to_dataset()


def labelled(units: str | None = "mm h-1", **attrs: str) -> xr.Dataset:
    """The same with other attributes."""
    ds = good()
    ds["pr"].attrs = attrs | ({} if units is None else {"units": units})
    return ds


def pr(change: Callable[[xr.DataArray], xr.DataArray]) -> xr.Dataset:
    """The same with a changed variable."""
    return change(good()["pr"]).to_dataset(name="pr")


def on_grid(**dims: str) -> xr.Dataset:
    """The same with other names of the dimensions and no coordinates along them."""
    return good().drop_vars(dims).rename_dims(dims)


def curvilinear() -> xr.Dataset:
    """The same on a grid whose latitudes and longitudes are two-dimensional."""
    lat, lon = np.meshgrid(np.linspace(50, 51, 16), np.linspace(9, 10, 16), indexing="ij")
    names = {"lat": "latitude", "lon": "longitude"}
    coords = {
        name: (("j", "i"), values, {"standard_name": names[name]}) for name, values in (("lat", lat), ("lon", lon))
    }
    return on_grid(y="j", x="i").assign_coords(coords)


def tables() -> dict[str, Cases]:
    """What comes, by the heading of its table; each entry raises."""
    units = {
        "no units": lambda: canonical(labelled(None)),
        "units in words": lambda: canonical(labelled("millimetres per 6 hours")),
        "units that are not known": lambda: canonical(labelled("furlong h-1")),
        "units of something else": lambda: canonical(labelled("K")),
        "an amount without its interval": lambda: canonical(labelled("mm")),
    }
    two = {"pr_convective": good()["pr"].assign_attrs(standard_name="precipitation_flux")}
    other = {"zg": good()["pr"].assign_attrs(units="m", standard_name="geopotential_height")}
    variables = {
        "two variables that could be meant": lambda: canonical(good().assign(two)),
        "no variable that could be meant": lambda: canonical(xr.Dataset(other)),
        "a series instead of fields": lambda: canonical(pr(lambda da: da.mean(("y", "x"), keep_attrs=True))),
        "a further axis": lambda: canonical(pr(lambda da: da.expand_dims(level=3).copy())),
    }
    grids = {
        "a curvilinear grid": lambda: canonical(curvilinear()),
        "a rotated grid": lambda: canonical(on_grid(y="rlat", x="rlon").assign_coords(rlat=range(16), rlon=range(16))),
        "unequal steps": lambda: canonical(pr(lambda da: da.isel(y=[0, 1, 2, 4, 5, 7]))),
        "a factor that does not divide the grid": lambda: coarsen(good()["pr"], 5),
    }
    values = {
        "a time twice": lambda: canonical(pr(lambda da: da.isel(time=[0, 1, 1, 2]))),
        "times out of order": lambda: canonical(pr(lambda da: da.isel(time=[0, 2, 1, 3]))),
        "missing values": lambda: canonical(pr(lambda da: da.where(da.x > 0))),
        "negative rain": lambda: canonical(pr(lambda da: (da - 1).assign_attrs(da.attrs))),
        "infinite values": lambda: canonical(pr(lambda da: da.where(da.x > 0, np.inf))),
    }
    return {"Units": units, "Variables": variables, "Grids": grids, "Times and values": values, **of_files()}


def of_files() -> dict[str, Cases]:
    """The same for files, in the present folder, and for what is asked of an estimator."""
    write(good(), "whole.nc")
    Path("cut.nc").write_bytes(Path("whole.nc").read_bytes()[:2000])
    Path("notes.nc").write_text("rain in the morning\n")
    Path("forecast.grib").write_bytes(b"GRIB\0\0\0\2")
    rain = good()["pr"]
    files = {
        "no such file": lambda: open_dataset("absent.nc"),
        "a text file": lambda: open_dataset("notes.nc"),
        "GRIB": lambda: open_dataset("forecast.grib"),
        "a file cut short": lambda: open_dataset("cut.nc"),
        "an ending that is not written": lambda: write(good(), "result.csv"),
        "a folder that is not there": lambda: write(good(), "absent/result.nc"),
        "a data set without its folder": lambda: nesym.data.open("dwd_yw_germany"),
    }
    card = _store.card("cascade-dwd-1km")["card"]
    requests = {
        "a model for another grid spacing": lambda: refuse_unsuitable(card, Grid.of(rain).coarsen(4), 8, 300.0),
        "a model for another time step": lambda: refuse_unsuitable(card, Grid.of(rain).coarsen(8), 8, 3600.0),
        "a factor of 1": lambda: RainFARM().sample(rain, 1),
        "several members of one answer": lambda: Bilinear().sample(rain, 8, members=20),
        "an estimator before its fit": lambda: Cascade().sample(rain, 8),
        "memory before its fit": lambda: RainFARM(memory=True).sample(rain, 8),
        "more than fits into memory": lambda: RainFARM().sample(rain, 16, members=100_000),
        "a method that there is not": lambda: nesym.downscale.method("kriging"),
    }
    return {"Files": files, "Requests": requests}


def message(case: Callable[[], object]) -> NesymError:
    """What `case` raises; a case that raises nothing has no place in the table."""
    try:
        case()
    except NesymError as error:
        return error
    raise AssertionError("This input was accepted; take it out of the table.")


def markdown() -> str:
    """All tables, one below the other."""
    here, data, memory = Path.cwd(), os.environ.pop("NESYM_DATA", None), ensemble.available_memory
    ensemble.available_memory = lambda: FREE
    try:
        with TemporaryDirectory() as folder:
            os.chdir(folder)
            parts = [_table(heading, cases) for heading, cases in tables().items()]
            os.chdir(here)
    finally:
        os.chdir(here)
        ensemble.available_memory = memory
        os.environ |= {} if data is None else {"NESYM_DATA": data}
    return "\n".join(parts)


def _table(heading: str, cases: Cases) -> str:
    lines = [f"### {heading}", "", "| what came | what NESYM says | what to do |", "| --- | --- | --- |"]
    for name, case in cases.items():
        error = message(case)
        lines.append(f"| {name} | {_cell(error.problem)} | {_cell(error.remedy)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """`text` as it was written, but for code in backticks; what a library says in its own words is left out."""
    text = re.sub(r"\(Unable to .*\)\.$", "(...).", text)
    return re.sub(r"([\\*_\[\]|])(?=(?:[^`]*`[^`]*`)*[^`]*$)", r"\\\1", text).replace("<", "&lt;")
