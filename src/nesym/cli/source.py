"""What a downscaling starts from: the rain, its truth where there is one, and the method."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from nesym._errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from nesym.downscale import AbstractDownscaler

SAMPLE = "radar_germany"
SAMPLE_STEPS = 24
PACKAGED = {"cascade": "cascade-dwd-1km", "rainfarm": "rainfarm-dwd-1km"}


@dataclass(frozen=True)
class Source:
    """Coarse rain (time, Y, X), lazy or not; fine truth (time, y, x) or None; and where they come from."""

    rain: "xr.DataArray"
    truth: "xr.DataArray | None"
    origin: tuple[str, ...]


def from_sample(factor: int) -> Source:
    """The two wettest hours of the packaged radar sample, coarsened by `factor`."""
    from nesym import data
    from nesym.fields.canonical import canonical
    from nesym.fields.grid import coarsen

    rain = canonical(data.sample(SAMPLE), "pr").load()
    wetness = rain.mean(("y", "x")).rolling(time=SAMPLE_STEPS).mean().shift(time=1 - SAMPLE_STEPS)
    start = int(wetness.argmax("time"))
    truth = rain.isel(time=slice(start, start + SAMPLE_STEPS))
    entry = data.entry(SAMPLE)
    return Source(coarsen(truth, factor), truth, (f"{entry.title}. {entry.attribution} ({entry.licence}).",))


def from_file(file: Path, truth: Path | None, variable: str | None, missing: str) -> Source:
    """Rain of the user's own, opened lazily."""
    rain = _rain(file, variable, missing)
    fine = None if truth is None else _rain(truth, variable, "keep")
    return Source(rain, fine, tuple(str(path) for path in (file, truth) if path is not None))


def chosen_method(
    name: str,
    model: str | None,
    fit: Path | None,
    source: Source,
    factor: int,
    *,
    memory: bool,
    constraint: bool,
    force: bool,
) -> "AbstractDownscaler":
    """The method as asked for: fitted on `fit`, loaded from `model`, or the packaged one where it needs a fit."""
    from nesym.downscale import method as method_class

    if model is not None and fit is not None:
        raise InputError("Both --model and --fit came.", "Load a fitted model, or fit one: not both.")
    blank = method_class(name)(block_means=constraint)
    if fit is not None:
        if blank.deterministic:
            raise InputError(f"{name} has nothing to fit.", "Leave --fit out, or use --method cascade.")
        blank = blank.fit(_rain(fit, None, "refuse"))
    elif model is not None or name == "cascade" or (memory and name in PACKAGED):
        blank = replace(_loaded(model or PACKAGED[name], source, factor, force), block_means=constraint)
    if memory and blank.deterministic:
        raise InputError(f"{blank.name} draws no noise that could remember.", "Leave --memory out.")
    return replace(blank, memory=memory) if memory else blank


def _loaded(model: str, source: Source, factor: int, force: bool) -> "AbstractDownscaler":
    from nesym import _store
    from nesym.downscale.suitability import refuse_unsuitable
    from nesym.fields.grid import Grid
    from nesym.fields.times import time_step_seconds

    if not force:
        step = time_step_seconds(source.rain["time"]) if "time" in source.rain.dims else None
        refuse_unsuitable(_store.card(model)["card"], Grid.of(source.rain), factor, step)
    return _store.load(model)


def _rain(file: Path, variable: str | None, missing: str) -> "xr.DataArray":
    from nesym.fields.canonical import canonical
    from nesym.fields.open import open_dataset

    return canonical(open_dataset(file, chunks={}), "pr", variable=variable, missing=missing)
