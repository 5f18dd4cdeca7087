"""The five systems of the stabilised equations: trajectories that networks are trained and tested on, and the networks."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from nesym.learn.equations.neural_ode import NeuralODE
from nesym.learn.equations.shooting import Shooting
from nesym.learn.simulation import simulate
from nesym.physics import Converter, DoublePendulum, Flow, PendulumChain, RigidBody, RobotArm, TwoBody
from nesym.systems.dynamics.grid import GridBesideSlack

NODE, SNDE, PNDE = "NODE", "SNDE", "PNDE"
KINDS = (NODE, SNDE, PNDE)
SEEDS = 5


@dataclass(frozen=True)
class World:
    """A flow with the protocol of White et al. 2023: 30 trajectories to train on, 10 to choose the weights on.

    Each has 63 `samples`, `interval` apart; `tests` others are forecast to the time `horizon`. `gamma` is the rate of the
    published stabilised network. Networks have the published two layers with ReLU, half as wide.
    """

    name: str
    flow: Flow
    gamma: float
    width: int
    interval: float
    horizon: float
    epochs: int
    order: int = 1
    tests: int = 10
    activation: str = "relu"
    samples: int = 63
    train: int = 30
    validate: int = 10
    tolerance: float = 1e-8

    def trajectories(self, part: str, key: int = 0) -> xr.Dataset:
        """Those to "train" on, to "validate" on or to "test" with; none shares a start with another part."""
        count = {"train": self.train, "validate": self.validate, "test": self.tests}[part]
        number = 3 * abs(key) + ("train", "validate", "test").index(part)
        return simulate(self.flow, self.horizons if part == "test" else self.times, count, number)

    @property
    def times(self) -> np.ndarray:
        """When training trajectories are sampled."""
        return self.interval * np.arange(self.samples)

    @property
    def horizons(self) -> np.ndarray:
        """When forecasts are compared with the truth."""
        return self.interval * np.arange(round(self.horizon / self.interval) + 1)

    def model(self, kind: str, early: int | None = None, members: int = SEEDS) -> NeuralODE:
        """The network before it is trained: plain, stabilised or projected.

        The rate of training falls from 1e-3 to 1e-5, as published, over all `epochs`; `early` is the first so many of
        the published 1000, in which it has hardly fallen.
        """
        law: dict[str, Any] = {} if kind == NODE else {"conserve": self.flow}
        if kind == SNDE:
            law["gamma"] = self.gamma
        shown = type(self.flow).inputs is not Flow.inputs
        final = 1e-5 if early is None else 1e-3 * 0.01 ** (early / 1000)
        how = Shooting(epochs=early or self.epochs, rate=1e-3, final_rate=final)
        inputs = self.flow if shown else None
        return NeuralODE(
            self.width,
            activation=self.activation,
            order=self.order,
            inputs=inputs,
            members=members,
            training=how,
            **law,
        )

    def fitted(
        self,
        kind: str,
        key: int = 0,
        early: int | None = None,
        members: int = SEEDS,
        folder: Path | str | None = None,
        progress: Callable[[float, str], None] | None = None,
    ) -> NeuralODE:
        """The network after training, all seeds at once; `folder` keeps a run that is stopped."""
        model = self.model(kind, early, members)
        place = None if folder is None else Path(folder) / f"{self.name}-{kind}-{model.training.epochs}".lower()
        train, validate = (self.trajectories(part, key) for part in ("train", "validate"))
        return model.fit(train, key, validate=validate, folder=place, progress=progress)


WORLDS = {
    world.name: world
    for world in (
        World("two-body", TwoBody(), 8.0, 64, 0.1, 30.0, epochs=300, order=2, tests=20),
        World("rigid-body", RigidBody(), 32.0, 32, 0.25, 60.0, epochs=300),
        World("converter", Converter(), 8.0, 32, 0.1, 30.0, epochs=300),
        World("robot-arm", RobotArm(), 16.0, 64, 0.1, 30.0, epochs=300),
        World("double-pendulum", DoublePendulum(), 16.0, 64, 0.1, 5.0, epochs=300, order=2),
    )
}

# White et al. 2024, arXiv 2410.23667: 16 and 18 constraints, GELU. Published: 400 and 50 trajectories to train on.
SMALL = {"epochs": 80, "activation": "gelu", "samples": 101, "train": 24, "validate": 6}
MANY = {
    world.name: world
    for world in (
        World("pendulum-chain", PendulumChain(8), 20.0, 64, 0.05, 5.0, **SMALL),
        World("power-grid", GridBesideSlack(), 1.0, 64, 0.05, 10.0, **SMALL),
        World("chain-of-second-order", PendulumChain(8), 20.0, 64, 0.05, 5.0, order=2, **SMALL),
    )
}
