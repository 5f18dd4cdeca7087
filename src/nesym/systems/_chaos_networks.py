"""The long trainings: one recurrent network and one transformer, ten minutes of processor time each."""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import equinox as eqx
import jax
import numpy as np

from nesym._atomic import replacing
from nesym.learn._results import Result
from nesym.learn.benchmark import told
from nesym.learn.propagators._networks import NetworkRule
from nesym.learn.propagators._one_step import Stepping
from nesym.learn.propagators._training import NetworkTraining
from nesym.learn.propagators._whitening import Whitening
from nesym.learn.propagators.recurrent import Recurrent
from nesym.learn.propagators.transformer import Transformer
from nesym.systems._chaos_data import task

SECONDS = 600.0
PARTS = ("mean", "forward", "backward", "shift", "size", "back", "stretch", "step")
KINDS = {
    "Gru": lambda training: Recurrent(cell="gru", hidden=(128,), training=training),
    "Trafo": lambda training: Transformer(training=training),
}
Curve = Sequence[Mapping[str, float]]


def packaged() -> Path:
    """Where the trained networks of the package are: a folder for each, with best.npz, scales.npz and curve.json."""
    return Path(str(files("nesym.systems").joinpath("chaos_networks")))


def there(folder: Path | None, kind: str) -> bool:
    """Whether a finished training is in the folder."""
    return folder is not None and (folder / kind / "scales.npz").is_file()


def network(kind: str, folder: Path, numbers: Sequence[int], key: int = 0) -> tuple[list[Result], Curve]:
    """The forecasts of one network for the repetitions `numbers`, and its learning curve.

    It is trained on the first of them, or read from `folder` where that has been done, and shown the last states of each
    of the others: the law is the same in all.
    """
    tasks = [task("lorenz63std", "even-exact", number, key) for number in numbers]
    if there(folder, kind):
        fitted = opened(kind, folder / kind)
    else:
        how = NetworkTraining(seconds=SECONDS, folder=str(folder / kind), every=50, patience=10**6)
        fitted = KINDS[kind](how).fit(tasks[0].times, tasks[0].states, key)
        keep(fitted, folder / kind)
    rows = [Result(**told(fitted.predict(t.times, t.states, t.ahead), t, kind)) for t in tasks]
    return rows, fitted.rule.curve


def keep(fitted: Stepping, place: Path) -> None:
    """Write what the weights and the curve of a finished training do not hold: the frame, the scales and the step."""
    frame = (fitted.frame.mean, fitted.frame.forward, fitted.frame.backward)
    with replacing(place / "scales.npz") as temporary, temporary.open("wb") as file:
        np.savez(file, **dict(zip(PARTS, (*frame, *fitted.rule.scales, np.float64(fitted.step)), strict=True)))


def opened(kind: str, place: Path) -> Stepping:
    """The network that is kept in a folder."""
    method = KINDS[kind](NetworkTraining(seconds=SECONDS))
    with np.load(place / "scales.npz", allow_pickle=False) as kept:
        mean, forward, backward, *scales, step = (kept[name] for name in PARTS)
    with jax.enable_x64(False):
        blank = method.network(len(scales[0]), len(scales[2]), jax.random.key(0))
        arrays, rest = eqx.partition(blank, eqx.is_array)
        leaves, tree = jax.tree.flatten(arrays)
        with np.load(place / "best.npz", allow_pickle=False) as kept:
            model = eqx.combine(jax.tree.unflatten(tree, [kept[f"{i}"] for i in range(len(leaves))]), rest)
    rule = NetworkRule(model, tuple(scales), json.loads((place / "curve.json").read_text()))
    return Stepping(method, Whitening(mean, forward, backward), rule, float(step))
