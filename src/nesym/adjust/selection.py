"""Which of the networks of a training is taken: the one whose patterns are best on years apart, by a rule."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr

from nesym import _store
from nesym._errors import TrainingError
from nesym.adjust.translation import Translation
from nesym.constrain import Budget
from nesym.verify import Rings, locally_ranked


@dataclass(frozen=True)
class Patterns:
    """Three errors of rain (time, lat, lon) against observed rain `obs` of other days of the same climate:

        spectral  mean over rings k >= 1 of |log10 <P_x(k)> - log10 <P_o(k)>|      P as in `nesym.verify.rapsd`
        zonal     sum over rows of a |x - o| / sum over rows of a o                x, o means over time and longitude
        ranked    the spectral error of ranks                                      as in `nesym.verify.locally_ranked`

    with a the `area` (lat,) of the rows. In the ranks of a cell the share `dry` (lat, lon) of its days is one tie.
    """

    obs: np.ndarray
    area: np.ndarray
    dry: np.ndarray

    @classmethod
    def of(cls, obs: np.ndarray, model: np.ndarray, area: np.ndarray) -> "Patterns":
        """With the larger of the shares of dry days of what was observed and modelled."""
        return cls(obs, area, np.maximum(*((rain <= 0).mean(0) for rain in (obs, model))))

    @cached_property
    def _rings(self) -> Rings:
        return Rings(self.obs.shape[-2:], (1.0, 1.0))

    @cached_property
    def _observed(self) -> np.ndarray:
        return self._spectra(self.obs)

    def _spectra(self, rain: np.ndarray) -> np.ndarray:
        """log10 of the spectra of rain and of its ranks, without their means: (2, rings)."""
        dims = "time", "lat", "lon"
        ranked = locally_ranked(xr.DataArray(rain, dims=dims), dry=xr.DataArray(self.dry, dims=dims[1:]))
        return np.log10([self._rings.mean_power(fields)[1:] for fields in (rain, ranked.values)])

    def errors(self, rain: np.ndarray) -> np.ndarray:
        """(spectral, zonal, ranked)."""
        spectral, ranked = np.abs(self._spectra(rain) - self._observed).mean(1)
        profile, wanted = (x.mean((0, 2), dtype=np.float64) for x in (rain, self.obs))
        return np.array([spectral, self.area @ np.abs(profile - wanted) / (self.area @ wanted), ranked])


class Candidates:
    """The networks that a training has passed, in a `folder`, each with its errors.

    Calling it with a step and the networks of `nesym.generate.Adversaries` sets one aside.
    """

    def __init__(self, folder: Path, first: Translation, patterns: Patterns, hist: np.ndarray, budget: Budget | None):
        self._folder, self._first, self._patterns, self._hist, self._budget = folder, first, patterns, hist, budget
        self._folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, step: int, networks) -> None:
        """Translate the model's rain of the years apart, and keep networks and errors."""
        found = replace(self._first, network=networks.forth, judge=networks.judge_b, chosen=step)
        rain = found.translated(self._hist)
        if self._budget is not None:
            rain = np.asarray(self._budget.project(rain, self._budget.reference(self._hist)))
        errors = self._patterns.errors(rain)
        if not np.isfinite(errors).all():  # on its way a network may have gone astray
            return
        _store.save(found, self._folder / f"step-{step:08d}{_store.ENDING}", {"errors": errors.tolist()})

    def best(self) -> Translation:
        """The one with the least sum of its errors, all three being shares or close to; the earlier of two that are equal."""
        files = sorted(self._folder.glob(f"step-*{_store.ENDING}"))
        if not files:
            raise TrainingError(
                "No network of this training gave finite rain.",
                "Lower the rates: Adversarial(rate=1e-4, judge_rate=1e-4), and give another folder.",
            )
        errors = [_store.card(file)["card"]["errors"] for file in files]
        found = _store.load(files[int(np.argmin(np.sum(errors, 1)))])
        steps = [int(file.name.removeprefix("step-").removesuffix(_store.ENDING)) for file in files]
        table = tuple((step, *(round(x, 4) for x in three)) for step, three in zip(steps, errors, strict=True))
        return replace(found, candidates=table)
