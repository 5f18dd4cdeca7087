"""One forecast from start to end: load, read the starts, solve, write, and say what ended early and what lies beyond."""

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nesym._errors import InputError
from nesym.cli.progress import Timings
from nesym.cli.trajectory_files import read, write

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

SHOWN = 5  # solutions that ended early are listed one by one up to so many


@dataclass(frozen=True)
class ForecastJob:
    """What is to be done: the model, the file of starts, the horizon as it was written, and where results go."""

    model: str
    start: Path
    until: str
    step: float | None
    begin: str
    tolerance: float
    members: int | None
    key: int
    out: Path
    report: Path | None


def run_forecast(job: ForecastJob) -> None:
    """Do it, and print where the results are."""
    import nesym
    from nesym.learn.noise.latent_sde import LatentSDE

    model = nesym.load(job.model)
    if isinstance(model, LatentSDE):
        from nesym.cli.forecasting_noise import run_forecast_noise

        run_forecast_noise(job, model)
        return
    if not hasattr(model, "forecast") or not hasattr(getattr(model, "fitted", None), "names"):
        raise InputError(
            f"{job.model} is a {type(model).__name__}, and no learned equation.",
            "Name a file of `nesym learn`; `nesym models FILE` says what a model is for.",
        )
    _run(job, model)


def _run(job: ForecastJob, model: Any) -> None:
    from rich.console import Console

    if job.members is not None:
        raise InputError(
            f"This {model.name} has {model.fitted.members} members, and draws none.", "Leave --members out."
        )
    console, timings = Console(highlight=False, soft_wrap=True), Timings()
    names = list(model.fitted.names)
    given = _with_coordinates(read(job.start), names, job.start)
    start = _starts(given, job.begin)
    times = _times(job, model, start, given)
    with timings("forecast"):
        found = model.forecast(start, times=times, tolerance=job.tolerance)
    command = shlex.join(["nesym", *sys.argv[1:]])
    found.attrs["history"] = f"{command}\n{found.attrs.get('history', '')}".strip()
    write(found, job.out)
    for line in said(found, job.begin, model.fitted.span):
        console.print(line, markup=False)
    if job.report is not None:
        from nesym.cli.learned_page import write_forecast_page

        with timings("report"):
            truth = given if job.begin == "first" and "time" in given[names].dims else None
            write_forecast_page(job, model, found, truth, command, dict(timings))
    words = {"member": "members", "trajectory": "trajectories", "time": "times"}
    sizes = ", ".join(f"{found.sizes[dim]} {word}" for dim, word in words.items() if found.sizes[dim] > 1)
    console.print(f"\n{job.out}  {', '.join(names)}: {sizes or 'one state'}", style="bold", markup=False)
    if job.report is not None:
        console.print(f"{job.report}  open it in a browser", style="bold", markup=False)
    console.print(", ".join(f"{step} {seconds:.1f} s" for step, seconds in timings.items()), style="dim")


def _with_coordinates(ds: "xr.Dataset", names: list[str], file: Path) -> "xr.Dataset":
    missing = [name for name in names if name not in ds.data_vars]
    if missing:
        raise InputError(
            f"{file} has no {', '.join(missing)}: the equation was learned for {', '.join(names)}, and there are "
            f"{', '.join(map(str, ds.data_vars)) or 'no variables'}.",
            "Rename the variables of the file as in the training: ds.rename(old='new').",
        )
    return ds[names]


def _starts(ds: "xr.Dataset", begin: str) -> "xr.Dataset":
    """The first states, or all of which the model takes the last."""
    dim = next((dim for dim in ("time", "step") if dim in ds.dims), None)
    return ds if dim is None or begin == "last" else ds.isel({dim: 0})


def _times(job: ForecastJob, model: Any, start: "xr.Dataset", given: "xr.Dataset") -> "np.ndarray":
    """When states are wanted: every step up to the end, and from the first state on also where the file has some."""
    import numpy as np

    from nesym.learn.equations._forecast import check_times
    from nesym.learn.equations._starts import Starts
    from nesym.learn.trajectories import Trajectories

    begun = Starts.of(start, model.fitted.template()).begun
    end = _number(job.until, model.fitted.since)
    if not end > begun:
        raise InputError(
            f"A forecast ends after its start, which is at time {begun:g}, and --until {job.until} came.",
            "Give a later time, or start from earlier states: --from first.",
        )
    times = check_times(end, None, begun, job.step or model.fitted.interval)
    if job.begin == "first" and job.step is None and "time" in given.dims:
        own = Trajectories.of(given, fewest=1).times[0]
        own = own[np.isfinite(own) & (own <= end)] + (begun - own[0])
        times = np.concatenate([own, times[times > own[-1] + 1e-9 * max(1.0, abs(end))]])
    return times


def _number(text: str, since: str | None) -> float:
    """--until as a time of the model: a number, or a date in days since the first of the training."""
    from nesym.fields.clock import on_clock

    try:
        return float(text)
    except ValueError:
        pass
    try:
        return float(on_clock(text, since))
    except InputError as error:
        hint = (
            f"Say --until 2030-01-01, or in days since {since}."
            if since
            else "Say --until 30, in the unit of the data."
        )
        raise InputError(f"--until {text} is no time that this model knows.", hint) from error


def said(found: "xr.Dataset", begin: str, span: float) -> list[str]:
    """From where to where, how far beyond the data, and every solution that ended early with its reason."""
    import numpy as np

    times = found["time"].values
    count = found.sizes["trajectory"]
    lines = [f"From the {begin} state{'s' * (count > 1)} of {count} at time {times[0]:g} to time {times[-1]:g}."]
    horizon = float(times[-1] - times[0])
    if horizon > span * (1 + 1e-9):
        lines[0] += (
            f" That is {horizon / span:.3g} times as far as the longest trajectory that was learned from ({span:g})."
        )
    ended = np.argwhere(found["reason"].values != "")
    for member, place in ended[:SHOWN]:
        reached = float(found["reached"].values[member, place])
        which = f"Trajectory {found['trajectory'].values[place]}" + (
            f", member {member}," if found.sizes["member"] > 1 else ""
        )
        lines.append(f"{which} ended at time {reached:g}. {found['reason'].values[member, place]}")
    if len(ended) > SHOWN:
        lines.append(f"{len(ended) - SHOWN} more ended early: their `reason` is in the file.")
    return lines
