"""What a cell of a table can hold, how it reads, and how it is written to JSON."""

import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Score:
    """A number with its interval, the number of steps it comes from, and what limits it.

    low and high are None where there is no interval; `note` says why, or that it rests on few blocks.
    """

    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    note: str = ""

    def __str__(self) -> str:
        return number(self.value) + (f" {self.interval}" if self.interval else "")

    @property
    def interval(self) -> str:
        """The interval as text, empty where there is none."""
        if self.low is None or self.high is None:
            return ""
        return f"[{number(self.low)}, {number(self.high)}]"


Cell = str | bool | int | float | Score | None


def number(value: float, digits: int = 3) -> str:
    """`value` with so many significant digits; "–" for NaN."""
    if math.isnan(value):
        return "–"
    if value == 0 or math.isinf(value):
        return f"{value:g}"
    exponent = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    if not -4 <= exponent < 6:
        return f"{value:.{digits - 1}e}"
    return f"{value:.{max(digits - 1 - exponent, 0)}f}"


def text(cell: Cell) -> str:
    """A cell as people read it."""
    if cell is None:
        return "–"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return number(cell) if isinstance(cell, float) else str(cell)


def encode(cell: Cell) -> Any:
    """A cell as strict JSON: numbers that JSON does not know are written {"float": "nan"}."""
    if isinstance(cell, Score):
        return {"value": encode(cell.value), "low": encode(cell.low), "high": encode(cell.high), "n": cell.n} | (
            {"note": cell.note} if cell.note else {}
        )
    if isinstance(cell, float) and not math.isfinite(cell):
        return {"float": repr(cell)}
    return cell


def decode(plain: Any) -> Cell:
    """What `encode` wrote."""
    if not isinstance(plain, dict):
        return plain
    if "float" in plain:
        return float(plain["float"])
    return Score(*(decode(plain[name]) for name in ("value", "low", "high", "n")), plain.get("note", ""))
