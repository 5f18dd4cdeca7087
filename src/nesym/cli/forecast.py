"""`nesym forecast`: a learned equation solved from the states in a file."""

from pathlib import Path
from typing import Annotated

import typer

from nesym._errors import InputError


def forecast(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A learned equation: a file of nesym learn.")],
    start: Annotated[
        Path,
        typer.Argument(
            metavar="START",
            help="States to start from, netCDF or Zarr: (trajectory), or trajectories (trajectory, time), of which the last"
            " states are taken.",
        ),
    ],
    until: Annotated[str, typer.Option(help="Time of the last state: a number, or a date where the data have dates.")],
    step: Annotated[
        float | None,
        typer.Option(help="Time between states that are written; the spacing of the training if not said."),
    ] = None,
    begin: Annotated[
        str, typer.Option("--from", help="Which states of trajectories to start from: last, or first.")
    ] = "last",
    tolerance: Annotated[float, typer.Option(help="Relative and absolute error of a step of the solver.")] = 1e-8,
    members: Annotated[
        int | None, typer.Option(min=1, help="Members to draw, of an equation with noise; 20 if not said.")
    ] = None,
    key: Annotated[int, typer.Option(help="Names the random numbers of these draws.")] = 0,
    out: Annotated[Path, typer.Option(help="Result: netCDF (.nc).")] = Path("forecast.nc"),
    report: Annotated[Path | None, typer.Option(help="Write an HTML report.")] = None,
) -> None:
    """Solve a learned equation from given states, and say where a solution ends early and why.

    With --from first the file may hold what happened afterwards: the report then shows how the error grows.
    """
    from nesym.cli.forecasting import ForecastJob, run_forecast
    from nesym.cli.places import check_report
    from nesym.cli.trajectory_files import check_out
    from nesym.downscale.request import check_key

    check_key(key)
    if begin not in ("first", "last"):
        raise InputError(f"--from {begin} is not a choice.", "Choose first or last.")
    if (step is not None and not step > 0) or not tolerance > 0:
        raise InputError("--step and --tolerance are numbers above 0.", "Say --step 0.1 --tolerance 1e-8, for example.")
    check_out(out, start)
    check_report(report, start, out)
    run_forecast(ForecastJob(model, start, until, step, begin, tolerance, members, key, out, report))
