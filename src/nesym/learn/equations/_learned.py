"""What training leaves: networks, scales, and how far they can be trusted."""

from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nesym.learn.equations.field import Field
from nesym.learn.trajectories import Trajectories


@dataclass(frozen=True, eq=False)
class Learned:
    """Networks of all members, stacked along a first axis, with the numbers that scale what goes in and comes out.

    `names`, `units` and `since` are those of the trajectories, `interval` their typical step and `span` the length of
    the longest. `shift`, `spread` and `speed` belong to `nesym.learn.equations.field.Field`; `scale` (n,) are the units of the
    loss. `history` (epochs + 1, members) are the validation losses, NaN where none was taken, `chosen` (members,) the
    epochs at which the networks were taken, `seconds` how long training took.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    since: str | None
    interval: float
    span: float
    network: Any = field(repr=False)
    shift: np.ndarray
    spread: np.ndarray
    speed: np.ndarray
    scale: np.ndarray
    history: np.ndarray = field(repr=False)
    chosen: np.ndarray
    seconds: float = 0.0

    @property
    def members(self) -> int:
        """How many networks there are."""
        return len(self.chosen)

    @property
    def validation(self) -> np.ndarray:
        """Validation loss of each member, (members,)."""
        return self.history[self.chosen, np.arange(self.members)]

    def template(self) -> Trajectories:
        """No trajectories, with the labels of those that were learned from."""
        empty = np.empty((0, 0, len(self.names)))
        return Trajectories(empty, np.empty((0, 0)), self.names, self.units, self.since)

    def bound(self, frame: Field) -> Field:
        """`frame` with these networks and scales, as JAX arrays in float64."""
        numbers = {name: jnp.asarray(getattr(self, name)) for name in ("shift", "spread", "speed")}
        return replace(frame, network=jax.tree.map(jnp.asarray, self.network), **numbers)
