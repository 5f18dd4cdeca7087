"""What is asked of latent stochastic equations of a known system: its noise, its transitions, its density."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nesym.learn.noise.kramers_moyal import KramersMoyal
from nesym.learn.noise.latent_ensemble import LatentEnsemble
from nesym.systems.latent.worlds import World
from nesym.verify import Claim
from nesym.verify.density import stationary_density_distance
from nesym.verify.residence import Residence, residence_times

LEVEL = 0.95
THIN = 10  # of the values at which the diffusion is looked up
NUMBER = {"energy-balance": 1, "ornstein-uhlenbeck": 2, "double-well": 3}
REQUIRED = ("energy-balance", "ornstein-uhlenbeck")
WITHOUT = {
    "free": ("e", "noise not matched"),
    "long": ("h", "noise not matched, four times the steps, at rest"),
    "plain": ("k", "noise matched, series not blurred"),
}
TIPPING = "tipping rate 20.5 against 188.9 (archived run, beta = gamma = 0)"
DENSITY = "0.684 in other units (archived run, beta = gamma = 0)"


@dataclass(frozen=True)
class Scores:
    """Of one model: diffusion and residence in parts of the true ones, Wasserstein-1 in standard deviations, transitions."""

    diffusion: float
    residence: float
    density: float
    transitions: int


def world(name: str, known: World, found: Mapping[str, LatentEnsemble], key: int) -> list[Claim]:
    """The claims about one system; `found` holds models of the kind "matched", and of those in `WITHOUT` that there are."""
    truth = residence_times(known.truth, *known.states)
    scores = {
        kind: [score(model, known, truth, key + n) for n, model in enumerate(models.models)]
        for kind, models in found.items()
    }
    count = len(found["matched"].models)
    rival = [score(KramersMoyal().fit(known.series(key + n)), known, truth, key + n) for n in range(count)]
    said = _Said(name, known, scores["matched"], rival)
    claims = [
        said.claim("a", "diffusion / true", "in [0.9, 1.1]", "diffusion"),
        said.claim("b", "mean residence / true", "in [0.7, 1.4]", "residence"),
        said.claim("c", "Wasserstein-1 of the density, standard deviations", "< 0.15", "density"),
        said.enough(truth),
    ]
    for kind, (first, words) in WITHOUT.items():
        if kind in scores:
            claims += _without(said, first, words, kind == "plain", scores[kind])
    return claims


def score(model, known: World, truth: Residence, key: int) -> Scores:
    """Of a model that draws as many series, for as long, from starts like those it learned from."""
    steps = known.spin + known.length + 1
    drawn = model.sample(steps, known.members, key).isel(time=slice(known.spin, None))
    values = known.truth.values[:, ::THIN]
    noise = np.sqrt(np.mean(np.square(model.diffusion(values)))) / known.diffusion
    stays = residence_times(drawn, *known.states)
    whole = drawn.values[np.isfinite(drawn.values).all(1)]
    distance = stationary_density_distance(whole, known.truth) if len(whole) == len(drawn) else np.inf
    return Scores(float(noise), stays.mean / truth.mean, float(distance), stays.transitions)


@dataclass(frozen=True)
class _Said:
    """The words that claims about one system share."""

    name: str
    known: World
    matched: Sequence[Scores]
    rival: Sequence[Scores]

    def claim(self, letter: str, what: str, asked: str, measure: str) -> Claim:
        """About the mean over models of one measure, with the Kramers-Moyal estimate beside."""
        beside = np.mean([getattr(each, measure) for each in self.rival])
        text = f"{self.known.title}, noise matched, series blurred: {what}, mean of {len(self.matched)} models"
        return self._claim(letter, text, asked, self.matched, measure, f"{beside:.3f}: Kramers-Moyal", by="interval")

    def enough(self, truth: Residence) -> Claim:
        """Are there transitions enough to judge by?"""
        fewest = min(truth.transitions, *(each.transitions for each in self.matched))
        text = f"{self.known.title}: transitions counted, the fewest of truth and models"
        return Claim(f"L1.{NUMBER[self.name]}d", text, ">= 300", fewest, required=self.name in REQUIRED)

    def without(self, letter: str, words: str, what: str, asked: str, measure: str, scores, published=None) -> Claim:
        """About models of another kind, with the matched ones beside; reported."""
        beside = np.mean([getattr(each, measure) for each in self.matched])
        text = f"{self.known.title}, {words}: {what}, models: {len(scores)}"
        more = {"published": published} if self.name == "energy-balance" else {}
        beside = f"{beside:.3f}: matched and blurred"
        return self._claim(letter, text, asked, scores, measure, beside, required=False, **more)

    def _claim(self, letter, text, asked, scores, measure, baseline, required=True, **more) -> Claim:
        values = [getattr(each, measure) for each in scores]
        mean, interval = _over_models(values)
        required = required and self.name in REQUIRED
        n = min(each.transitions for each in scores)
        id = f"L1.{NUMBER[self.name]}{letter}"
        return Claim(id, text, asked, mean, baseline=baseline, n=n, interval=interval, required=required, **more)


def _without(said: _Said, first: str, words: str, plain: bool, scores: Sequence[Scores]) -> list[Claim]:
    """Diffusion, residence and density, asked to be wrong in the first two where the noise was not matched."""
    letters = [chr(ord(first) + n) for n in range(3)]
    published = (None, None) if plain else (TIPPING, DENSITY)
    asked = ("in [0.9, 1.1]", "in [0.7, 1.4]") if plain else ("< 0.9", "> 1.4")
    return [
        said.without(letters[0], words, "diffusion / true", asked[0], "diffusion", scores),
        said.without(letters[1], words, "mean residence / true", asked[1], "residence", scores, published[0]),
        said.without(letters[2], words, "Wasserstein-1 of the density", "< 0.15", "density", scores, published[1]),
    ]


def _over_models(values: Sequence[float]) -> tuple[float, tuple[float, float] | None]:
    """Mean, and its interval by Student's t where there are two models at least."""
    from scipy.stats import t

    mean = float(np.mean(values))
    if len(values) < 2 or not np.isfinite(values).all():
        return mean, None
    half = t.ppf((1 + LEVEL) / 2, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5
    return mean, (mean - float(half), mean + float(half))
