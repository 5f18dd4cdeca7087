"""From trajectories to networks: the one training loop, with chunks for batches."""

from dataclasses import asdict
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nesym import train
from nesym._errors import TrainingError
from nesym.learn.equations._learned import Learned
from nesym.learn.equations._objective import Objective, Passed
from nesym.learn.equations.field import Field, positive
from nesym.learn.equations.shooting import Chunks, Draws, Shooting
from nesym.learn.trajectories import Trajectories

KEEP_EVERY = 20  # epochs between two looks at whether training is over, and two checkpoints


def learned(
    frame: Field,
    networks: Any,
    data: Trajectories,
    apart: Trajectories,
    settings: Shooting,
    *,
    key: int,
    folder: Any = None,
    progress: Any = None,
    config: dict[str, Any],
) -> Learned:
    """`networks`, stacked members of the scaled field `frame`, trained on `data` and chosen on the trajectories `apart`."""
    scale = scales(data)
    chunks = Chunks.of(data, settings.chunk)
    batch = min(settings.batch, chunks.pieces)
    members = len(jax.tree.leaves(networks)[0])
    objective = Objective(
        frame,
        _arrays(chunks),
        _arrays(_whole(Chunks.of(apart, settings.chunk), batch)),
        jnp.asarray(scale),
        settings.clip,
        settings.substeps(data, _rate(frame)),
        settings.tolerance,
        batch,
    )
    draws = Draws(chunks.pieces, batch, members)
    steps = settings.epochs * draws.per_epoch
    done = train.fit(
        networks,
        objective,
        draws,
        optimiser=settings.optimiser(steps),
        # One more, in which the networks of the last epoch are looked at; what it makes of them is not.
        steps=steps + 1,
        key=key,
        ema=None,
        clip=None,
        checkpoint=folder,
        every=KEEP_EVERY * draws.per_epoch,
        log_every=draws.per_epoch,
        carry=Passed.none(networks, members, settings.epochs, settings.patience),
        until=None if settings.patience is None else lambda passed: bool(passed.done.all()),
        progress=progress,
        config=config | {"training": asdict(settings)},
    )
    return _kept(done, frame, data, scale)


def _rate(frame: Any) -> float | None:
    """The rate at which the field pulls states to its law; a transpose has another unit, and its rate is not known."""
    return frame.gamma if getattr(frame, "mode", None) == "pinv" else None


def _kept(done: train.Fitted, frame: Field, data: Trajectories, scale: np.ndarray) -> Learned:
    """The best networks of the training. Raises `TrainingError` where one has never had a finite loss."""
    if not done.successful:
        raise TrainingError(done.reason.problem, done.reason.remedy)
    passed: Passed = done.state.carry
    history, chosen = np.asarray(passed.history), np.asarray(passed.epoch)
    if not np.isfinite(passed.best).all():
        lost = np.flatnonzero(~np.isfinite(passed.best)).tolist()
        raise TrainingError(
            f"The validation loss of member {', '.join(map(str, lost))} was never finite: solutions grow without bound.",
            "Use shorter chunks or steps, activation='tanh', or a smaller gamma if the field is stabilised.",
        )
    return Learned(
        data.names,
        data.units,
        data.since,
        data.interval,
        data.span,
        jax.tree.map(np.asarray, passed.networks),
        *(np.asarray(array) for array in (frame.shift, frame.spread, frame.speed)),
        scale,
        history,
        chosen,
        round(done.seconds, 1),
    )


def scales(data: Trajectories) -> np.ndarray:
    """Standard deviation of each coordinate over all trajectories, 1 for one that does not vary: the units of the loss."""
    return positive(np.nanstd(data.states, (0, 1)), np.nanmax(np.abs(data.states), (0, 1)))


def _whole(chunks: Chunks, block: int) -> Chunks:
    """With as many chunks more, none of them there, as whole blocks need."""
    more = -chunks.pieces % block
    filled = Chunks(*(np.concatenate([a, np.repeat(a[-1:], more, 0)]) for a in chunks))
    return filled._replace(there=filled.there & (np.arange(filled.pieces) < chunks.pieces)[:, None])


def _arrays(chunks: Chunks) -> Chunks:
    return Chunks(*(jnp.asarray(array) for array in chunks))
