"""What is asked of the adversarial network: sums kept, a warmer world, patterns, a twin that quantile mapping cannot help."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from nesym.adjust import CycleGAN
from nesym.fields.weights import area_weights
from nesym.systems._scored import scored
from nesym.systems.gan import scores
from nesym.systems.gan.scores import Climate
from nesym.systems.gan.worlds import KNOWN, SCORE, Run, Worlds
from nesym.verify import Claim, dry_share

WETTER = 1.2
WITHIN = {"float32": 1e-6, "float64": 1e-12}
PRESENT, WARM, OBSERVED, TRUTH = range(4)  # streams of resamples, one for each record
Runs = Mapping[str, Run]
SHAPES = (
    ("a", "spectral error", scores.spectra, scores.spectral_error),
    ("b", "fractal error", scores.edges, scores.fractal_error),
)


def sums(gan: CycleGAN, worlds: Worlds, step: int) -> list[Claim]:
    """Global sums of each `step`-th day in either precision, with 20 % more rain and in the warmer world; and the drift."""
    rain = {"+20 %": WETTER * worlds.during(SCORE)[1][::step], "+3 K": worlds.scenario[::step]}
    claims = []
    for letter, (world, precision) in zip("abcd", ((w, p) for w in rain for p in WITHIN), strict=True):
        given = rain[world].astype(precision).assign_attrs(units=worlds.hist.attrs["units"])
        off = float(np.abs(total(gan.apply(given)) / total(given) - 1).max())
        text = f"{world}, {precision}: global sum of a day, largest relative error"
        claims.append(
            Claim(f"A3{letter}", text, f"<= {WITHIN[precision]:g}", off, n=given.sizes["time"], required=True)
        )
    drift = total(replace(gan, constraint=None).apply(rain["+3 K"])) / total(rain["+3 K"]) - 1
    text, beside = "+3 K: the same without constraint", f"{100 * drift.mean():+.2f} % in the mean"
    return [*claims, Claim("A3e", text, "> 0.001", float(np.abs(drift).max()), baseline=beside, n=len(drift))]


def total(rain: xr.DataArray) -> np.ndarray:
    """Global mean of each day by area, float64."""
    weights = area_weights(rain)
    summed = (rain.astype(np.float64) * weights).sum(("lat", "lon")).values
    return summed / float(weights.sum() * rain.sizes["lon"])


def warmer(runs: Runs, name: str, worlds: Worlds, key: int, *, required: str = "", mark: str = "") -> list[Claim]:
    """Errors of the method `name` in the world 3 K warmer, less those of both quantile mappings; `required` are letters.

    Over whole years quantile delta mapping meets the ratio of the peaks to 0.004, where chance is 0.03: no method can be
    better by more than chance. Networks without a constraint, networks that are not told the climates, and networks that are
    given every day with the global mean of the present were no nearer to it than the one that is packaged.
    """
    rows = scores.Rows(worlds.obs["lat"].values)
    now = {n: _profiles(run.hist.sel(time=KNOWN), key, PRESENT) for n, run in runs.items()}
    then = {n: _profiles(run.scenario, key, WARM) for n, run in runs.items()}
    was, truth = _profiles(worlds.obs.sel(time=KNOWN), key, OBSERVED), _profiles(worlds.truth, key, TRUTH)
    alone, pairs = {n: (then[n],) for n in runs}, {n: (then[n], now[n]) for n in runs}
    measures = (
        ("zonal-mean rain, mm/day", rows.zonal, alone, (truth,)),
        ("change of zonal-mean rain, mm/day", rows.change, pairs, (truth, was)),
        ("south/north ratio of the ITCZ", rows.ratio, alone, (truth,)),
    )
    beside = ((rival, measure) for rival in ("QDM", "QM") for measure in measures)
    return [
        _beside(f"A4{letter}{mark}", f"+3 K: error of the {text}", *measure, (name, rival), required=letter in required)
        for letter, (rival, (text, *measure)) in zip("abcdef", beside, strict=True)
    ]


def patterns(runs: Runs, name: str, worlds: Worlds, key: int, *, required: str = "", mark: str = "") -> list[Claim]:
    """Spectra and ragged edges of the scoring year, and spectra of ranks, which no increasing map of single cells changes."""
    obs, records = scoring(runs, worlds)
    dry = dry_share(obs, *records.values())
    ranked = ("c", "spectral error of ranks", lambda rain: scores.ranks(rain, dry), scores.spectral_error)
    claims = []
    for letter, text, per_day, measure in (*SHAPES, ranked):
        climates, truth = climates_of(per_day, records, obs, key)
        floor = f"; floor {scores.between_halves(measure, per_day, worlds.obs, key).value:.3g}"
        how = {"required": letter in required, "more": floor}
        claims.append(_beside(f"A5{letter}{mark}", text, measure, climates, truth, (name, "raw"), **how))
    return claims


def unchanged(worlds: Worlds, key: int) -> Claim:
    """An increasing map of each cell's values leaves the spectral error of ranks as it was."""
    runs = {"raw": Run(worlds, lambda rain: rain), "QM": worlds.increasing_map()}
    obs, records = scoring(runs, worlds)
    dry = dry_share(obs, *records.values())
    climates, truth = climates_of(lambda rain: scores.ranks(rain, dry), records, obs, key)
    part = scores.ratio(scores.spectral_error, climates["QM"], climates["raw"], truth)
    text = "spectral error of ranks, QM without random rain on dry days / raw"
    return scored("A5d", text, "in [0.99, 1.01]", part, listed(scores.spectral_error, climates, truth), required=True)


def second_twin(runs: Runs, worlds: Worlds, key: int) -> list[Claim]:
    """Rain that has the observed distribution in every cell and other patterns: what is left of the error of QM?"""
    obs, records = scoring(runs, worlds)
    claims = []
    for letter, text, per_day, measure in SHAPES:
        climates, truth = climates_of(per_day, records, obs, key)
        part = scores.ratio(measure, climates["GAN"], climates["QM"], truth)
        beside = listed(measure, climates, truth)
        words = f"displaced twin: {text}, GAN / QM"
        claims.append(scored(f"A6{letter}", words, "<= 0.5", part, beside, required=True))
    return claims


def scoring(runs: Runs, worlds: Worlds) -> tuple[xr.DataArray, dict[str, xr.DataArray]]:
    """What was observed in the scoring year, and what each run has there."""
    return worlds.obs.sel(time=SCORE), {name: run.hist.sel(time=SCORE) for name, run in runs.items()}


def _profiles(rain: xr.DataArray, key: int, stream: int) -> Climate:
    return Climate.of(scores.profiles(rain), rain["time"], 4 * key + stream)


def climates_of(per_day, records: Mapping[str, xr.DataArray], obs: xr.DataArray, key: int) -> tuple[dict, tuple]:
    """Means of what `per_day` finds in each record, and in what was observed."""
    found = {n: (Climate.of(per_day(rain), rain["time"], 4 * key + PRESENT),) for n, rain in records.items()}
    return found, (Climate.of(per_day(obs), obs["time"], 4 * key + OBSERVED),)


def _beside(
    id: str, text: str, measure, climates, truth, pair: tuple[str, str], *, required: bool, more: str = ""
) -> Claim:
    """The error of one method less that of another, with the errors of all of them."""
    apart = scores.difference(measure, climates[pair[0]], climates[pair[1]], truth)
    beside = listed(measure, climates, truth) + more
    words = f"{text}: {pair[0]} - {pair[1]}"
    return scored(id, words, "< 0", apart, beside, required=required, by="interval")


def listed(measure, climates: Mapping[str, tuple], truth: tuple) -> str:
    """The errors of all methods as text."""
    errors = {name: scores.error(measure, *one, *truth).value for name, one in climates.items()}
    return ", ".join(f"{name} {value:.3g}" for name, value in errors.items())
