"""Solutions of a learned field, labelled, each with the reason where it ends."""

from typing import TYPE_CHECKING, Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from nesym._errors import InputError
from nesym.fields.clock import cf_units, on_clock
from nesym.fields.provenance import provenance
from nesym.learn.equations._starts import Starts
from nesym.learn.equations.field import Field
from nesym.learn.simulation import sentences
from nesym.solve.ode import Solution, integrate

if TYPE_CHECKING:
    from nesym.learn.equations._learner import AbstractLearner


def forecast(learner: "AbstractLearner", start, until, times, tolerance: float, max_steps: int) -> xr.Dataset:
    """See `AbstractLearner.forecast`."""
    found = learner.ready()
    starts = Starts.of(start, found.template())
    end = None if until is None else float(on_clock(until, found.since))
    times = None if times is None else on_clock(times, found.since)
    wanted = check_times(end, times, starts.begun, found.interval)
    clock = np.union1d(starts.begun, wanted)
    with jax.enable_x64(True):
        clocks = np.broadcast_to(clock, (len(starts.states), clock.size))
        solution = solved(learner.field(), starts.states, clocks, tolerance, max_steps)
        reasons = np.array(sentences(solution.reason), dtype=object).reshape(solution.calls.shape)
    states = np.asarray(solution.states)[:, :, clock.size - wanted.size :, : len(found.names)]
    out = _labelled(states, wanted, reasons, np.asarray(solution.calls), starts, found)
    line = f"{learner.name} forecast to time {wanted[-1]:g}, tolerance={tolerance:g}"
    attrs = provenance(starts.data, method=learner.describe(), key=None, history_line=line)
    return out.assign_attrs(attrs | _remarks(wanted[-1] - starts.begun, found.span, reasons))


@eqx.filter_jit
def _solutions(field: Field, networks: Any, states, clocks, tolerance, max_steps: int) -> Solution:
    """Of every member from every start: (member, trajectory, ...)."""

    def one(network: Any, x: jax.Array, times: jax.Array) -> Solution:
        mine = eqx.tree_at(lambda f: f.network, field, network, is_leaf=lambda leaf: leaf is None)
        args = mine.reference(x, times[0])
        how = {"tolerance": tolerance, "max_steps": max_steps, "breaks": mine.breaks}
        return integrate(mine, mine.started(x), times, args, **how)

    return jax.vmap(lambda network: jax.vmap(lambda x, times: one(network, x, times))(states, clocks))(networks)


def solved(field: Field, states, clocks, tolerance: float = 1e-8, max_steps: int = 100_000) -> Solution:
    """Solutions (member, trajectory, time, n) of a stacked field from `states` (trajectory, n), at `clocks` (trajectory, T).

    The first time of each clock is that of the state.
    """
    bare = eqx.tree_at(lambda f: f.network, field, None)
    arrays = jnp.asarray(states), jnp.asarray(clocks)
    return _solutions(bare, field.network, *arrays, jnp.asarray(tolerance), max_steps)


def _labelled(states, times, reasons, calls, starts: Starts, found) -> xr.Dataset:
    dims = ("member", "trajectory", "time")
    there = np.isfinite(states).all(-1)
    reached = np.where(there.any(-1), times[there.shape[-1] - 1 - there[..., ::-1].argmax(-1)], np.nan)
    units = found.units or ("",) * len(found.names)
    variables: dict[str, Any] = {
        name: (dims, states[..., i], {"units": units[i]} if units[i] else {}) for i, name in enumerate(found.names)
    }
    variables["reason"] = (dims[:2], reasons.astype(str), {"long_name": "why the solution ended early, empty if not"})
    variables["reached"] = (dims[:2], reached, {"long_name": "last time with a state"})
    variables["calls"] = (dims[:2], calls, {"long_name": "evaluations of the field"})
    coords = {
        "time": ("time", times, cf_units(found.since)),
        "member": np.arange(len(states)),
        "trajectory": starts.labels,
    }
    return xr.Dataset(variables, coords)


def _remarks(horizon: float, span: float, reasons: np.ndarray) -> dict[str, str]:
    """What a reader of the forecast should know: how far beyond the data it goes, and what ended early."""
    said = {}
    if horizon > span * (1 + 1e-9):
        said["beyond_training"] = (
            f"goes {horizon / span:.3g} times as far as the longest trajectory that was learned from ({span:g})"
        )
    if early := int(np.count_nonzero(reasons != "")):
        said["ended_early"] = f"{early} of {reasons.size} solutions, missing from there on: see the variable `reason`"
    return said


def check_times(until: float | None, times: Any, begun: float, interval: float) -> np.ndarray:
    """The times that are asked for. Raises `InputError` unless they are, and lie after the start."""
    if (until is None) == (times is None):
        raise InputError("Either `until` or `times` was expected.", "Give until=TIME, or times=(t1, t2, ...).")
    if until is not None:
        if not np.isfinite(until) or not until > begun:
            raise InputError(
                f"A forecast ends after its start at {begun:g}, and until={until!r} came.", "Give a later time."
            )
        count = max(1, int(np.floor((until - begun) / interval + 1e-9)))
        grid = begun + interval * np.arange(count + 1)
        return (
            grid if np.isclose(grid[-1], until, rtol=0, atol=1e-6 * interval) else np.append(grid[grid < until], until)
        )
    wanted = np.atleast_1d(np.asarray(times, np.float64))
    if wanted.ndim > 1 or not wanted.size or not (np.diff(wanted) > 0).all() or not wanted[0] >= begun:
        raise InputError(
            f"Increasing times from {begun:g} on were expected, and {wanted} came.", "Sort them, and leave out others."
        )
    return wanted
