"""What an adjustment starts from: observations, the model's run of the same period, and a run to correct."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nesym._errors import InputError

if TYPE_CHECKING:
    import xarray as xr

SAMPLES = ("pacific_ref", "pacific_esm", "pacific_esm_plus3K")
BLOCK_VALUES = 2**20  # values that are worked on at a time: whole records of some cells


@dataclass(frozen=True)
class Records:
    """`obs` and `hist` are None where a fitted adjuster corrects the `scenario`; without one, `hist` itself is corrected.

    All are lazy, in pieces of some cells over all times. `origin` says in words where they come from, `attrs` are those of
    the file that is corrected.
    """

    obs: "xr.DataArray | None"
    hist: "xr.DataArray | None"
    scenario: "xr.DataArray | None"
    origin: tuple[str, ...]
    attrs: dict

    @property
    def corrected(self) -> "xr.DataArray":
        """The run that is to be corrected."""
        return self.hist if self.scenario is None else self.scenario


def records_of(files: tuple[Path, ...], variable: str | None, regrid: bool, fitted: bool) -> Records:
    """The records in files of the user's own, or in the packaged sample where none are named."""
    if fitted:
        if len(files) != 1:
            raise InputError(
                f"With --model one file is corrected, and {len(files)} came.",
                "nesym adjust SCENARIO.nc --model my-adjuster --out adjusted.nc",
            )
        run, attrs = _read(files[0], variable)
        return Records(None, None, run, (str(files[0]),), attrs)
    if not files:
        return _sample()
    if len(files) not in (2, 3):
        raise InputError(
            f"Observations and a run of the model are needed, and {len(files)} file{'s' * (len(files) > 1)} came.",
            "nesym adjust OBS.nc HIST.nc SCENARIO.nc --out adjusted.nc, or none for the packaged sample.",
        )
    obs, attrs = _read(files[0], variable)
    runs = []
    for file in files[1:]:
        run, attrs = _read(file, variable, obs)
        runs.append(_on_grid_of(obs, run) if regrid else run)
    return Records(obs, runs[0], runs[1] if len(runs) == 2 else None, tuple(map(str, files)), attrs)


def _read(file: Path, variable: str | None, like: "xr.DataArray | None" = None) -> "tuple[xr.DataArray, dict]":
    from nesym.adjust import record
    from nesym.fields.open import open_dataset

    ds = open_dataset(file, chunks={})
    if like is not None and variable not in ds.variables:
        variable = None  # the name is that of the observations; the model may call it otherwise
    return in_pieces(record(ds, variable, like)), dict(ds.attrs)


def _on_grid_of(obs: "xr.DataArray", run: "xr.DataArray") -> "xr.DataArray":
    from nesym.fields.regrid import regrid

    return in_pieces(regrid(run, obs, "conservative"))


def in_pieces(da: "xr.DataArray") -> "xr.DataArray":
    """`da` as a lazy array in pieces of some cells over all times."""
    cells = [dim for dim in da.dims if dim != "time"]
    chunks = {"time": -1}
    if cells:
        longest = max(cells, key=lambda dim: da.sizes[dim])
        chunks[longest] = max(1, BLOCK_VALUES * da.sizes[longest] // max(da.size, 1))
    return da.chunk(chunks)


def _sample() -> Records:
    from nesym import data
    from nesym.adjust import record

    obs, hist, scenario = (in_pieces(record(data.sample(name), "pr").load()) for name in SAMPLES)
    entries = [data.entry(name) for name in SAMPLES]
    origin = tuple(f"{entry.title}. {entry.attribution} ({entry.licence})." for entry in entries)
    return Records(obs, hist, scenario, origin, dict(data.sample(SAMPLES[-1]).attrs))
