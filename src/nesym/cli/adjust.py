"""`nesym adjust`: observations and a model run in, a corrected run out."""

from pathlib import Path
from typing import Annotated

import typer

Kinds = Annotated[str | None, typer.Option(help="ratio or difference; if not said, what suits the variable.")]
Windows = Annotated[
    str,
    typer.Option(
        help="Which times share a mapping: months, a moving window of so many days, or all.", metavar="months|DAYS|all"
    ),
]
Method = Annotated[
    str, typer.Option(help="scaling, loci, delta, qm, dqm, qdm: see `nesym systems` and the documentation.")
]
Reference = Annotated[
    str | None,
    typer.Option(help="Period of both records that is compared: 1983/1995, or all; if not said, what they share."),
]
Members = Annotated[str, typer.Option(help="Members of the run: pooled in one mapping, or each with its own.")]
Variable = Annotated[str | None, typer.Option(help="The variable to correct, where it cannot be told.")]
Regrid = Annotated[
    bool, typer.Option("--regrid", help="Bring the run to the grid of the observations, conservatively.")
]
Quantiles = Annotated[int | None, typer.Option(help="Quantiles of each mapping; 50 if not said.")]


def adjust(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[OBS HIST [SCENARIO]]",
            help="Observations, the model's run of the same period, and a run to correct (else HIST itself): netCDF or Zarr."
            " With --model, the run to correct alone. Without any, the packaged sample.",
        ),
    ] = None,
    method: Method = "qdm",
    window: Windows = "months",
    kind: Kinds = None,
    quantiles: Quantiles = None,
    reference: Reference = None,
    members: Members = "pooled",
    regrid: Regrid = False,
    model: Annotated[Path | None, typer.Option(help="A fitted adjuster of --save or `nesym fit adjust`.")] = None,
    save: Annotated[Path | None, typer.Option(help="Keep the fitted adjuster in this file.")] = None,
    key: Annotated[int, typer.Option(help="Names the random numbers of dry days that become wet.")] = 0,
    variable: Variable = None,
    out: Annotated[Path, typer.Option(help="Result: netCDF (.nc) or Zarr (.zarr).")] = Path("adjusted.nc"),
    report: Annotated[Path | None, typer.Option(help="Write an HTML report.")] = None,
) -> None:
    """Correct a climate model's run by what was observed, with its own change kept and shown.

    Rain comes out in mm day-1 and is scaled, temperature is shifted. The report scores the method beside the others, on
    years that it was not fitted on, and shows the projected change before and after.
    """
    from nesym.cli.adjusting import AdjustingJob, configured, run_adjust
    from nesym.cli.places import check_places, model_place

    given = tuple(files or ())
    check_places(out, report, *given, model)
    target = None if save is None else model_place(save)
    blank = configured(method, window, kind, quantiles)
    run_adjust(AdjustingJob(given, blank, model, target, reference, members, regrid, key, variable, out, report))
