"""Downscaling German radar rain with a consistency model: one network call per member, against its 35-call teacher.

The days and the coarsening are those of `nesym.systems.rain_baselines`: 8 km to 1 km, trained on 10, 13, 14 and 16 May 2018
and on radar of three other countries, chosen on the 15th, scored on 17, 19 and 20 May. Every row uses one noise level.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import xarray as xr

from nesym import data as catalogue
from nesym import load
from nesym.downscale import Cascade, ConsistencyDownscaler, DiffusionDownscaler
from nesym.downscale.baselines import PACKAGED
from nesym.downscale.compare import compare
from nesym.fields.canonical import canonical
from nesym.fields.grid import coarsen
from nesym.systems import rain_baselines as protocol
from nesym.systems.consistency import checks, scores
from nesym.verify import Claim

# Radar rain of 1 km on which both are trained beside the German days: other climates, other instruments.
ELSEWHERE = ("fmi_finland", "knmi_netherlands", "bom_brisbane")
# Shares of the crops that come from Germany and from each of these. Finnish and Dutch rain look alike when coarse and differ
# when fine: with the teacher's shares the student's draws were right for the Netherlands and too smooth for Finland.
SHARES = {"teacher": (0.6, 0.1, 0.2, 0.1), "student": (0.6, 0.2, 0.1, 0.1)}
# Noise levels to choose from on the 15th, as multiples of that of the coarse Nyquist wavelength.
CANDIDATES = (0.71, 0.84, 1.0, 1.19, 1.41)


def events(data: Path | str | None = None) -> list[xr.DataArray]:
    """What both are trained on: rain (time, y, x) of the German fitting days and of three other countries."""
    german, _ = protocol.rain(data)
    others = [canonical(catalogue.open(name, data), "pr", missing="keep").load() for name in ELSEWHERE]
    return [protocol.on(protocol.FIT, german), *others]


def fit(
    data: Path | str | None = None,
    key: int = 0,
    folder: Path | str | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> dict[str, DiffusionDownscaler | ConsistencyDownscaler]:
    """Teacher and student, trained; with a `folder` for checkpoints, a run that was stopped goes on."""
    rain, other = events(data), protocol.on(protocol.CHOOSE, protocol.rain(data)[0])
    recipe = {"key": key, "folder": folder, "progress": progress}
    teacher = DiffusionDownscaler().fit(rain, shares=SHARES["teacher"], **recipe)
    student = ConsistencyDownscaler().fit(rain, choose=other, teacher=teacher, shares=SHARES["student"], **recipe)
    chosen = choose(student, data, key)
    return {
        "diffusion": replace(teacher, fitted=teacher.fitted.louder(chosen), fitted_memory=student.fitted_memory),
        "consistency": replace(student, fitted=student.fitted.louder(chosen)),
    }


def choose(
    model: ConsistencyDownscaler,
    data: Path | str | None = None,
    key: int = 0,
    *,
    multiples: Sequence[float] = CANDIDATES,
    fields: int = 24,
) -> float:
    """The multiple of its noise levels with the least CRPS on the 15th, of those whose spectrum is as good as the cascade's.

    Where none is, that with the best spectrum. All are scored on that many `fields`.
    """
    rain, wet = protocol.rain(data)
    truth = scores.evenly_spread(protocol.on(protocol.CHOOSE, rain.isel(time=wet.values)), fields)
    trials = {
        f"{multiple:g} x": replace(model, sigma=multiple * model.noise_level(protocol.FACTOR)) for multiple in multiples
    }
    cascade: Cascade = load(PACKAGED["cascade"])
    table = compare(
        cascade, coarsen(truth, protocol.FACTOR), truth, members=scores.FIXED_MEMBERS, key=key, reference=cascade.name,
        rivals=trials, block=protocol.BLOCK_HOURS,
    )  # fmt: skip
    crps, spectral = (
        {name: table.cell(name, metric).value for name in (*trials, cascade.name)}
        for metric in ("CRPS", scores.SPECTRAL)
    )
    good = [name for name in trials if spectral[name] <= spectral[cascade.name]]
    best = min(good, key=crps.get) if good else min(trials, key=spectral.get)
    return dict(zip(trials, multiples, strict=True))[best]


def write_models(folder: Path | str, data: Path | str | None = None, progress=None) -> None:
    """Train both and save them, with their cards, to `folder`: how the packaged files were made."""
    place = Path(folder)
    card = {
        "data": "DWD RADOLAN-YW, 10, 13, 14, 16 May 2018; FMI 2016-09-28, KNMI 2010-08-26, BoM 2020-10-31",
        "region": "Germany (6 crops in 10), Finland, Netherlands, Brisbane",
        **protocol.terms(protocol.DATASET, *ELSEWHERE),
        "made_by": "python -m nesym.systems.downscale_consistency FOLDER",
        "scores": "nesym reproduce downscale-consistency",
    }
    for name, model in fit(data, folder=place / "training", progress=progress).items():
        model.save(place / f"{PACKAGED[name]}.safetensors", **card)


def reproduce(
    *,
    quick: bool = False,
    train: bool = False,
    data: Path | str | None = None,
    key: int = 0,
    progress: Callable[[float], None] | None = None,
) -> list[Claim]:
    """Hold the packaged models, or new ones if `train`, to what is asked; `quick`: the 17th alone, every second step, and of
    other radar that which took no part in the training."""

    def told(start: float, end: float):
        return progress and (lambda fraction, text="": progress(start + fraction * (end - start)))

    trained = 0.7 if train else 0.0
    fitted = fit(data, key, progress=told(0.0, trained)) if train else {name: load(PACKAGED[name]) for name in MODELS}
    cascade: Cascade = load(PACKAGED["cascade"])
    field, wet = protocol.rain(data)
    truth = protocol.on(protocol.SCORE[:1] if quick else protocol.SCORE, field.isel(time=wet.values))
    truth = truth.isel(time=slice(None, None, 2 if quick else 1))
    return [
        *checks.speed(fitted, key),
        *scores.against_teacher(fitted, truth, key),
        *scores.against_cascade(fitted["consistency"], cascade, truth, key, told(trained, 0.9)),
        *checks.dial(fitted["consistency"], truth, key),
        *checks.cost(fitted),
        *checks.same(fitted["consistency"], truth, key),
        *scores.abroad(fitted["consistency"], cascade, data, key, unseen_only=quick),
    ]


MODELS = ("diffusion", "consistency")

if __name__ == "__main__":
    import sys

    write_models(sys.argv[1], progress=lambda done, text: print(f"{done:.4f} {text}", flush=True))
