"""Parts of a domain that have curves of their own: bands of latitude of the globe, or a few stations."""

from itertools import product

import numpy as np
import xarray as xr

BANDS = {"30°N to 90°N": (30.0, 90.1), "30°S to 30°N": (-30.0, 30.0), "90°S to 30°S": (-90.1, -30.0)}
FEW = 6  # stations with a panel each
WIDE = 120.0  # degrees of latitude from which on a domain is taken for the globe


def parts(areas: xr.DataArray) -> dict[str, xr.DataArray]:
    """The `areas` of cells that belong to each part, by the part's name; one part without a name where there is no reason
    for more. Parts without an area are left out."""
    whole = {"": areas}
    if "lat" in areas.dims and np.ptp(areas["lat"].values) > WIDE:
        lat = areas["lat"]
        bands = {name: areas.where((lat >= low) & (lat < high), 0.0) for name, (low, high) in BANDS.items()}
        whole = {"All latitudes": areas} | bands
    elif len(areas.dims) == 1 and 1 < areas.size <= FEW and not {"lat", "lon", "y", "x"} & set(areas.dims):
        number = xr.DataArray(np.arange(areas.size), dims=areas.dims)
        whole = {name: areas.where(number == place, 0.0) for place, name in enumerate(place_names(areas))}
    return {name: part for name, part in whole.items() if (part > 0).any()} or {"": areas}


def place_names(field: xr.DataArray) -> list[str]:
    """A name for each cell, in the order of the flattened field: its coordinates, or its number along the dimension."""
    each = []
    for dim in field.dims:
        values = field[dim].values if dim in field.coords else np.arange(1, field.sizes[dim] + 1)
        numbers = np.issubdtype(values.dtype, np.number)
        each.append([f"{dim} {value:g}" if numbers else str(value) for value in values])
    return [", ".join(names) for names in product(*each)]
