"""Which method forecasts a chaotic system best: polynomials against reservoirs, processes, networks and equations.

Schötz, White, Gelbrecht and Boers 2024, arXiv 2407.20158: every method learns from one trajectory, tuned on others, and
forecasts how it goes on; the score is the cumulative maximum error. On exact data polynomials of the increment reach the
limit that the stored decimals set; with noise the ranking collapses.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from nesym._errors import InputError
from nesym.learn.benchmark._results import Result
from nesym.learn.benchmark.runs import Job, run_benchmark
from nesym.learn.propagators.methods import METHODS
from nesym.systems.chaos import checks
from nesym.systems.chaos.data import SCHEMES, sources, task
from nesym.systems.chaos.networks import KINDS, network, packaged, there
from nesym.verify import Claim

SMALL = ("lorenz63std", "lorenz63random", "lorenz96", "thomas", "roessler", "halvorsen")
FEW = ("ConstMean", "Analogue", "LinPo6", "LinD", "RaFeD", "GpD", "SpPo", "Sindy")
ALL = tuple(METHODS)
NUMBERS = tuple(range(1, 9))  # repetitions of the claims on Lorenz-63
Budget = Literal["small", "full"]


def jobs(budget: Budget, key: int = 0) -> list[Job]:
    """What a budget pays for: 6 systems and 8 methods with 5 seconds of tuning each, or all of them with 20 seconds.

    Noise-free first, then noisy, each on 2 repetitions that are not tuned on. The full budget takes some six hours of one
    core, most of which are networks'.
    """
    if budget not in ("small", "full"):
        raise InputError(f"The budget {budget!r} came.", "Choose small or full.")
    systems, methods, seconds = (SMALL, FEW, 5.0) if budget == "small" else (tuple(sources()), ALL, 20.0)
    return [
        Job(system, scheme, method, (1, 2), seconds=seconds, key=key)
        for scheme in SCHEMES[:2] for system in systems for method in methods
    ]  # fmt: skip


def results(
    budget: Budget,
    *,
    key: int = 0,
    folder: Path | str | None = None,
    processes: int = 1,
    progress: Callable[[float, str], None] | None = None,
) -> list[Result]:
    """All rows of a budget; with a `folder`, a run that was stopped goes on."""
    how = {"folder": folder, "processes": processes, "progress": progress}
    return run_benchmark(jobs(budget, key), partial(task, key=key), **how)


def reproduce(
    *,
    quick: bool = False,
    train: bool = False,
    data: Path | str | None = None,
    key: int = 0,
    progress: Callable[[float], None] | None = None,
    budget: Budget = "small",
    folder: Path | str | None = None,
    processes: int = 1,
) -> list[Claim]:
    """Hold the polynomials to the published errors, and the networks to them; `quick` is the small budget.

    `train` trains four networks anew, 45 minutes of processor time together; else the packaged ones are scored. With
    `folder` rows and trainings are kept, and a run that was stopped goes on. `data` is not needed: all is simulated.
    """
    told = progress or (lambda fraction: None)
    budget = "small" if quick else budget
    how = {"folder": folder, "processes": processes}
    tasks = partial(task, key=key)
    rows = run_benchmark(checks.polynomial_jobs(key), tasks, **how)
    claims = [*checks.published(rows, checks.true_solver(key)), *checks.metric(key)]
    told(0.2)
    exact, noisy = ({kind: _network(kind, scheme, train, folder, key) for kind in KINDS} for scheme in SCHEMES[:2])
    told(0.3)
    simple = run_benchmark(checks.noisy_jobs(NUMBERS, key), tasks, **how)
    told(0.5)
    claims += checks.simple_against_deep(rows, exact) + checks.noise(simple, noisy)
    shown = (lambda fraction, text: told(0.5 + 0.5 * fraction)) if progress else None
    return [*claims, *checks.ranks(results(budget, key=key, progress=shown, **how), budget, key)]


def _network(kind: str, scheme: str, train: bool, folder: Path | str | None, key: int):
    """Rows and learning curve of a network; None where it was not trained and is not to be."""
    own = None if folder is None else Path(folder).expanduser() / "networks"
    place = own if train or there(own, kind, scheme) else packaged()
    if train and place is None:
        raise InputError("A training of ten minutes has no folder to be kept in.", "Give folder=.")
    return network(kind, scheme, place, NUMBERS, key) if train or there(place, kind, scheme) else None
