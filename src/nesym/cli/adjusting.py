"""One adjustment from start to end: read, fit or load, correct, write, score, report, and say where things are."""

import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nesym._errors import InputError
from nesym.cli.progress import Timings, bar

if TYPE_CHECKING:
    import xarray as xr

    from nesym.adjust import AbstractAdjuster

CELL_VALUES = 2**22  # values that are read at a time, whole records of some cells


@dataclass(frozen=True)
class AdjustingJob:
    """What is to be done; `files` are observations, run and scenario, or with a `model` the scenario alone."""

    files: tuple[Path, ...]
    method: "AbstractAdjuster"
    model: Path | None
    save: Path | None
    reference: str | None
    members: str
    regrid: bool
    key: int
    variable: str | None
    out: Path
    report: Path | None


@dataclass(frozen=True)
class Records:
    """What an adjustment starts from; `scenario` is what is corrected, the run of the past itself where none was given."""

    obs: "xr.DataArray | None"
    hist: "xr.DataArray | None"
    scenario: "xr.DataArray"
    future: bool
    origin: tuple[str, ...]


def configured(method: str, window: str, kind: str | None, quantiles: int | None) -> "AbstractAdjuster":
    """The method as the command line describes it, not fitted yet."""
    from nesym.adjust import method as method_class

    if kind not in (None, "ratio", "difference"):
        raise InputError(f"--kind {kind} is not a choice.", "Choose ratio or difference.")
    blank = method_class(method)(kind=kind, window=_window(window))
    if quantiles is None:
        return blank
    if not hasattr(blank, "quantiles"):
        raise InputError(f"{method} has no quantiles.", "Leave --quantiles out.")
    return replace(blank, quantiles=quantiles)


def _window(text: str):
    from nesym.adjust import AllTimes, Months, MovingWindow

    if text in ("months", "all"):
        return Months() if text == "months" else AllTimes()
    try:
        return MovingWindow(int(text))
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"--window {text} is not a choice.", "Say months, all, or a number of days such as 31."
        ) from error


def run_adjust(job: AdjustingJob) -> None:
    """Do it, and print where the results are."""
    from rich.console import Console

    console, timings = Console(highlight=False, soft_wrap=True), Timings()
    command = shlex.join(["nesym", *sys.argv[1:]])
    records = _records(job)
    with timings("fitting"), bar("Fitting"):
        fitted = _fitted(job, records)
    if job.save is not None:
        fitted.save(job.save, made_by=command, data="; ".join(records.origin), variable=fitted.fitted.variable)
    adjusted = _written(job, fitted, records, command, timings)
    table = _table(job, fitted, records, timings)
    if job.report is not None:
        _report(job, fitted, records, adjusted, table, command, timings)
    if table is not None:
        console.print(table)
    console.print(f"\n{job.out}  {fitted.fitted.variable}, {_sizes(adjusted)}", style="bold", markup=False)
    for place, what in ((job.save, "the fitted adjuster"), (job.report, "open it in a browser")):
        if place is not None:
            console.print(f"{place}  {what}", style="bold", markup=False)
    console.print(", ".join(f"{step} {seconds:.1f} s" for step, seconds in timings.items()), style="dim")


def _records(job: AdjustingJob) -> Records:
    if job.model is not None:
        if len(job.files) != 1:
            raise InputError(
                f"With --model one file is corrected, and {len(job.files)} came.",
                "nesym adjust SCENARIO.nc --model my-adjuster --out adjusted.nc",
            )
        return Records(None, None, _read(job.files[0], job.variable), True, (str(job.files[0]),))
    if not job.files:
        return _sample(job)
    if len(job.files) not in (2, 3):
        raise InputError(
            f"Observations and a run of the model are needed, and {len(job.files)} file came.",
            "nesym adjust OBS.nc HIST.nc SCENARIO.nc --out adjusted.nc, or none for the packaged sample.",
        )
    obs, hist, *rest = (_read(file, job.variable) for file in job.files)
    if job.regrid:
        from nesym.fields.regrid import regrid

        hist, *rest = (regrid(da, obs, "conservative") for da in (hist, *rest))
    return Records(obs, hist, rest[0] if rest else hist, bool(rest), tuple(map(str, job.files)))


def _read(file: Path, variable: str | None) -> "xr.DataArray":
    """A record, lazy in pieces of some cells over all times."""
    from nesym.adjust._labels import record
    from nesym.fields.open import open_dataset

    da = record(open_dataset(file, chunks={}), variable)
    cells = [dim for dim in da.dims if dim != "time"]
    rows = max(1, CELL_VALUES * (da.sizes[cells[0]] if cells else 1) // max(da.size, 1))
    return da.chunk({"time": -1} | ({cells[0]: rows} if cells else {}))
