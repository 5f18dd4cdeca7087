"""Learned equations drawn to a law: what theory says, and five systems whose law is known.

White et al. 2023, arXiv 2306.09739: a two-body problem, a rigid body, a switched converter, a robot arm that follows a
path, and a double pendulum. Plain, stabilised and projected networks (NODE, SNDE, PNDE) are trained on 30 short
trajectories, 5 seeds of each in one program, and forecast others far beyond their length. The published rates gamma,
layers and schedule are kept; networks are half as wide, batches hold 32 chunks instead of one, and 300 epochs stand
for 1000. Where solutions blow up they are counted and are in no mean.
"""

from collections.abc import Callable
from pathlib import Path

import jax

from nesym.systems._scored import counted
from nesym.systems.dynamics import claims as learned
from nesym.systems.dynamics import fields as checks
from nesym.systems.dynamics.runs import HAMILTONIAN, Runs
from nesym.systems.dynamics.worlds import KINDS, WORLDS
from nesym.verify import Claim

EARLY = 40


def reproduce(
    *,
    quick: bool = False,
    train: bool = False,
    data: Path | str | None = None,
    key: int = 0,
    progress: Callable[[float], None] | None = None,
    folder: Path | str | None = None,
) -> list[Claim]:
    """Theory and trained networks; `quick`: of those only the two-body problem after 40 epochs.

    Networks are trained in any case, which takes a quarter of an hour on two cores (`quick`: minutes), so `train` changes
    nothing; with a `folder`, a run that was stopped goes on. No `data` are needed: trajectories are solutions.
    """
    worlds = [] if quick else list(WORLDS.values())
    steps = 1 + len(KINDS) + (0 if quick else 1 + len(KINDS) * len(worlds))
    tell = counted(progress or (lambda fraction: None), steps)
    with jax.enable_x64(True):
        claims = [checks.decay(key), checks.what_is_left(key), checks.unchanged(key)]
        tell()
    early = Runs(WORLDS["two-body"], key, EARLY, folder, tell)
    claims += learned.early(early)
    if quick:
        return claims
    claims += [learned.rival(early, HAMILTONIAN)]
    runs = {world.name: Runs(world, key, None, folder, tell) for world in worlds}
    claims += learned.converged(runs["two-body"])
    return claims + [claim for run in runs.values() for claim in learned.beside(run)]
