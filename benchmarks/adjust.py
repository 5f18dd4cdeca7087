"""Quantile delta mapping of 30 years of daily rain: ours beside xsdba's, in the same run.

    python -m benchmarks.adjust

Fitting and correcting together, 50 quantiles, on the same records in memory: by calendar month, and by the 31 days
around each day of the year. nesym uses all threads, xsdba the one that it is written for; dry days are left as they are
by both. The calls take turns, and the median of the rounds counts.
"""

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from statistics import median

import numpy as np
import xarray as xr

from benchmarks.turns import in_turn
from nesym.adjust import Months, MovingWindow, QuantileDelta
from nesym.verify import Table

YEARS, ROUNDS, QUANTILES = 30, 5, 50
CELLS = {"months": 512, "31 days": 32}  # fewer where each takes longer


def records(cells: int) -> tuple[xr.DataArray, xr.DataArray, xr.DataArray]:
    """Observations, a model's past and its future: gamma rain, a third of the days dry, in a calendar without leap days."""
    rng, days = np.random.default_rng(0), 365 * YEARS
    made = []
    for start, mean in (("1981", 4.0), ("1981", 3.0), ("2071", 3.5)):
        time = xr.date_range(f"{start}-01-01", periods=days, freq="D", calendar="noleap", use_cftime=True)
        values = np.where(rng.random((days, cells)) < 1 / 3, 0.0, 0.1 + rng.gamma(0.7, mean / 0.7, (days, cells)))
        coords = {"time": time, "cell": np.arange(cells)}
        made.append(xr.DataArray(values.astype("f4"), coords, ("time", "cell"), "pr", {"units": "mm d-1"}))
    return tuple(made)


def contestants(window: str) -> dict[str, Callable[[], xr.DataArray]]:
    """Name -> call, for nesym and, where it is installed, xsdba."""
    obs, hist, future = records(CELLS[window])
    ours = QuantileDelta(
        window=Months() if window == "months" else MovingWindow(31), quantiles=QUANTILES, adapt_dry=False
    )
    calls = {"nesym": lambda: ours.fit(obs, hist).apply(future)}
    if find_spec("xsdba"):
        import xsdba

        group = "time.month" if window == "months" else xsdba.Grouper("time.dayofyear", window=31)

        def theirs() -> xr.DataArray:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                trained = xsdba.QuantileDeltaMapping.train(obs, hist, nquantiles=QUANTILES, kind="*", group=group)
                return trained.adjust(future).load()

        calls["xsdba"] = theirs
    return calls


def run(rounds: int = ROUNDS) -> Table:
    """One row for each window and contestant: seconds (median), spread of the rounds, and time relative to nesym."""
    rows = []
    for window in CELLS:
        calls = contestants(window)
        for call in calls.values():
            call()  # warms up
        seconds = in_turn(calls, rounds)
        rows += [
            {
                "windows": window,
                "cells": CELLS[window],
                "library": name,
                "seconds": median(took),
                "fastest": min(took),
                "slowest": max(took),
                "time / nesym's": median(took) / median(seconds["nesym"]),
            }
            for name, took in seconds.items()
        ]
    size = f"{YEARS} years of daily rain, {QUANTILES} quantiles"
    title = f"Quantile delta mapping, {size}, {rounds} rounds in turn"
    return Table(title, tuple(rows[0]), tuple(rows), "Seconds: median of the rounds, fitting and correcting together.")


if __name__ == "__main__":
    print(run())
