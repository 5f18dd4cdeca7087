"""Corrections that are trained: `nesym fit adjust` makes them, and `nesym adjust --model` uses them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nesym._errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from nesym.cli.records import Records

LEARNED = ("gan", "gan-isimip", "shared-embedding")
DAYS = 64  # that are drawn at a time


def blank(name: str, steps: int | None) -> Any:
    """The method before its training, of so many `steps`."""
    from nesym.adjust import method
    from nesym.downscale import SharedEmbeddingDiffusion

    made = (SharedEmbeddingDiffusion if name == "shared-embedding" else method(name))()
    if steps is None:
        return made
    if name == "gan-isimip":
        return replace(made, gan=_with_steps(made.gan, steps))
    return _with_steps(made, steps)


def _with_steps(made: Any, steps: int) -> Any:
    return replace(made, training=replace(made.training, steps=steps))


def train(method: Any, records: "Records", key: int, folder: Path | None, progress: Callable | None) -> Any:
    """The method trained on the records, with its checkpoints in `folder`."""
    return method.fit(records.obs, records.hist, key=key, folder=folder, progress=progress)


def corrects(module: str) -> bool:
    """Whether models of the classes in that module correct runs of a climate model."""
    return module.startswith(("nesym.adjust.", "nesym.downscale.shared_embedding"))


def check_use(fitted: Any, report: Path | None, name: str) -> None:
    """Raise `InputError` unless a loaded model corrects model runs, and a report of it can be made."""
    if not corrects(type(fitted).__module__) or not (hasattr(fitted, "apply") or hasattr(fitted, "sample")):
        raise InputError(
            f"{name} is a {type(fitted).__name__}, which corrects no model run.",
            "Name an adjuster; `nesym models` says what each model is for.",
        )
    if hasattr(fitted, "sample") and report is not None:
        raise InputError(
            "What this draws is finer than the run, and no report compares the two.", "Leave --report out."
        )


def corrected(fitted: Any, run: "xr.DataArray", draws: int, key: int) -> "xr.DataArray":
    """The run corrected, lazily: by `apply`, or as an ensemble of `draws` members on the observations' grid."""
    if not hasattr(fitted, "sample"):
        return fitted.apply(run)
    return fitted.sample(run.chunk({dim: DAYS if dim == "time" else -1 for dim in run.dims}), draws, key)
