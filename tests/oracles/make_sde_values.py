"""Print tests/solve/sde_torchsde.json: a double well stepped by torchsde on given increments of the Wiener process.

    pip install torch torchsde && python tests/oracles/make_sde_values.py > tests/solve/sde_torchsde.json

The increments are those that `nesym.solve.euler_maruyama` draws for key 5, step by step, and are kept with the states.
"""

import json

import jax
import numpy as np

STEP, STEPS, START = 0.125, 8, (-1.0, 0.2, 1.5)


def increments() -> np.ndarray:
    """dW of each step, (step, row) float64."""
    with jax.enable_x64(True):
        keys = [jax.random.fold_in(jax.random.key(5), number) for number in range(STEPS)]
        return np.stack([jax.random.normal(key, (len(START), 1), "float64")[:, 0] for key in keys]) * STEP**0.5


def peer_values() -> dict:
    """States (time, row) by torchsde's Euler scheme in double precision."""
    import torch
    import torchsde

    given = torch.tensor(increments())

    class Well(torch.nn.Module):
        noise_type, sde_type = "diagonal", "ito"

        def f(self, t, x):
            return x - x**3

        def g(self, t, x):
            return torch.full_like(x, 0.5)

    def path(start, end, **_):
        return given[round(float(start) / STEP)][:, None]

    times = torch.arange(STEPS + 1, dtype=torch.float64) * STEP
    start = torch.tensor(START, dtype=torch.float64)[:, None]
    found = torchsde.sdeint(Well(), start, times, bm=_as_path(path, start), dt=STEP, method="euler")
    return {"increments": given.numpy().tolist(), "states": found[..., 0].numpy().tolist()}


def _as_path(path, start):
    """The function as the Brownian motion that torchsde asks for."""
    from torchsde import BaseBrownian

    class Given(BaseBrownian):
        dtype, device, shape, levy_area_approximation = start.dtype, start.device, start.shape, "none"

        def __call__(self, ta, tb=None, return_U=False, return_A=False):
            return path(ta, tb)

        def __repr__(self):
            return "Given()"

        def size(self):
            return self.shape

    return Given()


if __name__ == "__main__":
    print(json.dumps(peer_values(), separators=(",", ":")).replace('],"', '],\n"'))
