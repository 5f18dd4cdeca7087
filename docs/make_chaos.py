"""Make the picture of the page on chaos: how polynomials lose the orbit that they follow, in three arithmetics.

    python docs/make_chaos.py

It needs python-flint (the extra `precise`) and half a minute of one core.
"""

from pathlib import Path

import numpy as np

from nesym.report.learned_figures import errors_with_time
from nesym.report.learned_panels import Looks
from nesym.systems.precision.checks import LONG, double, normal, precise

PICTURE = Path(__file__).parent / "chaos.png"
METHODS = {"512 bits": precise(10), "doubles, QR": double(10), "doubles, normal equations": normal(10)}
WINDOWS, KEY = 5, 0
TITLE = "Lorenz-63 computed in 512 bits, stored in 64"


def errors() -> dict[str, np.ndarray]:
    """Distance from the truth over its spread, (window, time) by method."""
    found: dict[str, list[np.ndarray]] = {name: [] for name in METHODS}
    for truth in LONG.truths(range(WINDOWS), KEY):
        states = truth()
        seen, after = LONG.shown(states), states.astype(np.float64).values[LONG.samples :]
        for name, method in METHODS.items():
            ahead = method.fit(seen).forecast(seen.isel(time=-1), LONG.steps).values
            found[name].append(np.linalg.norm(ahead - after, axis=1) / np.sqrt(after.var(0).sum()))
    return {name: np.array(rows) for name, rows in found.items()}


def main() -> None:
    """Fit, forecast, draw."""
    found = errors()
    times = LONG.spacing * LONG.flow.exponent * np.arange(1, LONG.steps + 1)
    lines = {name: (times, rows) for name, rows in found.items()}
    labels = "Lyapunov times", "Error over the spread"
    figure = errors_with_time({TITLE: lines}, labels, Looks(list(lines), "doubles, QR"))
    figure.savefig(PICTURE, dpi=110, facecolor="white", pil_kwargs={"optimize": True})


if __name__ == "__main__":
    main()
