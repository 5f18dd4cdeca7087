"""A neural differential equation solved and trained: ours beside torchdiffeq's, in the same run.

    python -m benchmarks.dynamics

One network (4 -> 64 -> 64 -> 4, tanh) with the same weights, float64, the same first states, times and tolerance, and the
Dormand-Prince scheme on both sides; the whole batch takes its steps together, as torchdiffeq has it. A training step is the
solution, the gradient of a mean squared error through all of its steps, and an update by Adam. Both use all cores. Programs of
JAX are compiled before: the seconds that takes are a column of their own, on an empty cache.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import pairwise
from statistics import median

import jax
import numpy as np

from benchmarks.turns import in_turn
from nesym.verify import Table

BATCH, WIDTH, ROUNDS, TOLERANCE = 32, 64, 15, 1e-6  # 32 chunks of trajectories are a usual batch
TIMES = np.linspace(0.0, 30.0, 301)


def problem() -> tuple[list[tuple[np.ndarray, np.ndarray]], np.ndarray, np.ndarray]:
    """Weights and biases of the layers, first states (batch, 4), and states that are to be met (time, batch, 4)."""
    rng = np.random.default_rng(0)
    sizes = (4, WIDTH, WIDTH, 4)
    layers = [(rng.normal(size=(a, b)) / np.sqrt(a), np.zeros(b)) for a, b in pairwise(sizes)]
    return layers, rng.normal(size=(BATCH, 4)), rng.normal(size=(len(TIMES), BATCH, 4))


def ours() -> dict[str, Callable[[], np.ndarray]]:
    """Solving and training with `nesym.solve.integrate`; what is called waits for its result."""
    import jax.numpy as jnp
    import optax

    from nesym.solve import integrate

    layers, start, target = (jax.tree.map(jnp.asarray, part) for part in problem())
    optimiser = optax.adam(1e-3)

    def field(t, x, layers):
        x = x.reshape(BATCH, 4)
        for number, (matrix, bias) in enumerate(layers):
            x = x @ matrix + bias
            x = jnp.tanh(x) if number < len(layers) - 1 else x
        return x.ravel()

    def solved(layers):
        how = {"tolerance": TOLERANCE, "method": "dopri5", "max_steps": 256}
        return integrate(field, start.ravel(), TIMES, layers, **how).states.reshape(target.shape)

    def step(layers, state):
        gradient = jax.grad(lambda layers: jnp.mean((solved(layers) - target) ** 2))(layers)
        updates, state = optimiser.update(gradient, state)
        return optax.apply_updates(layers, updates), state

    solve, train = jax.jit(solved), jax.jit(step)
    state = optimiser.init(layers)
    return {
        "solve": lambda: np.asarray(solve(layers)),
        "training step": lambda: jax.block_until_ready(train(layers, state)),
    }


def theirs() -> dict[str, Callable[[], np.ndarray]]:
    """The same with torchdiffeq, differentiated through its steps (its faster way)."""
    import torch
    from torchdiffeq import odeint

    layers, start, target = problem()
    start, target, times = (torch.as_tensor(array) for array in (start, target, TIMES))
    modules = []
    for matrix, bias in layers:
        linear = torch.nn.Linear(*matrix.shape, dtype=torch.float64)
        linear.weight.data, linear.bias.data = torch.as_tensor(matrix.T).contiguous(), torch.as_tensor(bias)
        modules += [linear, torch.nn.Tanh()]
    network = torch.nn.Sequential(*modules[:-1])
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-9)  # takes its step, and leaves the weights as they are

    def solved():
        return odeint(lambda t, x: network(x), start, times, rtol=TOLERANCE, atol=TOLERANCE, method="dopri5")

    def solve():
        with torch.no_grad():
            return solved().numpy()

    def train():
        optimiser.zero_grad()
        torch.mean((solved() - target) ** 2).backward()
        optimiser.step()

    return {"solve": solve, "training step": train}


def run(rounds: int = ROUNDS) -> Table:
    """One row for each job and library: median seconds, their spread, time relative to nesym, compilation."""
    with jax.enable_x64(True), uncached():
        libraries = {"nesym": ours()} | ({"torchdiffeq": theirs()} if find_spec("torchdiffeq") else {})
        rows = []
        for job in ("solve", "training step"):
            first = {name: first_call(calls[job]) for name, calls in libraries.items()}
            seconds = in_turn({name: calls[job] for name, calls in libraries.items()}, rounds)
            rows += [
                {
                    "job": job,
                    "library": name,
                    "seconds": median(took),
                    "fastest": min(took),
                    "slowest": max(took),
                    "time / nesym's": median(took) / median(seconds["nesym"]),
                    "first call": first[name],
                }
                for name, took in seconds.items()
            ]
        agreement = _agreement(libraries)
    note = f"Seconds: median of the rounds. {agreement}"
    title = (
        f"A neural differential equation, {BATCH} states of 4, width {WIDTH}, tolerance {TOLERANCE:g}, {rounds} rounds"
    )
    return Table(f"{title} in turn", tuple(rows[0]), tuple(rows), note)


@contextmanager
def uncached() -> Iterator[None]:
    """Programs are compiled, and not taken from the disk."""
    jax.config.update("jax_enable_compilation_cache", False)
    try:
        yield
    finally:
        jax.config.update("jax_enable_compilation_cache", True)


def _agreement(libraries: dict[str, dict[str, Callable]]) -> str:
    """How far the solutions are apart: the same job was done."""
    if len(libraries) == 1:
        return "torchdiffeq is not installed."
    a, b = (calls["solve"]() for calls in libraries.values())
    return f"Solutions differ by {np.abs(a - b).max():.1e} at most."


def first_call(call: Callable) -> float:
    """Seconds of a call, the compilation of what is compiled included."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


if __name__ == "__main__":
    print(run())
