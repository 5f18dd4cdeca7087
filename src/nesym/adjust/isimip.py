"""ISIMIP3BASD, the bias adjustment of the Inter-Sectoral Impact Model Intercomparison Project, of many cells at once."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import xarray as xr

from nesym._errors import InputError
from nesym.adjust import _isimip_series as series
from nesym.adjust._adjuster import AbstractAdjuster, check_choices
from nesym.adjust._fitted import Fitted, Sample
from nesym.adjust._isimip_map import mapped
from nesym.adjust._isimip_rows import Ordered
from nesym.adjust.isimip_settings import ISIMIPSettings, settings_of
from nesym.adjust.variables import Kind, is_rain
from nesym.adjust.windows import MovingWindow, Window, samples, targets
from nesym.fields.seasons import Seasons


@dataclass(frozen=True)
class ISIMIP3BASD(AbstractAdjuster):
    """x' = Q_o'(F_f(x)),    o' = the observations with the model's change of each quantile put on

    The parametric quantile mapping of ISIMIP3BASD, version 3: trends within the periods are set aside, values at bounds
    (dry days) come as often as observed, with their change, and the others follow the distribution that suits the
    variable. `variable` names the row of `ISIMIP_SETTINGS` where the record's own name does not tell; `settings` are a row
    of one's own. Where the reference draws random values between a threshold and its bound, their expectation stands
    here; only the order of equal values at a bound is random.

    Lange 2019, doi 10.5194/gmd-12-3055-2019; Lange 2021, ISIMIP3BASD v2.5, doi 10.5281/zenodo.4686991.
    """

    window: Window = field(default_factory=MovingWindow)
    variable: str | None = None
    settings: ISIMIPSettings | None = None
    name: ClassVar[str] = "isimip"
    compared_cells: ClassVar[int] = 100
    beyond: ClassVar[str] = "follow the distributions that were fitted"
    ranked: ClassVar[bool] = True

    def __post_init__(self):
        check_choices(self.kind, self.window)
        if self.kind is not None:
            raise InputError(
                f"ISIMIP3BASD keeps each variable's trend in its own way, and kind='{self.kind}' came.",
                "Leave kind out, or give settings=replace(ISIMIP_SETTINGS['tas'], trend='multiplicative').",
            )
        if self.variable is not None:
            settings_of(self.variable)

    def settings_for(self, variable: str, units: str, rain: bool) -> ISIMIPSettings:
        """The settings for a record of that name in these units; raises `InputError` or `UnitError` where there are none."""
        if self.settings is not None:
            return self.settings.in_units(units)
        return settings_of(self.variable or variable, rain and self.variable is None).in_units(units)

    def kind_for(self, obs: xr.DataArray) -> Kind:
        """How the mean changes by the settings for a record; raises as `settings_for`."""
        settings = self.settings_for(str(obs.name), obs.attrs["units"], is_rain(obs))
        return "difference" if settings.trend == "additive" else "ratio"

    def numbers_of(self, obs: Seasons, hist: Seasons, members: int) -> tuple[int, int]:
        return 1, len(obs) + members * len(hist)

    def calibrate(self, obs: Sample, hist: Sample, kind: Kind, rain: bool) -> np.ndarray:
        """Both records as they are: the mapping is made with the scenario."""
        return np.concatenate([obs.values, hist.values], 1)[:, None]

    def correct(self, sim: Sample, numbers: np.ndarray, fitted: Fitted) -> np.ndarray:
        settings = self.settings_for(fitted.variable, fitted.units, fitted.rain)
        obs, hist = np.split(numbers[:, 0], [len(fitted.obs_times)], 1)
        past = np.tile(np.arange(len(fitted.hist_times)), fitted.members)
        times = fitted.obs_times, fitted.hist_times[past], sim.seasons
        records = [obs, hist, sim.values]
        if settings.annual_bound:
            bounds = [series.annual_bounds(x, at.day) for x, at in zip(records, times, strict=True)]
            records = [series.scaled(x, b, at.day) for x, b, at in zip(records, bounds, times, strict=True)]
        records[2] = _untied(records[2], sim, settings)
        out = np.full(sim.values.shape, np.nan)
        around = (samples(self.window, seasons) for seasons in (fitted.obs_times, fitted.hist_times, sim.seasons))
        for target, *at in zip(targets(self.window, sim.seasons), *around, strict=True):
            if target.size:
                starts = len(fitted.hist_times) * np.arange(fitted.members)
                at[1] = (starts[:, None] + at[1]).ravel()
                parts = [x.take(places, 1) for x, places in zip(records, at, strict=True)]
                years = [seasons.year[places] for seasons, places in zip(times, at, strict=True)]
                out[:, target] = _adjusted(parts, years, np.searchsorted(at[2], target), settings)
        if settings.annual_bound:
            out *= series.future_bounds(*bounds)[:, sim.seasons.day - 1]
        return out


def _untied(values: np.ndarray, sim: Sample, settings: ISIMIPSettings) -> np.ndarray:
    """Values at a bound in an order of their own, the same in every window."""
    ends = [end[0] if end else None for end in (settings.lower, settings.upper)]
    beyond = [values <= ends[0] if settings.lower else False, values >= ends[1] if settings.upper else False]
    if not any(np.any(at) for at in beyond):
        return values
    return series.untied(values, *ends, sim.draws(np.arange(values.shape[1])))


def _adjusted(parts, years, inner: np.ndarray, settings: ISIMIPSettings) -> np.ndarray:
    """Steps 2 to 7 in one window: the adjusted values (cells, k) at the places `inner` of the scenario's part."""
    trend = 0.0
    if settings.detrend:
        trends = [series.trend(x, year) for x, year in zip(parts, years, strict=True)]
        parts, trend = [(x - t).astype(x.dtype) for x, t in zip(parts, trends, strict=True)], trends[2][:, inner]
    obs, hist, sim = (Ordered.of(x, settings) for x in parts)
    x, rank = parts[2][:, inner], None
    if settings.impute and np.isnan(x).any():
        level = series.imputed_levels(parts[2])[:, inner]
        filled = np.nan_to_num(level) * np.maximum(sim.known - 1, 0)
        rank = np.where(np.isnan(x), filled, sim.whole().ranks(x))
        x = np.where(np.isnan(x), sim.whole().read(filled), x)
    return mapped(x, rank, obs, hist, sim, settings) + trend
