"""The run log: rows of strict JSON, one a line, that a resumed run continues as if it had never stopped."""

import json
import math
import time
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Any

from nesym._errors import FileError
from nesym._typing import Path


class RunLog:
    """`rows`, and the file that they are appended to where there is one.

    A log that goes on from step `start` keeps the rows up to there: those after it belong to steps that a kill undid
    and that are taken again. A line that was cut short by the kill goes with them.
    """

    def __init__(self, path: Path | None, start: int):
        self.path = None if path is None else FilePath(path).expanduser()
        self.rows: list[dict[str, Any]] = []
        if self.path is not None:
            try:
                self._continue_from(start)
            except OSError as error:
                raise _unwritten(self.path, error) from error

    def add(self, row: dict[str, Any]) -> None:
        """Append a row, with its time stamp after the step; what is not finite becomes null."""
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds")
        row = {"step": row["step"], "time": stamp} | {name: _finite(x) for name, x in row.items()}
        self.rows.append(row)
        if self.path is None:
            return
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, allow_nan=False) + "\n")
        except OSError as error:
            raise _unwritten(self.path, error) from error

    def _continue_from(self, start: int) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if start and self.path.exists():
            self.rows = [
                row
                for row in map(_parsed, self.path.read_text(encoding="utf-8").splitlines())
                if row.get("step", start + 1) <= start
            ]
        temporary = self.path.with_name(f".{self.path.name}.unfinished")
        temporary.write_text("".join(json.dumps(row) + "\n" for row in self.rows), encoding="utf-8")
        temporary.replace(self.path)


class Pace:
    """Throughput of this session and the time left, without the first step, which compiles."""

    def __init__(self, samples: int, steps: int):
        self._samples, self._steps = samples, steps
        self._first = self._row = None

    def begun(self, step: int) -> None:
        """`step` steps are taken, the first of this session among them."""
        self._first = self._row = (step, time.perf_counter())

    def throughput(self, step: int) -> float | None:
        """Samples per second since the last call; None before two steps are taken."""
        before, self._row = self._row, (step, time.perf_counter())
        rate = _rate(before, self._row)
        return rate and rate * self._samples

    def now(self, step: int) -> tuple[float | None, float | None]:
        """Samples per second of this session, and seconds left; None before two steps are taken."""
        rate = _rate(self._first, (step, time.perf_counter()))
        return (rate * self._samples, (self._steps - step) / rate) if rate else (None, None)


def in_words(seconds: float) -> str:
    """A duration to a sensible unit: 8 s, 3 min, 2 h 05 min."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def _rate(before: tuple[int, float] | None, after: tuple[int, float]) -> float | None:
    """Steps per second between two moments, or None where no step lies between."""
    if before is None or after[0] <= before[0] or after[1] <= before[1]:
        return None
    return (after[0] - before[0]) / (after[1] - before[1])


def _parsed(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _finite(x: Any) -> Any:
    return None if isinstance(x, float) and not math.isfinite(x) else x


def _unwritten(path: FilePath, error: OSError) -> FileError:
    return FileError(
        f"The run log {path} cannot be written: {error.strerror or error}.", "Make room, or give another file as `log`."
    )
