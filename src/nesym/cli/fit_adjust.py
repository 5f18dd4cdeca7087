"""`nesym fit adjust`: a correction fitted once, kept in a file, and applied to any run of the model."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from nesym.cli import adjust as options


def adjust(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="OBS HIST", help="Observations, and the model's run of the same period: netCDF or Zarr."
        ),
    ],
    out: Annotated[Path, typer.Option(help="The model: my-model gives my-model.safetensors.")],
    method: Annotated[
        str, typer.Option(help="scaling, loci, delta, qm, dqm, qdm, isimip, gan, gan-isimip or shared-embedding.")
    ] = "qdm",
    window: options.Windows = None,
    kind: options.Kinds = None,
    quantiles: options.Quantiles = None,
    reference: options.Reference = None,
    members: options.Members = "pooled",
    regrid: options.Regrid = False,
    steps: Annotated[
        int | None, typer.Option(min=2, help="Steps of the training of gan, gan-isimip and shared-embedding.")
    ] = None,
    key: options.Key = 0,
    variable: options.Variable = None,
) -> None:
    """Fit a correction of a model's run to what was observed, for `nesym adjust SCENARIO --model`.

    Networks (gan, gan-isimip on the globe; shared-embedding, whose observations are finer than the run) train for minutes to
    half an hour on two cores, with checkpoints in a folder beside the result: stopped at any moment, the same command goes
    on. The others take seconds to minutes.
    """
    from nesym.cli.adjusting import AdjustingJob, configured
    from nesym.cli.places import model_place
    from nesym.downscale.request import check_key

    check_key(key)
    target = model_place(out)
    blank = configured(method, window, kind, quantiles, steps)
    job = AdjustingJob(
        tuple(files), blank, None, target, reference, members, regrid, key, variable, target, None, False, window
    )
    _run(job, target)


def _run(job, target: Path) -> None:
    """Fit, save, and print what there is now; an interruption ends with status 130 and says how to go on."""
    from rich.console import Console

    from nesym._errors import InputError
    from nesym.cli.adjusting import card_of, fitted_adjuster, with_suited_window
    from nesym.cli.places import training_folder
    from nesym.cli.progress import Timings, bar
    from nesym.cli.records import records_of
    from nesym.cli.training import TrainingFolder

    console, timings = Console(highlight=False, soft_wrap=True), Timings()
    command, folder = shlex.join(["nesym", *sys.argv[1:]]), TrainingFolder(training_folder(target))
    if len(job.files) != 2:
        raise InputError(
            f"A correction is fitted on observations and one run, and {len(job.files)} files came.",
            "nesym fit adjust OBS.nc HIST.nc --out my-adjuster",
        )
    records = records_of(job.files, job.variable, job.regrid, fitted=False)
    job = with_suited_window(job, records, console)
    with folder.interruptible(command), timings("fitting"), bar(f"Fitting {job.method.name}") as progress:
        fitted = fitted_adjuster(job, records, folder.path, progress.to)
    fitted.save(target, **card_of(records, command))
    folder.clear()
    console.print(f"\n{target}  {fitted.name} for {records.obs.name}", style="bold", markup=False)
    console.print(f"nesym adjust SCENARIO.nc --model {shlex.quote(str(target))}", markup=False)
    console.print(f"fitting {timings['fitting']:,.1f} s", style="dim")
