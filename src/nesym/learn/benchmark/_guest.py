"""A method of somebody else, run apart: it may raise, hang or crash, and only its row shows it.

    python -m nesym.learn.benchmark._guest METHOD.py FOLDER

reads FOLDER/task.npz (times, states, ahead, key), and writes FOLDER/forecast.npy or FOLDER/reason.txt.
"""

import os
import signal
import subprocess
import sys
import tempfile
import traceback
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from nesym._errors import FileError, InputError, NesymError
from nesym.learn.benchmark._results import Result
from nesym.learn.benchmark._task import Task

LIMIT = 300.0  # seconds


def guest(file: Path | str, task: Task, key: int = 0, limit: float = LIMIT, **known: Any) -> Result:
    """Fit and ask the method in a Python file, in a process of its own that is ended after `limit` seconds.

    What it raises, a wrong shape, a crash or the end of its time become the `reason` of the row. Raises `FileError` where
    there is no such file.
    """
    from nesym.learn.benchmark.runs import told

    file = Path(file)
    if not file.is_file():
        raise FileError(
            f"There is no file {file}.", "Give a Python file with fit and predict, or a CSV of predictions."
        )
    with tempfile.TemporaryDirectory() as folder:
        place, begun = Path(folder), _of_children()
        np.savez(place / "task.npz", times=task.times, states=task.states, ahead=task.ahead, key=key)
        forecast, reason = _ran(file, place, limit)
        seconds = _of_children() - begun
    return Result(**told(forecast, task, file.stem, reason), fit_seconds=seconds, **known)


def _of_children() -> float:
    """Processor time of all processes that were started from here and have ended, in seconds."""
    used = os.times()
    return used.children_user + used.children_system


def _ran(file: Path, place: Path, limit: float) -> tuple[np.ndarray | None, str]:
    """The forecast, or why there is none."""
    command = [sys.executable, "-m", "nesym.learn.benchmark._guest", str(file.absolute()), str(place)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, cwd=file.absolute().parent)
    except subprocess.TimeoutExpired:
        return None, f"It was ended after {limit:g} s without a forecast."
    if (place / "reason.txt").is_file():
        return None, (place / "reason.txt").read_text(encoding="utf-8") or "It failed without a word."
    if not (place / "forecast.npy").is_file():
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        how = done.returncode if done.returncode >= 0 else signal.Signals(-done.returncode).name
        return None, f"Its process ended with {how}: {last}"
    return np.load(place / "forecast.npy", allow_pickle=False), ""


def propagator_of(module: ModuleType) -> Any:
    """The method of a module: its functions `fit` and `predict`, or its one class that has both.

    Functions are fit(times, states, key), whose result is given to predict(fitted, context_times, context_states, times);
    a class has the methods of `nesym.learn.Propagator` and is made without arguments. Raises `InputError` for others.
    """
    own = [value for value in vars(module).values() if getattr(value, "__module__", None) == module.__name__]
    if callable(getattr(module, "fit", None)) and callable(getattr(module, "predict", None)):
        return _Functions(module)
    found = [each for each in own if isinstance(each, type) and hasattr(each, "fit")]
    if len(found) != 1:
        raise InputError(
            f"Functions fit and predict, or one class with fit, were expected; {len(found)} such classes came.",
            "Write def fit(times, states, key) and def predict(fitted, context_times, context_states, times).",
        )
    return found[0]()


class _Functions:
    """Two functions as a propagator, and what the first returned as a fitted one."""

    def __init__(self, module: ModuleType, fitted: Any = None):
        self._module, self._fitted = module, fitted

    def fit(self, times: np.ndarray, states: np.ndarray, key: int) -> "_Functions":
        return _Functions(self._module, self._module.fit(times, states, key))

    def predict(self, context_times: np.ndarray, context_states: np.ndarray, times: np.ndarray) -> Any:
        return self._module.predict(self._fitted, context_times, context_states, times)


def loaded(file: Path) -> ModuleType:
    """The module of a file, which its own folder may be imported by."""
    sys.path.insert(0, str(file.parent))
    spec = util.spec_from_file_location(file.stem, file)
    module = util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def main(file: Path, place: Path) -> None:
    """Run the method, and leave its forecast or what it raised."""
    try:
        with np.load(place / "task.npz", allow_pickle=False) as task:
            times, states, ahead, key = (task[name] for name in ("times", "states", "ahead", "key"))
        fitted = propagator_of(loaded(file)).fit(times, states, int(key))
        forecast = np.asarray(fitted.predict(times, states, ahead), np.float64)
        np.save(place / "forecast.npy", forecast, allow_pickle=False)
    except BaseException as error:
        lines = [each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == str(file)]
        where = f" (line {lines[-1]} of {file.name})" if lines else ""
        said = error.problem if isinstance(error, NesymError) else f"{type(error).__name__}: {error}{where}"
        (place / "reason.txt").write_text(said, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
