"""Where the cells of a field lie on a map, and how the map's axes name places."""

from dataclasses import dataclass
from math import cos, radians

import numpy as np
import xarray as xr

from nesym.fields.cells import cell_edges
from nesym.fields.grid import Grid


@dataclass(frozen=True)
class Frame:
    """Cell edges of a field, ascending, in km from the domain's corner or in degrees.

    `stretch` is the length of a step in y over that of an equal step in x, with which true distances come out equal in
    both directions: 1 on a plane, 1 / cos(mid-latitude) on a regional lat-lon grid, 1 by convention on a wide one.
    """

    kind: str
    x: np.ndarray
    y: np.ndarray
    stretch: float

    @classmethod
    def of(cls, field: xr.DataArray) -> "Frame":
        """The frame of a field on a plane (y, x) or on a lat-lon grid; raises `GridError` as `Grid.of` does."""
        grid = Grid.of(field)
        if grid.kind == "plane":
            (rows, columns), (dy, dx) = grid.shape, grid.spacing_km
            return cls("plane", np.arange(columns + 1) * dx, np.arange(rows + 1) * dy, 1.0)
        lat = np.sort(cell_edges(field["lat"].values, latitude=True, to_pole=True))
        lon = np.sort(cell_edges(field["lon"].values))
        wide = lat[-1] - lat[0] > 60.0
        return cls("latlon", lon, lat, 1.0 if wide else 1.0 / cos(radians((lat[0] + lat[-1]) / 2.0)))

    @property
    def ratio(self) -> float:
        """Height over width of the map."""
        return float(self.stretch * np.ptp(self.y) / np.ptp(self.x))

    def place(self, value: float, axis: str, last: bool) -> str:
        """The name of a tick: kilometres (with the unit at the last tick) or degrees with their hemisphere."""
        if self.kind == "plane":
            return f"{value:g} km" if last else f"{value:g}"
        if axis == "x":
            value = (value + 180.0) % 360.0 - 180.0
        letter = ("", "E" if axis == "x" else "N", "W" if axis == "x" else "S")[int(np.sign(value))]
        return f"{abs(value):g}°{'' if abs(value) == 180.0 else letter}"


def upright(field: xr.DataArray) -> np.ndarray:
    """The field's values, computed, with rows from south to north and columns from west to east."""
    rows, columns = field.dims[-2:]
    values = field.transpose(rows, columns).values
    for axis, name in enumerate((rows, columns)):
        if name in field.coords and field[name].size > 1 and field[name].values[0] > field[name].values[-1]:
            values = np.flip(values, axis)
    return values
