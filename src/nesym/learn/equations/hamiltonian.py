"""Hamiltonian networks: the rival that keeps an energy of its own."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym._errors import InputError
from nesym.learn.equations._learned import Learned
from nesym.learn.equations._learner import AbstractLearner, check_members
from nesym.learn.equations.field import data_scales, positive
from nesym.learn.equations.shooting import Shooting
from nesym.learn.trajectories import Trajectories
from nesym.nets.mlp import MLP, check_sizes


class HamiltonianField(eqx.Module):
    """q' = dH/dp, p' = -dH/dq, H(x) = s N(z), z = (x - m) / d, for x = (q, p); with `squared`, z = (x / d)^2.

    s = `speed` is a typical energy, so that N is of order 1. Called as Diffrax calls a field.
    """

    network: Any
    shift: Any
    spread: Any
    speed: Any
    squared: bool = eqx.field(static=True)
    size: int = eqx.field(static=True)
    augment: int = eqx.field(static=True, default=0)
    breaks: None = eqx.field(static=True, default=None)

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        slope = jax.grad(self.energy)(x)
        half = self.size // 2
        return jnp.concatenate([slope[half:], -slope[:half]])

    def energy(self, x: jax.Array) -> jax.Array:
        """H(x), which solutions keep."""
        z = (x - self.shift) / self.spread
        return self.speed[0] * self.network(z * z if self.squared else z)[0]

    def started(self, x: jax.Array) -> jax.Array:
        """x itself: nothing is appended."""
        return x

    def reference(self, x: jax.Array, t: Any) -> None:
        """Nothing has to be told to the solver."""

    def scaled(self, data: Trajectories, horizon: float) -> "HamiltonianField":
        """The same with m, d and s of the trajectories; `horizon` is of no account."""
        shift, spread, rates = data_scales(data)
        shift = np.zeros_like(shift) if self.squared else shift
        spread = np.sqrt(np.nanmean(data.states**2, (0, 1))) if self.squared else spread
        half = self.size // 2
        # A rate is the slope of H along the other coordinate of its pair.
        energy = np.mean(rates * np.concatenate([spread[half:], spread[:half]]), keepdims=True)
        return replace(self, shift=shift, spread=positive(spread), speed=energy)


@dataclass(frozen=True)
class HamiltonianNetwork(AbstractLearner):
    """q' = dH/dp, p' = -dH/dq with a network H of one output: Greydanus et al. 2019, arXiv 1906.01563.

    The first half of the coordinates are positions q, the second the momenta p that belong to them: other coordinates have
    other equations. `squared` shows the network the squares of the coordinates, which suits what is symmetric in each of
    them. Trained and asked as a `NeuralODE` is.
    """

    width: int = 64
    depth: int = 2
    activation: Literal["relu", "gelu", "swish", "tanh"] = "tanh"
    squared: bool = False
    members: int = 1
    training: Shooting = field(default_factory=Shooting)
    fitted: Learned | None = field(default=None, repr=False)

    name: ClassVar[str] = "Hamiltonian network"

    def __post_init__(self):
        check_sizes(self.width, self.depth, self.activation)
        check_members(self.members, self.training)
        if self.activation == "relu":
            raise InputError(
                "The slopes of an energy are learned, and those of a network of relu are piecewise constant.",
                "Give activation='tanh', 'swish' or 'gelu'.",
            )

    def frame(self, names: tuple[str, ...]) -> HamiltonianField:
        """See `AbstractLearner.frame`."""
        if len(names) % 2:
            raise InputError(
                f"A Hamiltonian network takes positions and as many momenta, and {len(names)} coordinates came.",
                "Give an even number of coordinates, positions first.",
            )
        return HamiltonianField(None, None, None, None, self.squared, len(names))

    def network(self, inputs: int, outputs: int, key: jax.Array) -> MLP:
        """See `AbstractLearner.network`."""
        return MLP.make(
            inputs, outputs, width=self.width, depth=self.depth, activation=self.activation, key=key, dtype=jnp.float64
        )
