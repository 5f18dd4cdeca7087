"""How climate variables may be corrected: by ratio or by difference, and in which units."""

from typing import Literal

import xarray as xr

from nesym._errors import InputError
from nesym.fields.quantities import QUANTITIES
from nesym.fields.rain import is_rain_unit

Kind = Literal["ratio", "difference"]

RAIN_UNITS = "mm day-1"
# Amounts, speeds and fluxes that cannot be negative are scaled; states are shifted. Names of CMIP6.
RATIO = "pr prc prsn evspsbl mrro huss hus rsds sfcWind tasrange prsnratio".split()
DIFFERENCE = "tas tasmin tasmax ta tos ps psl zg zg500 ua va uas vas rlds hurs tasskew tdew".split()


def is_rain(da: xr.DataArray) -> bool:
    """Whether a variable is precipitation: by its standard name, its name, or else by units such as mm day-1."""
    rain = QUANTITIES["pr"]
    if da.attrs.get("standard_name"):
        return da.attrs["standard_name"] in rain.standard_names
    units = str(da.attrs.get("units", ""))
    return str(da.name).lower() in rain.aliases or (units.lstrip().startswith("mm") and is_rain_unit(units))


def kind_of(variable: str, rain: bool) -> Kind:
    """The kind of correction that suits a variable; raises `InputError` for one that is not in the tables."""
    if rain or variable in RATIO:
        return "ratio"
    if variable in DIFFERENCE or variable in {*QUANTITIES["tas"].aliases, *QUANTITIES["tos"].aliases}:
        return "difference"
    raise InputError(
        f"Whether '{variable}' is corrected by ratio or by difference is not known.",
        "Say kind='ratio' for amounts that cannot be negative, kind='difference' otherwise (--kind).",
    )
