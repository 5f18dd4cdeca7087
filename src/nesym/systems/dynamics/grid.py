"""The power grid as it is learned: the voltage of the slack bus is given, not a state."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import numpy as np

from nesym.physics import Flow, PowerGrid

SLACK = ("e1", "f1")


class GridBesideSlack(Flow):
    """`PowerGrid` in its 30 numbers that move: 13 complex voltages and 4 speeds, with the same 18 constraints.

    White et al. 2024, arXiv 2410.23667, mask the slack bus. Left out of the state, no projection moves it either.
    """

    grid: PowerGrid = eqx.field(default_factory=PowerGrid)

    kept: ClassVar[str] = "zero"

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in self.grid.names if name not in SLACK)

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        return self.grid(t, self._whole(self.checked(x)))[self._moving]

    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """Those of `PowerGrid`: active and reactive power of the loads, beyond their demand."""
        return self.grid.invariants(self._whole(x), t)

    def start(self, key: jax.Array) -> jax.Array:
        return self.grid.start(key)[self._moving]

    @property
    def _moving(self) -> np.ndarray:
        return np.array([name not in SLACK for name in self.grid.names])

    def _whole(self, x: jax.Array) -> jax.Array:
        return self.grid.operating_point().astype(x.dtype).at[np.flatnonzero(self._moving)].set(x)
