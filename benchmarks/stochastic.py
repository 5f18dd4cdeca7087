"""A stochastic differential equation stepped: ours, and Diffrax's, beside torchsde's, in the same run.

    python -m benchmarks.stochastic

The double well dx = (x - x^3) dt + 0.5 dW, 10,000 paths, 1000 Euler-Maruyama steps of 0.01, float32, the last states returned.
All draw their own noise, with all cores. Programs of JAX are compiled before: the seconds that takes are a column of their own.
"""

from collections.abc import Callable
from importlib.util import find_spec
from statistics import median

import jax
import numpy as np

from benchmarks.dynamics import first_call, uncached
from benchmarks.turns import in_turn
from nesym.verify import Table

PATHS, STEPS, STEP, SIGMA, ROUNDS = 10_000, 1000, 0.01, 0.5, 7


def drift(x):
    """x - x^3, of arrays of either library."""
    return x - x * x * x


def scanned() -> Callable[[], np.ndarray]:
    """`nesym.solve.euler_maruyama`: one scan, one batched draw for each step."""
    import jax.numpy as jnp

    from nesym.solve import euler_maruyama

    start, times = jnp.zeros((PATHS, 1), jnp.float32), np.array([0.0, STEPS * STEP], np.float32)

    @jax.jit
    def solve(key):
        return euler_maruyama(
            lambda t, x: drift(x), lambda t, x: jnp.full_like(x, SIGMA), start, times, key, substeps=STEPS
        )[-1]

    return lambda: np.asarray(solve(jax.random.key(0)))


def with_diffrax() -> Callable[[], np.ndarray]:
    """The general solver of Diffrax, `Euler` over the noise that keeps nothing, all paths as one system."""
    import diffrax
    import jax.numpy as jnp
    import lineax

    @jax.jit
    def solve(key):
        noise = diffrax.UnsafeBrownianPath((PATHS,), key)
        terms = diffrax.MultiTerm(
            diffrax.ODETerm(lambda t, x, args: drift(x)),
            diffrax.ControlTerm(lambda t, x, args: lineax.DiagonalLinearOperator(jnp.full_like(x, SIGMA)), noise),
        )
        return diffrax.diffeqsolve(
            terms, diffrax.Euler(), 0.0, STEPS * STEP, STEP, jnp.zeros(PATHS, jnp.float32),
            adjoint=diffrax.DirectAdjoint(), max_steps=STEPS, throw=False,
        ).ys[-1]  # fmt: skip

    return lambda: np.asarray(solve(jax.random.key(0)))


def with_torchsde() -> Callable[[], np.ndarray]:
    """`torchsde.sdeint` with its Euler scheme and its default Brownian motion."""
    import torch
    import torchsde

    class Well(torch.nn.Module):
        noise_type, sde_type = "diagonal", "ito"

        def f(self, t, x):
            return drift(x)

        def g(self, t, x):
            return torch.full_like(x, SIGMA)

    times, start, well = torch.tensor([0.0, STEPS * STEP]), torch.zeros(PATHS, 1), Well()

    def solve():
        with torch.no_grad():
            return torchsde.sdeint(well, start, times, method="euler", dt=STEP)[-1].numpy()

    return solve


def run(rounds: int = ROUNDS) -> Table:
    """One row for each library: median seconds, their spread, time relative to nesym, the first call."""
    with uncached():
        calls = {"nesym, fixed steps": scanned(), "Diffrax": with_diffrax()}
        if find_spec("torchsde"):
            calls["torchsde"] = with_torchsde()
        first = {name: first_call(call) for name, call in calls.items()}
        seconds = in_turn(calls, rounds)
        spreads = {name: float(np.std(call())) for name, call in calls.items()}
    rows = tuple(
        {
            "library": name,
            "seconds": median(took),
            "fastest": min(took),
            "slowest": max(took),
            "time / nesym's": median(took) / median(seconds["nesym, fixed steps"]),
            "first call": first[name],
            "spread at the end": spreads[name],
        }
        for name, took in seconds.items()
    )
    title = f"A stochastic differential equation, {PATHS} paths, {STEPS} steps, {rounds} rounds in turn"
    return Table(
        title, tuple(rows[0]), rows, "Seconds: median of the rounds. Standard deviations of the last states agree."
    )


if __name__ == "__main__":
    print(run())
