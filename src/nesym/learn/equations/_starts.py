"""Where forecasts begin."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from nesym._errors import InputError, MissingValuesError
from nesym.fields.clock import days_between, on_clock
from nesym.learn.trajectories import Trajectories


@dataclass(frozen=True)
class Starts:
    """`states` (trajectory, n) at time `begun`, the `labels` of their trajectories, and the `data` they came in."""

    states: np.ndarray
    begun: float
    labels: np.ndarray
    data: xr.Dataset

    @classmethod
    def of(cls, start: Any, like: Trajectories) -> "Starts":
        """From a Dataset or Trajectories with the coordinates of `like`; of trajectories the last states.

        Raises `InputError` for other coordinates, and for starts at different times.
        """
        data = start.to_dataset() if isinstance(start, Trajectories) else start
        if not isinstance(data, xr.Dataset) or not set(like.names) <= set(data.data_vars):
            came = list(map(str, data)) if isinstance(data, xr.Dataset) else type(data).__name__
            raise InputError(
                f"Starts with the variables {', '.join(like.names)} were expected, and {came} came.",
                "Give a Dataset with one variable for each coordinate: data.isel(time=0).",
            )
        if {"time", "step"} & set(data[list(like.names)].dims):
            states, begun = _last(Trajectories.of(data[list(like.names)], fewest=1), like)
        else:
            states, begun = _single(data, like)
        if not np.isfinite(states).all():
            number = int(np.flatnonzero(~np.isfinite(states).all(1))[0])
            raise MissingValuesError(
                f"The start of trajectory {number} has missing values.", "Leave it out, or fill it."
            )
        if np.ptp(begun) > 0:
            raise InputError(
                f"Forecasts of one call begin at one time, and these begin between {begun.min():g} and {begun.max():g}.",
                "Forecast them one by one: start.isel(trajectory=[0]).",
            )
        labels = data["trajectory"].values if "trajectory" in data.coords else np.arange(len(states))
        return cls(states, float(begun[0]), np.atleast_1d(labels), data)


def _single(data: xr.Dataset, like: Trajectories) -> tuple[np.ndarray, np.ndarray]:
    """States without a time axis."""
    columns = [np.atleast_1d(data[name].values).astype(np.float64) for name in like.names]
    if any(column.ndim > 1 for column in columns):
        raise InputError(
            f"Starts have dims (trajectory,), and {dict(data.sizes)} came.", "Give one state for each trajectory."
        )
    states = np.stack(np.broadcast_arrays(*columns), -1)
    return states, np.broadcast_to(_begun(data, like), len(states))


def _begun(data: xr.Dataset, like: Trajectories) -> np.ndarray:
    """The time of the starts, 0 where none is told."""
    return on_clock(np.atleast_1d(data["time"].values), like.since) if "time" in data.coords else np.zeros(1)


def _last(data: Trajectories, like: Trajectories) -> tuple[np.ndarray, np.ndarray]:
    """The last states of trajectories."""
    rows, ends = np.arange(len(data)), data.lengths - 1
    begun = data.times[rows, ends]
    if data.since is not None and like.since is not None:
        begun = begun + days_between(like.since, data.since)
    return data.states[rows, ends], begun
