"""The `nesym` command: its verbs, and how problems are shown."""

import sys
from typing import Annotated

import typer

from nesym._errors import NesymError
from nesym._version import __version__
from nesym.cli.adjust import adjust
from nesym.cli.benchmark import benchmark
from nesym.cli.check import check
from nesym.cli.demo import demo
from nesym.cli.downscale import downscale
from nesym.cli.fit import fit
from nesym.cli.forecast import forecast
from nesym.cli.learn import learn
from nesym.cli.models import models
from nesym.cli.reproduce import reproduce
from nesym.cli.systems import systems

app = typer.Typer(
    name="nesym",
    help="Neural Earth-system modelling: physics and networks together, xarray in and xarray out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for verb in (downscale, adjust, learn, forecast, benchmark, check, systems, models, reproduce, demo):
    app.command()(verb)
app.add_typer(fit, name="fit")


def _version(asked: bool) -> None:
    if asked:
        print(f"nesym {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of every verb."""


def run() -> None:
    """Run the command; exit with 2 and the remedy on a problem that the user can solve, 130 on interruption."""
    try:
        app()
    except NesymError as problem:
        from rich.console import Console
        from rich.text import Text

        console = Console(stderr=True, soft_wrap=True)
        console.print(Text("Problem  ", style="bold red") + Text(problem.problem))
        console.print(Text("Remedy   ", style="bold green") + Text(problem.remedy))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
