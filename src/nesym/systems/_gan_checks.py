"""What is asked of the adversarial network: sums kept, a warmer world, patterns, and a twin that quantile mapping cannot help."""

from dataclasses import replace

import numpy as np
import xarray as xr

from nesym.adjust import CycleGAN, QuantileMapping
from nesym.fields.weights import area_weights
from nesym.systems import _gan_scores as scores
from nesym.systems._gan_scores import Climate
from nesym.systems._gan_worlds import KNOWN, SCORE, Worlds
from nesym.systems._scored import scored
from nesym.verify import Claim, Score, dry_share

WETTER = 1.2
WITHIN = {"float32": 1e-6, "float64": 1e-12}
PRESENT, WARM, OBSERVED, TRUTH = range(4)  # streams of resamples, one for each record


def sums(gan: CycleGAN, worlds: Worlds, step: int) -> list[Claim]:
    """Global sums of each `step`-th day in either precision, with 20 % more rain and in the warmer world; and the drift."""
    rain = {
        "+20 %": WETTER * worlds.during(SCORE)[1][::step],
        "+3 K": worlds.scenario[::step],
    }
    claims = []
    for number, (world, precision) in enumerate((w, p) for w in rain for p in WITHIN):
        given = rain[world].astype(precision)
        off = float(np.abs(total(gan.apply(given)) / total(given) - 1).max())
        text = f"{world}, {precision}: global sum of a day, largest relative error"
        asked = f"<= {WITHIN[precision]:g}"
        claims.append(Claim(f"A3{'abcd'[number]}", text, asked, off, n=given.sizes["time"], required=True))
    given = rain["+3 K"]
    drift = total(replace(gan, constraint=None).apply(given)) / total(given) - 1
    text = "+3 K: global sum of a day without constraint, largest relative change"
    beside = f"{100 * drift.mean():+.2f} % in the mean"
    return [*claims, Claim("A3e", text, "> 0.001", float(np.abs(drift).max()), baseline=beside, n=len(drift))]


def total(rain: xr.DataArray) -> np.ndarray:
    """Global mean of each day by area, float64."""
    weights = area_weights(rain)
    return (rain.astype(np.float64) * weights).sum(("lat", "lon")).values / float(weights.sum() * rain.sizes["lon"])


def warmer(gan, methods: dict, worlds: Worlds, key: int) -> list[Claim]:
    """Errors in the world 3 K warmer, less those of quantile delta mapping."""
    rows = scores.Rows(worlds.obs["lat"].values)
    past, observed = worlds.during(KNOWN)[1], worlds.during(KNOWN)[0]
    applied = {"raw": lambda rain: rain} | {name: m.apply for name, m in {**methods, "GAN": gan}.items()}
    now = {name: _profiles(run(past), key, PRESENT) for name, run in applied.items()}
    then = {name: _profiles(run(worlds.scenario), key, WARM) for name, run in applied.items()}
    was, truth = _profiles(observed, key, OBSERVED), _profiles(worlds.truth, key, TRUTH)
    measures = {
        "A4a": ("zonal-mean rain, error", rows.zonal, {n: (then[n],) for n in applied}, (truth,)),
        "A4b": ("change of zonal-mean rain, error", rows.change, {n: (then[n], now[n]) for n in applied}, (truth, was)),
        "A4c": ("south/north ratio of the ITCZ, error", rows.ratio, {n: (then[n],) for n in applied}, (truth,)),
    }
    return [
        _beside(id, f"+3 K: {text}, GAN - QDM", measure, climates, aim, ("GAN", "QDM"), required=id == "A4c")
        for id, (text, measure, climates, aim) in measures.items()
    ]


def _profiles(rain: xr.DataArray, key: int, stream: int) -> Climate:
    return Climate.of(scores.profiles(rain), rain["time"], 4 * key + stream)


def _beside(id: str, text: str, measure, climates: dict, truth, pair: tuple[str, str], required: bool) -> Claim:
    """The error of one method less that of another, with the errors of all of them."""
    apart = scores.difference(measure, climates[pair[0]], climates[pair[1]], truth)
    return scored(id, text, "< 0", apart, _listed(measure, climates, truth), required=required, by="interval")


def _listed(measure, climates: dict, truth) -> str:
    """The errors of all methods as text."""
    errors = {name: scores.error(measure, *one, *truth).value for name, one in climates.items()}
    return ", ".join(f"{name} {value:.3g}" for name, value in errors.items())


def patterns(gan: CycleGAN, qm: QuantileMapping, worlds: Worlds, key: int) -> list[Claim]:
    """Spectra and ragged edges of the scoring year, and spectra of ranks, which no correction of single cells changes."""
    obs, model = worlds.during(SCORE)
    records = {"raw": model, "QM": qm.apply(model), "GAN": gan.apply(model)}
    claims = [
        _beside(id, f"{text}, GAN - raw", measure, *_climates(per_day, records, obs, worlds, key), ("GAN", "raw"), True)
        for id, text, per_day, measure in (
            ("A5a", "spectral error", scores.spectra, scores.spectral_error),
            ("A5b", "fractal error", scores.edges, scores.fractal_error),
        )
    ]
    dry = dry_share(obs, *records.values())

    def ranked(rain: xr.DataArray) -> np.ndarray:
        return scores.ranks(rain, dry)

    climates, truth = _climates(ranked, records, obs, worlds, key)
    same = scores.error(scores.spectral_error, *climates["QM"], *truth).value
    raw = scores.error(scores.spectral_error, *climates["raw"], *truth).value
    claims.append(
        Claim("A5c", "spectral error of ranks, QM / raw", "in [0.99, 1.01]", same / raw, n=len(model), required=True)
    )
    pair = ("GAN", "raw")
    claims.append(
        _beside("A5d", "spectral error of ranks, GAN - raw", scores.spectral_error, climates, truth, pair, True)
    )
    return claims


def second_twin(gan: CycleGAN, worlds: Worlds, key: int) -> list[Claim]:
    """Rain that has the observed distribution in every cell and other patterns: what is left of the error of QM?"""
    obs, model = worlds.during(SCORE)
    records = {"QM": worlds.rivals()["QM"].apply(model), "GAN": gan.apply(model)}
    claims = []
    for id, text, per_day, measure in (
        ("A6a", "spectral error", scores.spectra, scores.spectral_error),
        ("A6b", "fractal error", scores.edges, scores.fractal_error),
    ):
        climates, truth = _climates(per_day, records, obs, worlds, key)
        part: Score = scores.ratio(measure, climates["GAN"], climates["QM"], truth)
        beside = _listed(measure, climates, truth)
        claims.append(scored(id, f"displaced twin: {text}, GAN / QM", "<= 0.5", part, beside, required=True))
    return claims


def _climates(per_day, records: dict, obs: xr.DataArray, worlds: Worlds, key: int) -> tuple[dict, tuple[Climate]]:
    """Means of what `per_day` finds in each record, and in what was observed.

    Beside the methods stands "floor": the observations of the years before, as far as one climate is from itself.
    """
    climates = {
        name: (Climate.of(per_day(rain), rain["time"], 4 * key + PRESENT),) for name, rain in records.items()
    }
    return climates, (Climate.of(per_day(obs), obs["time"], 4 * key + OBSERVED),)
