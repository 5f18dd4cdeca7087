"""The adversarial network and ISIMIP3BASD, one after the other: patterns from the one, distributions from the other."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

import xarray as xr

from nesym import _store
from nesym._errors import NotFittedError
from nesym._typing import Path
from nesym.adjust.cyclegan import CycleGAN
from nesym.adjust.isimip import ISIMIP3BASD


@dataclass(frozen=True)
class GANISIMIP:
    """y = B(G(x)),    G a `CycleGAN`, B an `ISIMIP3BASD` fitted to the observations and G(hist)

    Hess et al. 2023, doi 10.1029/2023EF004002. G moves rain between cells, so that its patterns are those of observed
    rain; B then brings the distribution of every cell to the observed one, with the change that G leaves in it. As
    published, `gan` keeps no global sum here, for B would change it again; give one with constraint="global" for another.
    A `gan` that is fitted already is taken as it is, and only B is fitted.
    """

    gan: CycleGAN = field(default_factory=lambda: CycleGAN(constraint=None))
    isimip: ISIMIP3BASD = field(default_factory=ISIMIP3BASD)

    name: ClassVar[str] = "gan-isimip"

    def fit(
        self,
        obs,
        hist,
        *,
        key: int = 0,
        choose=None,
        folder: Path | None = None,
        variable: str | None = None,
        progress=None,
    ) -> "GANISIMIP":
        """A new object, fitted on observations and a model run (time, lat, lon) of the same climate and cells.

        All arguments are those of `CycleGAN.fit`. B is fitted on both records as they are, whatever years they cover.
        Raises as `CycleGAN.fit` and `ISIMIP3BASD.fit` do.
        """
        gan = self.gan
        if gan.fitted is None:
            how = {"choose": choose, "folder": folder, "variable": variable, "progress": progress}
            gan = gan.fit(obs, hist, key=key, **how)
        moved = gan.apply(hist, variable=variable)
        return replace(self, gan=gan, isimip=self.isimip.fit(obs, moved, variable=variable, reference="all", key=key))

    def apply(self, scenario, *, variable: str | None = None) -> xr.DataArray:
        """The run `scenario` (time, lat, lon) of the same model, corrected: mm/day, in its order, on its times.

        Lazy stays lazy. Raises as `CycleGAN.apply` and `ISIMIP3BASD.apply` do, and `NotFittedError`.
        """
        if self.isimip.fitted is None:
            raise NotFittedError(
                "This gan-isimip has not been fitted.",
                "Call fit(obs, hist) first, or load a fitted one: nesym.load(FILE).",
            )
        out = self.isimip.apply(self.gan.apply(scenario, variable=variable))
        return out.assign_attrs(adjustment=self.describe())

    def save(self, path: Path, **card) -> None:
        """Write networks and numbers to a safetensors file; `card` entries are kept in its header."""
        _store.save(self, path, card)

    def describe(self) -> str:
        """Both methods in one line."""
        return f"{self.gan.describe()}, then {self.isimip.describe()}"
