"""The language of formulas: its words, and the tree of a text. Nothing is ever evaluated as code."""

import ast
import math
import unicodedata
import warnings
from collections.abc import Sequence
from keyword import iskeyword

from nesym._errors import InputError

LONGEST, DEEPEST, HIGHEST = 4000, 40, 64  # characters of a text, levels of a formula, size of an exponent
CONSTANTS = {"pi": math.pi}
FUNCTIONS = {  # how many arguments each takes
    **dict.fromkeys(("sin", "cos", "tan", "exp", "log", "sqrt", "abs", "tanh"), 1),
    **dict.fromkeys(("arctan2", "minimum", "maximum"), 2),
    "where": 3,
}
EXAMPLE = "Write it as in 0.5 * (vx**2 + vy**2) + 9.81 * y, or 1 - cos(angle)."
WHAT_MAY_BE = f"Use numbers, coordinates, t, pi, + - * / % ** and {', '.join(FUNCTIONS)}."


def canonical(name: str) -> str:
    """A name as Python reads it: letters that differ in form alone are one (NFKC)."""
    return unicodedata.normalize("NFKC", name)


def parse(text: str) -> ast.expr:
    """The formula as a tree. Raises `InputError` for what is empty, too long, or no formula at all."""
    if not isinstance(text, str) or not text.strip():
        raise InputError("A formula was expected, and an empty text came.", EXAMPLE)
    if len(text) > LONGEST:
        raise InputError(
            f"A formula of at most {LONGEST} characters was expected, and one of {len(text)} came.",
            "Name the parts of it as several formulas, or compute the quantity before and give it as a coordinate.",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Python says of dubious literals is refused below anyway
            return ast.parse(text.strip(), mode="eval").body
    except SyntaxError as error:
        at = f", at character {error.offset}: {error.msg}" if error.offset else ""
        raise InputError(f"{shown(text)} is not a formula{at}.", EXAMPLE) from None
    except (ValueError, RecursionError, MemoryError):
        raise InputError(f"{shown(text)} is not a formula that can be read.", EXAMPLE) from None


def shown(text: str) -> str:
    """A text as messages quote it: in quotes, on one line, not too long."""
    line = " ".join(text.split())
    return repr(line if len(line) <= 60 else line[:57] + "...")


def check_names(names: Sequence[str]) -> None:
    """Raise `InputError` unless the coordinates have names, each its own."""
    if not names or any(not isinstance(name, str) or not name for name in names) or len(set(names)) != len(names):
        raise InputError(
            f"Coordinates with a name each were expected, and {tuple(names)!r} came.", "Name them: ('q', 'p')."
        )


def unwritable(name: str) -> bool:
    """Whether a coordinate of that name cannot stand in a formula."""
    return not name.isidentifier() or iskeyword(name)
