"""Series of known stochastic systems learned with their noise, and without what keeps it from being underestimated.

Heck et al. 2024: an energy-balance model that tips between two climates (sigma = 40), an Ornstein-Uhlenbeck process, and a
double well. Each of five models has series and a training of its own, and all are scored on series of another key, long
enough for hundreds of transitions or thousands. Published are 10,000 steps on an accelerator; here it is 600 on a core, with
as many series. Beside the models stand those without the term that holds the noise, and the Kramers-Moyal estimate from the
same series: where the whole state is observed, the quadratic variation is the diffusion, and a network can but equal it.
"""

from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

from nesym import load
from nesym.learn.noise.latent_ensemble import LatentEnsemble
from nesym.learn.noise.latent_sde import LatentSDE
from nesym.learn.noise.latent_training import LatentTraining
from nesym.systems.latent import checks
from nesym.systems.latent.worlds import WORLDS
from nesym.verify import Claim

# Models of each kind: noise matched and series blurred; matched alone; neither; neither, and trained until it rests.
COUNTS = {"matched": 5, "plain": 2, "free": 2, "long": 1}
AS_THEY_ARE = LatentTraining(blurred=False)
METHODS = {
    "matched": LatentSDE(),
    "plain": LatentSDE(training=AS_THEY_ARE),
    "free": LatentSDE(noise=0.0, training=AS_THEY_ARE),
    "long": LatentSDE(noise=0.0, training=replace(AS_THEY_ARE, steps=2_400)),
}
ENDINGS = {"matched": "", "plain": "-not-blurred", "free": "-unmatched", "long": "-unmatched-long"}
PACKAGED = {
    (world, kind): f"{world}{ending}"
    for world in WORLDS
    for kind, ending in ENDINGS.items()
    if world != "double-well" or kind in ("matched", "free")
}


def fit(
    kind: str,
    world: str,
    folder: Path | str | None = None,
    progress: Callable[[float, str], None] | None = None,
    key: int = 0,
) -> LatentEnsemble:
    """The models of one of the kinds in `METHODS`, with keys from `key` on.

    Each learns from series of its own; with a `folder` for checkpoints, a run that was stopped goes on.
    """
    count = COUNTS[kind]
    models = []
    for number in range(count):

        def told(fraction: float, text: str, number=number) -> None:
            if progress:
                progress((number + fraction) / count, text)

        place = None if folder is None else Path(folder) / PACKAGED[world, kind] / str(number)
        models.append(METHODS[kind].fit(WORLDS[world].series(key + number), key + number, place, told))
    return LatentEnsemble(tuple(models))


def packaged(world: str, kind: str) -> Path:
    """The file of models that are trained already."""
    return Path(str(files("nesym.systems.latent").joinpath("weights", f"{PACKAGED[world, kind]}.safetensors")))


def write_models(folder: Path | str, progress: Callable[[float, str], None] | None = None) -> None:
    """Train all and save them, with their cards, to `folder`: how the packaged files were made."""
    place = Path(folder)
    for number, ((world, kind), id) in enumerate(PACKAGED.items()):

        def told(fraction: float, text: str, number=number) -> None:
            if progress:
                progress((number + fraction) / len(PACKAGED), text)

        fit(kind, world, place / "training", told).save(place / f"{id}.safetensors", **_card(world))


def reproduce(
    *,
    quick: bool = False,
    train: bool = False,
    data: Path | str | None = None,
    key: int = 0,
    progress: Callable[[float], None] | None = None,
) -> list[Claim]:
    """Hold the packaged models, or new ones if `train`, to what is asked; `quick` scores on a quarter of the time.

    All series are simulated: `data` changes nothing.
    """
    claims: list[Claim] = []
    done = 0
    for world, known in WORLDS.items():
        found = {}
        for kind in (kind for of, kind in PACKAGED if of == world):

            def told(fraction: float, text: str = "", done=done) -> None:
                if progress:
                    progress((done + fraction) / len(PACKAGED))

            found[kind] = fit(kind, world, progress=told, key=key) if train else load(packaged(world, kind))
            done += 1
        claims += checks.world(world, known.shorter(4) if quick else known, found, key)
        told(1.0)
    return claims


def _card(world: str) -> dict[str, str]:
    return {
        "data": f"{WORLDS[world].title}, simulated; {WORLDS[world].count} series for each model",
        "licence": "CC0-1.0 (numbers)",
        "made_by": "python -m nesym.systems.latent_sde FOLDER",
        "scores": "nesym reproduce latent-sde",
    }


if __name__ == "__main__":
    import sys

    write_models(sys.argv[1], progress=lambda done, text: print(f"{done:.4f} {text}", flush=True))
