"""Correcting and downscaling a climate model's rain with one diffusion model of observations: winters of Iberia.

Nothing that is learned here ships: the observations (E-OBS) are for non-commercial research. The network is trained on the
winters to 1994/95, its step chosen on 1995/96, and it is scored on 1996/97 to 1999/2000 (`iberia.data`); first from
block means of the observations, then from a climate model. Two rows are about the packaged consistency model, on the globe.
"""

from collections.abc import Callable
from pathlib import Path

from nesym._errors import FileError
from nesym.downscale.embedding_training import EmbeddingTraining
from nesym.downscale.shared_embedding import SharedEmbeddingDiffusion
from nesym.systems.iberia.data import FACTOR, Iberia
from nesym.systems.iberia.embedding import shared
from nesym.systems.iberia.model import corrected
from nesym.systems.iberia.perfect import perfect
from nesym.systems.iberia.trend import trend
from nesym.verify import Claim

TRAINING, QUICK_TRAINING = EmbeddingTraining(), EmbeddingTraining(steps=1_600, every=200)
MEMBERS, QUICK_MEMBERS = 10, 6
NEEDED = {
    "A8": "a climate model's rain over Iberia, corrected and downscaled: errors of the climate",
    "A9": "rain over Iberia from its block means: CRPS below that of the ratio x lognormal",
}


def fit(
    iberia: Iberia,
    key: int = 0,
    *,
    quick: bool = False,
    folder: Path | str | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> SharedEmbeddingDiffusion:
    """The model as the protocol says; with a `folder` for checkpoints, a run that was stopped goes on."""
    method = SharedEmbeddingDiffusion(factor=FACTOR, training=QUICK_TRAINING if quick else TRAINING)
    return method.fit(
        iberia.obs("train"), iberia.model("train"), choose=iberia.obs("choose"), key=key, folder=folder, progress=progress
    )  # fmt: skip


def reproduce(
    *,
    quick: bool = False,
    train: bool = False,
    data: Path | str | None = None,
    key: int = 0,
    progress: Callable[[float], None] | None = None,
) -> list[Claim]:
    """Train, which takes minutes and is done in any case, and hold the draws to what is asked.

    `quick`: two fifths of the training, fewer members, one scoring winter where the truth is known. Rows whose data are not in
    the folder `data` say so.
    """

    def told(start: float, end: float):
        return progress and (lambda fraction, text="": progress(start + fraction * (end - start)))

    ahead = trend(data, key, quick)
    try:
        iberia = Iberia.read(data)
    except FileError as missing:
        return [*(Claim(id, text, "< 0", reason=missing.problem, required=True) for id, text in NEEDED.items()), *ahead]
    members = QUICK_MEMBERS if quick else MEMBERS
    method = fit(iberia, key, quick=quick, progress=told(0.1, 0.5))
    return [
        *corrected(method, iberia, key, members, quick, told(0.5, 0.8)),
        *shared(method, iberia, key),
        *perfect(method, iberia, key, members, quick, told(0.8, 1.0)),
        *ahead,
    ]
