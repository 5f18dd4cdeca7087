"""A table of scores made readable: three digits, intervals under the values, the best value of each score marked."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

TRUTH = "truth"
NOTHING = 1e-6  # a score as small as this is the rounding of zero
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
WIDEST = 7  # columns of a table that fit a page; with more, each score becomes a row

# The value of a perfect forecast, by words in a score's name. Where the truth has the score too (its wet area, say),
# that value is perfect; scores with neither are not ranked.
IDEALS = {
    1.0: {"correlation", "acc", "nse", "rank", "spread", "ssim"},
    0.0: {"bias", "brier", "cme", "crps", "distance", "error", "mae", "rmse", "wasserstein"},
}


class ScoreTable(Protocol):
    """What is read of a table: `rows` map columns to str, numbers, None or scores with `value, low, high, n`.

    The first column names the rows. Remarks are taken from its `caption`, or else from the `note`s of its scores.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Cell:
    """One cell as text: the value, its interval and its number of cases, each possibly empty."""

    text: str
    interval: str = ""
    cases: str = ""
    number: bool = False
    best: bool = False
    chosen: bool = False


@dataclass(frozen=True)
class View:
    """A table ready to be set: its title, one line of heads, lines of cells, and remarks below."""

    title: str
    heads: Sequence[Cell]
    lines: Sequence[Sequence[Cell]]
    remarks: Sequence[str]


def digits(value: float, exact: bool = False) -> str:
    """Three significant digits, in scientific notation only below 0.001 and from a million on.

    Below 1e-6 "≈ 0". Where numbers are `exact`, none is too small, and two digits times a power of ten stand for those.
    """
    if not np.isfinite(value):
        return "–"
    if 0 < abs(value) < NOTHING and not exact:
        return "≈ 0"
    exponent = int(f"{value:.2e}".split("e")[1])
    plain = value == 0 or -3 <= exponent < 6
    if exact and not plain:
        return _power(value)
    text = f"{value:,.{max(0, 2 - exponent) if value else 0}f}" if plain else f"{value:.2e}"
    return text.replace("-", "−")


def _power(value: float) -> str:
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPT)}".replace("-", "−")


def value_of(entry: Any) -> float:
    """The number in a cell of a table, NaN where there is none."""
    entry = getattr(entry, "value", entry)
    return float(entry) if isinstance(entry, int | float | np.number) and not isinstance(entry, bool) else np.nan


def perfect(table: ScoreTable, column: str) -> float | None:
    """The value of a perfect forecast in this score, or None where it is not known."""
    for row in table.rows:
        if row.get(table.columns[0]) == TRUTH and np.isfinite(value_of(row.get(column))):
            return value_of(row[column])
    words = set(re.findall(r"[a-z]+", column.lower()))
    return next((value for value, names in IDEALS.items() if words & names), None)


def view(table: ScoreTable, selected: str | None = None, exact: bool = False) -> View:
    """The table as text, the row called `selected` chosen; all values that read the same as the best are marked.

    With `exact` scores the smallest are written out, see `digits`.

    A number of cases that all scores share is told once, in the title; one that all methods share, beside the score.
    """
    cases = {column: _shared(row.get(column) for row in table.rows) for column in table.columns}
    shared = _shared(entry for row in table.rows for entry in row.values())
    best = {column: _best(table, column, exact) for column in table.columns}
    name = table.columns[0]
    lines = []
    for row in table.rows:
        ranked = {} if row.get(name) == TRUTH else best
        cells = [_cell(row.get(column), ranked.get(column), cases[column] is None, exact) for column in table.columns]
        lines.append([replace(cell, chosen=selected is not None and row.get(name) == selected) for cell in cells])
    told = {column: f"{n:,}" for column, n in cases.items() if n is not None and shared is None}
    heads = [Cell(c, cases=told.get(c, ""), number=place > 0) for place, c in enumerate(table.columns)]
    if len(table.columns) > WIDEST:
        heads, *lines = [list(line) for line in zip(*[heads, *lines], strict=True)]
        heads = [Cell("score"), *(replace(cell, number=True) for cell in heads[1:])]
    title = table.title if shared is None else f"{table.title} (n = {shared:,})"
    return View(title, heads, lines, _remarks(table))


def _shared(entries: Iterable[Any]) -> int | None:
    """The number of cases of all scores that have a value, where it is one number."""
    found = {getattr(entry, "n", None) for entry in entries if np.isfinite(value_of(entry)) and hasattr(entry, "n")}
    return found.pop() if len(found) == 1 else None


def _remarks(table: ScoreTable) -> list[str]:
    if getattr(table, "caption", ""):
        return [table.caption]
    notes = [getattr(entry, "note", "") for row in table.rows for entry in row.values()]
    return [text for text in dict.fromkeys(notes) if text]


def _best(table: ScoreTable, column: str, exact: bool) -> str | None:
    """How the best value reads; None where no value is better than another."""
    wanted = perfect(table, column)
    values = [value_of(row.get(column)) for row in table.rows if row.get(table.columns[0]) != TRUTH]
    values = [value for value in values if np.isfinite(value)]
    if wanted is None or len({digits(value, exact) for value in values}) < 2:
        return None
    return digits(min(values, key=lambda value: abs(value - wanted)), exact)


def _cell(entry: Any, best: str | None, counted: bool, exact: bool) -> Cell:
    if isinstance(entry, bool):
        return Cell("yes" if entry else "no")
    if entry is None or isinstance(entry, str):
        return Cell(entry or "–", number=entry is None)
    text = f"{entry:,}" if isinstance(entry, int) else digits(value_of(entry), exact)
    low, high, cases = (getattr(entry, name, None) for name in ("low", "high", "n"))
    interval = "" if low is None or high is None else f"{digits(low, exact)} … {digits(high, exact)}"
    return Cell(text, interval, f"{cases:,}" if counted and cases is not None else "", True, text == best)
