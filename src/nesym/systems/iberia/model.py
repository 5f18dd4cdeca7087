"""Correction and downscaling at once: the rain of a climate model over Iberia, against winters it was not fitted on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from nesym.adjust import AllTimes, Months, QuantileDelta, QuantileMapping
from nesym.downscale.shared_embedding import SharedEmbeddingDiffusion
from nesym.fields import regrid
from nesym.systems.iberia.climate import HEAVY, MEAN, MOST, TAIL, Climate, cell_areas, errors, scored, thresholds
from nesym.systems.iberia.data import Iberia
from nesym.verify import Claim

OWN, UNADJUSTED, RAW, QM, TUNED, QDM, PAST = "diffusion", "no QDM", "raw", "QM", "tuned QM", "QDM", "observed 1983-95"
UNITS = {MEAN: "mm/day", TAIL: "mm/day", HEAVY: "mm a winter", MOST: "mm"}
SETTINGS = [(window, quantiles) for window in (Months(), AllTimes()) for quantiles in (20, 50, 100)]


@dataclass(frozen=True)
class Scores:
    """Errors of each statistic, run by run, (1 + resamples,): statistic -> run -> values; n days of the model."""

    of: Mapping[str, Mapping[str, np.ndarray]]
    n: int

    def value(self, statistic: str, run: str) -> float:
        """The error of the record itself."""
        return float(self.of[statistic][run][0])


def corrected(
    method: SharedEmbeddingDiffusion, iberia: Iberia, key: int, members: int, quick: bool, progress: Callable | None
) -> list[Claim]:
    """Errors of the climate on winters that were calibrated on, and on those that were not."""
    limit = thresholds(iberia.obs("train"))
    tuned = tuned_mapping(iberia, limit, key)
    late = scores(method, iberia, "score", limit, tuned, key, members)
    if progress:
        progress(0.6)
    early = scores(method, iberia, "train", limit, tuned, key, 1, (MEAN,), every=4 if quick else 1)
    if progress:
        progress(1.0)
    return [*_means(early, late), *_heavy(late)]


def scores(
    method: SharedEmbeddingDiffusion,
    iberia: Iberia,
    part: str,
    limit: xr.DataArray,
    tuned: QuantileMapping,
    key: int,
    members: int,
    statistics: tuple[str, ...] = (MEAN, TAIL, HEAVY, MOST),
    every: int = 1,
) -> Scores:
    """Errors of all runs in the winters of a part; the diffusion model draws `every` so many days of it."""
    obs, model = iberia.obs(part), iberia.model(part)
    fine = {p: regrid(iberia.model(p), obs, "bilinear") for p in {"train", part}}
    usual = {QM: QuantileMapping(kind="ratio"), QDM: QuantileDelta(kind="ratio")}
    mapped = {name: one.fit(iberia.obs("train"), fine["train"]).apply(fine[part]) for name, one in usual.items()}
    runs = {RAW: fine[part], **mapped, TUNED: tuned.apply(fine[part])}
    few = max(1, members // 4)
    runs[UNADJUSTED] = drawn(replace(method, adjuster=None), model, few, key, every)
    runs[OWN] = drawn(method, model, members, key, every)
    land = obs.isel(time=0, drop=True).notnull()
    climates = {name: Climate.of(run.where(land), limit) for name, run in runs.items()}
    truth, area = Climate.of(obs, limit), cell_areas(obs)
    found = {name: errors(climates, truth, name, area, key) for name in statistics}
    if part != "train":
        past = Climate.of(iberia.obs("train"), limit)
        for name in statistics:
            found[name][PAST] = errors({PAST: past}, truth, name, area, key)[PAST]
    return Scores(found, model.sizes["time"])


def drawn(method: SharedEmbeddingDiffusion, model: xr.DataArray, members: int, key: int, every: int) -> xr.DataArray:
    """The ensemble for every so many days of the run, whose correction has seen all of them."""
    coarse = method.coarse(model).isel(time=slice(None, None, every))
    return replace(method, adjuster=None).sample(coarse, members, key)


def tuned_mapping(iberia: Iberia, limit: xr.DataArray, key: int) -> QuantileMapping:
    """Quantile mapping at the fine grid with the settings that are best in 1995/96: least sum of errors relative to raw."""
    obs = {part: iberia.obs(part) for part in ("train", "choose")}
    fine = {part: regrid(iberia.model(part), obs[part], "bilinear") for part in obs}
    fitted = [
        QuantileMapping(kind="ratio", window=window, quantiles=quantiles).fit(obs["train"], fine["train"])
        for window, quantiles in SETTINGS
    ]
    runs = {RAW: fine["choose"], **{str(i): one.apply(fine["choose"]) for i, one in enumerate(fitted)}}
    climates = {name: Climate.of(run, limit) for name, run in runs.items()}
    truth, area = Climate.of(obs["choose"], limit), cell_areas(obs["choose"])
    total = np.zeros(len(fitted))
    for name in UNITS:
        found = errors(climates, truth, name, area, key)
        total += [found[str(i)][0] / found[RAW][0] for i in range(len(fitted))]
    return fitted[int(total.argmin())]


def _means(early: Scores, late: Scores) -> list[Claim]:
    """Of the mean: against the raw run where it was calibrated, against QDM where it was not."""

    def ratio(id: str, scores: Scores, run: str, rival: str, where: str, asked: str, published: str, **more) -> Claim:
        values = scores.of[MEAN][run] / scores.of[MEAN][rival]
        score = scored(values, scores.n)
        # Where it was calibrated, a record drawn again would differ by what the calibration has taken away.
        interval = (score.low, score.high) if scores is late else None
        told = ", ".join(
            f"{scores.value(MEAN, name):.3f}: {name}" for name in (RAW, QM, QDM, UNADJUSTED) if name != run
        )
        past = f", {scores.value(MEAN, PAST):.3f}: {PAST}" if PAST in scores.of[MEAN] else ""
        text = f"{where}: mean bias, {run} / {rival}; {run} {scores.value(MEAN, run):.3f} mm/day"
        return Claim(
            id, text, asked, score.value, published=published, baseline=told + past, n=score.n,
            interval=interval, **more,
        )  # fmt: skip

    return [
        ratio("A8a", early, OWN, RAW, "calibration winters", "<= 0.5", "0.29 / 0.69", required=True),
        ratio("A8b", late, OWN, QDM, "scoring winters", "<= 1.1", "0.29 / 0.26 (QM)", required=True),
        ratio("A8c", early, UNADJUSTED, OWN, "calibration winters", ">= 1.5", "0.58 / 0.29"),
    ]


def _heavy(late: Scores) -> list[Claim]:
    """Of heavy rain: against quantile mapping at the fine grid, as it is by default or tuned, whichever is better."""
    claims = []
    for number, name in enumerate((TAIL, HEAVY, MOST)):
        best = min((QM, TUNED), key=lambda rival: late.value(name, rival))
        score = scored(late.of[name][OWN] - late.of[name][best], late.n)
        told = ", ".join(f"{late.value(name, run):.4g}: {run}" for run in (QM, TUNED, QDM, UNADJUSTED, RAW))
        text = f"scoring winters: error of {name}, {UNITS[name]}: {OWN} - {best}; {OWN} {late.value(name, OWN):.4g}"
        claims.append(
            Claim(f"A8{'def'[number]}", text, "< 0", score.value, published="QM does worse", baseline=told, n=score.n,
                  interval=(score.low, score.high), required=True)
        )  # fmt: skip
    return claims
