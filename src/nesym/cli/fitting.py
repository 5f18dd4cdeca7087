"""One fit from start to end: read, train with checkpoints, save with a card, and say where things are."""

import shlex
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from nesym.cli.card import card_of, scales
from nesym.cli.fine import Fine, check_alike, read_fine
from nesym.cli.places import training_folder
from nesym.cli.progress import bar
from nesym.cli.training import TrainingFolder

if TYPE_CHECKING:
    from nesym.downscale import AbstractDownscaler


@dataclass(frozen=True)
class FittingJob:
    """What is to be done: the method before its fit, the files, and the file of the model."""

    method: "AbstractDownscaler"
    files: tuple[Path, ...]
    choose: Path | None
    factors: tuple[int, ...]
    key: int
    variable: str | None
    missing: str
    target: Path

    @property
    def learned(self) -> bool:
        """Whether the method is a network, whose training keeps checkpoints in `folder`."""
        return hasattr(self.method, "training")

    @property
    def folder(self) -> TrainingFolder:
        """Where checkpoints and logs are kept."""
        return TrainingFolder(training_folder(self.target))


def run_fit(job: FittingJob) -> None:
    """Fit, save, and print what there is now; an interruption ends with status 130 and says how to go on."""
    from rich.console import Console

    console, command = Console(highlight=False, soft_wrap=True), shlex.join(["nesym", *sys.argv[1:]])
    try:
        fine, choose = _read(job)
        about, notes = _checked(job, fine)
        for note in (*fine.notes(), *notes):
            console.print(note, style="dim", markup=False)
        fitted, seconds = _fitted(job, fine, choose)
    except KeyboardInterrupt:
        Console(stderr=True, highlight=False, soft_wrap=True).print(_stopped(job, command), markup=False)
        raise typer.Exit(130) from None
    factors = _factors_of(fitted, job.factors)
    card = card_of(fine, choose, command, job.key, seconds) | about | {"factors": list(factors)}
    fitted.save(job.target, **card)
    job.folder.clear()
    if left_out := sorted({*job.factors} - {*factors}):
        console.print(f"factors left out, for which the fields are too small: {left_out}", style="dim", markup=False)
    console.print(f"\n{job.target}  {_words(fitted, card)}", style="bold", markup=False)
    console.print(f"nesym downscale COARSE.nc --model {shlex.quote(str(job.target))}", markup=False)
    console.print(f"fitting {seconds:,.1f} s", style="dim")


def _read(job: FittingJob) -> tuple[Fine, Fine | None]:
    """The fine rain, and that of other days where it is given."""
    fine = read_fine(job.files, job.variable, job.missing)
    if job.choose is None:
        check_alike(fine)
        return fine, None
    choose = read_fine((job.choose,), job.variable, job.missing)
    check_alike(fine, choose)
    return fine, choose


def _checked(job: FittingJob, fine: Fine) -> tuple[dict[str, Any], list[str]]:
    """What can be known to fail is refused before the training; returns entries of the card, and what to say."""
    if not job.learned:
        return {}, []
    from nesym.downscale.lessons import fields_in, wet_windows

    training = job.method.training
    job.folder.check_disk(training.network(job.key).parameters)
    windows = fields_in(wet_windows(list(fine.rain), training.crop))
    doing = "it goes on with what is" if job.folder.checkpoints() else "checkpoints and losses are kept"
    return {"wet_windows": windows}, [f"training on {windows:,} wet fields; {doing} in {job.folder.path}"]


def _fitted(job: FittingJob, fine: Fine, choose: Fine | None) -> "tuple[AbstractDownscaler, float]":
    """The fitted method, and the seconds that this took, those before an interruption too."""
    rain, where = (list(fine.rain), {"folder": job.folder.path}) if job.learned else (fine.joined(), {})
    other = choose.rain[0] if choose else None
    start = time.perf_counter()
    with bar(f"Fitting the {job.method.name}") as progress:
        fitted = job.method.fit(rain, key=job.key, choose=other, factors=job.factors, progress=progress.to, **where)
    return fitted, max(time.perf_counter() - start, job.folder.seconds())


def _stopped(job: FittingJob, command: str) -> str:
    if not job.folder.checkpoints():
        return "Stopped, before there was anything to keep."
    return (
        f"Stopped. What was learned is kept in {job.folder.path}, and the same command goes on from there:\n{command}"
    )


def _factors_of(fitted: "AbstractDownscaler", asked: tuple[int, ...]) -> tuple[int, ...]:
    """The factors that a method was fitted for; those `asked` for where it does not depend on them."""
    numbers = getattr(fitted, "fitted", None)
    return asked if numbers is None else numbers.factors


def _words(fitted: "AbstractDownscaler", card: dict[str, Any]) -> str:
    memory = "a memory in time" if fitted.fitted_memory is not None else "no memory in time"
    return f"{fitted.name} for rain of {', '.join(scales(card))}, with {memory}"
