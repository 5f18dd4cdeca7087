"""One fit of a stochastic equation from start to end: read a noisy series, train, score, save."""

import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nesym._errors import InputError
from nesym.cli.places import training_folder
from nesym.cli.progress import Timings, bar
from nesym.cli.training import TrainingFolder

if TYPE_CHECKING:
    import xarray as xr

HELD = 5  # one part in so many is kept apart: of the series, or of the time of a single one


@dataclass(frozen=True)
class NoiseJob:
    """What is to be done: the file, the sizes that were given, and where the model goes."""

    files: tuple[Path, ...]
    target: Path
    variable: str | None
    width: int | None
    steps: int | None
    key: int
    compared: bool


def run_learn_noise(job: NoiseJob) -> None:
    """Do it, and print where the results are; an interruption ends with status 130 and says how to go on."""
    from rich.console import Console

    from nesym.learn.noise.latent_sde import LatentSDE
    from nesym.learn.noise.latent_training import LatentTraining

    console, timings = Console(highlight=False, soft_wrap=True), Timings()
    command = shlex.join(["nesym", *sys.argv[1:]])
    sizes = {name: value for name, value in (("width", job.width), ("steps", job.steps)) if value is not None}
    series = series_of(job.files, job.variable)
    training, held = apart(series) if job.compared else (series, None)
    console.print(seen(series, training, held), markup=False)
    folder = TrainingFolder(training_folder(job.target))
    model = LatentSDE(training=replace(LatentTraining(), **sizes))
    with folder.interruptible(command), timings("training"), bar("Training") as progress:
        fitted = model.fit(training, job.key, folder=folder.path / model.name, progress=progress.to)
    fitted.save(job.target, **_card(job, series, command))
    folder.clear()
    if held is not None:
        with timings("comparing"):
            console.print(fitted.compare(held, job.key))
    console.print(f"\n{job.target}  {fitted.name} of {series.name}", style="bold", markup=False)
    console.print(f"nesym forecast {shlex.quote(str(job.target))} START.nc --until TIME --members 20", markup=False)
    console.print(", ".join(f"{step} {seconds:.1f} s" for step, seconds in timings.items()), style="dim")


def series_of(files: tuple[Path, ...], variable: str | None) -> "xr.DataArray":
    """The one quantity in a file, (time,) or (trajectory, time). Raises `InputError` for several or none."""
    from nesym.cli.trajectory_files import read

    if len(files) != 1:
        raise InputError(
            f"A latent-sde is learned from the series in one file, and {len(files)} files came.",
            "nesym learn SERIES.nc --method latent-sde; several series lie along one more dimension, such as trajectory.",
        )
    ds = read(files[0], variable)
    names = [str(name) for name, da in ds.data_vars.items() if "time" in da.dims]
    if len(names) != 1:
        raise InputError(
            f"One quantity with a dimension 'time' was expected, and there are {', '.join(names) or 'none'}.",
            "Name it: --variables NAME.",
        )
    return ds[names[0]]


def apart(series: "xr.DataArray") -> "tuple[xr.DataArray, xr.DataArray]":
    """What the fit may see, and the last fifth that it may not: of many series, or of the times of one."""
    dim = next((dim for dim in series.dims if dim != "time" and series.sizes[dim] > 1), "time")
    size = series.sizes[dim]
    first = size - max(1, size // HELD)
    return series.isel({dim: slice(None, first)}), series.isel({dim: slice(first, None)})


def seen(series: "xr.DataArray", training: "xr.DataArray", held: "xr.DataArray | None") -> str:
    """What came, in a line."""
    count = series.size // series.sizes["time"]
    kept = 0 if held is None else held.size
    return (
        f"{count} series of {series.name}: {series.sizes['time']:,} values each. {training.size:,} values to train on, {kept:,}"
        " to judge by."
    )


def _card(job: NoiseJob, series: "xr.DataArray", command: str) -> dict:
    return {
        "data": "; ".join(map(str, job.files)),
        "coordinates": [str(series.name)],
        "made_by": command,
        "licence": "that of the data you fitted it to",
    }
