"""`nesym adjust`: observations and a model run in, a corrected run out."""

from pathlib import Path
from typing import Annotated

import typer

from nesym._errors import InputError

Kinds = Annotated[str | None, typer.Option(help="ratio or difference; if not said, what suits the variable.")]
Windows = Annotated[
    str | None,
    typer.Option(
        help="Which times share a mapping: months, a moving window of so many days, or all; if not said, months, 91"
        " days where months have fewer than 200 values, and 31 for isimip.",
        metavar="months|DAYS|all",
    ),
]
Method = Annotated[str, typer.Option(help="scaling, loci, delta, qm, dqm, qdm or isimip; networks by --model.")]
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
Key = Annotated[int, typer.Option(help="Names the random numbers: the same key gives the same result.")]


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
    window: Windows = None,
    kind: Kinds = None,
    quantiles: Quantiles = None,
    reference: Reference = None,
    members: Members = "pooled",
    regrid: Regrid = False,
    model: Annotated[str | None, typer.Option(help="A fitted adjuster: a packaged one, or a file of --save.")] = None,
    save: Annotated[Path | None, typer.Option(help="Keep the fitted adjuster in this file.")] = None,
    draws: Annotated[int, typer.Option(min=1, help="Members to draw, with a --model that draws.")] = 20,
    key: Key = 0,
    variable: Variable = None,
    compare: Annotated[bool, typer.Option(help="Score the method beside the others, on years apart.")] = True,
    out: Annotated[Path, typer.Option(help="Result: netCDF (.nc) or Zarr (.zarr).")] = Path("adjusted.nc"),
    report: Annotated[Path | None, typer.Option(help="Write an HTML report.")] = None,
) -> None:
    """Correct a climate model's run by what was observed, with its own change kept and shown.

    Rain comes out in mm day-1 and is scaled, temperature is shifted. The method is scored beside the others, on years that
    it was not fitted on; the report shows the projected change before and after.
    """
    from nesym.cli.adjusting import AdjustingJob, configured, run_adjust
    from nesym.cli.learned import LEARNED
    from nesym.cli.places import check_places, model_place
    from nesym.downscale.request import check_key

    check_key(key)
    given = tuple(files or ())
    check_places(out, report, *given)
    target = None if save is None else model_place(save)
    blank = configured(method, window, kind, quantiles)
    if method in LEARNED:
        raise InputError(
            f"{method} is trained first, for some minutes.",
            f"nesym fit adjust OBS.nc HIST.nc --method {method} --out mine, then nesym adjust SCENARIO.nc --model mine.",
        )
    run_adjust(
        AdjustingJob(
            given, blank, model, target, reference, members, regrid, key, variable, out, report, compare, window, draws
        )
    )
