"""Chaotic flows whose rates are written once, for compiled arrays and for numbers of any precision."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.physics._flow import Flow

DISPLACED = 1e-3  # standard deviation of the displacement that tells starts apart
SETTLED = 60  # Lyapunov times, after which two displaced starts have nothing in common


class Arithmetic(NamedTuple):
    """How a kind of number holds an exact ratio, and what its sine is."""

    number: Callable[[Any], Any]
    sin: Callable[[Any], Any]


COMPILED = Arithmetic(lambda value: float(value) if isinstance(value, Fraction) else value, jnp.sin)


class Chaotic(Flow):
    """dx/dt = rates(x) with a strange attractor, and the map of its published integrator.

    `rates` uses nothing but + - * and a sine, so that the same lines serve compiled arrays and big numbers. Parameters
    that are no binary fractions are kept as exact ratios. `step` is the step of the published Runge-Kutta map, which is
    the truth of experiments with exact data, and `first` its first state.
    """

    kept: ClassVar[str] = "initial"
    step: eqx.AbstractClassVar[float]

    @property
    @abstractmethod
    def first(self) -> tuple[float, ...]:
        """The published first state (n,)."""

    @property
    @abstractmethod
    def exponent(self) -> float:
        """The largest Lyapunov exponent, published for these parameters; NaN for others."""

    @property
    @abstractmethod
    def parameters(self) -> tuple[Any, ...]:
        """The numbers of the law, as `rates` takes them."""

    @staticmethod
    @abstractmethod
    def rates(x: Sequence[Any], parameters: Sequence[Any], sin: Callable[[Any], Any]) -> tuple[Any, ...]:
        """dx/dt as n numbers, of n numbers and parameters of the same kind."""

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        parameters = [COMPILED.number(value) for value in self.parameters]
        return jnp.stack(self.rates(tuple(self.checked(x)), parameters, COMPILED.sin))

    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """Nothing is kept."""
        return {}

    def start(self, key: jax.Array) -> jax.Array:
        """A state of the attractor: the first state, displaced at random and followed over 60 Lyapunov times."""
        displaced = jnp.asarray(self.first) + DISPLACED * jax.random.normal(key, (len(self.first),))
        steps = round(SETTLED / (self.exponent if self.exponent > 0 else 1.0) / self.step)
        advance = self.map()
        return jnp.stack(jax.lax.fori_loop(0, steps, lambda _, x: advance(x), tuple(displaced)))

    def map(self, arithmetic: Arithmetic = COMPILED) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
        """x -> the state one `step` h later: one classical Runge-Kutta step of fourth order.

        k1 = f(x), k2 = f(x + h k1 / 2), k3 = f(x + h k2 / 2), k4 = f(x + h k3), x + h (k1 + 2 k2 + 2 k3 + k4) / 6.
        """
        rates, parameters, sin = (
            type(self).rates,
            [arithmetic.number(value) for value in self.parameters],
            arithmetic.sin,
        )
        h, half, sixth = (arithmetic.number(Fraction(self.step) / n) for n in (1, 2, 6))

        def moved(x: Sequence[Any], by: Any, k: Sequence[Any]) -> tuple[Any, ...]:
            return tuple([a + by * b for a, b in zip(x, k, strict=True)])

        def advance(x: Sequence[Any]) -> tuple[Any, ...]:
            k1 = rates(x, parameters, sin)
            k2 = rates(moved(x, half, k1), parameters, sin)
            k3 = rates(moved(x, half, k2), parameters, sin)
            k4 = rates(moved(x, h, k3), parameters, sin)
            return moved(x, sixth, [a + 2 * (b + c) + d for a, b, c, d in zip(k1, k2, k3, k4, strict=True)])

        return advance
