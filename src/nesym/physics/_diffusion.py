"""What every process model offers that is a stochastic differential equation."""

from abc import abstractmethod
from typing import Any

import equinox as eqx
import jax


class Diffusion(eqx.Module):
    """dx = a(t, x) dt + b(t, x) dW, in the sense of Itô, with one Wiener process for each number of the state.

    `drift` is a and `diffusion` the diagonal b, one number for each of the state: both take states (..., n), many side by
    side, and give the same shape in the type they are given. `nesym.solve.euler_maruyama` solves it.
    """

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """One name for each of the n numbers of a state."""

    @abstractmethod
    def drift(self, t: Any, x: jax.Array) -> jax.Array:
        """a, (..., n), in units of x per unit of time."""

    @abstractmethod
    def diffusion(self, t: Any, x: jax.Array) -> jax.Array:
        """b, (..., n), in units of x per root of the unit of time."""

    @abstractmethod
    def start(self, key: jax.Array, count: int) -> jax.Array:
        """First states (count, n), drawn as in the published experiments; the first rows do not depend on `count`."""
