"""The cells on which fine rain is drawn: where they lie, which are land, and how coarse rain comes to their blocks."""

from typing import Any

import equinox as eqx
import jax
import numpy as np
import xarray as xr

from nesym.downscale.embedding import DAILY, Places
from nesym.downscale.embedding_records import Observed, daily, land_blocks, on_blocks
from nesym.downscale.request import check_key, check_members
from nesym.fields.grid import coarsened_coords

RAIN = {"units": DAILY, "standard_name": "lwe_precipitation_rate", "long_name": "precipitation"}


class Cells(eqx.Module):
    """`places` on the coordinates `rows` and `columns` along `dims`; `factor` x `factor` cells are a block."""

    places: Places
    rows: np.ndarray | jax.Array
    columns: np.ndarray | jax.Array
    dims: tuple[str, str] = eqx.field(static=True)
    factor: int = eqx.field(static=True)

    @classmethod
    def of(cls, seen: Observed, rain: np.ndarray, spread: np.ndarray | None = None) -> "Cells":
        """Those of observations, with the climate of their complete days `rain` (time, y, x)."""
        climate = rain.mean(0, dtype=np.float64).astype(np.float32)
        spread = np.ones_like(climate) if spread is None else spread
        places = Places(seen.land.astype(np.float32), seen.areas(), climate, spread)
        dims = tuple(map(str, seen.fine.dims[1:]))
        rows, columns = (seen.fine[dim].values.astype(np.float64) for dim in dims)
        return cls(places, rows, columns, dims, seen.factor)

    @property
    def land(self) -> np.ndarray:
        """True on land, (y, x)."""
        return np.asarray(self.places.land) > 0

    def coords(self) -> dict[str, xr.DataArray]:
        """The fine cells, by dimension."""
        both = zip(self.dims, (self.rows, self.columns), strict=True)
        return {dim: xr.DataArray(np.asarray(values), dims=dim, name=dim) for dim, values in both}

    def blocks(self, coarse) -> xr.DataArray:
        """Coarse rain of any grid as means over the blocks, in mm/day, 0 at sea: (time, Y, X). See `on_blocks`."""
        empty = xr.DataArray(np.zeros(self.land.shape, np.float32), self.coords(), self.dims, "pr")
        coords = coarsened_coords(empty, self.factor)
        return on_blocks(daily(coarse, "coarse rain"), coords, land_blocks(self.land, self.factor))

    def drawn(self, method: Any, blocks: xr.DataArray, members: int, key: int) -> xr.DataArray:
        """The ensemble (member, time, y, x) that a method with `kernel`, `parameters` and `draws` makes of the blocks."""
        from nesym.downscale.ensemble import draw_ensemble

        check_members(members)
        check_key(key)
        fine = draw_ensemble(method, blocks.astype(np.float32), self.factor, int(members), int(key))
        fine = fine.assign_coords(self.coords())
        fine = fine.where(xr.DataArray(self.land, self.coords(), self.dims))
        return fine.assign_attrs(RAIN, downscaling_method=method.describe(), downscaling_key=str(key))
