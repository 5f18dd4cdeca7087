"""Draws of a learned stochastic equation from the states in a file."""

import shlex
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from nesym._errors import InputError
from nesym.cli.progress import Timings
from nesym.cli.trajectory_files import read, write

if TYPE_CHECKING:
    import xarray as xr

    from nesym.cli.forecasting import ForecastJob

MEMBERS = 20


def run_forecast_noise(job: "ForecastJob", model: Any) -> None:
    """Draw members from the start on, write them, and print where they are and how many ended early."""
    from rich.console import Console

    if job.report is not None:
        raise InputError("There is no report of an equation with noise.", "Leave --report out.")
    console, timings = Console(highlight=False, soft_wrap=True), Timings()
    series = model.fitted.series
    ds = read(job.start)
    if series.name not in ds.data_vars:
        raise InputError(
            f"{job.start} has no {series.name}: there are {', '.join(map(str, ds.data_vars)) or 'no variables'}.",
            f"Rename the variable as in the training: ds.rename(old='{series.name}').",
        )
    value, begun = start_of(ds[series.name], job.begin)
    times = times_of(begun, job.until, job.step or series.step)
    with timings("drawing"):
        drawn = model.sample(times, job.members or MEMBERS, job.key, start=value)
    drawn.attrs["history"] = shlex.join(["nesym", *sys.argv[1:]])
    write(drawn.to_dataset(name=series.name), job.out)
    spread = float(drawn.isel(time=-1).std())
    console.print(
        f"From the {job.begin} value {value:.4g} at time {begun:g} to time {times[-1]:g}, where members differ by {spread:.3g}"
        " (standard deviation).",
        markup=False,
    )
    if "ended" in drawn.attrs:
        console.print(f"{drawn.attrs['ended']}: they are missing from there on.", markup=False)
    console.print(
        f"\n{job.out}  {series.name}: {drawn.sizes['member']} members, {times.size} times", style="bold", markup=False
    )
    console.print(", ".join(f"{step} {seconds:.1f} s" for step, seconds in timings.items()), style="dim")


def start_of(series: "xr.DataArray", begin: str) -> tuple[float, float]:
    """The value that draws start from, and its time, 0 where none is told. Raises `InputError` for more than one series."""
    from nesym.fields.clock import clock

    time = series["time"] if "time" in series.dims else series.coords.get("time", 0.0)
    times = np.atleast_1d(clock(time)[0])
    if "time" in series.dims:
        at = 0 if begin == "first" else -1
        series, times = series.isel(time=at), times[[at]]
    if series.size != 1 or not np.isfinite(series.values).all():
        raise InputError(
            f"One value to start from was expected, and {series.size} came, or it is missing.",
            "Choose one series: start.isel(trajectory=0).",
        )
    return float(np.ravel(series.values)[0]), float(times[0])


def times_of(begun: float, until: str, step: float) -> np.ndarray:
    """The times of the draws, `step` apart. Raises `InputError` for an end that is no number, or not after the start."""
    try:
        end = float(until)
    except ValueError:
        raise InputError(
            f"--until {until} is not a number.", "Say --until 30, in the unit of the series' time."
        ) from None
    if not end > begun:
        raise InputError(
            f"A forecast ends after its start, which is at time {begun:g}, and --until {until} came.",
            "Give a later time.",
        )
    count = max(1, int(np.ceil((end - begun) / step - 1e-9)))
    return begun + step * np.arange(count + 1)
