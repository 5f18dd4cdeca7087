"""Labelled records for a shared embedding: observed rain on fine cells, some of them at sea, and a model's on their blocks."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from nesym._errors import GridError, InputError, MissingValuesError, TimeError
from nesym.downscale.embedding import DAILY
from nesym.downscale.request import check_dims
from nesym.fields.blocks import block_mean, block_shape
from nesym.fields.canonical import canonical
from nesym.fields.grid import DIMS, Grid, coarsened_coords, grid_kind
from nesym.fields.lazy import over_blocks
from nesym.fields.regrid import regrid
from nesym.fields.weights import area_weights

HOURS = 24.0
KNOWN = 0.9  # share of the days on which a cell is observed, if it is one of land
WET, WET_SHARE = 1.0, 0.1  # mm/day, on that share of the land, for a field to teach something
FEWEST = 64  # wet fields that a network needs to learn more than by heart
SAME_PLACE = 0.02  # of a cell: what rounded coordinates may differ by


def daily(data, what: str) -> xr.DataArray:
    """Rain (time, y, x) in mm/day, float32, missing values kept. Raises as `canonical` does, `TimeError` without times."""
    rain = canonical(data, "pr", missing="keep")
    check_dims(rain)
    if "time" not in rain.dims:
        raise TimeError(f"The {what} has no time axis.", "Give a record in time, with a dimension 'time'.")
    return (rain * np.float32(HOURS)).assign_attrs(rain.attrs, units=DAILY)


def spacing_ratio(fine: xr.DataArray, coarse: xr.DataArray) -> int:
    """How many times finer one grid is than the other, to the nearest whole number; `GridError` if it is not finer."""
    own, other = Grid.of(fine), Grid.of(coarse)
    ratio = float(np.sqrt(np.prod(other.spacing_km) / np.prod(own.spacing_km)))
    if own.kind != other.kind or round(ratio) < 2:
        raise GridError(
            f"A model coarser than the observations was expected; its cells of {' x '.join(_km(other))} km ({other.kind})"
            f" are {ratio:.2g} times as wide as theirs of {' x '.join(_km(own))} km ({own.kind}).",
            "Give observations on a finer grid; on one grid nesym.adjust corrects without downscaling.",
        )
    return round(ratio)


@dataclass(frozen=True)
class Observed:
    """Observed rain `fine` (time, y, x), missing at sea; `land` (y, x); `factor` x `factor` cells are a block."""

    fine: xr.DataArray
    land: np.ndarray
    factor: int

    @classmethod
    def of(cls, data, factor: int) -> "Observed":
        """From any labelled rain. A cell is land if it is observed on nine days of ten.

        Raises `GridError` unless the grid is made of whole blocks, three a side at least, and `MissingValuesError`
        without any land.
        """
        fine = daily(data, "record of observations").load()
        rows, columns = block_shape(fine.shape, factor)
        if min(rows, columns) < 3:
            raise GridError(
                f"Three blocks of {factor} x {factor} cells along each side are needed; {rows} x {columns} came.",
                "Give a larger region, or a smaller factor.",
            )
        land = np.isfinite(fine.values).mean(0) >= KNOWN
        if not land.any():
            raise MissingValuesError(
                f"No cell is observed on {KNOWN:.0%} of the days, so that none is known to be land.",
                "Give a gridded record: missing at sea on all days, and observed on land.",
            )
        return cls(fine.where(land), land, factor)

    def like(self, data) -> "Observed":
        """Other days on the same cells; raises `GridError` for other cells."""
        fine = daily(data, "record to choose on").load()
        same = fine.dims == self.fine.dims and fine.shape[1:] == self.fine.shape[1:]
        same = same and all(_near(fine[dim].values, self.fine[dim].values) for dim in self.fine.dims[1:])
        if not same:
            raise GridError(
                "What to choose on lies on other cells than the observations.",
                "Take both from one record: fit(obs.sel(time=...), hist, choose=obs.sel(time=...)).",
            )
        return Observed(fine.where(self.land), self.land, self.factor)

    def complete_days(self) -> np.ndarray:
        """The days without gaps on land, 0 at sea: (time, y, x) float32."""
        rain = np.where(self.land, self.fine.values, 0)
        return rain[np.isfinite(rain).all((1, 2))].astype(np.float32)

    def complete(self) -> np.ndarray:
        """The same; raises `InputError` if too few of them are wet."""
        rain = self.complete_days()
        wet = int(((rain >= WET).sum((1, 2)) >= WET_SHARE * self.land.sum()).sum())
        if wet < FEWEST:
            raise InputError(
                f"{FEWEST} complete fields with {WET:g} mm on a tenth of the land are needed to train a network; "
                f"{wet} came.",
                "Give a longer record, or correct with nesym.adjust and downscale with MBCnSD.",
            )
        return rain

    def areas(self) -> np.ndarray:
        """Relative areas of the cells, (y, x)."""
        return np.broadcast_to(area_weights(self.fine).values[:, None], self.land.shape).astype(np.float32)

    def coarse(self) -> xr.DataArray:
        """Mean over the observed cells of each block, missing where there are none: (time, Y, X)."""
        return block_means(self.fine, self.factor)


def block_means(fine: xr.DataArray, factor: int) -> xr.DataArray:
    """Mean by area over the observed cells of each block of `factor` x `factor`: a coarse field from one with a coast."""
    return regrid(fine, coarsened_coords(fine, factor), "conservative", coverage=1e-6)


def on_blocks(model: xr.DataArray, coords: dict[str, xr.DataArray], land: np.ndarray) -> xr.DataArray:
    """A model's rain as means over the blocks at `coords`, 0 where `land` (Y, X) is False.

    Raises `GridError` where the model does not cover a block, and `MissingValuesError` where it has gaps, for lazy
    records when they are computed.
    """
    covered = regrid(xr.ones_like(model.isel(time=0, drop=True), np.float64).compute(), coords, "conservative")
    outside = int((covered.isnull().values & land).sum())
    if outside:
        raise GridError(
            f"The model run does not cover {outside} of the {int(land.sum())} blocks with land.",
            "Give a larger part of the model's grid, or cut the observations to what it covers.",
        )

    def complete(rain: np.ndarray) -> np.ndarray:
        if np.isnan(rain[..., land]).any():
            raise MissingValuesError(
                "The model run has missing values in blocks with land.",
                "Fill them first, or leave out the days that have some.",
            )
        return np.where(land, rain, 0).astype(rain.dtype)

    blocks = regrid(model, coords, "conservative").transpose("time", *DIMS[grid_kind(model)])
    return over_blocks(complete, blocks if blocks.chunks is None else blocks.chunk({d: -1 for d in blocks.dims[1:]}))


def land_blocks(land: np.ndarray, factor: int) -> np.ndarray:
    """The blocks with land in them, (Y, X)."""
    return block_mean(land.astype(np.float32), factor) > 0


def _near(found: np.ndarray, wanted: np.ndarray) -> bool:
    return bool(np.abs(found - wanted).max() <= SAME_PLACE * np.abs(np.diff(wanted)).min())


def _km(grid: Grid) -> tuple[str, str]:
    return tuple(f"{km:.3g}" for km in grid.spacing_km)
