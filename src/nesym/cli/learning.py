"""One fit of a differential equation from start to end: read, check the law, train, score, save, report."""

import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from nesym._errors import InputError, TrainingError
from nesym.cli.flows import known_flow
from nesym.cli.learned_page import Fit, write_page
from nesym.cli.places import training_folder
from nesym.cli.progress import Timings, bar
from nesym.cli.training import TrainingFolder
from nesym.cli.trajectory_files import SAMPLE_LAW, Source, from_files, sample

if TYPE_CHECKING:
    from nesym.learn.equations.neural_ode import NeuralODE
    from nesym.learn.laws.expressions import Conserved
    from nesym.learn.trajectories import Trajectories
    from nesym.verify import Table

HELD = 5  # one trajectory in so many is kept apart


@dataclass(frozen=True)
class LearningJob:
    """What is to be done: the files, the model before its fit, the formulas of its laws, and where results go."""

    files: tuple[Path, ...]
    blank: "NeuralODE"
    conserve: tuple[str, ...]
    gamma: float | None
    target: Path
    variables: str | None
    cut: int | None
    key: int
    checked: bool
    compared: bool
    report: Path | None


class Rivals(NamedTuple):
    """The table of a comparison, and the same network without the law, where they are known."""

    table: "Table | None"
    plain: "NeuralODE | None"


def configured(known: str | None, epochs: int | None, chunk: int | None, **settings: Any) -> "NeuralODE":
    """The model as the command line describes it, but for the law, which needs the data; None leaves a default."""
    from nesym.learn.equations.neural_ode import NeuralODE
    from nesym.learn.equations.shooting import Shooting

    training = {name: size for name, size in (("epochs", epochs), ("chunk", chunk)) if size is not None}
    settings = {name: value for name, value in settings.items() if value is not None}
    flow = None if known is None else known_flow(known)
    return NeuralODE(known=flow, training=Shooting(**training), **settings)


def run_learn(job: LearningJob) -> None:
    """Do it, and print where the results are; an interruption ends with status 130 and says how to go on."""
    from rich.console import Console

    console, timings = Console(highlight=False, soft_wrap=True), Timings()
    command = shlex.join(["nesym", *sys.argv[1:]])
    source = from_files(job.files, job.variables, job.cut) if job.files else sample(job.key)
    texts = job.conserve or (() if job.files else (SAMPLE_LAW,))
    training, held = apart(source.data, job.compared or job.report is not None)
    console.print(seen(source, training, held), markup=False)
    model = with_law(job, texts)
    laws = _laws(job, texts, source, console)
    folder = TrainingFolder(training_folder(job.target))
    fitted = _trained(job, model, training, folder, command, timings)
    fitted.save(job.target, **card_of(source, texts, training, command))
    rivals = Rivals(None, None)
    if job.compared and held is not None:
        rivals = _compared(job, model, (training, held), folder, console, timings)
    folder.clear()
    if rivals.table is not None:
        console.print(rivals.table)
    if job.report is not None:
        with timings("report"):
            fit = Fit(job, source, held, fitted, rivals.plain, laws, rivals.table)
            write_page(fit, command, dict(timings))
    _said_where(console, job, fitted)
    console.print(", ".join(f"{step} {seconds:.1f} s" for step, seconds in timings.items()), style="dim")


def with_law(job: LearningJob, texts: tuple[str, ...]) -> "NeuralODE":
    """The model held to the formulas. Raises `InputError` where a rate came without a law, or makes none."""
    if job.gamma is not None and not (texts and job.gamma > 0):
        raise InputError(
            f"--gamma {job.gamma:g} came, and a state is drawn to a law at a rate above 0.",
            "Name the law with a positive rate: --conserve 'x**2 + y**2' --gamma 8.",
        )
    return replace(job.blank, conserve=texts or None, checked=job.checked, gamma=job.gamma)


def apart(data: "Trajectories", wanted: bool) -> "tuple[Trajectories, Trajectories | None]":
    """What the fit may see, and the last fifth that it may not, where there are enough trajectories."""
    return data.apart(HELD) if wanted and len(data) >= 3 else (data, None)


def seen(source: Source, training: "Trajectories", held: "Trajectories | None") -> str:
    """What came, in one or two lines."""
    from nesym.learn.equations._learner import VALIDATION

    data = source.data
    low, high = int(data.lengths.min()), int(data.lengths.max())
    samples = f"{low}" if low == high else f"{low} to {high}"
    validation = len(training.apart(VALIDATION)[1])
    kept = "none to judge by" if held is None else f"{len(held)} to judge by"
    training_on = f"{len(training) - validation} to train on, {validation} to choose the weights by, {kept}."
    return (
        f"{len(data)} trajectories of {', '.join(data.names)}: {samples} samples each, {data.interval:.4g} apart, over "
        f"{data.span:.4g} units of time.\n{training_on}"
    )


def _laws(job: LearningJob, texts: tuple[str, ...], source: Source, console) -> "Conserved | None":
    """The laws, compared with the data and said; refused where they do not hold."""
    from nesym.learn.laws.expressions import Conserved

    if not texts:
        console.print("Nothing is named as conserved: the network is held to no law.", style="dim")
        return None
    laws = Conserved(texts, source.data.names)
    console.print(laws.drift(source.data, job.key))
    if job.checked:
        try:
            laws.check(source.data, job.key)
        except InputError as error:
            raise InputError(error.problem, f"{error.remedy} With --no-check it is imposed all the same.") from None
    return laws


def card_of(source: Source, texts: tuple[str, ...], training: "Trajectories", command: str) -> dict[str, Any]:
    """What `nesym models FILE --card` shows of a learned equation."""
    return {
        "data": "; ".join(source.origin),
        "coordinates": list(training.names),
        "conserved": list(texts),
        "trajectories": len(training),
        "span": training.span,
        "interval": training.interval,
        "made_by": command,
        "licence": "that of the data you fitted it to",
    }


def _trained(job, model: "NeuralODE", training: "Trajectories", folder: TrainingFolder, command: str, timings: Timings):
    """The fitted model. An interruption keeps the checkpoints, and says so."""
    from nesym.learn.equations.comparison import GIVEN

    with folder.interruptible(command), timings("training"), bar("Training") as progress:
        return model.fit(training, job.key, folder=_stage(folder, GIVEN), progress=progress.to)


def _compared(job, model: "NeuralODE", data: tuple, folder: TrainingFolder, console, timings: Timings) -> Rivals:
    """The model beside its rivals; its own training is kept in the folder and not repeated.

    What goes wrong with a rival takes nothing from the model, which is saved by now.
    """
    from nesym.learn.equations.comparison import PLAIN, compare

    training, held = data
    try:
        with timings("comparing"), bar("Comparing with the baselines") as progress:
            table = compare(model, training, job.key, test=held, folder=folder.path, progress=progress.to)
            if model.conserve is None or job.report is None:
                return Rivals(table, None)
            plain = replace(model, conserve=None, gamma=None)
            return Rivals(table, plain.fit(training, job.key, folder=_stage(folder, PLAIN)))
    except TrainingError as error:
        console.print(f"No comparison with the baselines: {error.problem}", style="dim", markup=False)
    except KeyboardInterrupt:
        console.print(f"Stopped. The model is in {job.target}; it was not compared.", markup=False)
        raise typer.Exit(130) from None
    return Rivals(None, None)


def _stage(folder: TrainingFolder, name: str) -> Path:
    """Where `compare` keeps, or looks for, the training of the method of that name."""
    return folder.path / name.replace(" ", "-")


def _said_where(console, job: LearningJob, fitted: "NeuralODE") -> None:
    members = f", {fitted.fitted.members} members" if fitted.fitted.members > 1 else ""
    console.print(
        f"\n{job.target}  {fitted.name} of {', '.join(fitted.fitted.names)}{members}", style="bold", markup=False
    )
    if job.report is not None:
        console.print(f"{job.report}  open it in a browser", style="bold", markup=False)
    until = 2 * fitted.fitted.span
    console.print(f"nesym forecast {shlex.quote(str(job.target))} START.nc --until {until:.3g}", markup=False)
