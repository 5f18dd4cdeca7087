"""What every process model offers that is an ordinary differential equation."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym._errors import InputError
from nesym.constrain import Manifold


class Flow(eqx.Module):
    """dx/dt = f(t, x) of a state x (n,), with what its solutions keep.

    A flow is called as Diffrax calls a vector field, `flow(t, x, args=None)`, with x and the result of shape (n,), in
    the type of x (`jax.vmap` for ensembles). `names` labels the n numbers, and `invariants` are functions that stay at
    their first value along each solution (`kept = "initial"`: an energy) or vanish (`kept = "zero"`: the length of a
    rod minus 1). `constraint` is the same as an object that places of `nesym.constrain` take.
    """

    kept: eqx.AbstractClassVar[str]

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """One name for each of the n numbers of a state."""

    @abstractmethod
    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        """dx/dt, (n,)."""

    @abstractmethod
    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """What solutions keep, by name: numbers or vectors; empty where nothing is kept."""

    @abstractmethod
    def start(self, key: jax.Array) -> jax.Array:
        """A first state (n,), drawn as in the published experiments."""

    def inputs(self, t: Any, x: jax.Array) -> jax.Array:
        """What a network that learns dx/dt is shown of time and state, (k,): the state itself unless said otherwise."""
        return x

    @property
    def breaks(self) -> tuple[float, float] | None:
        """(first, period) of the times where f jumps, or None: steps of a solver should end there."""
        return None

    @property
    def constraint(self) -> Manifold:
        """The set of states with the same invariants. Raises `ConstraintError` where nothing is kept."""
        return Manifold(self.kept_values, reference=self.kept)

    def kept_values(self, x: jax.Array, t: Any = 0.0) -> jax.Array:
        """All invariants in one vector (m,)."""
        return jnp.concatenate([jnp.atleast_1d(value) for value in self.invariants(self.checked(x), t).values()])

    def checked(self, x: jax.Array) -> jax.Array:
        """x, which must be one state of n numbers. Raises `InputError` if it is not."""
        if jnp.shape(x) != (len(self.names),):
            raise InputError(
                f"A state of {type(self).__name__} has shape ({len(self.names)},), and one of {jnp.shape(x)} came.",
                f"Give the {len(self.names)} numbers of one state as `names` lists them; use jax.vmap for ensembles.",
            )
        return x
