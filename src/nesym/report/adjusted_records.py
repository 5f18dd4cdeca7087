"""The records of an adjustment, brought to the same cells and years, and their monthly climates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from nesym._errors import InputError, TimeError, UnitError
from nesym.adjust._labels import same_cells
from nesym.adjust._period import common_period
from nesym.adjust.variables import Kind, is_rain, kind_of
from nesym.fields.seasons import Seasons
from nesym.report.scores import SUPERSCRIPT

OBSERVED = "observed"
PRESENT = ("before", "after")
PAST = ("past before", "past after")
SCENARIO = ("scenario before", "scenario after")


@dataclass(frozen=True, eq=False)
class Records:
    """Records (time, [member], cells...) by name, in the order of a legend, all on the cells of the first.

    The corrected run is `before` and `after`; with a scenario, the model's past is there too. `kind` says how a change is
    told: "ratio" in per cent, "difference" in `units`.
    """

    held: Mapping[str, xr.DataArray]
    variable: str
    units: str
    rain: bool
    kind: Kind

    @property
    def scenario(self) -> bool:
        """Whether the corrected run is another than the one that was compared with the observations."""
        return SCENARIO[0] in self.held

    @property
    def run(self) -> tuple[str, str]:
        """Names of the corrected run before and after."""
        return SCENARIO if self.scenario else PRESENT

    @property
    def observed_years(self) -> tuple[str, str] | None:
        """Names of the run of the observed years before and after, None without observations."""
        return None if OBSERVED not in self.held else PAST if self.scenario else PRESENT

    def says(self, value: float, change: bool = False) -> str:
        """A value with its units, for a sentence: "3.12 mm day⁻¹"; a change as `kind` tells it: "12.3 %"."""
        text = f"{value:.1f} %" if change and self.kind == "ratio" else f"{value:.3g} {self.units}".rstrip()
        return text.replace("-", "−")


def records(
    before: xr.DataArray,
    after: xr.DataArray,
    obs: xr.DataArray | None,
    hist: xr.DataArray | None,
    hist_after: xr.DataArray | None,
    kind: Kind | None,
) -> Records:
    """What a report shows, from what an adjustment had; raises `InputError`, `TimeError`, `UnitError`, `GridError`."""
    given = {"before": before, "after": after, "obs": obs, "hist": hist, "hist_after": hist_after}
    given = {name: da for name, da in given.items() if da is not None}
    for name, da in given.items():
        _check(name, da, before)
    _check_past(before, hist, hist_after)
    past = {} if hist_after is None else dict(zip(PAST, (hist, hist_after), strict=True))
    run = dict(zip(SCENARIO if past else PRESENT, (before, after), strict=True))
    held = ({} if obs is None else {OBSERVED: obs}) | past | run
    held = _same_years(_aligned(held), PAST if past else PRESENT)
    units = _superscripts(str(before.attrs.get("units", "")))
    return Records(held, str(before.name or "value"), units, is_rain(before), kind or _kind(before))


def _check(name: str, da: xr.DataArray, before: xr.DataArray) -> None:
    if not isinstance(da, xr.DataArray):
        raise InputError(
            f"{name} is a {type(da).__name__}, and a DataArray was expected.",
            "Choose the variable: dataset['pr'].",
        )
    if "time" not in da.dims or da.sizes["time"] == 0:
        raise TimeError(f"{name} has no times.", "Give a record in time, with a dimension 'time'.")
    units = [str(one.attrs.get("units", "")) for one in (before, da)]
    if units[0] != units[1]:
        raise UnitError(
            f"before is in '{units[0]}' and {name} in '{units[1]}'.",
            "Give all records in the same units: nesym.fields.convert(da, units).",
        )


def _check_past(before: xr.DataArray, hist: xr.DataArray | None, hist_after: xr.DataArray | None) -> None:
    """The past is there as it was and corrected, or the run is itself the past."""
    if hist_after is not None and hist is None:
        raise InputError("hist_after came without hist.", "Give the model's past too: hist=hist.")
    if hist is None or hist_after is not None:
        return
    if not np.isin(*(Seasons.of(da["time"]).year for da in (before, hist))).any():
        raise InputError(
            "before has no year of hist, so that it is a scenario, and hist_after is missing.",
            "Give the corrected past: hist_after=adjuster.apply(hist).",
        )


def _kind(before: xr.DataArray) -> Kind:
    try:
        return kind_of(str(before.name), is_rain(before))
    except InputError:
        return "difference"


def _aligned(held: Mapping[str, xr.DataArray]) -> dict[str, xr.DataArray]:
    """All on the cells of the first, under its labels."""
    (_, first), *_ = held.items()
    first = first.isel(member=0, drop=True) if "member" in first.dims else first
    cells = {dim: first[dim] for dim in first.dims if dim != "time" and dim in first.coords}
    out = {}
    for name, da in held.items():
        da = same_cells(da, first, f"record '{name}'")
        bare = da.drop_vars([coord for coord in da.coords if coord != "time"])
        order = [dim for dim in ("time", "member") if dim in da.dims]
        out[name] = bare.transpose(*order, *(dim for dim in first.dims if dim != "time")).assign_coords(cells)
    return out


def _same_years(held: dict[str, xr.DataArray], past: tuple[str, str]) -> dict[str, xr.DataArray]:
    """Observations and past in the years that they share; all of both where they share none."""
    if OBSERVED not in held:
        return held
    obs = held[OBSERVED]
    try:
        cut = {name: common_period(obs, held[name], None) for name in past}
    except TimeError:
        return held
    return held | {OBSERVED: cut[past[0]][0]} | {name: da for name, (_, da) in cut.items()}


def _superscripts(units: str) -> str:
    """ "mm day-1" as "mm day⁻¹", "degC" as "°C"."""
    raised = re.sub(r"(?<=[A-Za-z])-?\d+", lambda power: power[0].translate(SUPERSCRIPT), units)
    return raised.replace("degC", "°C")
