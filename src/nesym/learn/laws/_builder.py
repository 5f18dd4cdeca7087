"""How the tree of a formula becomes a function of state and time."""

import ast
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np

from nesym._errors import InputError
from nesym.learn.laws._grammar import CONSTANTS, DEEPEST, FUNCTIONS, HIGHEST, WHAT_MAY_BE, canonical, shown

BINARY = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
COMPARED = {ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge}


@dataclass(frozen=True)
class Scope:
    """Where a formula is evaluated: the array module, the state with coordinates on its last axis, and the time."""

    xp: Any
    x: Any
    t: Any


Part = float | int | Callable[[Scope], Any]  # a number known beforehand, or what depends on state and time


class Builder:
    """Turns the tree of the formula `text` into a function of `Scope`, with `names` for the coordinates.

    `used` holds the coordinates that were met, and `timed` whether the time was.
    """

    def __init__(self, text: str, names: Sequence[str]):
        self.text, self.names = text.strip(), [canonical(name) for name in names]
        self.used: set[int] = set()
        self.timed = False

    def build(self, node: ast.expr, depth: int = 0) -> Part:
        """The part of the formula below `node`. Raises `InputError` that quotes what may not stand there."""
        if depth > DEEPEST:
            raise InputError(
                f"{shown(self.text)} has more than {DEEPEST} levels.", "Write the sum of its parts more shortly."
            )
        match node:
            case ast.Constant(value=value) if type(value) in (int, float):
                return self._number(node, value)
            case ast.Name(id=name):
                return self._named(name)
            case ast.UnaryOp(op=ast.USub() | ast.UAdd() as op, operand=operand):
                inner = self.build(operand, depth + 1)
                return inner if isinstance(op, ast.UAdd) else self._joined(node, operator.neg, inner)
            case ast.BinOp(op=ast.Add() | ast.Sub()):
                return self._sum(node, depth)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
                parts = self.build(left, depth + 1), self.build(right, depth + 1)
                if isinstance(op, ast.Pow):
                    parts = parts[0], self._exponent(node, parts[1])
                return self._joined(node, BINARY[type(op)], *parts)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._called(node, name, arguments, depth)
            case _:
                raise self._refused(node)

    def _number(self, node: ast.expr, value: float) -> float | int:
        """Whole numbers stay whole where they are small: x**2 is then a product, with its derivative everywhere."""
        if abs(value) <= HIGHEST and value == int(value):
            return int(value)
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        return self._finite(node, number)

    def _named(self, name: str) -> Part:
        reserved = "t" if name == "t" else name if name in CONSTANTS else None
        if name in self.names:
            if reserved:
                raise InputError(
                    f"{shown(self.text)} names {name}, which is a coordinate of the data and also "
                    f"{'the time' if name == 't' else 'a number'}.",
                    f"Rename the coordinate: ds.rename({name}='{name}_').",
                )
            index = self.names.index(name)
            self.used.add(index)
            return lambda scope: scope.x[..., index]
        if reserved == "t":
            self.timed = True
            return lambda scope: scope.t
        if reserved:
            return CONSTANTS[name]
        raise self._unknown(name)

    def _unknown(self, name: str) -> InputError:
        near = get_close_matches(name, [*self.names, "t", *CONSTANTS], n=2, cutoff=0.5)
        known = ", ".join(self.names)
        remedy = f"Write {' or '.join(near)}, or another of its coordinates." if near else "Use one of its coordinates."
        if name in FUNCTIONS:
            remedy = (
                f"Give the function {name} its arguments in brackets: {name}({', '.join('xyz'[: FUNCTIONS[name]])})."
            )
        return InputError(
            f"{shown(self.text)} names {name}, which is not a coordinate: there are {known}, and t for the time.",
            remedy,
        )

    def _called(self, node: ast.Call, name: str, arguments: list[ast.expr], depth: int) -> Part:
        if name not in FUNCTIONS:
            near = get_close_matches(name, FUNCTIONS, n=2, cutoff=0.5)
            raise InputError(
                f"{shown(self.text)} calls {name}, which is not a function that formulas know.",
                (f"Write {' or '.join(near)}, or another" if near else "Use one") + f" of {', '.join(FUNCTIONS)}.",
            )
        if len(arguments) != FUNCTIONS[name]:
            raise InputError(
                f"{self._quoted(node)}: {name} takes {FUNCTIONS[name]} argument{'s' * (FUNCTIONS[name] > 1)}, and "
                f"{len(arguments)} came.",
                f"Write {name}({', '.join('xyz'[: FUNCTIONS[name]])})."
                if name != "where"
                else "Write where(x > 0, x, -x).",
            )
        first = self._condition if name == "where" else self.build
        parts = [first(arguments[0], depth + 1), *(self.build(part, depth + 1) for part in arguments[1:])]
        if any(callable(part) for part in parts):
            return lambda scope: getattr(scope.xp, name)(*(_value(part, scope) for part in parts))
        with np.errstate(all="ignore"):
            return self._finite(node, float(getattr(np, name)(*parts)))

    def _condition(self, node: ast.expr, depth: int) -> Part:
        """A comparison, chained or not: the first argument of where()."""
        if not isinstance(node, ast.Compare) or not all(type(op) in COMPARED for op in node.ops):
            raise InputError(
                f"where() chooses by a comparison, and {self._quoted(node)} is none.", "Write where(x > 0, x, -x)."
            )
        parts = [self.build(part, depth + 1) for part in (node.left, *node.comparators)]
        steps = [COMPARED[type(op)] for op in node.ops]

        def holds(scope: Scope) -> Any:
            values = [_value(part, scope) for part in parts]
            found = [op(a, b) for op, a, b in zip(steps, values[:-1], values[1:], strict=True)]
            return found[0] if len(found) == 1 else scope.xp.stack(scope.xp.broadcast_arrays(*found)).all(0)

        return holds

    def _sum(self, node: ast.expr, depth: int) -> Part:
        """Terms from left to right in a loop: a long sum is no deep formula."""
        found = []
        while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            found.append(node)
            node = node.left
        first = self.build(node, depth + 1)
        terms = [(term, BINARY[type(term.op)], self.build(term.right, depth + 1)) for term in reversed(found)]
        if not any(callable(part) for part in (first, *(part for _, _, part in terms))):
            for term, op, part in terms:
                first = self._joined(term, op, first, part)
            return first

        def total(scope: Scope) -> Any:
            value = _value(first, scope)
            for _, op, part in terms:
                value = op(value, _value(part, scope))
            return value

        return total

    def _exponent(self, node: ast.expr, part: Part) -> Part:
        if not callable(part) and abs(part) > HIGHEST:
            raise InputError(
                f"{self._quoted(node)} has an exponent beyond {HIGHEST}.",
                f"Use exponents of {HIGHEST} at most, or exp().",
            )
        return int(part) if not callable(part) and part == int(part) else part

    def _joined(self, node: ast.expr, op: Callable, *parts: Part) -> Part:
        if any(callable(part) for part in parts):
            return lambda scope: op(*(_value(part, scope) for part in parts))
        try:
            # As floats: a tower of whole powers would otherwise fill the memory with its digits.
            return self._finite(node, op(*(float(part) for part in parts)))
        except (OverflowError, ZeroDivisionError):
            return self._finite(node, math.nan)

    def _finite(self, node: ast.expr, value: Any) -> float:
        if isinstance(value, complex) or not math.isfinite(value):
            raise InputError(
                f"{self._quoted(node)} is not a finite real number.", "Correct the number: what was meant by it?"
            )
        return value

    def _quoted(self, node: ast.expr) -> str:
        return shown(ast.get_source_segment(self.text, node) or self.text)

    def _refused(self, node: ast.expr) -> InputError:
        remedies = {
            ast.Attribute: ("an attribute, which formulas do not have", "Name the coordinate alone."),
            ast.Subscript: ("an entry in brackets []", "Name the coordinate itself, such as x."),
            ast.Compare: ("a comparison", "Compare inside where() alone: where(x > 0, x, -x)."),
            ast.Call: ("a call that formulas do not have", "Call a function by its name alone: sin(x), not np.sin(x)."),
            ast.Constant: ("not a real number", WHAT_MAY_BE),
            ast.Tuple: ("a list", "Give one formula for each: --conserve 'x**2' --conserve 'y**2'."),
        }
        what, remedy = remedies.get(type(node), ("not a part of a formula", WHAT_MAY_BE))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
            what, remedy = "not a power", "Write ** for powers: x**2."
        within = (
            "" if isinstance(node, ast.expr) and self._quoted(node) == shown(self.text) else f"In {shown(self.text)}, "
        )
        return InputError(f"{within}{self._quoted(node)} is {what}.", remedy)


def _value(part: Part, scope: Scope) -> Any:
    return part(scope) if callable(part) else part
