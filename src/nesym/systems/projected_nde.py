"""Learned equations that keep a law to the tolerance of the solver: algebra, drift, cost, and many constraints at once.

White et al. 2024, arXiv 2410.23667. Without training: the projection and its derivatives, the drift of random networks,
linear constraints, and what a solution costs beside a plain and a stabilised one. With training, 5 seeds of each: a chain
of 8 pendulums in Cartesian coordinates (16 constraints), the IEEE 14-bus grid (18), and a network projected after its
training beside one that was projected in it. Published networks have 10 layers of 512 or 1024, and 400 or 50 trajectories;
these have 2 layers of 64, 24 trajectories and 80 epochs: enough to hold the law to its claim, not for a good forecast of a
chaotic chain.
"""

from collections.abc import Callable
from pathlib import Path

import jax

from nesym.systems._scored import counted
from nesym.systems.dynamics import claims as learned
from nesym.systems.dynamics import fields as checks
from nesym.systems.dynamics.runs import Runs, members
from nesym.systems.dynamics.worlds import MANY, NODE, WORLDS
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
    """Algebra, drift and cost; then, unless `quick`, trained networks.

    Networks are trained in any case, which takes some ten minutes on two cores, so `train` changes nothing; with a
    `folder`, a run that was stopped goes on. No `data` are needed: trajectories are solutions.
    """
    tell = counted(progress or (lambda fraction: None), 4 if quick else 12)
    claims: list[Claim] = []
    with jax.enable_x64(True):
        untrained = "random networks on the two-body problem"
        for part in (
            lambda: checks.orthogonal(key),
            lambda: checks.drift(key),
            lambda: [checks.linear(key)],
            lambda: checks.cost(checks.stacked(checks.SEEDS, key), untrained, key),
        ):
            claims += part()
            tell()
    if quick:
        return claims
    two_body = Runs(WORLDS["two-body"], key, EARLY, folder, tell)
    with jax.enable_x64(True):
        trained = members(two_body.model(NODE))
        claims += checks.cost(trained, f"networks trained for {EARLY} epochs", key, "P3t", required=False)
    for number, world in enumerate(MANY.values()):
        claims += learned.many_constraints(
            Runs(world, key, None, folder, tell), f"P4{'abc'[number]}", required=world.order == 1
        )
    return [*claims, learned.afterwards(two_body, "P5")]
