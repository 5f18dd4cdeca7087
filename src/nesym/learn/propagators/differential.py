"""A neural differential equation among the methods of the benchmark."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr

from nesym._errors import InputError
from nesym.learn.equations.neural_ode import NeuralODE
from nesym.learn.equations.shooting import Shooting
from nesym.learn.propagators._protocol import check_trajectory
from nesym.learn.trajectories import Trajectories, cut

SAMPLES_A_SECOND = 30_000  # that a network of 64 trains on, with one core of a laptop


@dataclass(frozen=True, kw_only=True)
class NeuralDifferential:
    """dx/dt = N(x), N a network trained on short pieces of the trajectory cut into `pieces`: `nesym.learn.NeuralODE`.

    The last quarter of the pieces chooses the weights. With `seconds`, epochs are as many as take about so much processor
    time instead of those of the network's training. NeuralOde of Schötz et al. 2024, arXiv 2407.20158.
    """

    network: NeuralODE = field(default_factory=lambda: NeuralODE(width=64, training=Shooting(chunk=2, epochs=30)))
    pieces: int = 20
    seconds: float | None = None
    folder: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.pieces, int) or self.pieces < 2:
            raise InputError(
                f"pieces={self.pieces!r} came.", "Give at least 2: some are kept to choose the weights by."
            )
        if self.seconds is not None and not self.seconds > 0:
            raise InputError(f"seconds={self.seconds!r} came.", "Give a positive number, or None.")

    def fit(self, times: np.ndarray, states: np.ndarray, key: int) -> "Solved":
        """The network trained."""
        times, states = check_trajectory(times, states, 4 * self.pieces)
        names = tuple(f"x{i + 1}" for i in range(states.shape[1]))
        pieces = cut(Trajectories(states[None], times[None], names), self.pieces)
        return Solved(self._network(len(states)).fit(pieces, key, folder=self.folder), names)

    def _network(self, samples: int) -> NeuralODE:
        """The network, to be trained for as many epochs as there is time for."""
        if self.seconds is None:
            return self.network
        epochs = max(1, round(self.seconds * SAMPLES_A_SECOND / samples))
        return replace(self.network, training=replace(self.network.training, epochs=epochs))


@dataclass(frozen=True, eq=False)
class Solved:
    """The trained equation, solved from the end of a context."""

    network: Any
    names: tuple[str, ...]

    def predict(self, context_times: np.ndarray, context_states: np.ndarray, times: np.ndarray) -> np.ndarray:
        """States (m, n); NaN from where the solution ended."""
        last = {name: ("trajectory", [value]) for name, value in zip(self.names, context_states[-1], strict=True)}
        start = xr.Dataset(last, {"time": float(context_times[-1])})
        found = self.network.forecast(start, times=np.asarray(times), tolerance=1e-7)
        return np.stack([found[name].values.reshape(-1)[: len(times)] for name in self.names], axis=-1)
