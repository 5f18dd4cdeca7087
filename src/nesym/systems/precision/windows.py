"""Windows of chaotic orbits: a part to learn from, the part right after it to predict, and for how long that went well."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import equinox as eqx
import jax
import numpy as np
import xarray as xr

from nesym.learn.polynomials.polynomial import PolynomialPropagator
from nesym.physics._chaos import Chaotic
from nesym.solve.precise import DTYPES, orbit
from nesym.verify.trajectories import valid_time

LOST = 0.5  # of the spread of the states: an error from which a forecast is of no use
Tell = Callable[[float], None]


@dataclass(frozen=True)
class Window:
    """`samples` states of a flow, `spacing` apart, and the `ahead` time units that follow them.

    The truth is the orbit of the map of the flow in `system` bits; what methods are shown of it is `stored` as
    "float32" or "float64", or as it is.
    """

    flow: Chaotic
    samples: int
    spacing: float
    ahead: float
    system: int = 53
    stored: Literal["float32", "float64"] | None = "float64"

    @property
    def steps(self) -> int:
        """How many samples are predicted."""
        return round(self.ahead / self.spacing)

    @property
    def longest(self) -> float:
        """The valid time, in Lyapunov times, of a forecast that is never lost."""
        return (self.steps - 1) * self.spacing * self.flow.exponent

    def truths(self, seeds: range, key: int) -> list[Callable[[], xr.DataArray]]:
        """Orbits (time, state) from random states of the attractor; compiled ones come all at once."""
        with jax.enable_x64(True):
            starts = np.asarray(_starts(self.flow, key, np.asarray(seeds)))
        how = {"every": round(self.spacing / self.flow.step), "precision": self.system}
        count = self.samples + self.steps
        if self.system in DTYPES:
            found = orbit(self.flow, starts, count, **how)
            return [lambda row=row: found.isel(trajectory=row) for row in range(len(starts))]
        return [lambda start=start: orbit(self.flow, start, count, **how) for start in starts]

    def shown(self, truth: xr.DataArray) -> xr.DataArray:
        """What methods learn from."""
        seen = truth.isel(time=slice(0, self.samples))
        return seen if self.stored is None else seen.astype(self.stored)


@eqx.filter_jit
def _starts(flow: Chaotic, key: int, seeds: jax.Array) -> jax.Array:
    """A random state of the attractor for each seed, (seeds, n)."""
    return jax.vmap(lambda seed: flow.start(jax.random.fold_in(jax.random.key(key), seed)))(seeds)


def valid_times(
    window: Window, methods: Mapping[str, PolynomialPropagator], seeds: int, key: int, tell: Tell
) -> dict[str, np.ndarray]:
    """Lyapunov times for which each method predicts what follows its window, (seeds,) for each name.

    The largest Lyapunov exponent times the time before ||forecast - truth|| first reaches half of sigma, the root mean
    square distance of the truth from its mean.
    """
    found: dict[str, list[float]] = {name: [] for name in methods}
    for done, truth in enumerate(window.truths(range(seeds), key), start=1):
        states = truth()
        seen = window.shown(states)
        for name, method in methods.items():
            ahead = method.fit(seen).forecast(seen.isel(time=-1), window.steps)
            found[name].append(followed(ahead, states, window))
        tell(done / seeds)
    return {name: np.array(times) for name, times in found.items()}


def followed(ahead: xr.DataArray, states: xr.DataArray, window: Window) -> float:
    """Lyapunov times before the forecast is lost; the whole length if it never is."""
    truth = states.astype(np.float64)
    sigma = float(np.sqrt(((truth - truth.mean("time")) ** 2).sum("state").mean("time")))
    after = truth.isel(time=slice(window.samples, None)).assign_coords(time=ahead["time"])
    error = np.sqrt(((ahead - after) ** 2).sum("state", skipna=False)) / sigma
    return float(valid_time(error, LOST, rate=window.flow.exponent))


def one_step(method: PolynomialPropagator, window: Window, key: int, places: int) -> float:
    """Root mean square distance after one step from states that were not learned from, in all digits."""
    states = window.truths(range(1), key)[0]()
    fitted = method.fit(window.shown(states))
    at = np.linspace(window.samples, states.sizes["time"] - 2, places).astype(int)
    starts = states.isel(time=at).rename(time="trajectory").drop_vars("trajectory")
    ahead = fitted.forecast(starts, 1, rounded=False).values[:, 0]
    off = ahead - states.values[at + 1]
    squares = (off * off).sum(-1)
    return float(np.sqrt(np.mean([float(square) for square in squares])))
