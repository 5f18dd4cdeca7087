"""How a computation that can fail tells so: a value, the reason, and the number of steps."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym._errors import ConstraintError

DEPENDENT = (
    "The constraints are not independent at this state: the rank of dg/dx is smaller than their number.",
    "Drop a constraint that follows from the others, or keep away from the state where one loses its gradient.",
)
NOT_CONVERGED = (
    "Gauss-Newton did not reach the set from this state.",
    "Start nearer to the set, check that it is not empty, or allow more `steps`.",
)
_REMEDIES = {" ".join(texts): texts for texts in (DEPENDENT, NOT_CONVERGED)}


class Reason(eqx.Enumeration):
    """Why a computation stopped. `Reason[reason]` is the sentence that says it; that of success is empty."""

    successful = ""
    dependent = " ".join(DEPENDENT)
    not_converged = " ".join(NOT_CONVERGED)


class Outcome(eqx.Module):
    """`value`, the `reason` it stopped for, and the number of `steps` taken. Check `reason` before using `value`."""

    value: Any
    reason: Reason
    steps: Any

    @property
    def successful(self) -> Any:
        """True where the computation reached its aim; an array under `jax.vmap`."""
        return self.reason == Reason.successful


def without(v: Any, outcome: Outcome) -> Outcome:
    """v minus the value of an outcome, with its reason."""
    return Outcome(jax.tree.map(jnp.subtract, v, outcome.value), outcome.reason, outcome.steps)


def in_a_field(outcome: Outcome) -> Any:
    """The value of an outcome where a solver steps: a failure is NaN, for which `diagnose` gives the reason afterwards.

    Outside compiled code it is raised as by `settle`. Run-time errors inside a solver would forbid that its compiled
    program is kept, and end a whole batch for one of its trajectories.
    """
    return outcome.value if isinstance(outcome.successful, jax.core.Tracer) else settle(outcome)


def settle(outcome: Outcome) -> Any:
    """The value of a successful outcome; a failure is raised with its reason.

    Outside compiled code that is a `ConstraintError` at once. Inside it, Equinox's run-time error with the same words,
    or NaN if `EQX_ON_ERROR=nan` was set: then ask the `try_` method for the reason.
    """
    failed = ~outcome.successful
    if isinstance(failed, jax.core.Tracer):
        return outcome.reason.error_if(outcome.value, failed)
    if failed:
        raise ConstraintError(*_REMEDIES[Reason[outcome.reason]])
    return outcome.value
