"""One downscaling from start to end: draw, write, score, report, and say where things are."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nesym.cli.progress import Timings, bar
from nesym.cli.source import Source

if TYPE_CHECKING:
    from nesym.downscale import AbstractDownscaler
    from nesym.verify import Table


# Scores to look at first -> their names where there is little room.
SHOWN = {
    "CRPS": "CRPS",
    "spread-skill": "spread-skill",
    "RAPSD log error": "RAPSD log error",
    "bias": "bias",
    "lag-1 autocorrelation": "lag-1",
}


@dataclass(frozen=True)
class DownscalingJob:
    """What is to be done."""

    source: Source
    method: "AbstractDownscaler"
    factor: int
    members: int
    key: int
    out: Path
    report: Path | None
    notes: tuple[str, ...] = ()


def run_job(job: DownscalingJob) -> None:
    """Draw the ensemble into its file, score it if there is a truth, write the report, and print where they are."""
    from rich.console import Console

    timings, console = Timings(), Console(highlight=False, soft_wrap=True)
    for note in job.notes:
        console.print(note, style="dim", markup=False)
    command = shlex.join(["nesym", *sys.argv[1:]])
    fine = _draw(job, command, timings)
    table = _scores(job, timings) if job.source.truth is not None else None
    if job.report is not None:
        _report(job, command, fine, table, timings)
    if table is not None:
        console.print(_brief(table, job.report))
    counts = {"member": job.members, "step": fine.sizes.get("time", 1)}
    sizes = ", ".join(f"{n} {what}{'s' * (n > 1)}" for what, n in counts.items())
    console.print(f"\n{job.out}  {sizes}, {fine.shape[-2]} x {fine.shape[-1]} cells", style="bold")
    if job.report is not None:
        console.print(f"{job.report}  open it in a browser", style="bold")
    console.print(", ".join(f"{step} {seconds:.1f} s" for step, seconds in timings.items()), style="dim")


def _brief(table: "Table", report: Path | None) -> "Table":
    """The scores to look at first, without their intervals: what a terminal has room for."""
    from nesym.verify import Score, Table

    def plain(cell):
        return Score(cell.value) if isinstance(cell, Score) else cell

    shown = {name: short for name, short in SHOWN.items() if name in table.columns}
    shown = {table.columns[0]: table.columns[0]} | shown
    rows = tuple({short: plain(row.get(name)) for name, short in shown.items()} for row in table.rows)
    where = "the report has" if report is not None else "a report (--report) would have"
    return Table(f"{table.title}; {where} all of them, with intervals", tuple(shown.values()), rows)


def _draw(job: DownscalingJob, command: str, timings: Timings):
    """Write the ensemble piece by piece; returns it as it lies in the file."""
    import xarray as xr

    from nesym.fields.canonical import canonical
    from nesym.fields.open import open_dataset
    from nesym.fields.provenance import provenance
    from nesym.fields.write import write

    rain = job.source.rain if job.source.rain.chunks else job.source.rain.chunk()
    fine = job.method.sample(rain, job.factor, job.members, job.key)
    origin = xr.Dataset(attrs=dict(job.source.attrs))
    attrs = provenance(origin, method=job.method.name, key=job.key, history_line=command)
    attrs["method"] = job.method.describe()
    fields = job.members * fine.sizes.get("time", 1)
    with timings("drawing and writing"), bar("Drawing", fields, "fields") as progress:
        write(fine, job.out, attrs=attrs, progress=progress.to)
    return canonical(open_dataset(job.out, chunks={}), "pr", missing="keep")


def _scores(job: DownscalingJob, timings: Timings) -> "Table":
    from nesym.downscale.baselines import rivals
    from nesym.downscale.compare import compare
    from nesym.fields.grid import Grid
    from nesym.fields.times import step_of

    rain = job.source.rain
    beside = rivals(job.method, Grid.of(rain), job.factor, step_of(rain))
    total = (len(beside) + 1) * rain.sizes.get("time", 1)
    with timings("scoring all methods"), bar("Scoring", total, "steps") as progress:
        return compare(
            job.method,
            rain,
            job.source.truth,
            members=job.members,
            key=job.key,
            rivals=beside,
            block=_block(job.source.truth),
            progress=lambda _, done: progress.advance(done),
        )


def _block(truth) -> float:
    """Hours in a block of the bootstrap: a day where there are ten, else a sixth of the record, at least a step."""
    from nesym.fields.times import stamps, time_step_seconds

    if "time" not in truth.dims:
        return 1.0
    seconds = stamps(truth["time"])
    step = time_step_seconds(truth["time"]) or 3600.0
    span = float(seconds[-1] - seconds[0]) + step
    return (86_400.0 if span >= 10 * 86_400 else max(step, span / 6)) / 3600


def _warnings(truth) -> tuple[str, ...]:
    """What limits the scores."""
    from nesym.fields.times import stamps

    if truth is None or "time" not in truth.dims or np.ptp(stamps(truth["time"])) >= 86_400:
        return ()
    return (
        "The scores are those of less than a day of rain: their intervals tell how far they vary within this event, not"
        " how they would be on another.",
    )


def _report(job: DownscalingJob, command: str, fine, table: "Table | None", timings: Timings) -> None:
    from nesym.report import Run, downscaling_report

    parameters = {"method": job.method.describe(), "factor": job.factor, "members": job.members}
    with timings("report"):
        run = Run(
            command=command,
            method=job.method.name,
            parameters=parameters,
            key=job.key,
            data=job.source.origin,
            timings=dict(timings),
            warnings=_warnings(job.source.truth),
        )
        downscaling_report(
            job.report,
            coarse=job.source.rain,
            fine=fine,
            truth=job.source.truth,
            table=table,
            curves=None if table is None else table.curves,
            run=run,
        )
