"""Solutions of ordinary differential equations at chosen times, with the reason where there is none."""

from collections.abc import Callable
from typing import Any

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym import constrain
from nesym._errors import InputError
from nesym.solve._controller import Steps
from nesym.solve.runge_kutta import inside, rk4

EXPLICIT = {"tsit5": diffrax.Tsit5, "dopri5": diffrax.Dopri5, "dopri8": diffrax.Dopri8}
IMPLICIT = {"kvaerno5": diffrax.Kvaerno5}
INTERPOLATED = ("tsit5", "dopri5")
METHODS = (*EXPLICIT, *IMPLICIT, "rk4")


class Reason(constrain.Reason):
    """Why a solution ended. `Reason[reason]` is the sentence that says it; that of success is empty."""

    max_steps = (
        "The solver took all its steps before the last time: the field is stiff, or changes ever faster. Use"
        ' method="kvaerno5", a larger tolerance, a smaller gamma if it is stabilised, or more `max_steps`.'
    )
    not_finite = (
        "The state or its velocity is not a finite number here, or grows or jumps so fast that steps came to nothing."
        " Start nearer to the data, hold the field to a constraint, or give the times of its jumps as `breaks`."
    )


class Solution(eqx.Module):
    """`states` (time, n) at the times asked for, NaN from where the solution ended; its `reason`; `calls` of the field.

    Check `successful`, or read `Reason[solution.reason]`, before using the last states. `calls` counts evaluations of
    the field by the scheme, those of steps that were rejected and of the choice of the first step included. An implicit
    scheme solves an equation for each instead, which takes some more evaluations and a Jacobian.
    """

    states: jax.Array
    reason: Reason
    calls: jax.Array

    @property
    def successful(self) -> Any:
        """True where the last time was reached; an array under `jax.vmap`."""
        return self.reason == Reason.successful


def integrate(
    field: Callable[[Any, jax.Array, Any], jax.Array],
    start: jax.Array,
    times: jax.Array,
    args: Any = None,
    *,
    tolerance: float = 1e-8,
    step: float | None = None,
    method: str = "tsit5",
    breaks: tuple[float, float] | None = None,
    max_steps: int = 100_000,
) -> Solution:
    """x(t_k) of dx/dt = field(t, x, args) with x(t_0) = `start` (n,), at increasing `times` (t_0, t_1, ...).

    Steps adapt to a relative and absolute error of `tolerance` each, or are at most `step` long where that is given.
    `method` is an explicit Runge-Kutta scheme, "tsit5" (Tsitouras 2011, doi 10.1016/j.camwa.2011.06.002), "dopri5",
    "dopri8" or, with a `step`, the classical "rk4"; "kvaerno5" (Kvaerno 2004, doi 10.1023/b:bitn.0000046811.70614.38) is
    implicit, for stiff fields. `breaks` = (first, period) are the times first, first + period, ... where the field
    jumps: adaptive steps and those of "rk4" end there. Gradients in reverse go through the steps; `jax.vmap` over starts
    gives each its own steps. Numbers have the type of `start`, and an error of 1e-8 needs float64.

    What fails is a result with its reason, see `Solution`: adaptive steps end when they are too short for the clock, soon
    after a solution has grown without bound. A field that can tell more has a method `diagnose(t, x, args)`, which is
    asked for a `nesym.constrain.Reason` at the last state reached: one of `constrain.on_field` says there whether its
    constraints were dependent. Raises `InputError` for what cannot be solved at all.
    """
    given = times
    start, times = _checked(field, start, times, args, method, step, breaks)
    if method == "rk4":
        substeps = _substeps(given, step, breaks, max_steps)
        later = rk4(field, start, times, args, substeps, breaks)
        states, calls = jnp.concatenate([start[None], later]), jnp.asarray(4 * substeps * (len(times) - 1))
        last = (times[0], start)
        reason = Reason.successful
    else:
        states, calls, last, reason = _by_diffrax(field, start, times, args, tolerance, step, method, breaks, max_steps)
    states = states.at[0].set(start)
    there = jnp.cumprod(jnp.isfinite(states).all(-1)) > 0
    states = jnp.where(there[:, None], states, jnp.nan)
    reason = Reason.where(there[-1] | (reason != Reason.successful), reason, Reason.not_finite)
    return Solution(states, _diagnosed(field, args, reason, last, (times, states, there)), calls)


def _by_diffrax(field, start, times, args, tolerance, step, method, breaks, max_steps) -> tuple:
    """States, number of calls, (time, state) where it ended, and why."""
    solver = (EXPLICIT | IMPLICIT)[method]()
    found = diffrax.diffeqsolve(
        diffrax.ODETerm(field if breaks is None else _within(field, times)),
        solver, times[0], times[-1], None if step is None else jnp.asarray(step, times.dtype), start, args,
        saveat=diffrax.SaveAt(subs=[diffrax.SubSaveAt(ts=times), diffrax.SubSaveAt(t1=True)]),
        stepsize_controller=_controller(times, tolerance, breaks, method) if step is None else diffrax.ConstantStepSize(),
        max_steps=max_steps, throw=False,
    )  # fmt: skip
    out = found.result == diffrax.RESULTS.max_steps_reached
    fine = found.result == diffrax.RESULTS.successful
    reason = Reason.where(fine, Reason.successful, Reason.where(out, Reason.max_steps, Reason.not_finite))
    # The last stage of a step is the first of the next (FSAL); the first step is chosen by two more.
    stages, first_step = solver.tableau.num_stages, 2 if step is None else 0
    reused = solver.tableau.fsal
    calls = found.stats["num_steps"] * (stages - reused) + reused + first_step
    return found.ys[0], calls, (found.ts[1][0], found.ys[1][0]), reason


def _controller(times: jax.Array, tolerance: Any, breaks: tuple[float, float] | None, method: str) -> Steps:
    """Steps shorter than 16 roundings of the clock are none: the solution ends there, and need not take all of them.

    Interpolation between steps is as good as the scheme with "tsit5" and "dopri5"; others step to all times.
    """
    shortest = 16 * jnp.finfo(times.dtype).eps * jnp.maximum(jnp.abs(times[0]), jnp.abs(times[-1]))
    pid = diffrax.PIDController(rtol=tolerance, atol=tolerance, dtmin=shortest, force_dtmin=False)
    return Steps(pid, breaks, None if method in INTERPOLATED else times)


def _within(field: Callable, times: jax.Array) -> Callable:
    """The field as its limit from inside where the first or last time is a break."""
    first, last = inside(times[0], times[-1])
    return lambda t, x, args: field(jnp.clip(t, first, last), x, args)


def _diagnosed(field: Callable, args: Any, reason: Reason, last: tuple, saved: tuple) -> Reason:
    """What the field itself says of the last finite state, if it can and if there is something to explain."""
    if not hasattr(field, "diagnose"):
        return reason
    times, states, there = saved
    number = jnp.sum(there) - 1
    reached = jnp.isfinite(last[1]).all() & (last[0] >= times[number])
    t, x = jnp.where(reached, last[0], times[number]), jnp.where(reached, last[1], states[number])
    told = Reason.promote(field.diagnose(t, x, args))
    silent = (reason == Reason.successful) | (told == Reason.successful)
    return Reason.where(silent, reason, told)


def _checked(field, start, times, args, method, step, breaks) -> tuple[jax.Array, jax.Array]:
    """Start and times as arrays of one type. Raises `InputError` for what cannot be solved."""
    if method not in METHODS:
        raise InputError(f"There is no method {method!r}.", f"Use one of {', '.join(METHODS)}.")
    _check_steps(method, step, breaks)
    start = jnp.asarray(start)
    start = start if jnp.issubdtype(start.dtype, jnp.floating) else start.astype(float)
    known = not isinstance(times, jax.core.Tracer)
    if jnp.ndim(times) != 1 or jnp.size(times) < 2 or (known and not (np.diff(np.asarray(times)) > 0).all()):
        raise InputError(
            f"At least two increasing times were expected, and {times} came.",
            "Give the time of the start first, then later ones in order: numpy.linspace(0, 10, 101).",
        )
    times = jnp.asarray(times, start.dtype)
    velocity = jax.eval_shape(field, times[0], start, args) if start.ndim == 1 else None
    if velocity is None or jnp.shape(velocity) != start.shape:
        came = "a start" if velocity is None else "a velocity"
        raise InputError(
            f"One state (n,) with its velocity (n,) was expected, and {came} of shape"
            f" {start.shape if velocity is None else jnp.shape(velocity)} came.",
            "Solve from many starts by jax.vmap, and let the field return as many numbers as the state has.",
        )
    return start, times


def _check_steps(method: str, step: Any, breaks: Any) -> None:
    if method == "rk4" and step is None:
        raise InputError('The classical scheme "rk4" has no error to adapt to.', 'Give a `step`, or method="tsit5".')
    if isinstance(step, int | float) and not step > 0:
        raise InputError(f"A step is a positive length of time, and {step!r} came.", "Give step=0.01, or a tolerance.")
    if step is not None and breaks is not None and method != "rk4":
        raise InputError(
            f'Steps of fixed length do not end where the field jumps with method="{method}".',
            'Use method="rk4", or a tolerance instead of a step.',
        )
    if breaks is not None and not (len(breaks) == 2 and breaks[1] > 0):
        raise InputError(
            f"Breaks are (first time, positive period), and {breaks!r} came.",
            "Give the first time where the field jumps and the time between jumps.",
        )


def _substeps(times: jax.Array, step: float, breaks: tuple | None, max_steps: int) -> int:
    """Steps of "rk4" from one time to the next, as many everywhere."""
    if isinstance(times, jax.core.Tracer):
        raise InputError(
            "The number of fixed steps has to be known when the program is compiled, and times are not.",
            "Give times as NumPy array, or use nesym.solve.rk4 with its `substeps`.",
        )
    longest = float(np.diff(np.asarray(times)).max())
    substeps = max(int(np.ceil(longest / step - 1e-9)), 1 if breaks is None else 2)
    if substeps * (len(times) - 1) > max_steps:
        raise InputError(
            f"Steps of {step:g} are {substeps * (len(times) - 1):,} in all, and max_steps={max_steps:,}.",
            "Give a longer step, or more `max_steps`.",
        )
    return substeps
