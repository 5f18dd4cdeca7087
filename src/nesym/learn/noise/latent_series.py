"""Series that a stochastic differential equation is learned from: regular, complete, and in one unit of time."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from nesym._errors import InputError, MissingValuesError, TimeError
from nesym.fields.clock import clock

FEWEST = 200  # steps in all: fewer tell next to nothing of drift and noise
IRREGULAR = 1e-3  # of a step


@dataclass(frozen=True, eq=False)
class Series:
    """`values` (k, T) of k series of one quantity, `step` apart, with the labels that came with them."""

    values: np.ndarray
    step: float
    name: str
    units: str
    time_units: str

    @classmethod
    def of(cls, data: Any, fewest: int = FEWEST) -> "Series":
        """From a DataArray (time,) or with one more dimension (trajectory, member, ...) on a coordinate `time`.

        Times are numbers, or dates, which become days. Raises `InputError`, `TimeError` or `MissingValuesError` for other
        shapes, steps that are not regular, missing values, a series that does not vary, and fewer than `fewest` steps.
        """
        values, times = _read(data)
        step = _step(times)
        _check(values, fewest)
        time = data["time"]
        unit = str(time.attrs.get("units", "1")) if np.issubdtype(time.dtype, np.number) else "day"
        return cls(values, step, str(data.name or "x"), str(data.attrs.get("units", "1")), unit)

    @property
    def steps(self) -> int:
        """Steps in all."""
        return self.values.shape[0] * (self.values.shape[1] - 1)

    def empty(self) -> "Series":
        """The labels without the values."""
        return replace(self, values=np.empty((0, 1)))

    def labelled(self, values: np.ndarray, times: Any, **attrs: Any) -> xr.DataArray:
        """A DataArray (member, time) of the same quantity."""
        numbers = np.issubdtype(np.asarray(times).dtype, np.number)
        time = xr.Variable("time", times, {"units": self.time_units} if numbers and self.time_units != "1" else {})
        coords = {"member": np.arange(len(values)), "time": time}
        return xr.DataArray(values, coords, ("member", "time"), self.name, {"units": self.units, **attrs})


def _read(data: Any) -> tuple[np.ndarray, np.ndarray]:
    if not isinstance(data, xr.DataArray) or "time" not in data.dims or data.ndim > 2 or "time" not in data.coords:
        what = f"dims {data.dims}" if isinstance(data, xr.DataArray) else type(data).__name__
        raise InputError(
            f"A DataArray (time,) or (trajectory, time) with a coordinate `time` was expected, and {what} came.",
            "Label the series: xarray.DataArray(x, dims=('trajectory', 'time'), coords={'time': t}).",
        )
    if data.dtype.kind not in "fiu":
        raise InputError(f"The series holds {data.dtype}, not numbers.", "Give real numbers.")
    values = data.transpose(..., "time").values.astype(np.float64)
    return values.reshape(-1, values.shape[-1]), clock(data["time"])[0]


def _step(times: np.ndarray) -> float:
    steps = np.diff(times)
    if not steps.size or not (steps > 0).all():
        raise TimeError("The times of the series do not increase.", "Sort them, and leave out what comes twice.")
    step = float(times[-1] - times[0]) / steps.size
    if np.abs(steps - step).max() > IRREGULAR * step:
        raise TimeError(
            f"A regular step was expected, and steps from {steps.min():g} to {steps.max():g} came.",
            "Bring the series to a regular step: series.interp(time=numpy.arange(first, last, step)).",
        )
    return step


def _check(values: np.ndarray, fewest: int) -> None:
    gaps = np.argwhere(~np.isfinite(values))
    if gaps.size:
        raise MissingValuesError(
            f"Series {gaps[0][0]} has a missing or infinite value at time number {gaps[0][1]}.",
            "Fill the gaps, or cut the series there and give the pieces along `trajectory`.",
        )
    steps = values.shape[0] * (values.shape[1] - 1)
    if steps < fewest:
        raise InputError(
            f"At least {fewest} steps in all were expected, to tell drift from noise, and {steps} came.",
            "Give a longer series, or more of them along `trajectory`.",
        )
    if values.std() == 0 or not np.diff(values, axis=1).any():
        raise InputError("The series does not vary, so it has no noise.", "Check the variable, or leave it out.")
