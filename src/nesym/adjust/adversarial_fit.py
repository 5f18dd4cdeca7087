"""Training a `CycleGAN`: records to fields, fields to networks, and the choice among them."""

import tempfile
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import xarray as xr

from nesym import train
from nesym._errors import GridError, InputError, MissingValuesError, TimeError, TrainingError, VariableError
from nesym.adjust._labels import record, same_cells
from nesym.adjust.adversaries import MEASURED, Adversarial, KeptSum, Rain
from nesym.adjust.selection import Patterns, best, candidates
from nesym.adjust.translation import Translation
from nesym.adjust.variables import RAIN_UNITS, is_rain
from nesym.fields.grid import Grid
from nesym.fields.transforms import Chain, LogEps, Standardise
from nesym.fields.weights import area_weights
from nesym.generate import CycleLoss, Memory, Unpaired, adversarial_optimiser
from nesym.nets import places

CLIP = 5.0  # of the gradient of all networks: one odd day must not throw a judge off
FEWEST = 8  # days: fewer have no climate to speak of


def fit_translation(method, obs, hist, choose, key: int, folder, variable: str | None, progress) -> Translation:
    """See `CycleGAN.fit`."""
    recipe: Adversarial = method.training
    seen, model = _pair(obs, hist, variable)
    if choose is None:
        (seen, chosen_seen), (model, chosen_model) = _split(seen), _split(model)
    else:
        chosen_seen, chosen_model = _chosen(choose, variable, seen)
    like = seen.isel(time=slice(0))
    first = _begun(_fields(seen), _fields(model), like, recipe, key)
    measure = Rain(first.transform, first.scale)
    budget = method.budget(like)
    area = area_weights(like).values
    with _place(folder) as where:
        apart = _fields(chosen_seen), _fields(chosen_model)
        passed = candidates(where / "candidates", first, Patterns.of(*apart, area), apart[1], budget)
        loss = CycleLoss(
            first.known,
            jnp.asarray(area, jnp.float32),
            KeptSum(budget, first.transform) if method.constrain == "train" else None,
            measure,
            tuple(jnp.asarray(climate) for climate in np.split(first.climate, 2, -1)),
            recipe.cycle,
            recipe.identity,
            recipe.means,
            recipe.smooth,
        )
        seconds = _trained(
            first, loss, _fields(seen), _fields(model), recipe, key, where / "training", passed, progress
        )
        return replace(best(passed), seconds=round(seconds, 1))


def _trained(first: Translation, loss, obs, hist, recipe: Adversarial, key: int, folder, watch, progress) -> float:
    """Take all steps, with every candidate handed to `watch`; the seconds it took."""
    shape = obs.shape[1:]
    how = {"batch": recipe.batch, "crop": shape, "flips": False, "turns": False}
    done = train.fit(
        recipe.networks(first.known.shape[-1], key),
        loss,
        Unpaired(*(train.Fields(first.seen(rain), **how) for rain in (hist, obs))),
        optimiser=adversarial_optimiser(recipe.steps, recipe.rate, recipe.judge_rate),
        steps=recipe.steps,
        key=key,
        ema=recipe.ema,
        clip=CLIP,
        checkpoint=folder,
        every=min(recipe.every, recipe.steps),
        carry=(Memory.empty(recipe.pool, shape, MEASURED),) * 2,
        watch=watch,
        progress=progress,
        config={"training": asdict(recipe), "keep": repr(loss.keep), "transform": repr(first.transform)},
    )
    if not done.successful:
        raise TrainingError(done.reason.problem, done.reason.remedy)
    return done.seconds


def _begun(obs: np.ndarray, hist: np.ndarray, like: xr.DataArray, recipe: Adversarial, key: int) -> Translation:
    """The transform and the limits of the records, with networks that have not learned."""
    log = LogEps(recipe.eps, RAIN_UNITS)
    square = np.mean(np.square(log(obs, RAIN_UNITS), dtype=np.float64))
    if not square > 0:
        raise InputError("The observations have no rain at all.", "Check the variable and its units.")
    transform = Chain((log, Standardise(0.0, float(np.sqrt(square)))))
    latitude, longitude = (like[dim].values.astype(np.float64) for dim in ("lat", "lon"))
    trace, scale = round(float(obs[obs > 0].min()) / 2, 6), round(float(obs.mean(dtype=np.float64)), 6)
    climate = np.concatenate([_climate(rain, Rain(transform, scale)) for rain in (hist, obs)], -1)
    networks = recipe.networks(places(latitude[:1], longitude[:1]).shape[-1] + climate.shape[-1], key)
    labels, largest = (str(like.name), latitude, longitude), float(hist.max())
    learned = networks.forth, networks.judge_b
    return Translation(*labels, climate, transform, scale, trace, largest, *learned, most=float(obs.max()))


def _climate(rain: np.ndarray, measure: Rain) -> np.ndarray:
    """Means over time of what is measured, (lat, lon, c) float32, day by day for the sake of memory."""
    total = sum(np.asarray(measure(measure.transform(day[None], RAIN_UNITS)[..., None])[0], np.float64) for day in rain)
    return (total / len(rain)).astype(np.float32)


def _pair(obs, hist, variable: str | None, like: xr.DataArray | None = None) -> tuple[xr.DataArray, xr.DataArray]:
    """Observations and model run on the cells of the former (or of `like`), refused unless they are global rain."""
    seen = _global(record(obs, variable, like=like))
    seen = seen if like is None else same_cells(seen, like, "observations to choose on")
    model = same_cells(record(hist, variable, like=seen), seen, "model run")
    for da, what in ((seen, "observations"), (model, "model run")):
        if da.sizes["time"] < FEWEST:
            raise TimeError(
                f"The {what} have {da.sizes['time']} days, and a climate is learned from {FEWEST} at least.",
                "Give whole years.",
            )
    return seen, model


def _global(da: xr.DataArray) -> xr.DataArray:
    if not is_rain(da):
        raise VariableError(f"This translates rain, and '{da.name}' came.", "Use another method: --method qdm.")
    if "member" in da.dims:
        raise InputError("The observations have members.", "Give one record: obs.isel(member=0).")
    if not Grid.of(da).periodic:
        raise GridError(
            "A grid around the globe is needed, for longitudes are joined at its seam; this one is a region.",
            "Give global fields, or correct regions with --method qdm.",
        )
    return da


def _chosen(choose, variable: str | None, like: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    if not isinstance(choose, tuple | list) or len(choose) != 2:
        raise InputError(
            f"What to choose on is a pair (observations, model run), and {type(choose).__name__} came.",
            "Give choose=(obs.sel(time=...), hist.sel(time=...)), years that are not trained on.",
        )
    return _pair(*choose, variable, like)


def _split(da: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """The first three quarters of a record, and the last."""
    at = da.sizes["time"] * 3 // 4
    return da.isel(time=slice(0, at)), da.isel(time=slice(at, None))


def _fields(da: xr.DataArray) -> np.ndarray:
    """All days of all members: (n, lat, lon) float32 without gaps."""
    order = [dim for dim in da.dims if dim not in ("lat", "lon")]
    values = da.transpose(*order, "lat", "lon").values
    rain = np.ascontiguousarray(values.reshape(-1, *values.shape[-2:]), np.float32)
    if not np.isfinite(rain).all():
        raise MissingValuesError(
            f"'{da.name}' has missing values, and a network needs complete fields.",
            "Fill the gaps first, or leave out the days that have some.",
        )
    return rain


@contextmanager
def _place(folder):
    """The folder of the training, or one that is gone afterwards."""
    if folder is not None:
        yield Path(folder).expanduser()
        return
    with tempfile.TemporaryDirectory() as temporary:
        yield Path(temporary)
