"""The worlds on which the adversarial networks are trained, chosen and scored: a climate model, its biased twin, +3 K."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import xarray as xr

from nesym import data as catalogue
from nesym.adjust import AllTimes, QuantileDelta, QuantileMapping
from nesym.data.displaced import displaced_rain
from nesym.fields.canonical import canonical
from nesym.fields.units import convert

# Years begin on 21 March, as the runs do.
TRAIN = slice("2000-03-21", "2002-03-20")
CHOOSE = slice("2002-03-21", "2003-03-20")
SCORE = slice("2003-03-21", "2004-02-28")  # to the end of both records
KNOWN = slice("2000-03-21", "2003-03-20")  # training and choice: what methods without a choice are fitted on
# Whole years of the warmer worlds. A belt that moves with the seasons has another mean in a part of a year.
WARM_MODEL, WARM_TRUTH = slice("2000-03-21", "2003-03-20"), slice("2000-03-21", "2004-03-20")
UNITS = "mm day-1"
DISPLACEMENT = 11  # key of the second twin


@dataclass(frozen=True)
class Worlds:
    """Daily rain (time, lat, lon), mm/day: observed `obs`, modelled `hist`; `scenario` and its `truth` 3 K warmer."""

    obs: xr.DataArray
    hist: xr.DataArray
    scenario: xr.DataArray
    truth: xr.DataArray

    @classmethod
    def open(cls, data: Path | str | None = None) -> "Worlds":
        """From the folder of larger data sets. Raises `FileError` if it is not there."""
        obs, hist, scenario, truth = (
            convert(canonical(catalogue.open(f"speedy_{name}", data), "pr"), UNITS).assign_attrs(units=UNITS).load()
            for name in ("ref", "esm", "esm_plus3K", "ref_plus3K")
        )
        return cls(obs, hist, scenario.sel(time=WARM_MODEL), truth.sel(time=WARM_TRUTH))

    def displaced(self) -> "Worlds":
        """The same with a second twin: the observations smoothed and displaced, as often as dry and wet as they are."""
        return Worlds(self.obs, displaced_rain(self.obs, DISPLACEMENT), self.scenario, self.truth)

    def during(self, period: slice) -> tuple[xr.DataArray, xr.DataArray]:
        """Observed and modelled rain of a period."""
        return self.obs.sel(time=period), self.hist.sel(time=period)

    def runs(self) -> "dict[str, Run]":
        """The model as it is ("raw"), and corrected by quantile mapping and by the kind that keeps each quantile's change.

        Both are fitted on the years of training and choice together, without seasons: months of three years are too short.
        """
        methods = {"QM": QuantileMapping(window=AllTimes()), "QDM": QuantileDelta(window=AllTimes())}
        fitted = {name: method.fit(*self.during(KNOWN), reference="all") for name, method in methods.items()}
        raw = {"raw": Run(self, lambda rain: rain)}
        return raw | {name: Run(self, method.apply) for name, method in fitted.items()}

    def increasing_map(self) -> "Run":
        """Quantile mapping that draws no rain for dry days: an increasing map of each cell's values and nothing else."""
        method = QuantileMapping(window=AllTimes(), adapt_dry=False)
        return Run(self, method.fit(*self.during(KNOWN), reference="all").apply)


@dataclass(frozen=True, eq=False)
class Run:
    """What `correct` makes of the model's rain: of all years at once, which are cut to periods afterwards.

    Methods that rank what they correct would otherwise find the quantiles of a year in that year alone.
    """

    worlds: Worlds
    correct: Callable[[xr.DataArray], xr.DataArray]

    @cached_property
    def hist(self) -> xr.DataArray:
        """The run of the climate that was observed, corrected."""
        return self.correct(self.worlds.hist)

    @cached_property
    def scenario(self) -> xr.DataArray:
        """The warmer run, corrected."""
        return self.correct(self.worlds.scenario)
