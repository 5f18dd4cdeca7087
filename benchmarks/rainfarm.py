"""RainFARM of one rainy field, 20 members, 8 km to 1 km: ours beside pysteps, which draws member by member."""

import time
from importlib.util import find_spec
from statistics import median

import numpy as np

from benchmarks.turns import in_turn
from nesym import data
from nesym.downscale import RainFARM
from nesym.fields import canonical, coarsen
from nesym.verify import Table

MEMBERS, FACTOR, SLOPE, ROUNDS = 20, 8, 2.0, 7


def run(rounds: int = ROUNDS) -> Table:
    """Median seconds for all members; the first call, which compiles, is a row of its own."""
    field = coarsen(canonical(data.sample("radar_germany"), "pr").isel(time=[250]).load(), FACTOR)
    ours = RainFARM(slope=SLOPE)
    calls = {"nesym": lambda: ours.sample(field, FACTOR, MEMBERS)}
    if find_spec("pysteps"):
        from pysteps.downscaling import get_method

        theirs, coarse = get_method("rainfarm"), field.values[0].astype(np.float64)
        calls["pysteps"] = lambda: [theirs(coarse, FACTOR, alpha=SLOPE) for _ in range(MEMBERS)]
    start = time.perf_counter()
    calls["nesym"]()
    first = time.perf_counter() - start
    seconds = in_turn(calls, rounds)
    warm = median(seconds["nesym"])
    rows = [{"library": "nesym, first call", "seconds": first, "time / nesym's": first / warm}]
    rows += [{"library": n, "seconds": median(s), "time / nesym's": median(s) / warm} for n, s in seconds.items()]
    title = f"RainFARM, {MEMBERS} members of 128 x 128 cells, {rounds} rounds in turn"
    return Table(title, tuple(rows[0]), tuple(rows))


if __name__ == "__main__":
    print(run())
