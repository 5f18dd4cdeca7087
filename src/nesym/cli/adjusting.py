"""One adjustment from start to end: read, fit or load, correct, write, score, report, and say where things are."""

import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nesym._errors import InputError, TimeError
from nesym.cli.learned import LEARNED, blank, check_use, corrected, train
from nesym.cli.progress import Timings, bar
from nesym.cli.records import Records, records_of

if TYPE_CHECKING:
    import xarray as xr

    from nesym.adjust import AbstractAdjuster
    from nesym.verify import Table


STEADY, WIDE = 200, 91  # values of a month that are enough for a mapping of its own; days of a window that are more


@dataclass(frozen=True)
class AdjustingJob:
    """What is to be done; `files` are observations, run and scenario, or with a `model` the run to correct alone."""

    files: tuple[Path, ...]
    method: "AbstractAdjuster"
    model: str | None
    save: Path | None
    reference: str | None
    members: str
    regrid: bool
    key: int
    variable: str | None
    out: Path
    report: Path | None
    compared: bool
    window: str | None = None
    draws: int = 20


def configured(
    method: str, window: str | None, kind: str | None, quantiles: int | None, steps: int | None = None
) -> "AbstractAdjuster":
    """The method as the command line describes it, not fitted yet."""
    from nesym.adjust import method as method_class

    if kind not in (None, "ratio", "difference"):
        raise InputError(f"--kind {kind} is not a choice.", "Choose ratio or difference.")
    given = {"kind": kind, "quantiles": quantiles, "window": None if window is None else window_of(window)}
    given = {name: value for name, value in given.items() if value is not None}
    learned = method in LEARNED
    made = None if learned else method_class(method)
    for name in given:
        if learned or name not in made.__dataclass_fields__:
            raise InputError(f"{method} has no {name} to choose.", f"Leave --{name} out.")
    if learned:
        return blank(method, steps)
    if steps is not None:
        raise InputError(f"{method} takes no steps of training.", "Leave --steps out.")
    return made(**given)


def window_of(text: str):
    """months, all, or a moving window of so many days."""
    from nesym.adjust import AllTimes, Months, MovingWindow

    if text in ("months", "all"):
        return Months() if text == "months" else AllTimes()
    if not text.isdecimal():
        raise InputError(f"--window {text} is not a choice.", "Say months, all, or a number of days such as 31.")
    return MovingWindow(int(text))


def with_suited_window(job: AdjustingJob, records: Records, console) -> AdjustingJob:
    """The job with windows that suit its records, where none was asked for and months have too few values; says so.

    A month of a short record may be dry by chance, and its ratio then makes later ones too wet; three months are steadier.
    """
    from nesym.adjust import Months, MovingWindow

    if records.obs is None or job.window is not None or getattr(job.method, "window", None) != Months():
        return job
    counts = np.bincount(records.obs["time"].dt.month.values)
    fewest = int(counts[counts > 0].min())
    if fewest >= STEADY:
        return job
    note = f"A month has {fewest} values here, too few for a mapping of its own: windows of {WIDE} days (or --window months)."
    console.print(note, style="dim", markup=False)
    return replace(job, method=replace(job.method, window=MovingWindow(WIDE, step=31)))


def run_adjust(job: AdjustingJob) -> None:
    """Do it, and print where the results are."""
    from rich.console import Console

    console, timings = Console(highlight=False, soft_wrap=True), Timings()
    command = shlex.join(["nesym", *sys.argv[1:]])
    records = records_of(job.files, job.variable, job.regrid, job.model is not None)
    job = with_suited_window(job, records, console)
    with timings("fitting"), bar("Fitting"):
        fitted = fitted_adjuster(job, records)
    if job.save is not None:
        fitted.save(job.save, **card_of(records, command))
    adjusted = _written(job, fitted, records, command, timings)
    table, note = _table(job, records, timings)
    if job.report is not None:
        _report(job, fitted, records, adjusted, table, note, command, timings)
    if table is not None:
        console.print(_brief(table, job.report))
    elif note:
        console.print(note, style="dim", markup=False)
    console.print(f"\n{job.out}  {adjusted.name}, {_sizes(adjusted)}", style="bold", markup=False)
    for place, what in ((job.save, "the fitted adjuster"), (job.report, "open it in a browser")):
        if place is not None:
            console.print(f"{place}  {what}", style="bold", markup=False)
    console.print(", ".join(f"{step} {seconds:.1f} s" for step, seconds in timings.items()), style="dim")


def fitted_adjuster(
    job: AdjustingJob, records: Records, folder: Path | None = None, progress=None
) -> "AbstractAdjuster":
    """The adjuster of --model, or the method fitted to the records; a network keeps its training in `folder`."""
    if job.model is not None:
        import nesym

        fitted = nesym.load(job.model)
        check_use(fitted, job.report, job.model)
        return fitted
    if job.method.name in LEARNED:
        return train(job.method, records, job.key, folder, progress)
    return job.method.fit(
        records.obs,
        records.hist,
        reference=_reference(job),
        members=job.members,
        key=job.key,
    )


def _reference(job: AdjustingJob) -> str | None:
    # The worlds of the sample have no calendar of ours: all of both belong together.
    return job.reference if job.files else (job.reference or "all")


def card_of(records: Records, command: str) -> dict[str, str]:
    """What `nesym models FILE --card` shows of an adjuster."""
    return {
        "data": "; ".join(records.origin),
        "variable": str(records.obs.name),
        "made_by": command,
        "licence": "that of the data you fitted it to",
    }


def _written(
    job: AdjustingJob, fitted: "AbstractAdjuster", records: Records, command: str, timings: Timings
) -> "xr.DataArray":
    """Correct and write piece by piece; returns the result as it lies in the file."""
    import xarray as xr

    from nesym.fields.open import open_dataset
    from nesym.fields.provenance import provenance
    from nesym.fields.write import write

    adjusted = corrected(fitted, records.corrected, job.draws, job.key)
    attrs = provenance(xr.Dataset(attrs=records.attrs), method=fitted.name, key=job.key, history_line=command)
    with timings("correcting and writing"), bar("Correcting") as progress:
        write(adjusted, job.out, attrs=attrs | {"method": fitted.describe()}, progress=progress.to)
    return open_dataset(job.out, chunks={})[adjusted.name]


def _table(job: AdjustingJob, records: Records, timings: Timings) -> "tuple[Table | None, str]":
    """The method beside its rivals on years apart, or why there is no comparison."""
    if records.obs is None or not job.compared:
        return None, ""
    try:
        with timings("comparing"), bar("Comparing with the other methods") as progress:
            return job.method.compare(
                records.obs,
                records.hist,
                records.scenario,
                reference=_reference(job),
                key=job.key,
                progress=progress.to,
            ), ""
    except TimeError as error:
        return None, f"No comparison with other methods: {error.problem}"


def _brief(table: "Table", report: Path | None) -> "Table":
    """The scores without their intervals: what a terminal has room for."""
    from nesym.verify import Score, Table

    short = {name: name.replace("error of the ", "").replace("95th percentile", "q95") for name in table.columns}
    rows = tuple(
        {short[name]: Score(cell.value) if isinstance(cell, Score) else cell for name, cell in row.items()}
        for row in table.rows
    )
    where = "the report has" if report is not None else "a report (--report) would have"
    return Table(f"Errors. {table.title}; {where} intervals", tuple(short.values()), rows)


def _report(job, fitted, records: Records, adjusted, table, note: str, command: str, timings: Timings) -> None:
    from nesym.report import Run, adjustment_report

    with timings("report"):
        future = records.scenario is not None and records.hist is not None
        run = Run(
            command=command,
            method=fitted.name,
            parameters={"method": fitted.describe()},
            key=job.key,
            data=records.origin,
            timings=dict(timings),
            warnings=(note,) if note else (),
        )
        adjustment_report(
            records.corrected,
            adjusted,
            job.report,
            run,
            obs=records.obs,
            hist=records.hist if future else None,
            hist_after=fitted.apply(records.hist) if future else None,
            table=table,
            selected=fitted.name,
            kind=getattr(getattr(fitted, "fitted", None), "kind", None),
        )


def _sizes(da: "xr.DataArray") -> str:
    """How large a result is, in words."""
    counts = {"member": "members", "time": "times"}
    said = [f"{da.sizes[dim]} {word}" for dim, word in counts.items() if dim in da.dims]
    cells = [str(size) for dim, size in da.sizes.items() if dim not in counts]
    return ", ".join(said + ([" x ".join(cells) + " cells"] if cells else []))
