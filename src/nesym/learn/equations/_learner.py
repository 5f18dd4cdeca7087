"""The protocol of every learner of differential equations: trajectories in, a forecast with its reasons out."""

from abc import ABC, abstractmethod
from dataclasses import asdict, replace
from typing import Any, ClassVar, Self

import jax
import numpy as np
import xarray as xr

from nesym import _store
from nesym._errors import InputError, NotFittedError
from nesym._typing import Path
from nesym.learn.equations._learned import Learned
from nesym.learn.equations.field import Field
from nesym.learn.equations.shooting import Shooting
from nesym.learn.trajectories import Trajectories

VALIDATION = 4  # one trajectory in so many chooses the weights, where no others are given


class AbstractLearner(ABC):
    """A concrete learner says what its field is made of (`frame`) and how its networks begin (`network`)."""

    name: ClassVar[str]
    members: int
    training: Shooting
    fitted: Learned | None

    @abstractmethod
    def frame(self, names: tuple[str, ...]) -> Field:
        """The field of a state with these coordinates, before it has networks and scales."""

    @abstractmethod
    def network(self, inputs: int, outputs: int, key: jax.Array) -> Any:
        """One new network."""

    def check(self, data: Trajectories) -> None:
        """Raise `InputError` for data that contradict the settings."""
        self.frame(data.names)

    def fit(self, trajectories, key: int = 0, *, validate=None, folder: Path | None = None, progress=None) -> Self:
        """A new object, trained on `trajectories` (`Trajectories.of` says in which forms); this one stays as it is.

        The weights of each member are those with the least loss on `validate`, by default the last quarter of the
        trajectories, which are then not trained on. `folder` keeps the training as it goes: the same call goes on there
        after a kill. Member i is the same however many members there are.

        Raises `InputError` or `MissingValuesError` for data that do not fit, `TrainingError` where training fails.
        """
        from nesym.learn.equations._training import learned

        data, apart = _split(trajectories, validate)
        self.check(data)
        with jax.enable_x64(True):
            frame = self.frame(data.names).scaled(data, self.training.chunk * data.interval)
            shape = frame.shift.size + frame.augment, len(frame.speed)
            found = learned(
                frame, self._networks(*shape, key), data, apart, self.training, key=key, folder=folder,
                progress=progress, config=self._configuration(),
            )  # fmt: skip
        return replace(self, fitted=found)

    def forecast(
        self, start, *, until=None, times=None, tolerance: float = 1e-8, max_steps: int = 100_000
    ) -> xr.Dataset:
        """x(t) from the states `start` on, for all members: (member, trajectory, time), with the `reason` of each.

        `start` is a Dataset with a variable for each coordinate: states (trajectory,) at the time of its coordinate
        `time`, or at 0; of trajectories (trajectory, time) the last states are taken. Solutions are given at `times`, or
        at the sampling interval of the training up to `until`; both are numbers or, where the training had dates, dates.
        A solution that ends early is missing from there on, and its `reason` says why and what to do; it is empty for
        those that reached the last time. Steps adapt to `tolerance`.

        Raises `NotFittedError`, `InputError` for states and times that do not fit, `TimeError` for another calendar.
        """
        from nesym.learn.equations._forecast import forecast

        return forecast(self, start, until, times, tolerance, max_steps)

    def compare(self, trajectories, key: int = 0, **how):
        """This beside its rivals, all trained anew on the same trajectories: see `nesym.learn.equations.comparison.compare`."""
        from nesym.learn.equations.comparison import compare

        return compare(self, trajectories, key, **how)

    def field(self) -> Field:
        """The learned field of all members, stacked along the first axis of its network (inside `jax.enable_x64`)."""
        found = self.ready()
        return found.bound(self.frame(found.names))

    def save(self, path: Path, **card) -> None:
        """Write configuration and networks to a safetensors file; `card` entries are kept in its header.

        Raises `InputError` where the law is a function: laws that can be written are expressions and flows.
        """
        try:
            _store.save(self, path, card)
        except TypeError as error:
            raise InputError(
                f"This {self.name} holds what a file cannot: {error}",
                'Give the law as an expression, conserve=("x**2 + y**2",), or as a flow of nesym.physics.',
            ) from error

    def describe(self) -> str:
        """The method, its settings and the size of its networks in one line."""
        if self.fitted is None:
            return repr(self)
        each = sum(leaf.size for leaf in jax.tree.leaves(self.fitted.network)) // self.fitted.members
        return f"{replace(self, fitted=None)}, {self.fitted.members} x {each:,} weights"

    def ready(self) -> Learned:
        """What was learned. Raises `NotFittedError`."""
        if self.fitted is None:
            raise NotFittedError(
                f"This {self.name} has not been fitted.",
                "Call fit(trajectories, key=0) first, or load a fitted one: nesym.load(FILE).",
            )
        return self.fitted

    def _networks(self, inputs: int, outputs: int, key: int) -> Any:
        """New networks of all members; the weights of one are named by its number and the key."""
        root = jax.random.fold_in(jax.random.key(key), 3)
        keys = jax.vmap(lambda member: jax.random.fold_in(root, member))(np.arange(self.members))
        return jax.jit(jax.vmap(lambda key: self.network(inputs, outputs, key)))(keys)

    def _configuration(self) -> dict[str, Any]:
        """What makes a training the same one."""
        return {"method": repr(replace(self, fitted=None, training=Shooting())), "settings": asdict(self.training)}


def check_members(members: int, training: Any) -> None:
    """Raise `InputError` unless there is a whole number of members, and settings to train them."""
    if isinstance(members, bool) or not isinstance(members, int) or members < 1 or not isinstance(training, Shooting):
        raise InputError(
            f"members={members!r} with training={training!r} is not a choice.",
            "Give a whole number from 1, and training=Shooting(epochs=200), for example.",
        )


def _split(trajectories, validate) -> tuple[Trajectories, Trajectories]:
    """What is trained on, and what the weights are chosen on."""
    if validate is not None:
        data, apart = (Trajectories.of(each, fewest=1) for each in (trajectories, validate))
        if data.names != apart.names:
            raise InputError(
                f"The trajectories have the coordinates {data.names}, those to validate on {apart.names}.",
                "Give the same variables in the same order.",
            )
        return data, apart
    return Trajectories.of(trajectories).apart(VALIDATION)
