"""Results of a benchmark: one row for each forecast, kept in a folder as they come."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from nesym._atomic import replacing
from nesym._errors import FileError
from nesym.verify.entries import decode, encode


@dataclass(frozen=True)
class Result:
    """One forecast of `method` on repetition `number` of a `system` under a `scheme`, and what it took.

    `valid_time` is on the clock of the task, seconds are of processor time. `reason` says why there is no forecast, or why
    it ended early, else it is empty; without a forecast `cme` is 1. `run` names key and budget: rows of others do not mix.
    """

    system: str
    scheme: str
    method: str
    number: int
    cme: float
    valid_time: float
    smape: float
    fit_seconds: float = float("nan")
    predict_seconds: float = float("nan")
    megabytes: float = float("nan")
    settings: Mapping[str, Any] | None = None
    reason: str = ""
    run: str = ""

    def to_json(self) -> str:
        """One line of strict JSON."""
        plain = {name: encode(value) for name, value in asdict(self).items()}
        return json.dumps(plain, allow_nan=False, ensure_ascii=False, default=str)

    @classmethod
    def from_json(cls, line: str) -> "Result":
        """What `to_json` wrote."""
        plain, known = json.loads(line), {each.name for each in fields(cls)}
        settings = plain.pop("settings", None)
        return cls(**{name: decode(value) for name, value in plain.items() if name in known}, settings=settings)


class Kept:
    """The rows of one system, scheme and method in FOLDER/SYSTEM/SCHEME/METHOD.jsonl, each file whole at any moment."""

    def __init__(self, folder: Path | str | None, system: str, scheme: str, method: str, run: str):
        names = (name.replace(":", "_").replace("/", "_") for name in (system, scheme, method))
        place = None if folder is None else Path(folder).expanduser().joinpath(*names)
        self._file = None if place is None else place.with_name(f"{place.name}.jsonl")
        there = list(_read(self._file))
        self.rows = {row.number: row for row in there if row.run == run}
        self._others = [row for row in there if row.run != run]

    def add(self, row: Result) -> Result:
        """Keep a row; returns it."""
        self.rows[row.number] = row
        if self._file is not None:
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with replacing(self._file) as temporary:
                    temporary.write_text(
                        "".join(f"{each.to_json()}\n" for each in [*self._others, *self.rows.values()]),
                        encoding="utf-8",
                    )
            except OSError as error:
                raise FileError(
                    f"Results cannot be kept in {self._file}: {error.strerror or error}.",
                    "Choose a folder that you may write to and that has room.",
                ) from error
        return row


def _read(file: Path | None) -> Iterable[Result]:
    if file is None or not file.is_file():
        return []
    try:
        return [Result.from_json(line) for line in file.read_text(encoding="utf-8").splitlines()]
    except (ValueError, TypeError, KeyError) as error:
        raise FileError(f"{file} does not hold rows of a benchmark: {error}.", "Move it away, and run again.") from None
