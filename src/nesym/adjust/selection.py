"""Which of the networks of a training is taken: the one whose patterns are best on years apart, by a rule."""

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import xarray as xr

from nesym._errors import TrainingError
from nesym.adjust.translation import Translation
from nesym.constrain import Budget
from nesym.generate import Adversaries
from nesym.train.candidates import Candidates
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


def candidates(
    folder: Path, first: Translation, patterns: Patterns, hist: np.ndarray, budget: Budget | None
) -> Candidates:
    """Those of a training that began with `first`, by the errors of what they make of the model's rain of years apart."""

    def kept(step: int, networks: Adversaries) -> Translation:
        return replace(first, network=networks.forth, judge=networks.judge_b, chosen=step)

    def errors(found: Translation) -> np.ndarray:
        rain = found.translated(hist)
        if budget is not None:
            rain = np.asarray(budget.project(rain, budget.reference(hist)))
        return patterns.errors(rain)

    return Candidates(folder, kept, errors)


def best(found: Candidates) -> Translation:
    """The one with the least sum of its errors, all three being shares or close to."""
    chosen, _, errors = found.best(
        TrainingError(
            "No network of this training gave finite rain.",
            "Lower the rates: Adversarial(rate=1e-4, judge_rate=1e-4), and give another folder.",
        )
    )
    return replace(chosen, candidates=tuple((step, *(round(x, 4) for x in three)) for step, *three in errors))
