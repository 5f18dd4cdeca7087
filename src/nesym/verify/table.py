"""Tables of results: rows with typed cells, printed, saved and handed on without loss."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nesym._errors import InputError
from nesym.verify.entries import Cell, Score, decode, encode

if TYPE_CHECKING:
    import pandas
    import xarray
    from rich.table import Table as RichTable


@dataclass(frozen=True)
class Table:
    """`rows` map the names in `columns` to text, numbers, True/False, `Score`s, or None for "there is none".

    The first column names the rows. `differences` and `ratios` hold the same table relative to a reference, where
    there is one, and `curves` what is a function of scale, rank or lag; JSON keeps all but the curves.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Cell], ...]
    caption: str = ""
    differences: "Table | None" = field(default=None, repr=False)
    ratios: "Table | None" = field(default=None, repr=False)
    curves: "xarray.Dataset | None" = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "rows", tuple(dict(row) for row in self.rows))
        unknown = {name for row in self.rows for name in row} - set(self.columns)
        if unknown:
            raise InputError(
                f"The table '{self.title}' has no column {', '.join(sorted(unknown))}.",
                f"Use its columns: {', '.join(self.columns)}.",
            )

    def cell(self, row: str, column: str) -> Cell:
        """The entry of the row whose first column is `row`."""
        names = [entry.get(self.columns[0]) for entry in self.rows]
        if row not in names or column not in self.columns:
            raise InputError(
                f"The table '{self.title}' has no entry ({row!r}, {column!r}).",
                f"Its rows are {', '.join(map(str, names))}; its columns {', '.join(self.columns)}.",
            )
        return self.rows[names.index(row)].get(column)

    def transposed(self) -> "Table":
        """Rows as columns: easier to read where there are many columns and few rows."""
        first, *others = self.columns
        names = [str(row.get(first)) for row in self.rows]
        rows = [
            {first: column, **{n: row.get(column) for n, row in zip(names, self.rows, strict=True)}}
            for column in others
        ]
        return Table(self.title, (first, *names), tuple(rows), self.caption)

    def __str__(self) -> str:
        from nesym.verify.layout import to_text

        return to_text(self)

    def __rich__(self) -> "RichTable":
        from nesym.verify.layout import to_rich

        return to_rich(self)

    def to_markdown(self) -> str:
        """A Markdown table, intervals in the cells."""
        from nesym.verify.layout import to_markdown

        return to_markdown(self)

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per row; a `Score` becomes the columns NAME, NAME low, NAME high, NAME n."""
        import pandas

        return pandas.DataFrame([_flat(row, self.columns) for row in self.rows])

    def to_json(self, **options: Any) -> str:
        """Strict JSON (no NaN literals) that `from_json` reads back without loss; `options` go to `json.dumps`."""
        return json.dumps(_plain(self), allow_nan=False, ensure_ascii=False, **options)

    @classmethod
    def from_json(cls, written: str) -> "Table":
        """The table that `to_json` wrote."""
        return _from_plain(json.loads(written))


def _plain(table: Table) -> dict[str, Any]:
    parts = {name: getattr(table, name) for name in ("differences", "ratios")}
    return {
        "title": table.title,
        "caption": table.caption,
        "columns": list(table.columns),
        "rows": [{name: encode(cell) for name, cell in row.items()} for row in table.rows],
        **{name: _plain(part) for name, part in parts.items() if part is not None},
    }


def _from_plain(plain: Mapping[str, Any]) -> Table:
    rows = tuple({name: decode(cell) for name, cell in row.items()} for row in plain["rows"])
    parts = {name: _from_plain(plain[name]) for name in ("differences", "ratios") if name in plain}
    return Table(plain["title"], tuple(plain["columns"]), rows, plain["caption"], **parts)


def _flat(row: Mapping[str, Cell], columns: Iterable[str]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name in columns:
        cell = row.get(name)
        if isinstance(cell, Score):
            flat |= {name: cell.value, f"{name} low": cell.low, f"{name} high": cell.high, f"{name} n": cell.n}
        else:
            flat[name] = cell
    return flat
