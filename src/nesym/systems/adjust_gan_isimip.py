"""The adversarial network and ISIMIP3BASD in a row: patterns from the one, distributions in every cell from the other.

Hess et al. 2023, doi 10.1029/2023EF004002. Network, worlds and years are those of `nesym.systems.adjust_gan`; the network
keeps no sums here, as published, and ISIMIP3BASD is fitted on its rain of the years of training and choice, like quantile
mapping without seasons.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from nesym import load
from nesym.adjust import ISIMIP3BASD, AllTimes, CycleGAN
from nesym.adjust.gan_isimip import GANISIMIP
from nesym.systems._scored import scored
from nesym.systems.adjust_gan import PACKAGED, fit_one
from nesym.systems.gan import checks, scores
from nesym.systems.gan.worlds import KNOWN, Run, Worlds
from nesym.verify import Claim

BOTH = "GAN+ISIMIP"


def reproduce(
    *,
    quick: bool = False,
    train: bool = False,
    data: Path | str | None = None,
    key: int = 0,
    progress: Callable[[float], None] | None = None,
) -> list[Claim]:
    """Hold both methods together to what is asked, with the packaged network or a new one if `train`; `quick` is the same."""
    worlds = Worlds.open(data)
    told = (lambda fraction, text="": progress(0.8 * fraction)) if progress and train else None
    gan = fit_one("gan", worlds, key, progress=told) if train else load(PACKAGED["gan"])
    runs = _runs(gan, worlds)
    return [
        *best_of_both(runs, worlds, key),
        *checks.patterns(runs, BOTH, worlds, key, mark="'"),
        *checks.warmer(runs, BOTH, worlds, key, mark="'"),
    ]


def _runs(gan: CycleGAN, worlds: Worlds) -> checks.Runs:
    """Each method alone and both together, fitted on the same years."""
    known = worlds.during(KNOWN)
    isimip = ISIMIP3BASD(window=AllTimes())
    both = GANISIMIP(replace(gan, constraint=None), isimip).fit(*known)
    alone = isimip.fit(*known, reference="all")
    methods = {"GAN": both.gan, "ISIMIP": alone, BOTH: both}
    return worlds.runs() | {name: Run(worlds, method.apply) for name, method in methods.items()}


def best_of_both(runs: checks.Runs, worlds: Worlds, key: int) -> list[Claim]:
    """The error of the mean beside the better of the two methods, and the spectral error beside the network's."""
    obs, records = checks.scoring(runs, worlds)
    rows = scores.Rows(obs["lat"].values)
    claims = []
    for id, text, per_day, measure, beside in (
        ("A7a", "error of the mean", scores.cells, rows.map, ("GAN", "ISIMIP")),
        ("A7b", "spectral error", scores.spectra, scores.spectral_error, ("GAN",)),
    ):
        climates, truth = checks.climates_of(per_day, records, obs, key)
        best = min(beside, key=lambda name: scores.error(measure, *climates[name], *truth).value)
        part = scores.ratio(measure, climates[BOTH], climates[best], truth)
        words = f"{text}, {BOTH} / {' or '.join(beside)}, the better" if len(beside) > 1 else f"{text}, {BOTH} / {best}"
        claims.append(scored(id, words, "<= 1.1", part, checks.listed(measure, climates, truth), required=True))
    return claims
