"""Tasks written out for other programs, and their forecasts read in: CSV, a row for each time."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nesym._atomic import replacing
from nesym._errors import FileError, InputError
from nesym.learn.benchmark._results import Result
from nesym.learn.benchmark._task import Task

FAR = 1e-6  # of a step: times that differ by less are the same


def write_tasks(tasks: Sequence[Task], folder: Path | str) -> list[Path]:
    """FOLDER/TASK.csv with the columns time, x1, x2, ... of what may be learned from, and FOLDER/wanted.csv.

    The latter has the columns task, time and the empty x1, x2, ...: filled in, it is a file of predictions.
    """
    place = Path(folder).expanduser()
    try:
        place.mkdir(parents=True, exist_ok=True)
        written = [_written(task, place) for task in tasks]
        wide = _names(max(task.states.shape[1] for task in tasks))
        with replacing(place / "wanted.csv") as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["task", "time", *wide])
            for task in tasks:
                writer.writerows([task.name, repr(float(t)), *[""] * len(wide)] for t in task.ahead)
    except OSError as error:
        raise FileError(
            f"The tasks cannot be written to {place}: {error.strerror or error}.", "Choose a folder you may write to."
        ) from error
    return [*written, place / "wanted.csv"]


def _written(task: Task, place: Path) -> Path:
    path = place / f"{task.name}.csv"
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["time", *_names(task.states.shape[1])])
        writer.writerows(
            [repr(float(t)), *map(repr, map(float, x))] for t, x in zip(task.times, task.states, strict=True)
        )
    return path


def _names(size: int) -> list[str]:
    return [f"x{i + 1}" for i in range(size)]


def read_predictions(file: Path | str, tasks: Sequence[Task]) -> list[Result]:
    """Score a CSV with the columns task, time, x1, x2, ...: one row for each of the tasks.

    Tasks that the file leaves out, times that are not there and entries that are no numbers become the `reason`. Raises
    `FileError` or `InputError` for what is no such file, or names other tasks.
    """
    from nesym.learn.benchmark.runs import told

    path = Path(file)
    rows = _rows(path)
    known = {task.name: task for task in tasks}
    if unknown := set(rows) - set(known):
        raise InputError(
            f"{path.name} names {', '.join(sorted(unknown)[:3])}, which are not among the tasks.",
            f"Name some of {', '.join(list(known)[:3])}...; choose others with --systems, --schemes, --repetitions.",
        )
    found = []
    for name, task in known.items():
        forecast, reason = _matched(rows.get(name, {}), task)
        found.append(Result(**told(forecast, task, path.stem, reason)))
    return found


def _rows(path: Path) -> dict[str, dict[float, list[str]]]:
    """task -> time -> entries."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            head = next(reader, [])
            if [name.strip() for name in head[:3]] != ["task", "time", "x1"]:
                raise InputError(
                    f"{path.name} begins with the columns {', '.join(head[:3])}.",
                    "Name them task, time, x1, x2, ...: nesym benchmark --write FOLDER makes such a file.",
                )
            found: dict[str, dict[float, list[str]]] = {}
            for row in reader:
                if row:
                    found.setdefault(row[0].strip(), {})[float(row[1])] = row[2:]
            return found
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}.", "Check its name.") from error
    except (ValueError, IndexError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name} has a row without a task and a time: {error}.", "Fill in wanted.csv.") from None


def _matched(rows: Mapping[float, Sequence[str]], task: Task) -> tuple[np.ndarray | None, str]:
    """The forecast of a task in the order of its times, or why there is none."""
    if not rows:
        return None, "The file has no row of this task."
    times = np.array(sorted(rows))
    near = (
        np.clip(np.searchsorted(times, task.ahead), 1, len(times) - 1)
        if len(times) > 1
        else np.zeros(len(task.ahead), int)
    )
    near = np.where(np.abs(times[near - 1] - task.ahead) < np.abs(times[near] - task.ahead), near - 1, near)
    step = task.ahead[0] - task.times[-1]
    missing = np.abs(times[near] - task.ahead) > FAR * step
    if missing.any():
        return (
            None,
            f"{missing.sum()} of {len(missing)} times are missing, the first {task.ahead[missing.argmax()]:.6g}.",
        )
    size = task.truth.shape[1]
    try:
        return np.array([[float(entry) for entry in rows[times[i]][:size]] for i in near]), ""
    except ValueError as error:
        return None, f"An entry is no number: {error}."
