"""Series of states at uniform steps: pairs to learn a map from, and states to start from."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import xarray as xr

from nesym._errors import InputError, MissingValuesError, TimeError
from nesym.fields.clock import clock, on_clock
from nesym.learn.trajectories import Trajectories

DAY = 86_400e9  # nanoseconds
UNIFORM = 1e-6  # how far steps may differ, relative to the step


@dataclass(frozen=True, eq=False)
class Series:
    """Trajectories `parts` (T, n), of doubles or of `flint.arb`, whose samples are a `step` apart."""

    parts: tuple[np.ndarray, ...]
    names: tuple[str, ...]
    units: tuple[str, ...]
    step: float

    @classmethod
    def of(cls, data: Any, exact: bool) -> "Series":
        """From whatever `Trajectories.of` takes, one trajectory or many; big numbers stay so where `exact`.

        Raises as `Trajectories.of` does, and `TimeError` for steps that differ.
        """
        if isinstance(data, xr.DataArray) and data.dtype == object:
            if exact:
                return cls._of_big_numbers(data)
            data = data.astype(np.float64)
        found = Trajectories.of(data, fewest=1)
        parts = tuple(states[:length] for states, length in zip(found.states, found.lengths, strict=True))
        step = _uniform([times[:length] for times, length in zip(found.times, found.lengths, strict=True)])
        return cls(parts, found.names, found.units, step)

    @classmethod
    def _of_big_numbers(cls, data: xr.DataArray) -> "Series":
        dims = [dim for dim in ("trajectory", "time", "state") if dim in data.dims]
        if dims[-2:] != ["time", "state"] or len(dims) < data.ndim or not {"time", "state"} <= set(data.coords):
            raise InputError(
                f"Big numbers come as a DataArray (time, state) with both coordinates, and dims {data.dims} came.",
                "Label them as nesym.solve.orbit does.",
            )
        values = data.transpose(*dims).values.reshape(-1, data.sizes["time"], data.sizes["state"])
        if not all(hasattr(value, "is_finite") and value.is_finite() for value in values.ravel()):
            raise MissingValuesError("Some of the states are no finite flint.arb numbers.", "Leave these times out.")
        names = tuple(str(name) for name in data["state"].values)
        step = _uniform([np.asarray(data["time"].values, np.float64)])
        return cls(tuple(values), names, ("",) * len(names), step)

    def pairs(self, past: int) -> tuple[np.ndarray, np.ndarray]:
        """States with `past` earlier ones beside them, newest first, (m, n (1 + past)); and what follows, (m, n)."""
        inputs, outputs = [], []
        for part in self.parts:
            if len(part) > past + 1:
                ends = range(past, -1, -1)
                inputs.append(np.hstack([part[end : len(part) - 1 - past + end] for end in ends]))
                outputs.append(part[past + 1 :])
        if not inputs:
            raise InputError(
                f"A step with {past} past states needs {past + 2} samples in a row, and no trajectory has as many.",
                "Give longer trajectories, or a smaller `past`.",
            )
        return np.concatenate(inputs), np.concatenate(outputs)


def _uniform(times: list[np.ndarray]) -> float:
    """The step of all times."""
    steps = np.concatenate([np.diff(t) for t in times])
    step = float(np.median(steps)) if steps.size else 0.0
    if not step > 0 or (np.abs(steps - step) > UNIFORM * step).any():
        raise TimeError(
            "A map from one sample to the next needs uniform steps, and those of the data run from "
            f"{steps.min() if steps.size else 0:g} to {steps.max() if steps.size else 0:g}.",
            "Interpolate to uniform times first: data.interp(time=numpy.arange(first, last, step)).",
        )
    return step


@dataclass(frozen=True, eq=False)
class Start:
    """`states` (k, 1 + past, n), newest last, the `time` of the newest, and whether they came as one trajectory."""

    states: np.ndarray
    time: Any
    single: bool

    @classmethod
    def of(cls, start: Any, names: tuple[str, ...], past: int) -> "Start":
        """From states with dims among trajectory, time, state: the last 1 + past of the times. Raises `InputError`."""
        given = start.to_dataarray("state") if isinstance(start, xr.Dataset) else start
        if not isinstance(given, xr.DataArray):
            values = np.asarray(given)
            given = xr.DataArray(
                values, dims=("trajectory", "time", "state")[-values.ndim :] if values.ndim < 4 else None
            )
        if "state" in given.indexes and set(map(str, given["state"].values)) == set(names):
            given = given.sel(state=list(names))
        dims, fits = set(given.dims), given.sizes.get("state") == len(names)
        if not fits or dims - {"trajectory", "time", "state"} or given.sizes.get("time", 1) < past + 1:
            raise InputError(
                f"{past + 1} states of {', '.join(names)} were expected to start from, and {dict(given.sizes)} came.",
                "Give the end of a trajectory: data.isel(time=slice(-10, None)).",
            )
        times = np.atleast_1d(given.coords["time"].values) if "time" in given.coords else np.zeros(1)
        wide = given.expand_dims([dim for dim in ("trajectory", "time") if dim not in dims])
        values = wide.transpose("trajectory", "time", "state").values[:, -past - 1 :]
        return cls(values if values.dtype == object else values.astype(np.float64), times[-1], "trajectory" not in dims)

    def later(self, by: np.ndarray) -> np.ndarray:
        """The times that lie `by` after the start: so many days where it is a date."""
        if isinstance(self.time, np.datetime64):
            return self.time + (by * DAY).round().astype("timedelta64[ns]")
        if isinstance(self.time, np.number | float):
            return float(self.time) + by
        return np.array([self.time + timedelta(days=float(days)) for days in by])

    def after(self, times: Any) -> np.ndarray:
        """How long after the start times lie: in days where they are dates."""
        begun, since = clock(self.time)
        return np.atleast_1d(on_clock(times, since)) - begun
