"""A learned law beside its rivals, on trajectories that none of them was trained on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from nesym.constrain._constraint import Constraint
from nesym.learn.equations._forecast import solved
from nesym.learn.equations._learner import AbstractLearner
from nesym.learn.equations.hamiltonian import HamiltonianNetwork
from nesym.learn.equations.neural_ode import NeuralODE
from nesym.learn.equations.shooting import clocks
from nesym.learn.trajectories import Trajectories
from nesym.verify import Score, Table
from nesym.verify.trajectories import relative_state_error

FAR = 10.0  # a solution further from the truth than so many times its size has blown up
RESAMPLES = 1000
TEST = 4  # one trajectory in so many is kept to judge by, where none are given
GIVEN, PLAIN, AFTER, ENERGY = "as given", "without the law", "law after training", "Hamiltonian network"
STILL, STRAIGHT = "first state kept", "first velocity kept"


def compare(
    learner: AbstractLearner,
    trajectories,
    key: int = 0,
    *,
    test=None,
    rivals: Mapping[str, AbstractLearner] | None = None,
    tolerance: float = 1e-8,
    max_steps: int = 20_000,
    folder=None,
    progress=None,
) -> Table:
    """Train `learner` and its rivals on the same trajectories, with the same settings, and solve all from each first state.

        state error  = |x(t) - truth(t)| / |truth(t)|,  averaged over samples, and at the last one
        law error    = |g(x(T)) - r| / (1 + |r|),               with r what the law keeps of the first state

    averaged over `test` trajectories and members, with intervals over trajectories; by default the last quarter of
    `trajectories` is the test, and no part of training. Rivals are the same network without the law, the same held to the
    law after training only (which keeps it, and makes a wrong field no better), and for positions with velocities a
    Hamiltonian network; `rivals` are others. Beside them stand the first state and the first velocity kept for ever.
    Solutions that end early, or go further from the truth than ten times its size, are counted as `blown up` and are in
    no average. `calls` of the field are what a solution costs, `seconds` what training did.

    Raises as `fit` does.
    """
    seen, unseen = _parts(trajectories, test)
    others = _rivals(learner) if rivals is None else dict(rivals)
    rows, plain, law = [], None, _law(learner, seen.names)
    shown = {GIVEN: replace(learner, fitted=None), **others}
    for number, (name, one) in enumerate(shown.items()):
        where = None if folder is None else f"{folder}/{name.replace(' ', '-')}"
        told = None if progress is None else lambda share, text, n=number: progress((n + share) / len(shown), text)
        fitted = one.fit(seen, key, folder=where, progress=told)
        rows.append(_row(name, fitted, unseen, law, tolerance, max_steps, key))
        plain = fitted if name == PLAIN else plain
    if plain is not None:
        after = replace(learner, gamma=None, fitted=plain.fitted)
        rows.append(_row(AFTER, after, unseen, law, tolerance, max_steps, key) | {"seconds": None})
    rows += [_simple(name, unseen, law, key) for name in (STILL, STRAIGHT)]
    columns = ("method", "state error, mean", "state error, end", "law error, end", "blown up", "calls", "seconds")
    rows = [{name: row.get(name) for name in columns} for row in rows]
    title = f"Trained on {len(seen)} trajectories, solved from the first states of {len(unseen)} others"
    return Table(title, columns, tuple(rows), f"To time {unseen.span:g} after the start, tolerance {tolerance:g}.")


def _parts(trajectories, test) -> tuple[Trajectories, Trajectories]:
    if test is not None:
        return Trajectories.of(trajectories), Trajectories.of(test, fewest=1)
    return Trajectories.of(trajectories, fewest=3).apart(TEST)


def _rivals(learner: AbstractLearner) -> dict[str, AbstractLearner]:
    """The usual ones: what a law is worth, and whether an energy would have done."""
    if not isinstance(learner, NeuralODE):
        return {}
    found: dict[str, AbstractLearner] = {}
    if learner.conserve is not None:
        found[PLAIN] = replace(learner, conserve=None, gamma=None, fitted=None)
    if learner.order == 2 and learner.known is None:
        sizes = {"width": learner.width, "depth": learner.depth, "members": learner.members}
        found[ENERGY] = HamiltonianNetwork(**sizes, training=learner.training)
    return found


def _law(learner: AbstractLearner, names: tuple[str, ...]) -> Constraint | None:
    """What solutions are to keep, or None."""
    return getattr(learner.frame(names), "constraint", None)


def _row(name, fitted: AbstractLearner, unseen: Trajectories, law, tolerance, max_steps, key) -> dict[str, Any]:
    """The scores of a fitted learner."""
    there = np.isfinite(unseen.times)
    with jax.enable_x64(True):
        found = solved(fitted.field(), unseen.states[:, 0], clocks(unseen), tolerance, max_steps)
    states = np.asarray(found.states)[..., : len(unseen.names)]
    cost = {"calls": float(np.asarray(found.calls).mean()), "seconds": fitted.ready().seconds}
    return {"method": name} | _scores(states, unseen, there, law, key) | cost


def _simple(name: str, unseen: Trajectories, law, key: int) -> dict[str, Any]:
    """The scores of what needs no training."""
    there = np.isfinite(unseen.times)
    since = (unseen.times - unseen.times[:, :1])[..., None]
    first = unseen.states[:, :1]
    velocity = (unseen.states[:, 1:2] - first) / since[:, 1:2] if name == STRAIGHT else 0.0
    states = np.where(there[..., None], first + velocity * since, np.nan)[None]
    return {"method": name} | _scores(states, unseen, there, law, key)


def _scores(states: np.ndarray, unseen: Trajectories, there: np.ndarray, law: Any, key: int) -> dict[str, Any]:
    """Of solutions (member, trajectory, time, n)."""
    error = relative_state_error(states, unseen.states[None])
    ends = there.shape[1] - 1 - there[:, ::-1].argmax(1)
    blown = (~(error <= FAR) & there).any(-1)
    last = np.take_along_axis(error, ends[None, :, None], -1)[..., 0]
    mean = np.where(there, error, 0).sum(-1) / there.sum(-1)
    rows = {"state error, mean": mean, "state error, end": last}
    if law is not None:
        rows["law error, end"] = _broken(states, unseen.times, ends, law)
    scores = {column: _score(np.where(blown, np.nan, values), key) for column, values in rows.items()}
    return scores | {"blown up": f"{int(blown.sum())} of {blown.size}"}


def _broken(states: np.ndarray, times: np.ndarray, ends: np.ndarray, law: Constraint) -> np.ndarray:
    """|g(x(T)) - r| / (1 + |r|) with r what the law keeps of the first state: (member, trajectory)."""
    rows = np.arange(len(ends))

    def error(x, t, first, begun):
        ref = law.reference(first, begun)
        lengths = [jnp.linalg.norm(ravel_pytree(tree)[0]) for tree in (law.residual(x, ref, t), ref)]
        return lengths[0] / (1 + lengths[1])

    with jax.enable_x64(True):
        many = jax.jit(jax.vmap(jax.vmap(error, in_axes=(0, 0, 0, 0)), in_axes=(0, None, 0, None)))
        return np.asarray(many(states[:, rows, ends], times[rows, ends], states[:, :, 0], times[:, 0]))


def _score(values: np.ndarray, key: int) -> Score:
    """The mean of (member, trajectory) with its interval over trajectories, by the bootstrap; NaN is left out."""
    known = np.isfinite(values)
    if not known.any():
        return Score(float("nan"), n=0, note="every solution blew up")
    sums, counts = np.where(known, values, 0).sum(0), known.sum(0)
    draws = np.random.default_rng(abs(key)).integers(len(sums), size=(RESAMPLES, len(sums)))
    with np.errstate(invalid="ignore"):
        means = sums[draws].sum(1) / counts[draws].sum(1)
    low, high = np.nanquantile(means, (0.025, 0.975))
    return Score(float(sums.sum() / counts.sum()), float(low), float(high), int((counts > 0).sum()))
