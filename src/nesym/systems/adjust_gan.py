"""Rain of a climate model translated by a constrained adversarial network: patterns, a warmer world, and sums kept.

Hess et al. 2022, doi 10.1038/s42256-022-00540-1, on a general circulation model and its biased twin (`data/speedy`), with
a double ITCZ, too much drizzle and weak extremes. Trained on the first two years, chosen on the third, scored on the
fourth and on both worlds with a surface 3 K warmer. A second network is trained on a second twin, whose rain objects are
smoothed and displaced; quantile mapping, fitted on the first three years, stands beside.
"""

from collections.abc import Callable
from pathlib import Path

from nesym import data as catalogue
from nesym import load
from nesym.adjust import CycleGAN
from nesym.systems.gan import checks
from nesym.systems.gan.worlds import CHOOSE, TRAIN, Run, Worlds
from nesym.verify import Claim

PACKAGED = {"gan": "gan-speedy-t31", "displaced": "gan-displaced-t31"}


def fit(
    data: Path | str | None = None,
    key: int = 0,
    folder: Path | str | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> dict[str, CycleGAN]:
    """Both networks, trained and chosen; with a `folder` for checkpoints, a run that was stopped goes on."""
    worlds, found = Worlds.open(data), {}
    for number, (name, twin) in enumerate({"gan": worlds, "displaced": worlds.displaced()}.items()):

        def told(fraction: float, text: str, number=number) -> None:
            if progress:
                progress((number + fraction) / len(PACKAGED), text)

        found[name] = fit_one(name, twin, key, folder, told)
    return found


def fit_one(
    name: str,
    worlds: Worlds,
    key: int = 0,
    folder: Path | str | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> CycleGAN:
    """One of them, on its worlds; its checkpoints lie in `name` in `folder`."""
    how = {"key": key, "folder": None if folder is None else Path(folder) / name, "progress": progress}
    return CycleGAN().fit(*worlds.during(TRAIN), choose=worlds.during(CHOOSE), **how)


def write_models(folder: Path | str, data: Path | str | None = None, progress=None) -> None:
    """Train both and save them, with their cards, to `folder`: how the packaged files were made."""
    place = Path(folder)
    entry = catalogue.entry("speedy_ref")
    card = {
        "region": "the globe, 48 x 96 cells (T31)",
        "units": "mm day-1",
        "licence": f"CC0-1.0 (numbers); data: {entry.licence}",
        "attribution": entry.attribution,
        "made_by": "python -m nesym.systems.adjust_gan FOLDER",
        "scores": "nesym reproduce adjust-gan",
    }
    data_of = {
        "gan": "SPEEDY daily rain, a reference world and its biased twin",
        "displaced": "SPEEDY daily rain, a reference world and the same smoothed and displaced",
    }
    for name, model in fit(data, folder=place / "training", progress=progress).items():
        years = f"trained on {TRAIN.start} to {TRAIN.stop}, chosen on {CHOOSE.start} to {CHOOSE.stop}"
        model.save(place / f"{PACKAGED[name]}.safetensors", data=f"{data_of[name]}; {years}", **card)


def reproduce(
    *,
    quick: bool = False,
    train: bool = False,
    data: Path | str | None = None,
    key: int = 0,
    progress: Callable[[float], None] | None = None,
) -> list[Claim]:
    """Hold the packaged networks, or new ones if `train`, to what is asked; `quick`: sums on every tenth day."""
    told = (lambda fraction, text="": progress(0.8 * fraction)) if progress and train else None
    fitted = fit(data, key, progress=told) if train else {name: load(id) for name, id in PACKAGED.items()}
    worlds, gan = Worlds.open(data), fitted["gan"]
    runs, other = worlds.runs() | {"GAN": Run(worlds, gan.apply)}, worlds.displaced()
    twin = {"QM": other.runs()["QM"], "GAN": Run(other, fitted["displaced"].apply)}
    return [
        *checks.sums(gan, worlds, 10 if quick else 1),
        *checks.warmer(runs, "GAN", worlds, key, required="c"),
        *checks.patterns(runs, "GAN", worlds, key, required="ac"),
        checks.unchanged(worlds, key),
        *checks.second_twin(twin, other, key),
    ]


if __name__ == "__main__":
    import sys

    write_models(sys.argv[1], progress=lambda done, text: print(f"{done:.4f} {text}", flush=True))
