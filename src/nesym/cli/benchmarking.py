"""One benchmark from start to end: run, print, write, report."""

import shlex
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nesym._errors import FileError, InputError

SCREEN = 9  # tables that anybody reads on a screen


@dataclass(frozen=True)
class Asked:
    """What is to be run, and where its results go."""

    own: Path | None
    systems: tuple[str, ...]
    schemes: tuple[str, ...]
    methods: tuple[str, ...]
    repetitions: int
    seconds: float
    limit: float
    processes: int
    key: int
    folder: Path | None
    out: Path | None
    latex: Path | None
    json: Path | None
    report: Path | None

    @property
    def files(self) -> list[Path]:
        """All that is to be written."""
        return [path for path in (self.out, self.latex, self.json, self.report) if path is not None]

    def __post_init__(self) -> None:
        for path in self.files:
            if not path.absolute().parent.is_dir():
                raise FileError(f"There is no folder {path.parent} to write {path.name} to.", "Make it first.")
        if self.own is not None and (self.own.suffix not in (".py", ".csv") or not self.own.is_file()):
            raise FileError(
                f"A Python file or a CSV file was expected, and {self.own} is neither or not there.",
                "Give METHOD.py, or PREDICTIONS.csv as `nesym benchmark --write FOLDER` prepares it.",
            )
        if not self.systems or not self.schemes:
            raise InputError("No system or no scheme was named.", "Name at least one of each; --list shows them.")
        if self.own is None and not self.methods:
            raise InputError("No method was named.", "Give METHOD.py, PREDICTIONS.csv or --methods; --list shows them.")

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every system under every scheme."""
        return [(system, scheme) for system in self.systems for scheme in self.schemes]

    def tasks(self) -> list:
        """The tasks that are scored."""
        from nesym.systems.chaos.data import task

        return [task(*pair, n + 1, self.key) for pair in self.pairs for n in range(self.repetitions)]


def choices() -> dict[str, tuple[str, ...]]:
    """What can be chosen of each kind."""
    from nesym.learn.propagators.methods import METHODS
    from nesym.systems.chaos.data import SCHEMES, sources

    return {"Systems": tuple(sources()), "Schemes": tuple(SCHEMES), "Methods": tuple(METHODS)}


def named(kind: str, text: str) -> tuple[str, ...]:
    """The names between commas; "all" of them, those of "simple" methods, or "none"."""
    from nesym.learn.propagators.methods import SIMPLE

    known = {"all": choices()[kind], "none": ()} | ({"simple": SIMPLE} if kind == "Methods" else {})
    if text.strip() in known:
        return known[text.strip()]
    return tuple(part.strip() for part in text.split(",") if part.strip())


def show_list() -> None:
    """Print what can be chosen."""
    for title, names in choices().items():
        print(f"{title}: {', '.join(names)}")
    print("Systems of the package dysts, where it is installed: dysts:Name")


def write_only(asked: Asked, folder: Path) -> None:
    """Write the tasks for other programs, and say what to do with them."""
    from nesym.learn.benchmark._exchange import write_tasks

    written = write_tasks(asked.tasks(), folder)
    print(f"{len(written) - 1} tasks in {folder}. Fill in {written[-1].name}, then: nesym benchmark {written[-1]}")


def run_benchmark(asked: Asked) -> None:
    """Run every method on every task, print the tables, and write what was asked for."""
    from rich.console import Console

    from nesym.cli.progress import Timings, bar
    from nesym.learn.benchmark import runs as learned
    from nesym.learn.benchmark.tables import score_table, standing, to_csv, to_latex
    from nesym.learn.propagators.methods import method
    from nesym.systems.chaos.data import source, task

    for name in asked.methods:
        method(name)
    for name in asked.systems:
        source(name)
    numbers, timings = tuple(range(1, asked.repetitions + 1)), Timings()
    jobs = [
        learned.Job(*pair, name, numbers, seconds=asked.seconds, key=asked.key)
        for pair in asked.pairs
        for name in asked.methods
    ]
    with timings("all methods"), bar("Forecasting", 1.0, "of it") as progress:
        rows = _own(asked)
        if jobs:
            how = {"folder": asked.folder, "processes": asked.processes, "progress": progress.to}
            rows += learned.run_benchmark(jobs, partial(task, key=asked.key), **how)
    whole = standing(rows, asked.key)
    tables = [whole] if len(asked.systems) > 1 else []
    tables += [score_table([r for r in rows if (r.system, r.scheme) == pair], asked.key) for pair in asked.pairs]
    console = Console(highlight=False, soft_wrap=True)
    for table in tables if len(tables) <= SCREEN else tables[:1]:
        console.print(table)
    if len(tables) > SCREEN:
        console.print("A table for each of them: --report report.html, or --latex tables.tex.", style="dim")
    if asked.out is not None:
        asked.out.write_text(to_csv(rows), encoding="utf-8")
    if asked.latex is not None:
        asked.latex.write_text("\n".join(map(to_latex, tables)), encoding="utf-8")
    if asked.json is not None:
        asked.json.write_text(whole.to_json(indent=1), encoding="utf-8")
    if asked.report is not None:
        _report(asked, rows, dict(timings))
    for path in asked.files:
        console.print(str(path), style="bold", markup=False)


def _own(asked: Asked) -> list:
    """The rows of the user's own method."""
    from nesym.learn.benchmark._exchange import read_predictions
    from nesym.learn.benchmark._guest import guest

    if asked.own is None:
        return []
    if asked.own.suffix == ".csv":
        return read_predictions(asked.own, asked.tasks())
    return [guest(asked.own, task, asked.key, asked.limit) for task in asked.tasks()]


def _report(asked: Asked, rows: list, timings: dict[str, float]) -> None:
    from nesym.report.benchmark import benchmark_report
    from nesym.report.page import Run

    own = None if asked.own is None else asked.own.stem
    parameters = {"repetitions": asked.repetitions, "seconds of tuning": asked.seconds, "systems": len(asked.systems)}
    run = Run(shlex.join(["nesym", *sys.argv[1:]]), own, parameters, asked.key, timings=timings)
    benchmark_report(asked.report, rows, run)
