"""Formulas of the coordinates, as a user writes them: "x**2 + y**2", and the laws that they make."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from nesym._errors import InputError
from nesym.constrain import Manifold
from nesym.learn.laws._builder import Builder, Part, Scope
from nesym.learn.laws._grammar import check_names, parse, unwritable

if TYPE_CHECKING:
    from nesym.verify import Table


@dataclass(frozen=True)
class Expression:
    """A formula of the coordinates `names` and of the time t: `expression(x, t)` is its value, x (..., n) -> (...).

    It may hold numbers, coordinates, t, pi, + - * / % **, and sin, cos, tan, exp, log, sqrt, abs, tanh, arctan2, minimum,
    maximum and where(x > 0, ., .); nothing else, and nothing of it is ever run as code: the text is parsed, and each part
    that is allowed becomes the same operation on arrays. Arrays of NumPy and of JAX give arrays of their kind, and
    gradients go through the latter. The object is its text: it compares, hashes and is stored by it.

    Raises `InputError` that quotes the part in question: unknown names with those that are near, calls of anything else,
    attributes, entries in brackets, text in quotes, exponents beyond 64, more than 4000 characters or 40 levels.
    """

    text: str
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(self.names))
        check_names(self.names)
        _ = self._built  # what is wrong with the text is said when the object is made

    def __str__(self) -> str:
        return self.text

    def __getstate__(self) -> dict[str, Any]:
        return {"text": self.text, "names": self.names}  # what was built of them is no data

    def __call__(self, x: Any, t: Any = 0.0) -> Any:
        """Its value at states x (..., n) and times t (...) or one time: (...). NaN where a function is not defined."""
        if x.shape[-1] != len(self.names):
            raise InputError(
                f"States of the {len(self.names)} coordinates {', '.join(self.names)} were expected, and the last axis has "
                f"{x.shape[-1]}.",
                "Put the coordinates on the last axis, in the order of the names.",
            )
        xp = _array_module(x, t)
        with np.errstate(all="ignore"):
            value = self._function(Scope(xp, x, t))
        return xp.broadcast_to(xp.asarray(value, x.dtype), np.broadcast_shapes(x.shape[:-1], np.shape(t)))

    @property
    def variables(self) -> tuple[str, ...]:
        """The coordinates that it names, in their order."""
        return tuple(self.names[place] for place in sorted(self._built[1]))

    @property
    def timed(self) -> bool:
        """Whether it names the time."""
        return self._built[2]

    @property
    def _function(self) -> Callable[[Scope], Any]:
        part = self._built[0]
        return part if callable(part) else lambda scope: part

    @cached_property
    def _built(self) -> tuple[Part, frozenset[int], bool]:
        try:
            builder = Builder(self.text, self.names)
            part = builder.build(parse(self.text))
        except InputError as error:
            odd = [name for name in self.names if unwritable(name) and _stands_in(self.text, name)]
            if not odd:
                raise
            raise InputError(
                f"{error.problem} The name {odd[0]!r} of a coordinate cannot be written in a formula.",
                f"Rename it: ds.rename({{{odd[0]!r}: 'name'}}).",
            ) from None
        return part, frozenset(builder.used), builder.timed


@dataclass(frozen=True)
class Conserved:
    """What solutions keep, as formulas of the coordinates: V_1(x, t), ..., V_m(x, t) stay at their first values.

    `conserved(x, t)` is (V_1, ..., V_m) of states x (..., n): (..., m). `constraint` is the law for
    `nesym.constrain.on_field`, and `check` compares it with data before anything is trained under it.

    Raises `InputError` for formulas as `Expression` does, for one that names no coordinate, and for as many laws as there
    are coordinates: nothing could move.
    """

    texts: tuple[str, ...]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        texts = (self.texts,) if isinstance(self.texts, str) else tuple(self.texts)
        object.__setattr__(self, "texts", texts)
        object.__setattr__(self, "names", tuple(self.names))
        empty = [expression.text for expression in self.expressions if not expression.variables]
        if not texts or empty:
            raise InputError(
                f"A law is a formula of the coordinates, and {repr(empty[0]) if empty else 'none'} came.",
                f"Write what is kept in {', '.join(self.names)}.",
            )
        if len(texts) >= len(self.names):
            raise InputError(
                f"{len(texts)} laws came for {len(self.names)} coordinates: nothing could move under them.",
                "Name fewer laws than there are coordinates.",
            )

    def __call__(self, x: Any, t: Any = 0.0) -> Any:
        """(V_1, ..., V_m) of states x (..., n) at times t (...) or one time: (..., m)."""
        values = [expression(x, t) for expression in self.expressions]
        return _array_module(x, t).stack(values, -1)

    @cached_property
    def expressions(self) -> tuple[Expression, ...]:
        """The formulas, parsed."""
        return tuple(Expression(text, self.names) for text in self.texts)

    @property
    def constraint(self) -> Manifold:
        """The set of states with the same values; each trajectory keeps those of its first state."""
        return Manifold(self, reference="initial")

    def values(self, states: np.ndarray, times: np.ndarray) -> np.ndarray:
        """V along trajectories: states (..., n) and times (...) -> (..., m), NaN where they are."""
        return self(np.asarray(states, np.float64), np.asarray(times, np.float64))

    def drift(self, trajectories: Any, key: int = 0) -> "Table":
        """How far each law moves along the data, as `nesym.learn.laws.conserved.drifts` says it, in a table."""
        from nesym.learn.laws.conserved import drift_table

        return drift_table(self, trajectories, key)

    def check(self, trajectories: Any, key: int = 0) -> None:
        """Raise `InputError` for a law that the data do not keep, with its drift and their noise; see `drifts`."""
        from nesym.learn.laws.conserved import check

        check(self, trajectories, key)


def _stands_in(text: Any, name: str) -> bool:
    return isinstance(text, str) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _array_module(*arrays: Any) -> Any:
    """jax.numpy where one of them is JAX's, else NumPy."""
    import jax

    return jax.numpy if any(isinstance(array, jax.Array) for array in arrays) else np
