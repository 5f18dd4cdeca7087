"""What the generative downscalers share: a noise level, a network that may or may not see the coarse rain."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from typing import Protocol

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from nesym._errors import InputError, NotFittedError
from nesym.downscale._downscaler import AbstractDownscaler
from nesym.downscale.noise import Noise
from nesym.downscale.rain_network import RainNetwork
from nesym.downscale.refinement import Refinement
from nesym.fields.canonical import canonical

HIDDEN = ("training", "fitted")  # fields that one line has no room for


class Adjustment(Protocol):
    """What corrects coarse rain before it is downscaled."""

    def apply(self, rain: xr.DataArray) -> xr.DataArray:
        """Corrected rain on the same grid and at the same times, in any units of rain."""


class AbstractGenerative(AbstractDownscaler):
    """Noise of level sigma on the interpolated coarse rain, and a network that takes it back to rain.

    What is larger than the noise in the spectrum stays, what is smaller is drawn anew.
    """

    sigma: eqx.AbstractVar[float | None]
    zero_shot: eqx.AbstractVar[bool]
    before: eqx.AbstractVar[Adjustment | None]
    fitted: eqx.AbstractVar[RainNetwork | None]

    @abstractmethod
    def levels(self, sigma: float) -> np.ndarray:
        """The noise levels that the sampler takes from `sigma` on, (n,) float32."""

    def prepared(self, rain: xr.DataArray) -> xr.DataArray:
        """The coarse rain, corrected by `before`."""
        return rain if self.before is None else canonical(self.before.apply(rain), "pr")

    def noise_level(self, factor: int) -> float:
        """sigma, or where it is None the fitted level for this factor."""
        return float(self.sigma) if self.sigma is not None else self._ready().level(factor)

    def describe(self) -> str:
        """The method, its settings, and the size of its network, in one line."""
        shown = [f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.name not in HIDDEN]
        if self.fitted is not None:
            shown.append(f"{self.fitted.network.parameters:,} weights for factors {self.fitted.factors}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def parameters(self, rain: np.ndarray, factor: int) -> tuple[np.ndarray, ...]:
        """Noise levels of the sampler, and 1 where the network is not told of the coarse rain."""
        self._ready()
        return self.levels(self.noise_level(factor)).astype(np.float32), np.float32(self.zero_shot)

    def _ready(self) -> RainNetwork:
        if self.fitted is None:
            raise NotFittedError(
                f"This {self.name} model has not been fitted.",
                "Call fit(fine_rain) first, or nesym.load one of those that `nesym models` lists, for 1 km radar rain.",
            )
        return self.fitted

    def _bound(self, kernel: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
        """`kernel` with the network, whose weights go to the device once."""
        return partial(kernel, jax.tree.map(jnp.asarray, self._ready()))


def noised(
    kind: Callable,
    fitted: RainNetwork,
    rain: jax.Array,
    noise: Noise,
    refinement: Refinement,
    sigma: jax.Array,
    zero_shot: jax.Array,
) -> tuple[eqx.Module, jax.Array]:
    """Where every draw begins: a model of that `kind`, told of the coarse rain (Y, X), and the noised rain: (1, y, x, 1)."""
    model = fitted.told(rain, refinement, zero_shot).model(kind, fitted.between(refinement.periodic_x))
    return model, fitted.start(rain, refinement, sigma, zero_shot) + sigma * noise.white(refinement.fine_shape(rain))[
        ..., None
    ]


def finished(
    fitted: RainNetwork, z: jax.Array, rain: jax.Array, refinement: Refinement, block_means: bool
) -> jax.Array:
    """Where it ends: rain in mm/h from the clean field z (member, y, x, 1), with the block means if they are kept."""
    fine = fitted.rain(z)
    return refinement.keep_block_means(fine, rain) if block_means else fine


def check_sigma(sigma: float | None) -> None:
    """Raise `InputError` unless the noise level is None or a positive number."""
    number = np.asarray(sigma)
    if sigma is not None and not (number.ndim == 0 and number.dtype.kind in "fiu" and 0 < number < np.inf):
        raise InputError(
            f"A noise level is a positive number; {sigma!r} came.",
            "Give sigma=1.0, for example, in units of the transformed rain's standard deviation; or None: from the grid.",
        )
