"""Latent stochastic differential equations of one kind of series, trained from different keys."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr

from nesym import _store
from nesym._errors import InputError
from nesym._typing import Path
from nesym.learn.noise.latent_sde import LatentSDE


@dataclass(frozen=True)
class LatentEnsemble:
    """Fitted `models` of the same quantity: what they differ by is what chance has done in training."""

    models: tuple[LatentSDE, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not self.models or any(model.fitted is None for model in self.models):
            raise InputError("Fitted models were expected, at least one.", "Fit each of them first.")

    def sample(self, times: Any, members: int = 100, key: int = 0, start: Any = None) -> xr.DataArray:
        """Series (model, member, time), `members` of each model, as `LatentSDE.sample` with the same key."""
        parts = [model.sample(times, members, key, start) for model in self.models]
        return xr.concat(
            parts, xr.DataArray(np.arange(len(parts)), dims="model", name="model"), combine_attrs="override"
        )

    def save(self, path: Path, **card) -> None:
        """Write all of them to a safetensors file; `card` entries are kept in its header."""
        _store.save(self, path, card)

    def describe(self) -> str:
        """How many there are, and the method."""
        return f"{len(self.models)} x {self.models[0].describe()}"
