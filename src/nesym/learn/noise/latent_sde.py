"""A generative model of noisy series, whose noise is that of the series."""

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal

import numpy as np
import xarray as xr

from nesym import _store
from nesym._errors import InputError, NotFittedError
from nesym._typing import Path
from nesym.learn.noise.generated import Wanted, labelled
from nesym.learn.noise.latent_dynamics import LatentDynamics
from nesym.learn.noise.latent_training import LatentTraining
from nesym.verify.table import Table


@dataclass(frozen=True)
class LatentSDE:
    """dz = h(z) dt + g(z) dW, x = mean + spread z_1, with networks h and g learned from series x.

    A posterior with drift f(z, context, x) follows the series, and pays for what it must be pushed:

        L = -L_E + L_KL - lambda L_G        (`nesym.learn.noise.latent_loss.Evidence`)

    Li et al. 2020, arXiv 2001.01328; L_G, the mean noise, is the term of Heck et al. 2024. As published, without it, g comes
    out too small: L_E takes part of every increment for an error of observation. Where the series has none, its minimum is at

        q^2 + (4 / follow^2 - 1) q - 2 / follow^2 = 0,    q = g^2 / g_true^2,

    g / g_true = 0.75 for follow = 1 and 0.71 for small values (Whittle's likelihood of a random walk). The density is right
    even so, and transitions between states are too rare. With the term and the right g the drift is still weaker, by
    1 - 2 a / (1 + 4 a)^(3/2), a = 1 / follow^2: 0.82 for follow = 1. Both vanish when the series are shown with the errors
    that L_E assumes (`training.blurred`).

    `noise` "matched" finds the weight lambda at which the mean square of g is the quadratic variation of the series, less that
    of its own errors of observation (`quadratic_variation`); a number is the weight itself, in units of 1 / sqrt(r), and 0
    none. `latent` is 1, or 2 where the series has a hidden companion, whose noise is not matched. `training` holds sizes and
    rates.

    For one series of one quantity, or many of the same system, with a regular step that is short beside the time in which
    the system relaxes; the equation is that of the chain of these steps. Where all of the state is observed, `KramersMoyal`
    is as good and far quicker: `compare` tells.
    """

    latent: int = 1
    noise: Literal["matched"] | float = "matched"
    training: LatentTraining = field(default_factory=LatentTraining)
    fitted: LatentDynamics | None = field(default=None, repr=False)

    name: ClassVar[str] = "latent-sde"

    def __post_init__(self) -> None:
        if self.latent not in (1, 2):
            raise InputError(f"`latent` is 1 or 2, and {self.latent!r} came.", "Give latent=1.")
        number = isinstance(self.noise, int | float) and not isinstance(self.noise, bool)
        if self.noise != "matched" and not (number and 0 <= self.noise < np.inf):
            raise InputError(
                f"`noise` is 'matched' or a weight from 0, and {self.noise!r} came.", "Give noise='matched'."
            )

    def fit(self, series: xr.DataArray, key: int = 0, folder: Path | None = None, progress=None) -> "LatentSDE":
        """A new object, trained on `series` (time,) or (trajectory, time), at regular numbers or dates.

        `folder` keeps the training as it goes: the same call goes on there after a kill. `progress(fraction, text)` is told
        of it. Raises `InputError`, `TimeError`, `MissingValuesError` or `TrainingError`, each with the remedy.
        """
        from nesym.learn.noise.latent_fit import fit_latent

        return replace(self, fitted=fit_latent(self, series, key, folder, progress))

    def sample(self, times: Any, members: int = 100, key: int = 0, start: Any = None) -> xr.DataArray:
        """New series (member, time) of dz = h(z) dt + g(z) dW, in the units of the old.

        `times` are the times, of which the first is that of the start, or a number of them one step of the series apart.
        `start` is one value, one for each member, or None to begin as one of the series did. No error of observation is
        added. A member is the same however many there are, and NaN from where it has left the numbers; the attribute `ended`
        counts these.
        """
        found = self._ready()
        wanted = Wanted.of(times, members, start, found.series)
        values = found.paths(wanted.start, members, wanted.numbers, key, wanted.substeps)
        return labelled(values, wanted, found.series, self.describe())

    def drift(self, x: Any) -> np.ndarray:
        """h at values x of the series, in its units per unit of its time; with two latent numbers at states (..., 2)."""
        return self._at(self._ready().drift, x)

    def diffusion(self, x: Any) -> np.ndarray:
        """g at values x of the series, in its units per root of the unit of its time; with two latent numbers at (..., 2)."""
        return self._at(self._ready().diffusion, x)

    def compare(self, series: xr.DataArray, key: int = 0, states: tuple[float, float] | None = None) -> Table:
        """The model, a Kramers-Moyal estimate and a linear process beside `series` that were not trained on.

        The other two are fitted here on the same series, which favours them. All are sampled by the same integrator from
        the first values of `series`, for as long. `states` = (low, high): transitions are counted from below low to above
        high and back; by default half a standard deviation to both sides of the mean.
        """
        from nesym.learn.noise.latent_compare import compare

        return compare(self, series, key, states)

    def save(self, path: Path, **card) -> None:
        """Write configuration and networks to a safetensors file; `card` entries are kept in its header."""
        _store.save(self, path, card)

    def describe(self) -> str:
        """The method and its settings in one line."""
        return f"LatentSDE(latent={self.latent}, noise={self.noise!r}, steps={self.training.steps})"

    def _at(self, function, x: Any) -> np.ndarray:
        x = np.asarray(x, np.float64)
        if self.latent > 1 and x.shape[-1:] != (self.latent,):
            raise InputError(
                f"States (..., {self.latent}) were expected, and shape {x.shape} came.",
                "Give both latent numbers on the last axis, in the units of the series.",
            )
        return function(x) if self.latent > 1 else function(x[..., None])[..., 0]

    def _ready(self) -> LatentDynamics:
        if self.fitted is None:
            raise NotFittedError(
                "This latent SDE has not been fitted.",
                "Call fit(series) first, or load a fitted one: nesym.load(FILE).",
            )
        return self.fitted
