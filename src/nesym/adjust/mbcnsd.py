"""MBCnSD, the statistical downscaling of ISIMIP3BASD: coarse runs in, fine fields out that add up to them."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

import numpy as np
import xarray as xr

from nesym import _store
from nesym._errors import InputError, NotFittedError, TimeError
from nesym.adjust import _parts
from nesym.adjust._adjuster import FEWEST
from nesym.adjust._blocks import in_blocks
from nesym.adjust._fine import FineRecord
from nesym.adjust._labels import KEPT, record
from nesym.adjust._period import common_period
from nesym.adjust._transfer import Ends, rotations, transferred
from nesym.adjust.isimip_settings import ISIMIPSettings, settings_of
from nesym.adjust.windows import Months, Window, samples, targets
from nesym.fields.lazy import is_lazy
from nesym.fields.seasons import Seasons

# Attributes of the run that hold for the result: what it is, and how it was adjusted before.
CARRIED = *KEPT, "adjustment", "adjustment_reference", "beyond_calibration"


@dataclass(frozen=True)
class MBCnSD:
    """sum_i w_i x_i / sum_i w_i = X,    (x_1, ..., x_N) distributed as the observed fine cells are, in the climate of X

    Bias-adjusted coarse values are interpolated linearly to the N fine cells of each coarse cell, and given the joint
    distribution of the observed ones by quantile mapping along the axes of `rotations` random rotations. Their mean,
    weighted by area, stays the coarse value, so that its changes and its order in time are kept exactly. Bounds are those
    of the variable; see `ISIMIP3BASD` for `variable` and `settings`.

    Lange 2019, doi 10.5194/gmd-12-3055-2019, with the N-dimensional transfer of Cannon 2018, doi 10.1007/s00382-017-3580-6.
    Here every rotation maps all axes, and the means are restored before and after a last mapping of the cells themselves.
    """

    rotations: int = 20
    window: Window = field(default_factory=Months)
    variable: str | None = None
    settings: ISIMIPSettings | None = None
    fitted: FineRecord | None = field(default=None, repr=False)
    name: ClassVar[str] = "mbcnsd"

    def __post_init__(self):
        if not isinstance(self.rotations, int) or isinstance(self.rotations, bool) or self.rotations < 1:
            raise InputError(f"rotations is a whole number from 1, and {self.rotations!r} came.", "Give rotations=20.")

    def fit(self, fine, *, variable: str | None = None, reference: str | slice | None = None, key: int = 0) -> Self:
        """A new object with the observed record `fine` (time, lat, lon) or (time, y, x); this one stays as it is.

        `reference` is the period that is taken, "1983/1995" or a slice of dates; None is all of it. `key` names the
        rotations. Raises `VariableError`, `UnitError`, `GridError`, `TimeError` or `InputError`, each with the remedy.
        """
        seen = record(fine, variable)
        found = FineRecord.of(common_period(seen, seen, reference)[0], key)
        self._ends(found)
        return replace(self, fitted=found)

    def apply(self, coarse, *, variable: str | None = None) -> xr.DataArray:
        """The run `coarse` (time, ...) on the fine grid, in the units of the observations (rain in mm day-1).

        Coarse cells are blocks of f x f fine ones. A fine cell that was never observed stays missing, and a missing coarse
        value leaves its fine cells missing. Lazy stays lazy; neither chunks nor members change the result.

        Raises as `fit` does, `GridError` for grids that do not fit, `TimeError` for seasons that were not observed or of
        which there are too few times, and `NotFittedError` before `fit`.
        """
        if self.fitted is None:
            raise NotFittedError(
                f"This {self.name} has not been fitted.", "Call fit(fine) first, or load a fitted one."
            )
        fine = self.fitted.labelled()
        given = record(coarse, variable, like=fine)
        factor, aligned = _parts.blocks_of(given, fine)
        seasons = Seasons.of(aligned["time"])
        self._check(seasons)
        if "member" in aligned.dims:
            runs = (aligned.isel(member=m) for m in range(aligned.sizes["member"]))
            out = xr.concat([self._one(run, fine, factor, seasons) for run in runs], "member")
        else:
            out = self._one(aligned, fine, factor, seasons)
        labels = {dim: aligned[dim] for dim in ("time", "member") if dim in aligned.coords}
        kept = {name: given.attrs[name] for name in CARRIED if name in given.attrs}
        out = out.assign_coords(labels).transpose(*given.dims).rename(self.fitted.variable)
        return out.assign_attrs(kept, units=self.fitted.units, downscaling=self.describe())

    def save(self, path, **card) -> None:
        """Write configuration and observed record to a safetensors file; `card` entries are kept in its header."""
        _store.save(self, path, card)

    def describe(self) -> str:
        """The method and its numbers in one line."""
        return repr(self)

    def _ends(self, found: FineRecord) -> Ends:
        """The bounds of the variable in the units of the record; raises where its settings are not known."""
        settings = self.settings or settings_of(self.variable or found.variable, found.rain and self.variable is None)
        settings = settings.in_units(found.units)
        lower, upper = (end[0] if end else None for end in (settings.lower, settings.upper))
        return (lower, None) if settings.annual_bound else (lower, upper)

    def _check(self, seasons: Seasons) -> None:
        """Raise `TimeError` for times of a season that has too few to be ranked, in the run or in the record."""
        both = [samples(self.window, times) for times in (self.fitted.seasons, seasons)]
        for group, target in enumerate(targets(self.window, seasons)):
            sizes = [around[group].size for around in both]
            if target.size and min(sizes) < FEWEST:
                raise TimeError(
                    f"Of {self.window.words(group)} there are {sizes[0]} observed times and {sizes[1]} of the run, and"
                    f" {FEWEST} are needed.",
                    "Give longer records, or one window for all: window=AllTimes().",
                )

    def _one(self, coarse: xr.DataArray, fine: xr.DataArray, factor: int, seasons: Seasons) -> xr.DataArray:
        """One run (time, y, x), downscaled: (time, y, x)."""
        dims = _parts.horizontal(fine)
        turns, ends = rotations(self.rotations, factor**2, self.fitted.key), self._ends(self.fitted)

        def kernel(first, means, seen, weights):
            out = np.empty(first.shape, first.dtype)
            cells = [x.reshape(-1, *x.shape[2:]) for x in (first, means, seen, weights, out)]

            def fill(rows: slice) -> None:
                self._fill(cells[4][rows], *(x[rows] for x in cells[:4]), seasons, turns, ends)

            in_blocks(fill, len(cells[0]), first.shape[-2] * first.shape[-1], is_lazy(coarse))
            return cells[4].reshape(first.shape)

        first = _parts.interpolated(coarse, fine, factor)
        arrays = [_parts.apart(da, dims, factor) for da in (first, fine, _parts.weights_of(fine))]
        parts = xr.apply_ufunc(
            kernel,
            arrays[0],
            coarse.drop_vars(list(coarse.coords)),
            arrays[1].rename(time="time_obs"),
            arrays[2],
            input_core_dims=[["part", "time"], ["time"], ["part", "time_obs"], ["part"]],
            output_core_dims=[["part", "time"]],
            dask="parallelized",
            output_dtypes=[coarse.dtype],
            dask_gufunc_kwargs={"allow_rechunk": True},
        )
        return _parts.together(parts, fine, factor)

    def _fill(self, out, first, means, seen, weights, seasons: Seasons, turns: np.ndarray, ends: Ends) -> None:
        """Fine values `out` (cells, parts, time), window by window."""
        around = (samples(self.window, times) for times in (seasons, self.fitted.seasons))
        for target, at, at_seen in zip(targets(self.window, seasons), *around, strict=True):
            if not target.size:
                continue
            double = [x.astype(np.float64) for x in (first[..., at], means[..., at], seen[..., at_seen], weights)]
            found = transferred(*double, turns, ends)
            out[..., target] = found[..., np.searchsorted(at, target)]
