"""Trajectories of a process model, for experiments whose truth is known."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from nesym._errors import InputError
from nesym.fields.provenance import provenance
from nesym.physics import Flow
from nesym.solve.ode import Reason, integrate


def simulate(flow: Flow, times, trajectories: int, key: int, tolerance: float = 1e-10, **options) -> xr.Dataset:
    """x(t) of dx/dt = flow(t, x) at `times`, from `trajectories` starts drawn by `flow.start`: (trajectory, time).

    Trajectory i is the same however many there are. `options` go to `nesym.solve.integrate`. Raises `InputError` where
    a solution does not reach the last time.
    """
    times = np.asarray(times, np.float64)
    if times.ndim != 1 or times.size < 2 or not (np.diff(times) > 0).all() or trajectories < 1:
        raise InputError(
            f"At least one trajectory at two increasing times was expected; {trajectories} at times of shape {times.shape}"
            " came.",
            "Give times=numpy.arange(0, 10, 0.1), trajectories=30.",
        )
    with jax.enable_x64(True):
        states, reasons = _solved(flow, jnp.asarray(times), jnp.arange(trajectories), key, tolerance, options)
    for number, reason in enumerate(reasons):
        if reason:
            raise InputError(f"Trajectory {number} did not reach time {times[-1]:g}. {reason}", "Give earlier times.")
    variables = {name: (("trajectory", "time"), states[..., i]) for i, name in enumerate(flow.names)}
    found = xr.Dataset(variables, {"time": times, "trajectory": np.arange(trajectories)})
    line = f"nesym.learn.simulate({flow}, {trajectories} trajectories to time {times[-1]:g}, tolerance={tolerance:g})"
    return found.assign_attrs(provenance(found, method=type(flow).__name__, key=key, history_line=line))


def _solved(flow, times, numbers, key, tolerance, options) -> tuple[np.ndarray, list[str]]:
    def one(number):
        start = flow.start(jax.random.fold_in(jax.random.key(key), number))
        return integrate(flow, start, times, tolerance=tolerance, breaks=flow.breaks, **options)

    found = eqx.filter_jit(jax.vmap(one))(numbers)
    return np.asarray(found.states), sentences(found.reason)


def sentences(reasons) -> list[str]:
    """The sentence of each reason of a batch, flattened; empty for success."""
    values, tree = jax.tree.flatten(reasons)
    each = zip(*(np.asarray(value).ravel() for value in values), strict=True)
    return [Reason[jax.tree.unflatten(tree, map(jnp.asarray, row))] for row in each]
