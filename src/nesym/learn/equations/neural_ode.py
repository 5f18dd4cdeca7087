"""Neural differential equations that keep a law."""

from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import jax
import jax.numpy as jnp

from nesym._errors import InputError
from nesym.constrain._constraint import Constraint
from nesym.learn.equations._learned import Learned
from nesym.learn.equations._learner import AbstractLearner, check_members
from nesym.learn.equations.field import Field
from nesym.learn.equations.shooting import Shooting
from nesym.learn.laws._law import inputs_of, law_of
from nesym.learn.laws.conserved import check
from nesym.learn.laws.expressions import Conserved
from nesym.learn.trajectories import Trajectories
from nesym.nets.mlp import MLP, check_sizes
from nesym.physics import Flow


@dataclass(frozen=True)
class NeuralODE(AbstractLearner):
    """dx/dt = P (k(t, x) + N(t, x)): a network N learned from trajectories, beside what is known, held to a law by P.

    `conserve` is what solutions keep: expressions in the names of the coordinates, ("x**2 + y**2",), a flow of
    `nesym.physics`, or a constraint such as `nesym.constrain.Manifold`. With `gamma` None the field is projected and keeps
    the law to the tolerance of the solver (White et al. 2024, arXiv 2410.23667); a number stabilises it, with `mode` "pinv"
    or "transpose", and draws states back at that rate (White et al. 2023, arXiv 2306.09739). `conserve` None is the plain
    neural differential equation (Chen et al. 2018, arXiv 1806.07366).

    The network has `depth` hidden layers of `width` numbers. With `order=2` the first half of the coordinates are positions
    and the second their velocities: q' = v is exact and the network gives v'. `augment` numbers are appended to the
    state, with 0 to begin with (Dupont et al. 2019, arXiv 1904.01681). `known` is a flow that the network adds to;
    where rows are named as `exact`, these are the flow's own and the network gives all others. `inputs` is what the
    network is shown, the state itself by default: expressions in the coordinates and t, or a flow's own `inputs`.

    `members` networks are trained in one program, from seeds of their own; `training` holds sizes and rates. A law that is
    written as expressions is compared with the data, and refused where they do not keep it, unless `checked` is False.
    """

    width: int = 64
    depth: int = 2
    activation: Literal["relu", "gelu", "swish", "tanh"] = "swish"
    order: Literal[1, 2] = 1
    augment: int = 0
    conserve: tuple[str, ...] | Flow | Constraint | None = None
    checked: bool = True
    gamma: float | None = None
    mode: Literal["pinv", "transpose"] = "pinv"
    known: Flow | None = None
    exact: tuple[str, ...] = ()
    inputs: tuple[str, ...] | Flow | None = None
    members: int = 1
    training: Shooting = field(default_factory=Shooting)
    fitted: Learned | None = field(default=None, repr=False)

    name: ClassVar[str] = "neural ODE"

    def __post_init__(self):
        check_sizes(self.width, self.depth, self.activation)
        check_members(self.members, self.training)
        for name in ("conserve", "inputs", "exact"):
            if isinstance(value := getattr(self, name), str | list):
                object.__setattr__(self, name, (value,) if isinstance(value, str) else tuple(value))
        if self.order not in (1, 2) or isinstance(self.augment, bool) or not isinstance(self.augment, int):
            raise InputError(f"order={self.order!r}, augment={self.augment!r} is not a choice.", "Give order=1 or 2.")
        if self.augment < 0 or self.mode not in ("pinv", "transpose"):
            raise InputError(
                f"augment={self.augment!r} with mode={self.mode!r} is not a choice.", 'Give augment=0, mode="pinv".'
            )
        if self.gamma is not None and (self.conserve is None or not self.gamma > 0):
            raise InputError(
                f"A field is drawn to a law at a positive rate, and gamma={self.gamma!r} came with"
                f" conserve={self.conserve!r}.",
                "Give conserve=(EXPRESSION,) with a positive gamma, or gamma=None.",
            )
        if self.exact and self.known is None:
            raise InputError("Rows were called exact, and no flow is known.", "Give known=FLOW, or exact=().")

    def check(self, data: Trajectories) -> None:
        """See `AbstractLearner.check`: a law that is written as expressions must be kept by the data, if `checked`."""
        self.frame(data.names)
        if self.checked and isinstance(self.conserve, tuple):
            check(Conserved(self.conserve, data.names), data)

    def frame(self, names: tuple[str, ...]) -> Field:
        """See `AbstractLearner.frame`. Raises `InputError` where settings and coordinates do not fit."""
        self._check_names(names)
        return Field(
            network=None, shift=None, spread=None, speed=None,
            inputs=inputs_of(self.inputs, names),
            known=self.known,
            constraint=law_of(self.conserve, names),
            gamma=self.gamma, mode=self.mode,
            size=len(names), augment=self.augment, order=self.order,
            exact=tuple(names.index(name) for name in self.exact),
            breaks=next((flow.breaks for flow in (self.known, self.inputs) if isinstance(flow, Flow) and flow.breaks), None),
        )  # fmt: skip

    def network(self, inputs: int, outputs: int, key: jax.Array) -> MLP:
        """See `AbstractLearner.network`."""
        sizes: dict[str, Any] = {"width": self.width, "depth": self.depth, "activation": self.activation}
        return MLP.make(inputs, outputs, **sizes, key=key, dtype=jnp.float64)

    def _check_names(self, names: tuple[str, ...]) -> None:
        if self.order == 2 and len(names) % 2:
            raise InputError(
                f"order=2 takes positions and as many velocities, and {len(names)} coordinates came: {names}.",
                "Give an even number of coordinates, positions first, or order=1.",
            )
        if self.known is not None and self.known.names != names:
            raise InputError(
                f"The known flow has the coordinates {self.known.names}, the trajectories {names}.",
                "Order and name the variables as the flow does.",
            )
        if unknown := set(self.exact) - set(names):
            raise InputError(f"There is no row {', '.join(sorted(unknown))}.", f"Name some of {', '.join(names)}.")
        if len(self.exact) and not len(set(names[len(names) // 2 if self.order == 2 else 0 :]) - set(self.exact)):
            raise InputError("Every row is exact: nothing is left to be learned.", "Name fewer rows as `exact`.")
