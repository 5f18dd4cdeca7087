"""What NESYM calls a quantity, in which units, and how files call it."""

from dataclasses import dataclass

import xarray as xr

from nesym._errors import InputError, VariableError
from nesym.fields.rain import is_rain_unit

LISTED = 10  # so many variables an error message names


@dataclass(frozen=True)
class Quantity:
    """A physical quantity: its `name` and `units` in NESYM, and the names under which files hold it.

    Where it cannot be negative, `below_zero` is what to do about values that are.
    """

    name: str
    units: str
    words: str
    standard_name: str
    standard_names: tuple[str, ...]
    aliases: tuple[str, ...]
    below_zero: str = ""

    @property
    def nonnegative(self) -> bool:
        """Whether there are no values below zero."""
        return bool(self.below_zero)


_RAIN_NAMES = (
    "pr precip precipitation prcp prec ppt rain rainfall rain_rate rainfall_rate rainrate precip_rate "
    "precipitation_rate precipitation_flux pr_amount rain_amount rainfall_amount precipitation_amount "
    "total_precipitation tp tp1 tp24 rr prect precipitationcal"
)
_RAIN_STANDARD_NAMES = (
    "precipitation_flux lwe_precipitation_rate rainfall_flux rainfall_rate precipitation_amount rainfall_amount "
    "lwe_thickness_of_precipitation_amount thickness_of_rainfall_amount"
)
QUANTITIES = {
    quantity.name: quantity
    for quantity in (
        Quantity(
            "pr",
            "mm h-1",
            "precipitation",
            "lwe_precipitation_rate",
            tuple(_RAIN_STANDARD_NAMES.split()),
            tuple(_RAIN_NAMES.split()),
            "If they stand for missing values, mark them so: da.where(da >= 0); if they are noise, cut them: "
            "da.clip(min=0).",
        ),
        Quantity(
            "tas",
            "K",
            "near-surface air temperature",
            "air_temperature",
            ("air_temperature",),
            ("tas", "t2m", "2t", "tmean", "tmp2m", "air_temperature", "temperature_2m", "2m_temperature"),
            "Correct the units if they are not kelvin; anomalies need their climatology added.",
        ),
        Quantity(
            "tos",
            "degC",
            "sea surface temperature",
            "sea_surface_temperature",
            ("sea_surface_temperature", "surface_temperature"),
            ("tos", "sst", "sea_surface_temperature"),
        ),
    )
}


def quantity_of(name: str) -> Quantity:
    """The quantity called `name`; raises `InputError` for a name that is not in the table."""
    if name not in QUANTITIES:
        raise InputError(f"The quantity '{name}' is not known.", f"Choose one of: {', '.join(QUANTITIES)}.")
    return QUANTITIES[name]


def find_variable(ds: xr.Dataset, quantity: str | Quantity, name: str | None = None) -> xr.DataArray:
    """The variable of `ds` that holds `quantity`: the one called `name`, else the one that its names point to.

    A variable counts if its standard name or its name is in the quantity's table; without any such, a file's only
    field counts as precipitation if it is in millimetres (or inches) and no standard name says otherwise. Raises
    `VariableError` for none and for more than one.
    """
    quantity = quantity_of(quantity) if isinstance(quantity, str) else quantity
    held = field_names(ds)
    if name is not None:
        if name not in ds.variables:
            raise VariableError(f"There is no variable '{name}'.", f"Choose one of: {', '.join(held) or 'none'}.")
        return ds[name]
    found = candidates(ds, quantity)
    if len(found) == 1:
        return ds[found[0]]
    if found:
        raise VariableError(
            f"{len(found)} variables could be the {quantity.words}: {', '.join(found)}.",
            f"Say which one: variable='{found[0]}', or --variable {found[0]}.",
        )
    listing = ", ".join(f"{v} [{ds[v].attrs.get('units', 'no units')}]" for v in held[:LISTED]) or "no fields"
    listing += f" and {len(held) - LISTED} more" if len(held) > LISTED else ""
    raise VariableError(
        f"No variable was recognised as {quantity.words}; the data hold {listing}.",
        "Name it: variable='...', or --variable ... on the command line.",
    )


def candidates(ds: xr.Dataset, quantity: Quantity) -> list[str]:
    """Names of the variables that could hold `quantity`, as `find_variable` sees it."""
    held = field_names(ds)
    found = [v for v in held if _points_to(ds[v], quantity)]
    return found or [v for v in held if len(held) == 1 and _only_rain(ds[v], quantity)]


def field_names(ds: xr.Dataset) -> list[str]:
    """Names of the data variables of at least one dimension that are not bounds, grid mappings or text."""
    bounds = {v.attrs.get("bounds") or v.encoding.get("bounds") for v in ds.variables.values()}
    return [
        str(name)
        for name, v in ds.data_vars.items()
        if v.ndim and name not in bounds and "grid_mapping_name" not in v.attrs and v.dtype.kind in "iuf"
    ]


def _points_to(v: xr.DataArray, quantity: Quantity) -> bool:
    return v.attrs.get("standard_name") in quantity.standard_names or str(v.name).lower() in quantity.aliases


def _only_rain(v: xr.DataArray, quantity: Quantity) -> bool:
    """Millimetres of something in some time are rain; m s-1 may be wind, kg m-2 s-1 carbon, kelvins an anomaly."""
    units = v.attrs.get("units")
    if quantity.name != "pr" or "standard_name" in v.attrs or not isinstance(units, str):
        return False
    return units.lstrip().startswith(("mm", "millimet", "inch")) and is_rain_unit(units)
