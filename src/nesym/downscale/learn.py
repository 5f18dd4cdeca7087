"""Training a generative downscaler: a denoiser on fine rain, and a consistency model distilled from it."""

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path as FilePath

import numpy as np
import optax

from nesym import train
from nesym._errors import InputError, TrainingError
from nesym._typing import Path
from nesym.downscale.calibration import Calibration
from nesym.downscale.cascade_fit import usable_factors
from nesym.downscale.lessons import least_rain, wet_windows, window_weights
from nesym.downscale.progress import Progress, part
from nesym.downscale.rain_network import RainNetwork
from nesym.downscale.training import Denoising, Distillation, Lesson, Training
from nesym.fields.blocks import block_mean
from nesym.fields.canonical import canonical
from nesym.fields.rain import RATE_UNITS
from nesym.fields.transforms import Chain, Root, Standardise
from nesym.verify.spectra import Rings

QUANTILES = 20  # classes of rain in which the gap between T(mean) and the mean of T is measured
EVERY = 250  # steps between checkpoints
PAIRS, SIDE = 12, 128  # fields on which the memory of the noise is measured: each takes network calls
MEMORY = 300  # steps of a training that measuring it takes as long as
HIGHEST = 20.0  # noise levels that a consistency model is made for: far above those of any factor


def fit_diffusion(method, fine, *, key, choose=None, factors, progress=None, folder: Path | None = None, shares=None):
    """See `DiffusionDownscaler.fit`. The memory of its noise is not fitted: each draw would take many network calls."""
    return replace(method, fitted=_denoiser(Run.of(fine, shares, method.training, folder), factors, key, progress))


def fit_consistency(
    method, fine, *, key, choose=None, factors, progress=None, folder: Path | None = None, shares=None, teacher=None
):
    """See `ConsistencyDownscaler.fit`."""
    from nesym.downscale.persistence import fit_memory

    recipe = method.training
    regular = choose if choose is not None else fine
    regular = canonical(regular[0] if isinstance(regular, list | tuple) else regular, "pr", missing="keep")
    # Relative to a step of the denoiser; the last is the memory of the noise.
    costs = (0 if teacher is not None else recipe.steps), 2 * recipe.distillation, 2 * recipe.calibration, MEMORY
    first, second, third, last = (part(progress, *share) for share in _shares(*costs))
    run = Run.of(fine, shares, recipe, folder)
    fitted = _denoiser(run, factors, key, first) if teacher is None else teacher._ready()
    if any(recipe.crop % factor for factor in fitted.factors):
        raise InputError(
            f"The teacher was fitted for factors of {fitted.factors}, which do not all divide crops of {recipe.crop} cells.",
            f"Give Training(crop={teacher.training.crop}), as it had, or leave the teacher out.",
        )
    distil = Distillation(Lesson(fitted.transform, fitted.factors), fitted.network, HIGHEST)
    rate = recipe.rate / 2  # a network that has been trained already takes smaller steps
    fitted = run("distillation", fitted, distil, recipe.distillation, rate, key + 1, second)
    calibrate = Calibration(distil, fitted.levels)
    fitted = run("calibration", fitted, calibrate, recipe.calibration, rate, key + 2, third)
    student = replace(method, fitted=fitted)
    return replace(student, fitted_memory=fit_memory(student, regular, key=key, pairs=PAIRS, side=SIDE, progress=last))


def _denoiser(run: "Run", factors: tuple[int, ...], key: int, progress: Progress | None) -> RainNetwork:
    """A new network, trained to take noise from rain."""
    fitted = prepared(run.windows, run.recipe, factors, key)
    loss = Denoising(Lesson(fitted.transform, fitted.factors))
    return run("denoiser", fitted, loss, run.recipe.steps, run.recipe.rate, key, progress)


def prepared(windows: list[np.ndarray], recipe: Training, factors: tuple[int, ...], key: int) -> RainNetwork:
    """A new network, with the transform and the noise levels measured on the windows."""
    smallest = min((window.shape for window in windows), key=lambda shape: min(shape[1:]))
    usable = tuple(f for f in usable_factors(smallest, factors, fewest=4) if recipe.crop % f == 0)
    if not usable:
        raise InputError(
            f"Crops of {recipe.crop} cells cannot be coarsened by any of the factors {tuple(factors)}.",
            "Give a crop that they divide, such as Training(crop=48) for factors of 3, 6 and 12.",
        )
    transform = Chain((Root(), Standardise())).fit(np.concatenate([w.ravel() for w in windows]), RATE_UNITS)
    levels = coarse_nyquist(windows, transform, usable)
    gaps = tuple(jensen_gaps(windows, transform, factor) for factor in usable)
    return RainNetwork(recipe.network(key), transform, round(least_rain(windows) / 2, 6), usable, levels, gaps)


def jensen_gaps(windows: list[np.ndarray], transform: Chain, factor: int) -> tuple[tuple[float, float], ...]:
    """T(R) - mean of T(r), averaged over the blocks of each of `QUANTILES` classes of R: points (T(R), gap), from 0 on."""
    rain = np.concatenate([block_mean(whole(window, factor), factor).ravel() for window in windows])
    means = [block_mean(transform(whole(window, factor), RATE_UNITS), factor).ravel() for window in windows]
    wet = rain > 0
    z, gap = transform(rain[wet], RATE_UNITS), (transform(rain, RATE_UNITS) - np.concatenate(means))[wet]
    classes = np.array_split(np.argsort(z, kind="stable"), QUANTILES)
    points = [(z[of].mean(), gap[of].mean()) for of in classes if of.size]
    none = float(transform(np.zeros(1, np.float32), RATE_UNITS)[0])
    return ((round(none, 4), 0.0), *((round(float(at), 4), round(float(g), 4)) for at, g in points))


def whole(rain: np.ndarray, factor: int) -> np.ndarray:
    """The part of fields (..., y, x) that whole blocks cover."""
    ny, nx = (n // factor * factor for n in rain.shape[-2:])
    return rain[..., :ny, :nx]


def coarse_nyquist(windows: list[np.ndarray], transform: Chain, factors: tuple[int, ...]) -> tuple[float, ...]:
    """sqrt(PSD) of transformed rain at a wavelength of 2 x factor cells, for each factor."""
    found = []
    for window in windows:
        rings = Rings(window.shape[1:], (1.0, 1.0))
        power = rings.mean_power(transform(window, RATE_UNITS))[1:]
        at = np.interp(np.log(2.0 * np.array(factors)), np.log(rings.wavelength[:0:-1]), np.log(power[::-1]))
        found.append(len(window) * np.exp(at))
    mean = np.sum(found, 0) / sum(map(len, windows))
    return tuple(round(float(level), 4) for level in np.sqrt(mean))


@dataclass(frozen=True)
class Run:
    """Training on rainy windows, with a learning rate that climbs for a hundredth of the steps and falls as a cosine."""

    windows: list[np.ndarray]
    weights: list[float] | None
    recipe: Training
    folder: Path | None

    @classmethod
    def of(cls, fine, shares, recipe: Training, folder: Path | None) -> "Run":
        """Training on the windows of fine rain, of which each event has its share."""
        events = wet_windows(fine, recipe.crop)
        weights = window_weights(events, shares)
        return cls([window for windows in events for window in windows], weights, recipe, folder)

    def __call__(
        self, name: str, fitted: RainNetwork, loss, steps: int, rate: float, key: int, progress: Progress | None
    ) -> RainNetwork:
        """The network after `steps` steps more; `TrainingError` with the reason if they could not all be taken."""
        folder = None if self.folder is None else FilePath(self.folder).expanduser() / name
        schedule = optax.warmup_cosine_decay_schedule(0.0, rate, max(1, steps // 100), steps)
        done = train.fit(
            fitted.network,
            loss,
            train.Fields(self.windows, batch=self.recipe.batch, crop=self.recipe.crop, weights=self.weights),
            optimiser=optax.adamw(schedule, weight_decay=1e-4),
            steps=steps,
            key=key,
            ema=self.recipe.ema,
            checkpoint=folder,
            every=EVERY,
            progress=progress and (lambda fraction, text: progress(fraction, f"{name}: {text}")),
        )
        if not done.successful:
            raise TrainingError(done.reason.problem, done.reason.remedy)
        return fitted.after(done)


def _shares(*costs: float) -> list[tuple[float, float]]:
    """Where each part of the work starts and ends, as fractions of the whole."""
    ends = np.cumsum([0.0, *costs]) / sum(costs)
    return list(pairwise(ends.tolist()))
