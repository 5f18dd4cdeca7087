"""`nesym downscale`: coarse rain in, an ensemble of fine rain and its report out."""

from pathlib import Path
from typing import Annotated

import typer


def downscale(
    file: Annotated[
        Path | None, typer.Argument(help="Coarse rain: netCDF or Zarr. Without it, the packaged sample.")
    ] = None,
    factor: Annotated[int, typer.Option(help="How many times finer the result is.")] = 8,
    members: Annotated[
        int | None, typer.Option(help="Ensemble members; 20 if not said, 1 of a method without noise.")
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            help="consistency, diffusion, cascade, rainfarm, bilinear or conservative; if not said, the best packaged"
            " model for such rain, which is printed."
        ),
    ] = None,
    model: Annotated[str | None, typer.Option(help="A fitted model: an id from `nesym models`, or a file.")] = None,
    fit: Annotated[
        Path | None, typer.Option(help="Fine rain to fit the method on, instead of a packaged model.")
    ] = None,
    truth: Annotated[Path | None, typer.Option(help="The true fine rain, to score against.")] = None,
    key: Annotated[int, typer.Option(help="The same key gives the same ensemble.")] = 0,
    memory: Annotated[
        bool, typer.Option("--memory", help="Noise that remembers: sequences that do not flicker.")
    ] = False,
    constraint: Annotated[bool, typer.Option(help="Keep the block means of the coarse rain.")] = True,
    noise: Annotated[
        str | None,
        typer.Option(
            help="Noise level of consistency and diffusion, in standard deviations of the transformed rain; auto: as"
            " fitted for the coarse grid.",
            metavar="auto|NUMBER",
        ),
    ] = None,
    observed: Annotated[
        Path | None,
        typer.Option(help="Observed fine rain: the noise then starts at the scale where the spectra of both part."),
    ] = None,
    zero_shot: Annotated[
        bool, typer.Option("--zero-shot", help="Tell the network nothing of the coarse rain but what the noise leaves.")
    ] = False,
    variable: Annotated[str | None, typer.Option(help="The rain variable, where it cannot be told.")] = None,
    missing: Annotated[str, typer.Option(help="Missing values: refuse, or fill from neighbours.")] = "refuse",
    force: Annotated[
        bool, typer.Option("--force", help="Use the model on a grid or time step it was not fitted for.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Result: netCDF (.nc) or Zarr (.zarr).")] = Path("fine.nc"),
    report: Annotated[Path | None, typer.Option(help="Write an HTML report.")] = None,
) -> None:
    """Downscale rain to an ensemble on a grid FACTOR times finer.

    The block means of the result are the coarse rain, exactly, and no value is negative.
    """
    from nesym._errors import InputError
    from nesym.cli.chosen import Choice, chosen_method
    from nesym.cli.job import DownscalingJob, run_job
    from nesym.cli.noise import NoiseChoice
    from nesym.cli.places import check_places
    from nesym.cli.source import from_file, from_sample
    from nesym.downscale.request import check_factor, check_key, check_members

    check_factor(factor)
    check_key(key)
    if members is not None:
        check_members(members)
    check_places(out, report, file, truth, fit, observed)
    asked = NoiseChoice(noise, observed, zero_shot)
    if file is None and truth is not None:
        raise InputError(
            "--truth came without a FILE of coarse rain.", "Give both; the packaged sample has its own truth."
        )
    source = from_sample(factor) if file is None else from_file(file, truth, variable, missing, factor)
    choice = Choice(method, model, fit, memory, constraint, force, missing, asked)
    chosen, notes = chosen_method(choice, source, factor)
    count = members if members is not None else (1 if chosen.deterministic else 20)
    run_job(DownscalingJob(source, chosen, factor, count, key, out, report, notes))
