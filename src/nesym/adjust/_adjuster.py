"""The protocol of every adjuster: labels, periods, members and chunks here, one NumPy kernel for many cells behind it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Self, get_args

import numpy as np
import xarray as xr

from nesym import _store
from nesym._errors import InputError, NotFittedError, TimeError
from nesym.adjust._fitted import Fitted, Sample
from nesym.adjust._labels import KEPT, in_order_of, record, same_cells
from nesym.adjust._period import common_period
from nesym.adjust.variables import Kind, is_rain, kind_of
from nesym.adjust.windows import AllTimes, Months, Window, samples, targets
from nesym.fields.hashed import hashed
from nesym.fields.seasons import Seasons

FEWEST = 25  # values that a mapping is made from at least


@dataclass(frozen=True)
class AbstractAdjuster(ABC):
    """Observations and a model run of the same period in, a correction of other runs of the model out.

    A concrete adjuster says how numbers are found from samples of many cells (`calibrate`) and how they correct others
    (`correct`). Everything else is done here once: variables, units, grids, calendars, periods, members, lazy arrays.
    `kind` None means what suits the variable: ratio for rain, difference for temperature.
    """

    kind: Kind | None = None
    window: Window = field(default_factory=Months)
    fitted: Fitted | None = field(default=None, repr=False)

    name: ClassVar[str]
    ranked: ClassVar[bool] = False  # whether the corrected values are ranked among each other
    compared_cells: ClassVar[int] = 1_000  # cells on which a comparison takes seconds
    beyond: ClassVar[str] = "are corrected as its ends are"  # what happens to values outside the calibrated range
    keeps_observed_times: ClassVar[bool] = False  # whether the result lies on the time axis of the observations

    def __post_init__(self):
        check_choices(self.kind, self.window)

    @abstractmethod
    def calibrate(self, obs: Sample, hist: Sample, kind: Kind, rain: bool) -> np.ndarray:
        """The numbers (cells, groups, k) of many cells, from their samples."""

    @abstractmethod
    def correct(self, sim: Sample, numbers: np.ndarray, fitted: Fitted) -> np.ndarray:
        """The corrected values (cells, time) of many cells, from their numbers (cells, groups, k)."""

    @abstractmethod
    def numbers_of(self, obs: Seasons, hist: Seasons, members: int) -> tuple[int, int]:
        """How many groups and numbers `calibrate` gives for records of these times."""

    def kind_for(self, obs: xr.DataArray) -> Kind:
        """How the variable of a record is corrected; raises `InputError` for one that the method does not know."""
        return self.kind or kind_of(str(obs.name), is_rain(obs))

    def fit(
        self,
        obs,
        hist,
        *,
        variable: str | None = None,
        reference: str | slice | Literal["all"] | None = None,
        members: Literal["pooled", "each"] = "pooled",
        key: int = 0,
    ) -> Self:
        """A new object, fitted to a model run `hist` (time, ...) and observations of the same cells; this one stays as it is.

        `reference` is the period that both are taken from, "1983/1995" or a slice of dates; None is what they have in
        common, "all" takes all of both. `members` says whether the members of `hist` share one mapping or have one each.
        `key` names the random numbers that some methods need for dry days.

        Raises `VariableError`, `UnitError`, `GridError`, `TimeError` or `InputError`, each with the remedy.
        """
        if members not in ("pooled", "each"):
            raise InputError(f"members={members!r} is not a choice.", "Choose 'pooled' or 'each'.")
        seen = record(obs, variable)
        if "member" in seen.dims:
            raise InputError("The observations have members.", "Give one record: obs.isel(member=0).")
        model = same_cells(record(hist, variable, like=seen), seen, "model run")
        seen, model = common_period(seen, model, reference)
        kind, rain = self.kind_for(seen), is_rain(seen)
        found = Fitted.of(seen, model, kind, rain, members == "pooled" and "member" in model.dims, key)
        self._check_samples(found)
        return replace(self, fitted=found.measured(self, seen, model, _cells_of(seen, key)))

    def apply(self, scenario, *, variable: str | None = None) -> xr.DataArray:
        """The run `scenario` (time, ...) of the same model on the same cells, corrected: in its order, on its times.

        In the units of the observations (rain in mm day-1). A cell without observations stays missing. What lies beyond
        the calibrated range is corrected as its end is; the attribute `beyond_calibration` says so. Lazy stays lazy, and
        neither chunks nor the number of members change the result. Raises as `fit` does, and `NotFittedError` before it.
        """
        found = self._ready()
        like = found.template()
        given = record(scenario, variable, like=like)
        aligned = same_cells(given, like, "scenario")
        seasons = Seasons.of(aligned["time"])
        self._check_targets(found, seasons)
        out = found.corrected(self, aligned, seasons, _cells_of(like, found.key))
        out = in_order_of(out, given) if not self.keeps_observed_times else out
        return out.rename(found.variable).assign_attrs(self._attributes(given, aligned))

    def compare(self, obs, hist, scenario=None, **how):
        """This method beside its rivals on years that none was fitted on: see `nesym.adjust.compare.compare`."""
        from nesym.adjust.compare import compare

        return compare(self, obs, hist, scenario, **how)

    def save(self, path, **card) -> None:
        """Write configuration and fitted numbers to a safetensors file; `card` entries are kept in its header."""
        _store.save(self, path, card)

    def describe(self) -> str:
        """The method and its numbers in one line."""
        return repr(self)

    def _ready(self) -> Fitted:
        if self.fitted is None:
            raise NotFittedError(
                f"This {self.name} has not been fitted.",
                "Call fit(obs, hist) first, or load a fitted one: nesym.load(FILE).",
            )
        return self.fitted

    def _check_samples(self, found: Fitted) -> None:
        """Raise `TimeError` for mappings that would be made from a handful of values, or between different seasons."""
        self._check_seasons(found.obs_times, found.hist_times, "model run")
        both = (samples(self.window, times) for times in (found.obs_times, found.hist_times))
        # Beyond the ends of a season there are windows with a few of its days, which correct none of them.
        needed = [at.size > 0 for at in targets(self.window, found.obs_times)]
        for group, places in enumerate(zip(*both, strict=True)):
            sizes = [at.size for at in places]
            if needed[group] and min(sizes) < FEWEST:
                raise TimeError(
                    f"For {self.window.words(group)} there are {sizes[0]} observed and {sizes[1]} modelled times, and a"
                    f" mapping needs {FEWEST}.",
                    "Give a longer record, or one window for all: window=AllTimes() (--window all).",
                )

    def _check_targets(self, found: Fitted, seasons: Seasons) -> None:
        """Raise `TimeError` for times of a season that was not calibrated, or too few to be ranked."""
        self._check_seasons(found.obs_times, seasons, "scenario", part=True)
        calibrated, around = (samples(self.window, times) for times in (found.obs_times, seasons))
        for group, at in enumerate(targets(self.window, seasons)):
            if not at.size:
                continue
            if not calibrated[group].size:
                raise TimeError(
                    f"The scenario has times in {self.window.words(group)}, from which nothing was calibrated.",
                    "Select the seasons that the observations have, or fit on whole years.",
                )
            if self.ranked and (size := around[group].size) < FEWEST:
                raise TimeError(
                    f"{self.name} ranks the scenario, and has {size} times of {self.window.words(group)}: {FEWEST} are needed.",
                    "Give a longer scenario, or use --method qm, which ranks nothing.",
                )

    def _check_seasons(self, obs: Seasons, other: Seasons, what: str, part: bool = False) -> None:
        """Raise `TimeError` where one mapping for all times would meet months that it is not for; `part`: some will do."""
        months = [set(times.month.tolist()) for times in (obs, other)]
        fits = months[1] <= months[0] if part else months[1] == months[0]
        if self.window == AllTimes() and not fits:
            said = [", ".join(map(str, sorted(found))) for found in months]
            raise TimeError(
                f"One mapping serves all times, and the observations have the months {said[0]}, the {what} {said[1]}.",
                "Select the same months of both, or map by months (--window months).",
            )

    def _attributes(self, given: xr.DataArray, aligned: xr.DataArray) -> dict[str, str]:
        found = self._ready()
        kept = {name: given.attrs[name] for name in KEPT if name in given.attrs}
        done = "; ".join(filter(None, (given.attrs.get("adjustment"), self.describe())))
        attrs = kept | {"units": found.units, "adjustment": done, "adjustment_reference": found.period()}
        return attrs | found.beyond(aligned, self.beyond)


def check_choices(kind: Kind | None, window: Window) -> None:
    """Raise `InputError` for a kind or a window that there is not."""
    if kind not in (None, *get_args(Kind)) or not hasattr(window, "sample"):
        raise InputError(
            f"kind={kind!r} with window={window!r} is not a choice.",
            "Choose kind='ratio' or 'difference', and window=Months(), MovingWindow(31) or AllTimes().",
        )


def _cells_of(like: xr.DataArray, key: int) -> xr.DataArray:
    """A number for every cell that names its random numbers, whatever chunk it comes in."""
    dims = [dim for dim in like.dims if dim != "time"]
    shape = [like.sizes[dim] for dim in dims]
    return xr.DataArray(hashed(key, np.arange(int(np.prod(shape)))).reshape(shape), dims=dims)
