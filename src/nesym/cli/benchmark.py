"""`nesym benchmark`: methods that learn dynamics side by side, one's own among them."""

from pathlib import Path
from typing import Annotated

import typer


def benchmark(
    method: Annotated[
        Path | None,
        typer.Argument(
            metavar="[METHOD.py|PREDICTIONS.csv]",
            help="Your own method, or a CSV of its forecasts with the columns task, time, x1, x2, ...; without either, the"
            " methods of NESYM alone.",
        ),
    ] = None,
    systems: Annotated[
        str, typer.Option(help="Systems, with commas between, or all; --list shows them.")
    ] = "lorenz63std",
    schemes: Annotated[
        str, typer.Option(help="even-exact, even-noisy, random-exact, random-noisy; several with commas between.")
    ] = "even-exact",
    methods: Annotated[
        str, typer.Option(help="Methods beside, with commas between; all, simple (no networks) or none.")
    ] = "ConstMean,Analogue,LinPo2,LinPo6,GpD,SpPo",
    repetitions: Annotated[int, typer.Option(min=1, help="Trajectories that are scored, each of another start.")] = 2,
    seconds: Annotated[float, typer.Option(min=0.1, help="Processor time to tune each method in.")] = 10.0,
    limit: Annotated[float, typer.Option(min=0.1, help="Seconds after which your own method is ended.")] = 300.0,
    processes: Annotated[int, typer.Option(min=1, help="Processes that share the methods of NESYM.")] = 1,
    key: Annotated[int, typer.Option(min=0, help="Names the random numbers: the same key gives the same tasks.")] = 0,
    folder: Annotated[Path | None, typer.Option(help="Keep results here: a run that was stopped goes on.")] = None,
    write: Annotated[Path | None, typer.Option(help="Only write the tasks to this folder, as CSV.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write all rows to a CSV file.")] = None,
    latex: Annotated[Path | None, typer.Option(help="Write the tables to a LaTeX file.")] = None,
    json: Annotated[
        Path | None, typer.Option(help="Write ranks and median errors over the systems to a JSON file.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write an HTML report.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Show the systems and methods that there are.")] = False,
) -> None:
    """Learn from one trajectory of a chaotic system, tell how it goes on, and score that beside other methods.

    The score is the cumulative maximum error (CME): 0 is perfect, 1 no better than the mean. Methods that fail are rows
    with their reason.
    """
    from nesym.cli.benchmarking import Asked, named, run_benchmark, show_list, write_only

    if list_:
        return show_list()
    chosen = (named(kind, text) for kind, text in (("Systems", systems), ("Schemes", schemes), ("Methods", methods)))
    asked = Asked(method, *chosen, repetitions, seconds, limit, processes, key, folder, out, latex, json, report)
    if write is not None:
        return write_only(asked, write)
    run_benchmark(asked)
