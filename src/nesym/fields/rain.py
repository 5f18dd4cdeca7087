"""Rain in any of its units, as a rate in mm h-1."""

import re

import numpy as np
import xarray as xr

from nesym._errors import TimeError, UnitError
from nesym.fields.times import DAY, stamps
from nesym.fields.units import Unit, parse, suggestion, units_of

RATE_UNITS = "mm h-1"
WATER_DENSITY = 1000.0  # kg m-3: a kilogram of water on a square metre is a layer of one millimetre

DEPTH, DEPTH_RATE = parse("mm").dims, parse("mm h-1").dims
CALENDAR_RATES = {parse("mm month-1").dims: "days_in_month", parse("mm year-1").dims: "days_in_year"}
CALENDAR_STEPS = {parse("month").dims: "days_in_month", parse("year").dims: "days_in_year"}
_MASS = parse("kg m-2")
_TIME_METHOD = re.compile(r"\btime:\s*(?:[a-z_]+:\s*)*(?P<method>\w+)(?:[^()]*\((?P<comment>[^()]*)\))?")
_INTERVAL = re.compile(r"interval:\s*(?P<count>[\d.]+)\s*(?P<unit>[A-Za-z]+)")


def to_rate(da: xr.DataArray, bounds: xr.DataArray | None = None) -> xr.DataArray:
    """Rain R = P / dt in mm h-1, from a rate, a mass flux (1 kg m-2 = 1 mm) or an amount P over its stated interval dt.

    The interval of an amount is the length of its time `bounds` (time, 2) where they are given, else what
    `cell_methods` says, "time: sum (interval: 5 minutes)"; it is never inferred from the time step. `mm month-1` and
    `mm year-1` use the true length of each month or year. Lazy stays lazy.

    Raises `UnitError` for absent or unknown units, units that are not rain, and amounts without an interval.
    """
    written = units_of(da, RATE_UNITS)
    unit = as_depth(parse(written, str(da.name)))
    if unit.dims == DEPTH_RATE:
        return _rated(da, unit.scale / parse(RATE_UNITS).scale)
    if unit.dims in CALENDAR_RATES:
        return _rated(da, unit.scale * 1e3 / _calendar_hours(da, CALENDAR_RATES[unit.dims]))
    if unit.dims == DEPTH:
        hours = _stated_hours(da, written, bounds)
        rate = _rated(da, unit.scale * 1e3 / hours)
        rate.attrs |= {"cell_methods": "time: mean", "long_name": "precipitation rate"}  # it is no longer an amount
        return rate
    wanted = suggestion(written) or RATE_UNITS
    raise UnitError(
        f"The units '{written}' of '{da.name}' are not those of rain.",
        f"Choose a rain variable, or correct its attribute 'units', for example to '{wanted}'.",
    )


def is_rain_unit(text: str) -> bool:
    """Whether `text` is a unit of rain: a depth or a mass per area, with or without a time."""
    try:
        return as_depth(parse(text)).dims in {DEPTH, DEPTH_RATE, *CALENDAR_RATES}
    except UnitError:
        return False


def as_depth(unit: Unit) -> Unit:
    """`unit` with water per area counted as a depth: kg m-2 becomes mm (1000 kg m-3); other units as they are."""
    if unit.dims[:2] != _MASS.dims[:2]:
        return unit
    return unit.times(Unit(1 / WATER_DENSITY, 0.0, parse("m3 kg-1").dims))


def _rated(da: xr.DataArray, factor: float | xr.DataArray) -> xr.DataArray:
    if isinstance(factor, float) and abs(factor - 1.0) < 1e-12:
        return da.assign_attrs(units=RATE_UNITS)
    out = da * factor
    return out.transpose(*da.dims).assign_attrs(da.attrs | {"units": RATE_UNITS}).rename(da.name)


def _stated_hours(da: xr.DataArray, written: str, bounds: xr.DataArray | None) -> float | xr.DataArray:
    """Hours over which each amount fell."""
    stated = _TIME_METHOD.search(da.attrs.get("cell_methods", ""))
    if stated and stated["method"] != "sum":
        raise UnitError(
            f"'{da.name}' has the units of an amount, '{written}', and its cell_methods say "
            f"'time: {stated['method']}', which does not fit.",
            "Correct one of them: a rate has units such as 'mm h-1', an amount 'time: sum (interval: ...)'.",
        )
    if bounds is not None:
        seconds = np.diff(stamps(bounds.values.reshape(-1)).reshape(-1, 2), axis=1)[:, 0]
        if (seconds <= 0).any():
            raise TimeError(
                f"The time bounds of '{da.name}' have intervals that are not positive.",
                f"Correct the variable '{bounds.name}', or drop it and state the interval in cell_methods.",
            )
        return xr.DataArray(seconds / 3600.0, dims="time")
    interval = _INTERVAL.search(stated["comment"] or "") if stated else None
    if interval is None:
        raise UnitError(
            f"'{da.name}' is an amount in '{written}', and the time over which it fell is not stated.",
            f"State it: ds['{da.name}'].attrs['cell_methods'] = 'time: sum (interval: 1 hour)', or give time bounds.",
        )
    unit = parse(interval["unit"], f"{da.name} (cell_methods)")
    count = float(interval["count"])
    if unit.dims in CALENDAR_STEPS:
        return count * unit.scale * _calendar_hours(da, CALENDAR_STEPS[unit.dims])
    if unit.dims != parse("s").dims or not count > 0:
        raise UnitError(
            f"The interval '{interval['count']} {interval['unit']}' of '{da.name}' is not a time.",
            f"Correct it: ds['{da.name}'].attrs['cell_methods'] = 'time: sum (interval: 1 hour)'.",
        )
    return count * unit.scale / 3600.0


def _calendar_hours(da: xr.DataArray, length: str) -> xr.DataArray:
    """Hours in the month or year of each time."""
    if "time" not in da.coords:
        raise UnitError(
            f"The units of '{da.name}' count months or years, and it has no time axis that tells their length.",
            "Add the time, or convert to 'mm day-1'.",
        )
    return getattr(da["time"].dt, length).drop_vars("time", errors="ignore") * (DAY / 3600.0)
