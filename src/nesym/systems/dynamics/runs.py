"""Networks of a world, trained once and forecast once, and what claims need of them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from nesym.learn.equations.hamiltonian import HamiltonianNetwork
from nesym.systems.dynamics.scores import Forecast
from nesym.systems.dynamics.worlds import NODE, PNDE, SEEDS, World

HAMILTONIAN, AFTER = "Hamiltonian network", "projected after training"


@dataclass
class Runs:
    """Forecasts of a `world` by kind of network, made when they are asked for; `early` as in `World.model`."""

    world: World
    key: int = 0
    early: int | None = None
    folder: Path | str | None = None
    tell: Callable[[str], None] | None = None
    models: dict[str, Any] = field(default_factory=dict)
    forecasts: dict[str, Forecast] = field(default_factory=dict)

    @cached_property
    def truth(self) -> xr.Dataset:
        """Solutions of the flow itself from starts that no network has seen."""
        return self.world.trajectories("test", self.key)

    def model(self, kind: str) -> Any:
        """The trained network of that kind."""
        if kind not in self.models:
            self.models[kind] = self._trained(kind)
            if self.tell:
                self.tell(f"{self.world.name} {kind}")
        return self.models[kind]

    def forecast(self, kind: str) -> Forecast:
        """Its forecasts from the starts of the truth."""
        if kind not in self.forecasts:
            tolerance = self.world.tolerance
            self.forecasts[kind] = Forecast.of(self.model(kind), self.world.flow, self.truth, tolerance)
        return self.forecasts[kind]

    def flatness(self, epochs: int = 50) -> float:
        """By how much the least validation loss fell in the last epochs, at most over kinds and seeds trained so far."""
        falls = []
        for model in self.models.values():
            history = np.fmin.accumulate(model.ready().history)
            falls.append(1 - history[-1] / history[-1 - epochs])
        return float(np.mean(falls))

    def _trained(self, kind: str) -> Any:
        if kind == AFTER:
            return replace(self.world.model(PNDE, self.early), fitted=self.model(NODE).ready())
        if kind != HAMILTONIAN:
            return self.world.fitted(kind, self.key, self.early, folder=self.folder)
        training = self.world.model(NODE, self.early).training
        model = HamiltonianNetwork(self.world.width, members=SEEDS, training=training)
        place = None if self.folder is None else Path(self.folder) / f"{self.world.name}-hnn-{training.epochs}"
        train, validate = (self.world.trajectories(part, self.key) for part in ("train", "validate"))
        return model.fit(train, self.key, validate=validate, folder=place)


def members(model: Any) -> Any:
    """The learned fields of all members, every array with a first axis of them."""
    stacked = model.field()
    each = [
        eqx.tree_at(lambda f: f.network, stacked, jax.tree.map(lambda a, i=i: a[i], stacked.network))
        for i in range(model.members)
    ]
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *each)
