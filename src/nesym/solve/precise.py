"""Orbits of the published integrators of chaotic flows, in single, double or any binary precision."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from nesym._errors import InputError
from nesym.physics._chaos import Chaotic
from nesym.solve._flint import arithmetic, exact, precise

SINGLE, DOUBLE = 24, 53
DTYPES = {SINGLE: np.float32, DOUBLE: np.float64}


def orbit(flow: Chaotic, start: Any, samples: int, *, every: int = 1, precision: int = DOUBLE) -> xr.DataArray:
    """x_0, x_1, ... of the map `flow.map()`, `samples` of them, `every` steps apart.

    The map is one Runge-Kutta step of `flow.step`. It is iterated with `precision` bits: 24 and 53 are float32 and
    float64, compiled, for any number of starts at once; more need python-flint, and then the result holds `flint.arb`
    balls of radius zero (`.astype(float)` rounds them to the nearest double). From `start` (n,) comes a DataArray (time,
    state), from (k, n) one (trajectory, time, state). Orbits of chaos depend on every rounding: other processors may give
    another orbit of the same law.

    Raises `InputError` for a start of another shape, fewer than one sample, and a precision that cannot be had.
    """
    states = _checked(flow, start, samples, every)
    single = states.ndim == 1
    rows = states[None] if single else states
    if precision in DTYPES:
        with jax.enable_x64(True):
            found = np.asarray(_compiled(flow, jnp.asarray(rows.astype(DTYPES[precision])), samples, every))
    else:
        found = np.stack([_iterated(flow, row, samples, every, precision) for row in rows])
    coords = {"time": np.arange(samples) * (every * flow.step), "state": list(flow.names)}
    told = {
        "long_name": f"{type(flow).__name__}, Runge-Kutta map of step {flow.step:g}",
        "precision": f"{precision} bit",
    }
    dims = ("time", "state") if single else ("trajectory", "time", "state")
    return xr.DataArray(found[0] if single else found, coords, dims, attrs=told)


@eqx.filter_jit
def _compiled(flow: Chaotic, starts: jax.Array, samples: int, every: int) -> jax.Array:
    """(k, samples, n). Coordinates are apart in the loop, so that a whole step is one fused kernel."""

    advance = flow.map()

    def step(x: tuple[jax.Array, ...], _: None) -> tuple[tuple[jax.Array, ...], jax.Array]:
        ahead = jax.lax.fori_loop(0, every, lambda _, now: advance(now), x)
        return ahead, jnp.stack(x, -1)

    return jnp.moveaxis(jax.lax.scan(step, tuple(starts.T), None, length=samples)[1], 0, 1)


def _iterated(flow: Chaotic, start: np.ndarray, samples: int, every: int, bits: int) -> np.ndarray:
    """(samples, n) of balls of radius zero: each step is rounded to its midpoint, as floating-point numbers are."""
    found = np.empty((samples, len(start)), object)
    with precise(bits) as flint:
        advance, x = flow.map(arithmetic(flint)), tuple(exact(flint, value) for value in start)
        for sample in range(samples):
            found[sample] = x
            for _ in range(every if sample < samples - 1 else 0):
                x = tuple([value.mid() for value in advance(x)])
    return found


def _checked(flow: Chaotic, start: Any, samples: int, every: int) -> np.ndarray:
    states = np.asarray(start.values if isinstance(start, xr.DataArray) else start)
    n = len(flow.names)
    if states.ndim not in (1, 2) or states.shape[-1] != n or min(samples, every) < 1:
        raise InputError(
            f"A start of shape ({n},) or (k, {n}), and at least one sample and one step between samples were expected;"
            f" shape {states.shape}, {samples} samples, every {every} came.",
            "Give for example orbit(flow, flow.first, samples=1024, every=16).",
        )
    return states
