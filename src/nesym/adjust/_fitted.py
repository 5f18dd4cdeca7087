"""What a fit leaves behind, and how it is found and used: many cells at a time, whatever the chunks."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from nesym.adjust._blocks import in_blocks
from nesym.adjust.variables import Kind
from nesym.fields.hashed import uniform
from nesym.fields.lazy import is_lazy
from nesym.fields.seasons import Seasons
from nesym.fields.times import calendar

if TYPE_CHECKING:
    from nesym.adjust._adjuster import AbstractAdjuster

_COORD = tuple[str, ...] | np.ndarray | None


@dataclass(frozen=True)
class Sample:
    """Records of many cells: `values` (cells, n) at the times `seasons` (n), those of all `member` (n) one after another.

    `cells` (cells,) are hashes that name random numbers.
    """

    values: np.ndarray
    seasons: Seasons
    member: np.ndarray
    cells: np.ndarray

    def draws(self, at: np.ndarray) -> np.ndarray:
        """A uniform random number in (0, 1) for every cell at the places `at` of the record: (cells, len(at))."""
        return uniform(self.cells[:, None], self.member[at], self.seasons.named[at])


@dataclass(frozen=True, eq=False)
class Fitted:
    """Numbers (cells..., groups, k) for the cells of the dimensions `dims`, and the range (cells..., 2) of the model run."""

    variable: str
    units: str
    kind: Kind
    rain: bool
    pooled: bool
    key: int
    dims: tuple[str, ...]
    coords: tuple[_COORD, ...]
    obs_times: Seasons
    hist_times: Seasons
    members: int = 1
    calendar: str = "proleptic_gregorian"
    numbers: np.ndarray | None = None
    range: np.ndarray | None = None

    @classmethod
    def of(cls, obs: xr.DataArray, model: xr.DataArray, kind: Kind, rain: bool, pooled: bool, key: int) -> "Fitted":
        """Everything but the numbers."""
        own = () if pooled or "member" not in model.dims else ("member",)
        dims = tuple(str(dim) for dim in obs.dims if dim != "time") + own
        labelled = {**dict(model.coords), **dict(obs.coords)}
        coords = tuple(_kept(labelled[dim].values) if dim in labelled else None for dim in dims)
        return cls(
            str(obs.name), obs.attrs["units"], kind, rain, pooled, key, dims, coords,
            Seasons.of(obs["time"]), Seasons.of(model["time"]), int(model.sizes["member"]) if pooled else 1,
            calendar(obs["time"]),
        )  # fmt: skip

    def measured(
        self, method: "AbstractAdjuster", obs: xr.DataArray, model: xr.DataArray, cells: xr.DataArray
    ) -> "Fitted":
        """With the numbers that `method` finds, computed now."""
        groups, k = method.numbers_of(self.obs_times, self.hist_times, self.members)
        dtype = np.result_type(obs.dtype, model.dtype)
        hist_dims = ["member", "time_model"] if self.pooled else ["time_model"]

        own = self.hist_times[np.tile(np.arange(len(self.hist_times)), self.members)]  # members one after another
        numbered = np.repeat(np.arange(self.members), len(self.hist_times))
        shared = is_lazy(obs) or is_lazy(model)

        def kernel(seen: np.ndarray, run: np.ndarray, names: np.ndarray) -> np.ndarray:
            lead = run.shape[: run.ndim - len(hist_dims)]
            out = np.empty((int(np.prod(lead)), groups * k + 2), dtype)
            flat = _rows(seen, lead, 1), _rows(run, lead, len(hist_dims)), _rows(names, lead, 0)

            def measure(rows: slice) -> None:
                seen_, run_, names_ = (x[rows] for x in flat)
                out[rows, -2:] = _range(run_)
                obs_sample = Sample(seen_, self.obs_times, np.zeros(len(self.obs_times), int), names_)
                hist_sample = Sample(run_, own, numbered, names_)
                found = method.calibrate(obs_sample, hist_sample, self.kind, self.rain)
                out[rows, :-2] = found.reshape(len(found), -1)

            in_blocks(measure, len(out), sum(x[:1].size for x in flat[:2]), shared)
            return out.reshape(*lead, -1)

        found = xr.apply_ufunc(
            kernel,
            _bare(obs),
            _bare(model).rename(time="time_model"),
            cells,
            input_core_dims=[["time"], hist_dims, []],
            output_core_dims=[["number"]],
            dask="parallelized",
            output_dtypes=[dtype],
            dask_gufunc_kwargs={"allow_rechunk": True, "output_sizes": {"number": groups * k + 2}},
        )
        found = found.transpose(*self.dims, "number").values
        numbers = found[..., :-2].reshape(*found.shape[:-1], groups, k)
        return replace(self, numbers=numbers, range=found[..., -2:])

    def corrected(
        self, method: "AbstractAdjuster", sim: xr.DataArray, seasons: Seasons, cells: xr.DataArray
    ) -> xr.DataArray:
        """`sim` corrected by `method`, on the cells of the fit; lazy where `sim` is."""
        member = ["member"] if self.pooled and "member" in sim.dims else []
        times = self.obs_times if method.keeps_observed_times else seasons

        def kernel(values: np.ndarray, numbers: np.ndarray, names: np.ndarray) -> np.ndarray:
            lead = values.shape[: values.ndim - 1 - len(member)]
            runs = values.reshape(int(np.prod(lead)), -1, values.shape[-1])
            flat = _rows(numbers, lead, 2).reshape(len(runs), *numbers.shape[-2:]), _rows(names, lead, 0)
            out = np.empty((*runs.shape[:2], len(times)), values.dtype)

            def correct(rows: slice) -> None:
                for m in range(runs.shape[1]):
                    sample = Sample(runs[rows, m], seasons, np.full(len(seasons), m), flat[1][rows])
                    out[rows, m] = method.correct(sample, flat[0][rows], self)

            in_blocks(correct, len(runs), values.shape[-1], is_lazy(sim))
            return out.reshape(*values.shape[:-1], len(times))

        numbers = xr.DataArray(self.numbers, dims=(*self.dims, "group", "number"))
        out = xr.apply_ufunc(
            kernel,
            _bare(sim).rename(time="time_sim"),
            numbers,
            cells,
            input_core_dims=[[*member, "time_sim"], ["group", "number"], []],
            output_core_dims=[[*member, "time"]],
            dask="parallelized",
            output_dtypes=[sim.dtype],
            dask_gufunc_kwargs={"allow_rechunk": True, "output_sizes": {"time": len(times)}},
        )
        coords = {dim: sim[dim] for dim in out.dims if dim in sim.coords and dim != "time"}
        coords["time"] = self.obs_times.dates(self.calendar) if method.keeps_observed_times else sim["time"]
        return out.transpose(*(dim for dim in sim.dims)).assign_coords(coords)

    def template(self) -> xr.DataArray:
        """The cells that were fitted, as an empty record with their labels, name and units."""
        coords = {
            dim: list(values) if isinstance(values, tuple) else values
            for dim, values in zip(self.dims, self.coords, strict=True)
            if values is not None
        }
        shape = dict(zip(self.dims, self.range.shape[:-1], strict=True))
        attrs = {"units": self.units} | ({"standard_name": "lwe_precipitation_rate"} if self.rain else {})
        return xr.DataArray(
            np.empty((0, *shape.values()), np.float32),
            dims=("time", *shape),
            coords=coords,
            name=self.variable,
            attrs=attrs,
        )

    def period(self) -> str:
        """The years that were compared."""
        spans = [f"{times.year.min()} to {times.year.max()}" for times in (self.obs_times, self.hist_times)]
        return spans[0] if spans[0] == spans[1] else f"observations {spans[0]}, model {spans[1]}"

    def beyond(self, sim: xr.DataArray, words: str) -> dict[str, str]:
        """An attribute that says what of `sim` lies beyond the range of the model run; of lazy ones, what happens to it."""
        if is_lazy(sim):
            return {"beyond_calibration": f"values beyond the calibrated range {words}"}
        ends = xr.DataArray(self.range, dims=(*self.dims, "end"))
        bare = _bare(sim)
        outside = int(((bare < ends.isel(end=0)) | (bare > ends.isel(end=1))).sum())
        if not outside:
            return {}
        share = outside / int(bare.count())
        return {"beyond_calibration": f"{share:.2%} of the values lie beyond the calibrated range, and {words}"}


def _bare(da: xr.DataArray) -> xr.DataArray:
    """Without coordinates: cells have been brought into order, and their labels may differ by round-off."""
    return da.drop_vars(list(da.coords))


def _kept(values: np.ndarray) -> _COORD:
    return values if values.dtype.kind in "iuf" else tuple(str(value) for value in values)


def _rows(x: np.ndarray, lead: tuple[int, ...], core: int) -> np.ndarray:
    """x (lead..., core...) broadcast to all of `lead` and laid out as (cells, values); (cells,) for none of `core`."""
    shape = x.shape[x.ndim - core :]
    wide = np.broadcast_to(x, (*lead, *shape))
    return wide.reshape(int(np.prod(lead)), *([int(np.prod(shape))] if core else []))


def _range(x: np.ndarray) -> np.ndarray:
    """Least and largest of each row, NaN for rows of NaN."""
    return np.stack([np.fmin.reduce(x, 1), np.fmax.reduce(x, 1)], 1)
