"""What the user says of a law and of the network's inputs, as objects that a field takes."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym._errors import InputError
from nesym.constrain._constraint import Constraint
from nesym.learn.laws.expressions import Conserved, Expression
from nesym.physics import Flow


class Shown(eqx.Module):
    """(e_1(x, t), ..., e_k(x, t)): expressions as what a network is shown."""

    expressions: tuple[Expression, ...] = eqx.field(static=True)

    def __call__(self, t: Any, x: jax.Array) -> jax.Array:
        return jnp.stack([jnp.asarray(expression(x, t), x.dtype) for expression in self.expressions])


def law_of(conserve: Any, names: tuple[str, ...]) -> Constraint | None:
    """The constraint that `conserve` stands for. Raises `InputError` for a flow of other coordinates."""
    if conserve is None or isinstance(conserve, Constraint):
        return conserve
    if isinstance(conserve, Flow):
        _check_same(conserve, names, "conserve")
        return conserve.constraint
    return Conserved(tuple(conserve), names).constraint


def inputs_of(inputs: Any, names: tuple[str, ...]) -> Callable | None:
    """What gives the network's inputs from time and state; None for the state itself."""
    if inputs is None:
        return None
    if isinstance(inputs, Flow):
        _check_same(inputs, names, "inputs")
        return inputs.inputs
    return Shown(tuple(Expression(text, names) for text in inputs))


def _check_same(flow: Flow, names: tuple[str, ...], what: str) -> None:
    if flow.names != names:
        raise InputError(
            f"`{what}` is a flow with the coordinates {flow.names}, and the trajectories have {names}.",
            "Order and name the variables as the flow does, or give expressions in your own names.",
        )
