"""Polynomial propagators in 512 bits: ours beside mpmath, and beside an explicit Gram matrix in python-flint.

    python -m benchmarks.polynomial

The first task is to fit all monomials up to degree 9 to 1024 samples of Lorenz-63 and to predict 50 time units; mpmath
does what is written below with its fastest sums of products. The second is the Gram matrix of degree 16, once from
moments and once as F'F. Both calls of a task take turns, and what they find is compared.
"""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np
import xarray as xr

from benchmarks.turns import in_turn
from nesym.learn.polynomials._moments import normal_equations
from nesym.learn.polynomials._monomials import monomials
from nesym.learn.polynomials.polynomial import PolynomialPropagator
from nesym.physics.lorenz63 import Lorenz63
from nesym.solve._flint import precise
from nesym.solve.precise import orbit
from nesym.verify import Table

BITS, SAMPLES, STEPS, START = 512, 1024, 3200, (-2.17062215, -3.63889021, 17.90428187)
FIT, GRAM = "fit of degree 9 and 50 time units", "Gram matrix of degree 16"


def by_mpmath(states: np.ndarray, degree: int) -> np.ndarray:
    """Normal equations, their solution and the forecast from the last of `states` (n, 3)."""
    import mpmath as mp

    them = monomials(3, degree)
    chain = list(zip(them.parents[1:].tolist(), them.factors[1:].tolist(), strict=True))

    def features(x: list) -> list:
        found = [mp.mpf(1)]
        for parent, factor in chain:
            found.append(found[parent] * x[factor])
        return found

    with mp.workprec(BITS):
        x = [[mp.mpf(float(value)) for value in row] for row in states]
        columns = [list(column) for column in zip(*map(features, x[:-1]), strict=True)]
        after = [list(column) for column in zip(*x[1:], strict=True)]
        size = len(columns)
        gram = mp.matrix(size)
        for i in range(size):
            for j in range(i + 1):
                gram[i, j] = gram[j, i] = mp.fdot(columns[i], columns[j])
        lower, order = mp.mp.LU_decomp(gram)
        found = []
        for column in after:
            right = mp.matrix([mp.fdot(feature, column) for feature in columns])
            found.append(list(mp.mp.U_solve(lower, mp.mp.L_solve(lower, right, order))))
        state, ahead = x[-1], []
        for _ in range(STEPS):
            now = features(state)
            state = [mp.fdot(row, now) for row in found]
            ahead.append([float(value) for value in state])
    return np.array(ahead)


def explicit_gram(flint: Any, columns: list[list[Any]], degree: int) -> Any:
    """F'F of all monomials."""
    found = [[flint.arb(1)] * len(columns[0])]
    them = monomials(len(columns), degree)
    for parent, factor in zip(them.parents[1:].tolist(), them.factors[1:].tolist(), strict=True):
        found.append([a * b for a, b in zip(found[parent], columns[factor], strict=True)])
    matrix = flint.arb_mat(found)
    return matrix * matrix.transpose()


def fits(data: xr.DataArray) -> dict[str, Callable[[], Any]]:
    """Name -> call, for nesym and, where it is installed, mpmath: (steps, 3)."""
    method = PolynomialPropagator(9, target="state", precision=BITS)
    calls = {"nesym": lambda: method.fit(data).forecast(data.isel(time=-1), STEPS).values}
    if find_spec("mpmath"):
        calls["mpmath"] = lambda: by_mpmath(data.values, 9)
    return calls


def grams(flint: Any, data: xr.DataArray) -> dict[str, Callable[[], Any]]:
    """Name -> call: the Gram matrix of states that are brought near 1 by powers of two."""
    scaled = (data.values[:-1] - [0, 0, 24]) / 32
    columns = [[flint.arb(float(value)) for value in column] for column in scaled.T]
    return {
        "nesym": lambda: normal_equations(flint, columns, columns, 16).gram,
        "python-flint, F'F": lambda: explicit_gram(flint, columns, 16),
    }


def keep(answers: dict[str, Any], name: str, call: Callable[[], Any]) -> None:
    """Note what a call gives."""
    answers[name] = call()


def agreement(answers: dict[str, Any]) -> str:
    """How far the second answer is from the first: for forecasts, for how many steps they are the same to 1e-6."""
    ours, *theirs = answers.values()
    if not theirs:
        return ""
    if isinstance(ours, np.ndarray):
        same = np.abs(ours - theirs[0]).max(1) < 1e-6
        return f"the same for {len(same) if same.all() else int(same.argmin())} of {len(same)} steps"
    return "the same" if ours.overlaps(theirs[0]) else "they differ"


def run(rounds: int = 3) -> Table:
    """One row for each task and contestant: seconds (median and range), time relative to nesym, and whether they agree."""
    data = orbit(Lorenz63(), START, SAMPLES, every=16)
    rows = []
    with precise(BITS) as flint:
        for task, calls in ((FIT, fits(data)), (GRAM, grams(flint, data))):
            answers: dict[str, Any] = {}
            seconds = in_turn({name: partial(keep, answers, name, call) for name, call in calls.items()}, rounds)
            rows += [
                {
                    "task": task,
                    "library": name,
                    "seconds": median(took),
                    "fastest": min(took),
                    "slowest": max(took),
                    "time / nesym's": median(took) / median(seconds["nesym"]),
                    "answers": agreement(answers),
                }
                for name, took in seconds.items()
            ]
    title = f"Polynomials in {BITS} bits, {SAMPLES} samples of Lorenz-63, {rounds} rounds in turn"
    return Table(title, tuple(rows[0]), tuple(rows), "Seconds: median of the rounds.")


if __name__ == "__main__":
    print(run())
