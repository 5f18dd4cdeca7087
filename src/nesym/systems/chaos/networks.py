"""The long trainings: one recurrent network and one transformer, more than ten minutes of processor time each."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import jax
import numpy as np

from nesym.learn.benchmark._results import Result
from nesym.learn.benchmark.runs import told
from nesym.learn.propagators import _weights as weights
from nesym.learn.propagators._networks import NetworkRule, NetworkStep
from nesym.learn.propagators._one_step import Stepping
from nesym.learn.propagators._training import NetworkTraining
from nesym.learn.propagators._whitening import Whitening
from nesym.learn.propagators.recurrent import Recurrent
from nesym.learn.propagators.transformer import Transformer
from nesym.systems.chaos.data import task

# Steps that take somewhat more than ten minutes of a laptop's processor; the rate falls to nothing over them.
STEPS = {"Gru": 36_000, "Trafo": 8_500}
KINDS = {
    "Gru": lambda training: Recurrent(cell="gru", hidden=(128,), training=training),
    "Trafo": lambda training: Transformer(training=training),
}
Curve = Sequence[Mapping[str, float]]


def packaged() -> Path:
    """Where the trained networks of the package are, a file for each."""
    return Path(str(files("nesym.systems.chaos").joinpath("weights")))


def there(folder: Path | None, kind: str, scheme: str) -> bool:
    """Whether a finished training is in the folder."""
    return folder is not None and _file(folder, kind, scheme).is_file()


def _file(folder: Path, kind: str, scheme: str) -> Path:
    return folder / f"{kind}-{scheme}.safetensors"


def method(kind: str, folder: Path | None = None) -> NetworkStep:
    """The network and its training, which is kept in the folder and goes on from what is there."""
    how = {"steps": STEPS[kind], "falling": True, "seconds": np.inf, "every": 50, "patience": STEPS[kind]}
    return KINDS[kind](NetworkTraining(**how, folder=None if folder is None else str(folder)))


def network(kind: str, scheme: str, folder: Path, numbers: Sequence[int], key: int = 0) -> tuple[list[Result], Curve]:
    """The forecasts of one network for the repetitions `numbers` under a scheme, and its learning curve.

    It is trained on the first of them, or read from `folder` where that has been done, and shown the last states of each
    of the others: the law is the same in all.
    """
    tasks = [task("lorenz63std", scheme, number, key) for number in numbers]
    if there(folder, kind, scheme):
        fitted = opened(kind, scheme, folder)
    else:
        fitted = method(kind, folder / f"{kind}-{scheme}").fit(tasks[0].times, tasks[0].states, key)
        keep(fitted, kind, scheme, folder)
    rows = [Result(**told(fitted.predict(t.times, t.states, t.ahead), t, kind)) for t in tasks]
    return rows, fitted.rule.curve


def keep(fitted: Stepping, kind: str, scheme: str, folder: Path) -> None:
    """Write a trained network with its frame, scales, step and learning curve."""
    frame = (fitted.frame.mean, fitted.frame.forward, fitted.frame.backward)
    parts = {"model": fitted.rule.model, "scales": fitted.rule.scales, "frame": frame}
    weights.keep(_file(folder, kind, scheme), parts, step=fitted.step, curve=list(fitted.rule.curve))


def opened(kind: str, scheme: str, folder: Path) -> Stepping:
    """The network that is kept in a folder."""
    network, (tensors, header) = method(kind), weights.kept(_file(folder, kind, scheme))
    frame, scales = ([tensors[f"['{name}'][{i}]"] for i in range(size)] for name, size in (("frame", 3), ("scales", 4)))
    with jax.enable_x64(False):
        blank = network.network(len(scales[0]), len(scales[2]), jax.random.key(0))
        model = weights.restored(tensors, blank, "['model']")
    return Stepping(network, Whitening(*frame), NetworkRule(model, tuple(scales), header["curve"]), header["step"])
