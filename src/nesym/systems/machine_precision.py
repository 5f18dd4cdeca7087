"""Chaos predicted to machine precision by polynomials: exact data, and a learner that knows nothing of the system.

Schötz & Boers 2025, arXiv 2507.09652. The truth is the orbit of a Runge-Kutta map in single, double or 512-bit
arithmetic, from random states of the attractor; a polynomial learns it from the samples of one window and predicts what
follows. Published are means over 100 seeds. Sizes and degrees in double precision were chosen on the seeds of key 100.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from nesym._errors import InputError
from nesym.systems.precision import checks
from nesym.systems.precision.windows import Tell
from nesym.verify import Claim


@dataclass(frozen=True)
class Job:
    """Some claims, and about how many seconds they take."""

    seconds: float
    run: Callable[[int, Tell], list[Claim]]


def jobs(quick: bool, full: bool) -> list[Job]:
    """What `reproduce` does, one after the other."""
    seeds = 1 if quick else 3
    return [
        Job(30, checks.short),
        Job(80, checks.long),
        Job(5, checks.in_doubles),
        Job(12 * seeds, partial(checks.one_runge_kutta_step, seeds=seeds)),
        Job(300 if full else 0, partial(checks.far, measured=full)),
        Job(60, partial(checks.waves, single=True, seeds=100)),
        Job(80, partial(checks.waves, single=False, seeds=40)),
        Job(300 if full else 0, partial(checks.labyrinth, measured=full, degree=checks.ASKED)),
        Job(900 if full else 0, partial(checks.labyrinth, measured=full, degree=checks.BEYOND)),
    ]


def reproduce(
    *,
    quick: bool = False,
    train: bool = False,
    data: Path | str | None = None,
    key: int = 0,
    progress: Callable[[float], None] | None = None,
    budget: Literal["small", "full"] = "small",
) -> list[Claim]:
    """Fit and predict; `quick`: one seed of the longest case; `budget="full"`: the longest cases as well.

    Data are generated and fits take seconds: `train` and `data` change nothing. Raises `InputError` without python-flint.
    """
    if budget not in ("small", "full"):
        raise InputError(f"budget={budget!r} is not a choice.", "Choose small or full.")
    claims, done, todo = [], 0.0, jobs(quick, budget == "full")
    total = sum(job.seconds for job in todo)
    for job in todo:

        def tell(fraction: float, before: float = done, seconds: float = job.seconds) -> None:
            if progress:
                progress((before + fraction * seconds) / total)

        claims += job.run(key, tell)
        done += job.seconds
    return claims
