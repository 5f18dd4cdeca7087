"""`nesym fit`: a model of one's own, from one's own data."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nesym._errors import InputError
from nesym.cli.fit_adjust import adjust

if TYPE_CHECKING:
    from nesym.downscale import AbstractDownscaler

FACTORS = "2,4,8,16"

fit = typer.Typer(no_args_is_help=True, help="Fit a model on data of your own, and keep it in one file.")
fit.command()(adjust)


@fit.callback()
def _fits() -> None:
    """A group of verbs, of which there is one for each area that has something to fit."""


@fit.command()
def downscale(
    files: Annotated[
        list[Path], typer.Argument(metavar="FINE...", help="Fine rain, netCDF or Zarr; several for several events.")
    ],
    out: Annotated[Path, typer.Option(help="The model: my-model gives my-model.safetensors.")],
    method: Annotated[str, typer.Option(help="consistency, diffusion, cascade or rainfarm.")] = "consistency",
    choose: Annotated[
        Path | None, typer.Option(help="Fine rain of other days, for what is chosen or measured after the fit.")
    ] = None,
    key: Annotated[int, typer.Option(help="The same key gives the same model.")] = 0,
    factors: Annotated[
        str | None, typer.Option(help=f"Ratios of grid spacings to be fitted for; {FACTORS} if not said.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=2, help="Steps of the denoiser's training.")] = None,
    distillation: Annotated[
        int | None, typer.Option(min=2, help="Steps that distil the consistency model from it.")
    ] = None,
    calibration: Annotated[int | None, typer.Option(min=2, help="Steps that hold its draws against the truth.")] = None,
    width: Annotated[int | None, typer.Option(min=1, help="Channels of the network at its finest level.")] = None,
    crop: Annotated[int | None, typer.Option(min=16, help="Cells along a side of what it is trained on.")] = None,
    batch: Annotated[int | None, typer.Option(min=2, help="Crops for each step.")] = None,
    variable: Annotated[str | None, typer.Option(help="The rain variable, where it cannot be told.")] = None,
    missing: Annotated[
        str, typer.Option(help="Missing values: refuse, fill from neighbours, or keep them out of what networks see.")
    ] = "refuse",
) -> None:
    """Fit a downscaling method on fine rain, for `nesym downscale --model`.

    The consistency model trains for about 40 minutes on two cores, with checkpoints in a folder beside the result: stopped
    at any moment, the same command goes on. The cascade takes minutes.
    """
    from nesym.cli.fitting import FittingJob, run_fit
    from nesym.cli.places import model_place
    from nesym.downscale.request import check_key

    check_key(key)
    sizes = {"steps": steps, "distillation": distillation, "calibration": calibration}
    sizes |= {"width": width, "crop": crop, "batch": batch}
    blank = _blank(method, {name: size for name, size in sizes.items() if size is not None})
    _check_options(blank, choose, factors, missing)
    target = model_place(out)
    wanted = _factors(factors or FACTORS)
    _check_crop(blank, wanted, all_of_them=factors is not None)
    run_fit(FittingJob(blank, tuple(files), choose, wanted, key, variable, missing, target))


def _blank(name: str, sizes: dict[str, int]) -> "AbstractDownscaler":
    """The method before its fit, with the sizes that were given."""
    from nesym.downscale import method

    blank = method(name)()
    if blank.deterministic:
        raise InputError(
            f"{name} has nothing to fit.", "Use --method consistency, diffusion, cascade or rainfarm, or no fit at all."
        )
    stages = {"distillation", "calibration"} if name == "diffusion" else set()
    foreign = [size for size in sizes if size in stages or not hasattr(blank, "training")]
    if foreign:
        raise InputError(
            f"{', '.join(f'--{size}' for size in foreign)} came, and fitting the {name} method has nothing of the kind.",
            "Leave it out, or use --method consistency.",
        )
    return replace(blank, training=replace(blank.training, **sizes)) if sizes else blank


def _check_options(blank: "AbstractDownscaler", choose: Path | None, factors: str | None, missing: str) -> None:
    """Raise `InputError` for options that would change nothing."""
    if choose is not None and blank.name not in ("cascade", "consistency"):
        raise InputError(f"Fitting the {blank.name} method chooses nothing.", "Leave --choose out.")
    if factors is not None and blank.name == "rainfarm":
        raise InputError("RainFARM has nothing to fit that depends on the factor.", "Leave --factors out.")
    choices = ["refuse", "fill", *(["keep"] if hasattr(blank, "training") else [])]
    if missing not in choices:
        raise InputError(
            f"--missing {missing} is not a choice for the {blank.name} method.", f"Choose {' or '.join(choices)}."
        )


def _factors(text: str) -> tuple[int, ...]:
    from nesym.downscale.request import check_factor

    try:
        factors = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError as error:
        raise InputError(f"--factors takes whole numbers with commas; '{text}' came.", f"Say {FACTORS}.") from error
    for factor in factors:
        check_factor(factor)
    return factors


def _check_crop(blank: "AbstractDownscaler", factors: tuple[int, ...], all_of_them: bool) -> None:
    """Raise `InputError` unless all of the factors, or one at least, divide the crops of a network: others are left out."""
    if not hasattr(blank, "training"):
        return
    crop = blank.training.crop
    odd = [factor for factor in factors if crop % factor]
    if odd and (all_of_them or len(odd) == len(factors)):
        raise InputError(
            f"Crops of {crop} cells are not whole blocks of {' or '.join(map(str, odd))} cells.",
            f"Give a --crop that is a multiple of them all, such as {odd[0] * max(1, round(crop / odd[0]))}, or others.",
        )
