"""ISIMIP3BASD of 30 years of daily values: ours beside that of ibicus, in the same run.

    python -m benchmarks.isimip

Fitting and adjusting together, by the 31 days around each day of the year. ibicus goes place by place in one thread, so
that it has one cell to do; we do many at once in all threads, and the times of one cell are compared. The calls take
turns, and the median of the rounds counts.
"""

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from statistics import median

import numpy as np
import xarray as xr

from benchmarks.turns import in_turn
from nesym.adjust import ISIMIP3BASD
from nesym.verify import Table

YEARS, CELLS, THEIRS, ROUNDS = 30, 48, 1, 3
VARIABLES = "pr", "tas"


def records(variable: str) -> tuple[xr.DataArray, ...]:
    """Observations, a model's past and its future: gamma rain with a third of the days dry, or Gaussian temperature."""
    rng, made = np.random.default_rng(0), []
    for start, factor in (("1981", 1.0), ("1981", 0.75), ("2071", 0.9)):
        time = xr.date_range(f"{start}-01-01", f"{int(start) + YEARS - 1}-12-31", freq="D")
        shape = time.size, CELLS
        if variable == "pr":
            values = np.where(rng.random(shape) < factor / 3, 0.0, 0.1 + rng.gamma(0.7, 6.0 * factor, shape))
        else:
            cycle = 10 * np.sin(2 * np.pi * time.dayofyear.values / 365.25)
            values = 280 + 4 * factor + cycle[:, None] + 3 * factor * rng.standard_normal(shape)
        coords = {"time": time, "cell": np.arange(CELLS)}
        units = {"units": "mm d-1" if variable == "pr" else "K"}
        made.append(xr.DataArray(values.astype("f4"), coords, ("time", "cell"), variable, units))
    return tuple(made)


def contestants(variable: str) -> dict[str, tuple[int, Callable[[], object]]]:
    """Name -> how many cells, and the call, for nesym and, where it is installed, ibicus."""
    data = records(variable)
    calls = {"nesym": (CELLS, lambda: ISIMIP3BASD().fit(*data[:2]).apply(data[2]))}
    if find_spec("ibicus"):
        from ibicus.debias import ISIMIP

        scale = 86_400.0 if variable == "pr" else 1.0
        arrays = [da.values[:, :THEIRS, None].astype(np.float64) / scale for da in data]
        dates = [da["time"].values.astype("datetime64[D]").astype(object) for da in data]
        times = dict(zip(("time_obs", "time_cm_hist", "time_cm_future"), dates, strict=True))

        def theirs() -> np.ndarray:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ISIMIP.from_variable(variable).apply(*(x.copy() for x in arrays), **times, progressbar=False)

        calls["ibicus"] = THEIRS, theirs
    return calls


def run(rounds: int = ROUNDS) -> Table:
    """One row for each variable and contestant: seconds for one cell (median), and relative to nesym."""
    rows = []
    for variable in VARIABLES:
        calls = contestants(variable)
        calls["nesym"][1]()  # warms up
        seconds = in_turn({name: call for name, (_, call) in calls.items()}, rounds)
        each = {name: sorted(took / calls[name][0] for took in all_) for name, all_ in seconds.items()}
        rows += [
            {
                "variable": variable,
                "library": name,
                "cells": calls[name][0],
                "seconds per cell": median(took),
                "fastest": took[0],
                "slowest": took[-1],
                "time / nesym's": median(took) / median(each["nesym"]),
            }
            for name, took in each.items()
        ]
    title = f"ISIMIP3BASD, {YEARS} years of daily values, windows of 31 days, {rounds} rounds in turn"
    return Table(title, tuple(rows[0]), tuple(rows), "Seconds: median of the rounds, fitting and adjusting together.")


if __name__ == "__main__":
    print(run())
