"""Rules that are networks: how they are trained and asked is the same for all of them."""

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym.learn.propagators._one_step import OneStep, Rule
from nesym.learn.propagators._training import NetworkTraining, trained


@dataclass(frozen=True, kw_only=True)
class NetworkStep(OneStep):
    """A `OneStep` whose rule is a network in float32 that takes one row of inputs; the state stays in float64.

    Inputs and outputs are brought to mean 0 and variance 1. `training` is the budget.
    """

    training: NetworkTraining = field(default_factory=NetworkTraining)

    @abstractmethod
    def network(self, inputs: int, outputs: int, key: jax.Array) -> Any:
        """The network before training: an `eqx.Module` that maps (inputs,) to (outputs,)."""

    def taught(self, inputs: np.ndarray, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What training is given of rows (T, m) and outputs (T, n): outputs may become (T, L, n), the latest first."""
        return inputs, outputs

    def loss(self, model: Any, inputs: jax.Array, outputs: jax.Array, key: jax.Array) -> jax.Array:
        """The mean squared error of a batch."""
        return jnp.mean(jnp.square(jax.vmap(model)(inputs) - outputs))

    def regression(self, inputs: np.ndarray, outputs: np.ndarray, step: float, key: int) -> Rule:
        """The trained network as a function of one row; its learning curve is the attribute `curve`."""
        return NetworkRule.learned(self, inputs, outputs, key)


class NetworkRule:
    """A trained `model` between the `scales` of its inputs and outputs (mean, deviation, mean, deviation)."""

    def __init__(self, model: Any, scales: tuple[np.ndarray, ...], curve: list[dict[str, float]]):
        self.model, self.scales, self.curve = model, scales, curve
        shift, size, back, stretch = (np.asarray(scale, np.float32) for scale in scales)
        self._ask = eqx.filter_jit(lambda model, row: model((row - shift) / size) * stretch + back)

    @classmethod
    def learned(cls, method: NetworkStep, inputs: np.ndarray, outputs: np.ndarray, key: int) -> "NetworkRule":
        """Trained on rows of inputs and outputs."""
        shift, size = inputs.mean(0), np.maximum(inputs.std(0), 1e-9)
        back, stretch = outputs.mean(0), np.maximum(outputs.std(0), 1e-9)
        with jax.enable_x64(False):
            model = method.network(inputs.shape[1], outputs.shape[1], jax.random.key(key))
            pairs = method.taught((inputs - shift) / size, (outputs - back) / stretch)
            model, curve = trained(model, method.loss, *pairs, method.training, key)
        return cls(model, (shift, size, back, stretch), curve)

    def __call__(self, row: np.ndarray) -> np.ndarray:
        with jax.enable_x64(False):
            return np.asarray(self._ask(self.model, np.asarray(row, np.float32)), np.float64)
