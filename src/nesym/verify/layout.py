"""How a table looks as text: aligned, on its side where it is wider than the terminal, in Markdown, and for rich."""

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from nesym.verify.entries import Cell, Score, text
from nesym.verify.table import Table

if TYPE_CHECKING:
    from rich.table import Table as RichTable


def to_text(table: Table, width: int | None = None) -> str:
    """Aligned columns; numbers to the right. A table wider than `width` (default: the terminal) stands on its side."""
    table = fitting(table, width)
    cells = [table.columns, *([text(row.get(name)) for name in table.columns] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    right = [_right(table, name) for name in table.columns]
    lines = ["  ".join(_pad(c, w, r) for c, w, r in zip(row, widths, right, strict=True)).rstrip() for row in cells]
    rule = "  ".join("-" * w for w in widths)
    return "\n".join([table.title, lines[0], rule, *lines[1:], *([table.caption] if table.caption else [])])


def to_markdown(table: Table) -> str:
    """A Markdown table under its title in bold."""
    rule = ["---:" if _right(table, name) else "---" for name in table.columns]
    rows = [[text(row.get(name)).replace("|", "\\|") for name in table.columns] for row in table.rows]
    lines = [f"| {' | '.join(cells)} |" for cells in (table.columns, rule, *rows)]
    return "\n".join([f"**{table.title}**", "", *lines, *(["", table.caption] if table.caption else [])]) + "\n"


def to_rich(table: Table, width: int | None = None) -> "RichTable":
    """A table for `rich.print`, intervals dimmed; where it is wider than `width` (default: the terminal) it stands on
    its side, or else has its intervals below their numbers.
    """
    from rich.box import HEAVY_HEAD, SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table as RichTable

    width = _width(width)
    table = fitting(table, width)
    narrow = _wide(table) + len(table.columns) + 1 > width  # lines between columns take one more each
    shown = RichTable(title=escape(table.title), caption=escape(table.caption) or None)
    shown.box, shown.padding = (SIMPLE_HEAD, (0, 1, 0, 0)) if narrow else (HEAVY_HEAD, (0, 1))
    shown.caption_justify = "left" if "\n" in table.caption else "center"
    for name in table.columns:
        shown.add_column(escape(name), justify="right" if _right(table, name) else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*(_rich_cell(row.get(name), escape, "\n" if narrow else " ") for name in table.columns))
    return shown


def fitting(table: Table, width: int | None = None) -> Table:
    """`table` as it is narrower where it is wider than `width`: remarks below it, rows and columns exchanged."""
    width = _width(width)
    table = _remarks_below(table) if _wide(table) > width else table
    turned = table.transposed() if _wide(table) > width and _scores(table) else table
    return turned if _wide(turned) < _wide(table) else table


def _width(width: int | None) -> int:
    return shutil.get_terminal_size().columns if width is None else width


def _remarks_below(table: Table) -> Table:
    """A last column of words, after columns of numbers only, as lines of the caption that begin with the row's name."""
    if len(table.columns) < 3:
        return table
    first, *_, last = table.columns
    kept = Table(table.title, table.columns[:-1], [{k: v for k, v in row.items() if k != last} for row in table.rows])
    if not _scores(kept) or _right(table, last):
        return table
    said = [f"{row[first]}: {last} {row[last]}" for row in table.rows if row.get(last)]
    return replace(kept, caption="\n".join(filter(None, [*said, table.caption])))


def _rich_cell(cell, escape, between: str) -> str:
    if isinstance(cell, Score) and cell.interval:
        return escape(text(Score(cell.value))) + f"{between}[dim]{escape(cell.interval)}[/dim]"
    return escape(text(cell))


def _wide(table: Table) -> int:
    columns = [[name, *(text(row.get(name)) for row in table.rows)] for name in table.columns]
    return sum(max(map(len, column)) + 2 for column in columns)


def _scores(table: Table) -> bool:
    """Whether no column but the first holds words, so that rows and columns can be exchanged."""
    return all(_right(table, name) or not _known(table, name) for name in table.columns[1:])


def _right(table: Table, name: str) -> bool:
    """Whether a column holds numbers."""
    cells = _known(table, name)
    return bool(cells) and all(isinstance(c, int | float | Score) and not isinstance(c, bool) for c in cells)


def _known(table: Table, name: str) -> list[Cell]:
    return [row[name] for row in table.rows if row.get(name) is not None]


def _pad(cell: str, width: int, right: bool) -> str:
    return cell.rjust(width) if right else cell.ljust(width)
