"""How learned equations fare from starts that they have not seen: errors of state and law, ends, and cost."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from nesym.learn.equations.neural_ode import NeuralODE
from nesym.physics import Flow
from nesym.verify import Score
from nesym.verify.trajectories import relative_state_error

FAR = 10.0  # a solution further from the truth than so many times its size has blown up
RESAMPLES = 2000


@dataclass(frozen=True)
class Forecast:
    """Solutions `found` (member, trajectory, time) of a learned field beside the `truth` (trajectory, time) of a flow.

    A solution that ends early, or goes further from the truth than ten times its size, has `blown` up and is in no mean.
    """

    flow: Flow
    truth: xr.Dataset
    found: xr.Dataset

    @classmethod
    def of(cls, model: NeuralODE, flow: Flow, truth: xr.Dataset, tolerance: float = 1e-8, max_steps: int = 20_000):
        """From the first states of the truth, at its times."""
        starts = truth.isel(time=0)
        found = model.forecast(starts, times=truth["time"].values, tolerance=tolerance, max_steps=max_steps)
        return cls(flow, truth, found)

    @cached_property
    def states(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the forecast (member, trajectory, time, n) and of the truth (1, trajectory, time, n)."""
        found, truth = (
            np.stack([data[name].values for name in self.flow.names], -1) for data in (self.found, self.truth)
        )
        return found, truth[None]

    @cached_property
    def error(self) -> np.ndarray:
        """Relative state error (member, trajectory, time)."""
        return relative_state_error(*self.states)

    @cached_property
    def blown(self) -> np.ndarray:
        """(member, trajectory)."""
        return (~(self.error <= FAR)).any(-1)

    @cached_property
    def law(self) -> np.ndarray:
        """|g(x(t), t) - r| over its size, (member, trajectory, time): r is what the law keeps of a start.

        The size is the root mean square of r over trajectories: an energy passes 0; it is 1 where all r are 0.
        """
        with jax.enable_x64(True):
            values = jax.jit(jnp.vectorize(self.flow.kept_values, signature="(n),()->(m)"))
            times = self.truth["time"].values
            found, kept = values(self.states[0], times), values(self.states[1][:, :, 0], times[0])
        kept = np.zeros_like(kept) if self.flow.kept == "zero" else np.asarray(kept)
        size = np.sqrt(np.mean(np.sum(kept**2, -1))) or 1.0
        return np.linalg.norm(np.asarray(found) - kept[:, :, None], axis=-1) / size

    def each(self, which: str) -> np.ndarray:
        """The state error averaged over time ("mean"), at the last time ("end"), or the error of the law then ("law").

        (member, trajectory), NaN where a solution has blown up. "all" is the state error averaged over time with no
        solution left out: an error beyond 10, or of a solution that has ended, is 10.
        """
        if which == "all":
            return np.where(self.error <= FAR, self.error, FAR).mean(-1)
        values = {"mean": self.error.mean(-1), "end": self.error[..., -1], "law": self.law[..., -1]}[which]
        return np.where(self.blown, np.nan, values)

    def score(self, which: str) -> Score:
        """The mean of one of these with its interval over seeds and starts."""
        return scored_over(self.each(which))

    def law_kept(self) -> tuple[float, float]:
        """The error of the law, averaged over solutions, where it is largest in time; and the largest of all.

        NaN where all have blown up.
        """
        law = self.law[~self.blown]
        return (float(law.mean(0).max()), float(law.max())) if law.size else (float("nan"), float("nan"))


def scored_over(values: np.ndarray) -> Score:
    """The mean of (member, trajectory), NaN left out, with a 95% interval over seeds and starts.

    Seeds and starts are drawn anew independently of each other, as both are a sample.
    """
    return _scored(np.nanmean, values)


def ratio(a: Forecast, b: Forecast, which: str) -> Score:
    """Mean of a over mean of b, of one of the errors that `Forecast.each` names, with its interval as in `scored_over`.

    Both forecasts are from the same starts, which are drawn together, as are the seeds.
    """
    return _scored(lambda a, b, **how: np.nanmean(a, **how) / np.nanmean(b, **how), a.each(which), b.each(which))


def _scored(statistic: Callable, *values: np.ndarray) -> Score:
    known = np.isfinite(values).all(0)
    if not all(np.isfinite(each).any() for each in values):
        return Score(float("nan"), n=0, note="all blew up")
    rng = np.random.default_rng(0)
    rows, columns = (rng.integers(size, size=(RESAMPLES, size)) for size in known.shape)
    drawn = [each[rows[:, :, None], columns[:, None, :]].reshape(RESAMPLES, -1) for each in values]
    drawn = [each[np.all([np.isfinite(d).any(1) for d in drawn], 0)] for each in drawn]
    low, high = np.quantile(statistic(*drawn, axis=1), (0.025, 0.975))
    return Score(float(statistic(*values)), float(low), float(high), int(known.sum()))
