"""CRPS of 20 members at a million points, float32: ours beside scores and scoringrules, in the same run.

    python -m benchmarks.crps

The calls take turns, so that whatever else the machine does falls on all of them, and the median of the rounds counts.
Each answers the same question, the mean plain CRPS of all points, and the answers are compared.
"""

from collections.abc import Callable
from importlib.util import find_spec
from statistics import median

import numpy as np
import xarray as xr

from benchmarks.turns import in_turn
from nesym.verify import Table, crps_ensemble

MEMBERS, POINTS, ROUNDS = 20, 1_000_000, 7


def rain() -> tuple[xr.DataArray, xr.DataArray]:
    """Skewed positive numbers, a third of them dry: ens (member, point), obs (point,), float32."""
    rng = np.random.default_rng(0)
    ens = rng.gamma(0.5, 2.0, (MEMBERS, POINTS)) * (rng.random((MEMBERS, POINTS)) > 1 / 3)
    obs = rng.gamma(0.5, 2.0, POINTS) * (rng.random(POINTS) > 1 / 3)
    return xr.DataArray(ens.astype("f4"), dims=("member", "point")), xr.DataArray(obs.astype("f4"), dims="point")


def contestants(ens: xr.DataArray, obs: xr.DataArray) -> dict[str, Callable[[], float]]:
    """Name -> call, for nesym and those peers that are installed."""
    calls = {"nesym": lambda: float(crps_ensemble(ens, obs).mean())}
    if find_spec("scores"):
        from scores.probability import crps_for_ensemble

        calls["scores"] = lambda: float(crps_for_ensemble(ens, obs, "member"))
    if find_spec("scoringrules"):
        import scoringrules

        # The fastest of its estimators of the plain form; the arrays are handed over as they are.
        calls["scoringrules"] = lambda: float(
            scoringrules.crps_ensemble(obs.values, ens.values, m_axis=0, estimator="qd").mean()
        )
    return calls


def run(rounds: int = ROUNDS) -> Table:
    """One row for each contestant: seconds (median), spread of the rounds, time relative to nesym, and the answer."""
    calls = contestants(*rain())
    answers = {name: call() for name, call in calls.items()}  # also warms up
    seconds = in_turn(calls, rounds)
    rows = tuple(
        {
            "library": name,
            "seconds": median(took),
            "fastest": min(took),
            "slowest": max(took),
            "time / nesym's": median(took) / median(seconds["nesym"]),
            "mean CRPS": f"{answers[name]:.9f}",
        }
        for name, took in seconds.items()
    )
    title = f"CRPS of {MEMBERS} members at {POINTS:,} points, float32, {rounds} rounds in turn"
    return Table(title, tuple(rows[0]), rows, "Seconds: median of the rounds.")


if __name__ == "__main__":
    print(run())
