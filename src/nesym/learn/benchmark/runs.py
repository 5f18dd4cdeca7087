"""Methods that learn dynamics, side by side: tuned alike, on the same tasks, with failures as rows."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nesym._errors import InputError, NesymError
from nesym.learn.benchmark._measured import measured
from nesym.learn.benchmark._results import Kept, Result
from nesym.learn.benchmark._task import Task
from nesym.learn.benchmark._tuning import local_grid
from nesym.learn.propagators._protocol import Propagator
from nesym.learn.propagators.methods import Method, method
from nesym.verify.cme import cumulative_maximum_error, scaled_error, smape
from nesym.verify.trajectories import valid_time

VALID = 0.4  # of the spread of the truth: an error at which a forecast ceases to be valid
TUNED_ON = (-1, -2)  # repetitions that no score comes from
Tasks = Callable[[str, str, int], Task]


@dataclass(frozen=True)
class Job:
    """One method on the repetitions `numbers` of a system under a scheme.

    It is tuned for `seconds` of processor time on the repetitions `tuning`, and each training takes a `trained` part of
    that. `key` names the random numbers.
    """

    system: str
    scheme: str
    method: str
    numbers: tuple[int, ...]
    tuning: tuple[int, ...] = TUNED_ON
    seconds: float = 30.0
    trained: float = 1 / 6
    key: int = 0

    def __post_init__(self) -> None:
        if set(self.numbers) & set(self.tuning) or not self.numbers:
            raise InputError(
                f"Repetitions {self.numbers} are to be scored and {self.tuning} tuned on.",
                "Score and tune on different repetitions, and score at least one.",
            )

    @property
    def run(self) -> str:
        """What rows must share to be of one run: the key, and where there is anything to tune or train the budget."""
        entry = method(self.method)
        if not entry.axes and not entry.trained:
            return f"key {self.key}"
        return f"key {self.key}, tuned {self.seconds:g} s on {','.join(map(str, self.tuning)) or 'none'}"


def scored(propagator: Propagator, task: Task, key: int = 0, name: str = "", **known: Any) -> Result:
    """Fit on what may be learned from, tell what follows, and score it; whatever the method raises becomes the `reason`.

    Scores are `nesym.verify.cumulative_maximum_error`, `smape` and the time until the error reaches 0.4 of the spread of
    the truth. A forecast of another shape is none, and scores a CME of 1.
    """
    before, after = measured(), measured()
    forecast, reason, fitting, telling = None, "", None, None
    try:
        with before as fitting:
            fitted = propagator.fit(task.times, task.states, key)
        with after as telling:
            forecast = np.asarray(fitted.predict(task.times, task.states, task.ahead))
    except Exception as error:
        reason = error.problem if isinstance(error, NesymError) else f"{type(error).__name__}: {error}"
    found = told(forecast, task, name or type(propagator).__name__, reason)
    used = {"fit_seconds": fitting.cpu_seconds, "megabytes": fitting.megabytes}
    if telling is not None:
        used |= {"predict_seconds": telling.cpu_seconds, "megabytes": max(fitting.megabytes, telling.megabytes)}
    return Result(**found | used | known)


def told(forecast: Any, task: Task, name: str, reason: str = "") -> dict[str, Any]:
    """The scores of a forecast, or of none, as the first fields of a `Result`."""
    row = {"system": task.system, "scheme": task.scheme, "method": name, "number": task.number}
    if not reason:
        try:
            forecast = np.asarray(forecast, np.float64)
        except (TypeError, ValueError):
            reason = f"Numbers were expected, and {type(forecast).__name__} came."
    if not reason and forecast.shape != task.truth.shape:
        reason = f"States of shape {task.truth.shape} were expected, and {forecast.shape} came."
    if reason:
        return row | {"cme": 1.0, "valid_time": 0.0, "smape": 200.0, "reason": reason.splitlines()[0][:300]}
    ended = ~np.isfinite(forecast).all(-1)
    said = f"It ended at time {task.ahead[ended.argmax()]:.4g}." if ended.any() else ""
    error = np.concatenate([[0.0], scaled_error(forecast, task.truth)])
    return row | {
        "cme": float(cumulative_maximum_error(forecast, task.truth)),
        "valid_time": float(valid_time(error, VALID, np.concatenate([task.times[-1:], task.ahead]))),
        "smape": float(smape(forecast, task.truth)),
        "reason": said,
    }


def run(job: Job, tasks: Tasks, folder: Path | str | None = None) -> Iterator[Result]:
    """The rows of a job, each kept in `folder` before the next is begun; rows that are there already are not made again."""
    kept = Kept(folder, job.system, job.scheme, job.method, job.run)
    if todo := [number for number in job.numbers if number not in kept.rows]:
        entry, share = method(job.method), job.seconds * job.trained
        settings, reason = _settings(job, entry, tasks, folder)
        for number in todo:
            task = tasks(job.system, job.scheme, number)
            more = {"name": job.method, "run": job.run, "settings": settings}
            if reason:
                kept.add(Result(**told(None, task, job.method, reason), run=job.run))
            else:
                kept.add(scored(entry.made(settings, share), task, job.key + number, **more))
    yield from (kept.rows[number] for number in job.numbers)


def _settings(job: Job, entry: Method, tasks: Tasks, folder: Path | str | None) -> tuple[Mapping[str, Any], str]:
    """The tuned settings, or why none work."""
    if not entry.axes:
        return {}, ""
    store = Kept(folder, job.system, job.scheme, f"{job.method}-tuned", job.run)
    if 0 in store.rows:
        found = json.loads(json.dumps(store.rows[0].settings))
        return {name: tuple(v) if isinstance(v, list) else v for name, v in found.items()}, store.rows[0].reason
    share, reasons = job.seconds * job.trained, []
    chosen = [tasks(job.system, job.scheme, number) for number in job.tuning]

    def score(settings: Mapping[str, Any]) -> float:
        rows = []
        for task in chosen:
            try:
                rows.append(scored(entry.made(settings, share), task, job.key))
            except NesymError as error:  # settings that do not go together
                reasons.append(error.problem)
                return float("nan")
        reasons.extend(row.reason for row in rows if row.reason)
        failed = all(row.reason and not np.isfinite(row.predict_seconds) for row in rows)
        return float("nan") if failed else float(np.mean([row.cme for row in rows]))

    if not chosen:
        return {name: axis.values[0] for name, axis in entry.axes.items()}, ""
    tuned = local_grid(score, entry.axes, job.seconds)
    reason = "" if np.isfinite(tuned.score) else reasons[0]
    row = Result(job.system, job.scheme, job.method, 0, min(tuned.score, 1.0), 0.0, 0.0, tuned.seconds,
                 settings=dict(tuned.best), reason=reason, run=job.run)  # fmt: skip
    store.add(row)
    return tuned.best, reason


def run_benchmark(
    jobs: Sequence[Job],
    tasks: Tasks,
    *,
    folder: Path | str | None = None,
    processes: int = 1,
    progress: Callable[[float, str], None] | None = None,
) -> list[Result]:
    """All rows of all jobs, over so many processes; what was kept in `folder` before is not run again.

    `tasks(system, scheme, number)` gives the task; with more than one process it must be a function of a module. Rows do
    not depend on the number of processes, apart from those that a budget in seconds decides.
    """
    if processes < 1:
        raise InputError(f"{processes} processes came.", "Give at least one.")
    found: list[list[Result]] = [[] for _ in jobs]
    for done, (place, rows) in enumerate(_each(jobs, tasks, folder, processes), 1):
        found[place] = rows
        if progress is not None:
            progress(done / len(jobs), f"{jobs[place].system} {jobs[place].scheme} {jobs[place].method}")
    return [row for rows in found for row in rows]


def _each(jobs: Sequence[Job], tasks: Tasks, folder: Path | str | None, processes: int):
    """(place, rows) of each job as it is done."""
    if processes == 1:
        for place, job in enumerate(jobs):
            yield place, list(run(job, tasks, folder))
        return
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    # A copied process would share the threads of JAX, which do not survive that: each begins from nothing. Processes share
    # the cores already, so that each does its linear algebra in one thread.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(_listed, job, tasks, folder): place for place, job in enumerate(jobs)}
        for done in as_completed(waiting):
            yield waiting[done], done.result()


def _listed(job: Job, tasks: Tasks, folder: Path | str | None) -> list[Result]:
    return list(run(job, tasks, folder))
