"""Networks trained on one trajectory within a budget of processor time, with the best weights on its end kept."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from nesym._atomic import replacing
from nesym._errors import InputError, TrainingError
from nesym.learn.propagators._weights import keep, kept, restored
from nesym.train import fit

BEST = "best.safetensors"
JUDGED = 1024  # samples of the end of the record that weights are judged on, at most
Loss = Callable[[Any, jax.Array, jax.Array, jax.Array], jax.Array]


@dataclass(frozen=True, kw_only=True)
class NetworkTraining:
    """Adam on mean squared errors, until `seconds` of processor time, `steps` or `patience` are spent.

    Kingma and Ba 2015, arXiv 1412.6980. Each step takes `batch` samples drawn from the first 90 % of the record; every
    `every` steps the rest is predicted, and the weights that did it best are kept. Training ends where `patience` such
    looks bring nothing better. The rate is constant, or `falling` to 0 as half a cosine over `steps`. In a `folder`, a run
    that was stopped goes on, and `curve.json` has the learning curve.
    """

    seconds: float = 60.0
    steps: int = 1_000_000
    batch: int = 32
    rate: float = 1e-3
    falling: bool = False
    every: int = 100
    patience: int = 100
    folder: str | None = None

    def __post_init__(self) -> None:
        if not (self.seconds > 0 and self.rate > 0 and min(self.steps, self.batch, self.every, self.patience) >= 1):
            raise InputError(f"{self} cannot be run.", "Give positive numbers.")

    @property
    def optimiser(self) -> optax.GradientTransformation:
        """Adam at the rate of each step."""
        return optax.adam(optax.cosine_decay_schedule(self.rate, self.steps) if self.falling else self.rate)


class _Spent(Exception):
    """The budget is used up, or nothing gets better."""


@dataclass(eq=False)
class _Watch:
    """The learning curve so far and the best weights."""

    how: NetworkTraining
    error: Callable[[Any], jax.Array]
    best: Any
    curve: list[dict[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.place = None if self.how.folder is None else Path(self.how.folder)
        if self.place is not None and (self.place / "curve.json").is_file():
            self.curve = json.loads((self.place / "curve.json").read_text())
            self.best = restored(kept(self.place / BEST)[0], self.best)
        self.begun = time.process_time() - (self.curve[-1]["cpu_seconds"] if self.curve else 0.0)

    def __call__(self, step: int, model: Any) -> None:
        # A run that was killed before its checkpoint comes here twice with the same step.
        self.curve = [row for row in self.curve if row["step"] < step]
        lowest = min((row["validation"] for row in self.curve), default=np.inf)
        now = float(np.nan_to_num(self.error(model), nan=np.inf))
        if now < lowest or self.best is None:
            self.best = jax.tree.map(lambda leaf: jnp.array(leaf) if eqx.is_array(leaf) else leaf, model)
        self.curve.append({"step": step, "cpu_seconds": time.process_time() - self.begun, "validation": now})
        self._keep()
        if self.over:
            raise _Spent

    @property
    def over(self) -> bool:
        errors = [row["validation"] for row in self.curve]
        waited = len(errors) - 1 - int(np.argmin(errors)) if errors else 0
        return bool(errors) and (self.curve[-1]["cpu_seconds"] >= self.how.seconds or waited >= self.how.patience)

    def _keep(self) -> None:
        if self.place is None:
            return
        keep(self.place / BEST, self.best)
        with replacing(self.place / "curve.json") as temporary:
            temporary.write_text(json.dumps(self.curve))


def trained(
    model: Any, loss: Loss, inputs: np.ndarray, outputs: np.ndarray, how: NetworkTraining, key: int
) -> tuple[Any, list[dict[str, float]]]:
    """The model with its best weights and its learning curve: `loss(model, inputs, outputs, key)` is minimised.

    inputs (T, m), outputs (T, n) or (T, L, n), of which the first of L is what the model gives of a row.
    Rows of the curve: step, cpu_seconds, validation (mean squared error of predictions on the last 10 %). Raises
    `TrainingError` if no weights were ever judged finite.
    """
    inputs, outputs = np.asarray(inputs, np.float32), np.asarray(outputs, np.float32)
    cut = len(inputs) - max(1, len(inputs) // 10)
    judged = cut + np.unique(np.linspace(0, len(inputs) - cut - 1, min(JUDGED, len(inputs) - cut)).astype(int))
    latest = outputs if outputs.ndim == 2 else outputs[:, 0]
    seen, wanted = jnp.asarray(inputs[judged]), jnp.asarray(latest[judged])

    @eqx.filter_jit
    def error(model: Any) -> jax.Array:
        return jnp.mean(jnp.square(jax.vmap(model)(seen) - wanted))

    def batches(step: int, key: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = np.random.default_rng([key, step]).integers(cut, size=how.batch)
        return inputs[chosen], outputs[chosen]

    def objective(model: Any, batch: Any, key: jax.Array) -> tuple[jax.Array, dict]:
        return loss(model, *batch, key), {}

    if how.folder is not None:
        Path(how.folder).mkdir(parents=True, exist_ok=True)
    watch = _Watch(how, error, model)
    if not watch.over:
        kept = {"checkpoint": None if how.folder is None else Path(how.folder) / "steps", "every": how.every}
        settings = {"optimiser": how.optimiser, "ema": None, "watch": watch, **kept}
        try:
            done = fit(model, objective, batches, steps=how.steps, key=key, **settings)
            if how.steps % how.every:
                watch(how.steps, done.model)
        except _Spent:
            pass
    if not any(np.isfinite(row["validation"]) for row in watch.curve):
        raise TrainingError("No finite weights were found.", "Use a smaller rate, more steps, or more seconds.")
    return watch.best, watch.curve
