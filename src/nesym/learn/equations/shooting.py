"""Multiple shooting: trajectories in short chunks, each solved from its own first state."""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import optax

from nesym._errors import InputError
from nesym.learn.trajectories import Trajectories

STABLE = 2.78  # rate times step, where the classical Runge-Kutta scheme ceases to be stable


@dataclass(frozen=True)
class Shooting:
    """How a field is trained: on chunks of `chunk` intervals between samples, `batch` of them in a step.

        loss = mean over batch, samples and coordinates of ((x(t) - data(t)) / sd)^2, the first sample excluded

    with x solved from the first sample of the chunk, and sd the standard deviation of each coordinate. AdamW with
    `decay`; its rate falls from `rate` to `final_rate` over all `epochs` (`schedule` "exponential" or "cosine"), and
    gradients longer than `clip` are shortened. An epoch takes all chunks, in an order of its own. After each the loss is
    taken on the validation data, and the weights with the least are kept. With `patience` a network is done when that
    has not fallen by 1% in so many epochs, and training ends when all are.

    Chunks are solved by the classical Runge-Kutta scheme with steps of at most `step`, None for half the typical
    interval of the data (and at most 2 / gamma where the field is stabilised), or adaptively to a `tolerance`, which is
    slower by an order of magnitude.
    """

    chunk: int = 3
    batch: int = 32
    epochs: int = 200
    rate: float = 1e-3
    final_rate: float = 1e-5
    schedule: Literal["exponential", "cosine"] = "exponential"
    decay: float = 1e-6
    clip: float | None = 1.0
    step: float | None = None
    tolerance: float | None = None
    patience: int | None = None

    def __post_init__(self):
        whole = [self.chunk, self.batch, self.epochs] + ([] if self.patience is None else [self.patience])
        above = [self.rate, self.final_rate] + [x for x in (self.clip, self.step, self.tolerance) if x is not None]
        if any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in whole):
            raise InputError(
                f"Chunk, batch, epochs and patience are whole numbers from 1; {self} came.",
                "Give Shooting(chunk=3, batch=32, epochs=200), for example.",
            )
        if not all(x > 0 for x in above) or self.decay < 0 or self.schedule not in ("exponential", "cosine"):
            raise InputError(
                f"Rates, clip, step and tolerance are positive, decay is not negative, and the schedule is"
                f" 'exponential' or 'cosine'; {self} came.",
                "Give Shooting(rate=1e-3, final_rate=1e-5, decay=1e-6), for example.",
            )
        if self.step is not None and self.tolerance is not None:
            raise InputError(
                "Both a fixed step and a tolerance were given.", "Give step=0.05 or tolerance=1e-6, and not both."
            )

    def optimiser(self, steps: int) -> optax.GradientTransformation:
        """AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) with the schedule over that many steps."""
        fall = self.final_rate / self.rate
        if self.schedule == "cosine":
            rate = optax.cosine_decay_schedule(self.rate, steps, fall)
        else:
            rate = optax.exponential_decay(self.rate, steps, fall)
        return optax.adamw(rate, weight_decay=self.decay)

    def substeps(self, data: Trajectories, gamma: float | None = None) -> int:
        """Runge-Kutta steps between two samples, as many everywhere: the longest interval decides.

        A field that is stabilised at the rate `gamma` is stiff: beyond gamma h = 2.78 the scheme is unstable, and 2 is
        kept where no step is given. Raises `InputError` for a step that is too long for it.
        """
        longest = float(np.nanmax(np.diff(data.times, axis=1)))
        step = data.interval / 2 if self.step is None else self.step
        if gamma is not None and self.step is None:
            step = min(step, 2 / gamma)
        elif gamma is not None and gamma * step > STABLE:
            raise InputError(
                f"Steps of {step:g} are too long for a field that is stabilised at the rate {gamma:g}: solutions would"
                " oscillate and grow.",
                f"Give a step of at most {2 / gamma:.2g}, None for one that fits, or a smaller gamma.",
            )
        return max(1, int(np.ceil(longest / step - 1e-9)))


def clocks(data: Trajectories) -> np.ndarray:
    """The times (k, T) of trajectories, and after the end of shorter ones later times as far apart as their last two."""
    ends = data.lengths - 1
    rows = np.arange(len(data))
    last, step = data.times[rows, ends], data.times[rows, ends] - data.times[rows, ends - 1]
    beyond = np.arange(data.times.shape[1]) - ends[:, None]
    return np.where(beyond > 0, last[:, None] + beyond * step[:, None], data.times)


class Chunks(NamedTuple):
    """c pieces of L intervals: `states` (c, L + 1, n), `times` (c, L + 1), `there` (c, L), and what their trajectory kept.

    `first` (c, n) is the first state of the trajectory that a chunk is of and `begun` (c,) its time. A chunk that a
    trajectory's end cuts short goes on with times as far apart as before and with its last state, and is not `there`.
    """

    states: Any
    times: Any
    there: Any
    first: Any
    begun: Any

    @classmethod
    def of(cls, data: Trajectories, length: int) -> "Chunks":
        """All trajectories, cut without overlap but for the sample where a chunk ends and the next begins."""
        rows = []
        for states, times, size in zip(data.states, data.times, data.lengths, strict=True):
            for begin in range(0, int(size) - 1, length):
                end = min(begin + length, int(size) - 1)
                short = length - (end - begin)
                later = times[end] + (times[end] - times[end - 1]) * np.arange(1, short + 1)
                rows.append(
                    (
                        np.concatenate([states[begin : end + 1], np.repeat(states[end : end + 1], short, 0)]),
                        np.concatenate([times[begin : end + 1], later]),
                        np.arange(length) < end - begin,
                        states[0],
                        times[0],
                    )
                )
        return cls(*(np.stack(column) for column in zip(*rows, strict=True)))

    @property
    def pieces(self) -> int:
        """c."""
        return len(self.times)


@dataclass(frozen=True)
class Draws:
    """The chunks of every step: called with (step, key) it gives their numbers (batch, members) and the epoch.

    Every epoch is another permutation for each member, named by (key, member, epoch) alone. What is left of an epoch
    after whole batches waits for another.
    """

    chunks: int
    batch: int
    members: int

    @property
    def configuration(self) -> dict[str, int]:
        """What defines the draws, for the fingerprint of a run."""
        return {"chunks": self.chunks, "batch": self.batch}

    @property
    def per_epoch(self) -> int:
        """Steps in an epoch."""
        return self.chunks // self.batch

    def __call__(self, step: int, key: int) -> dict[str, np.ndarray]:
        epoch, place = divmod(step, self.per_epoch)
        at = slice(place * self.batch, (place + 1) * self.batch)
        orders = [np.random.default_rng([abs(key), int(key < 0), member, epoch]) for member in range(self.members)]
        which = np.stack([order.permutation(self.chunks)[at] for order in orders], 1)
        return {"which": which.astype(np.int32), "epoch": np.int32(epoch), "begins": np.bool_(place == 0)}
