"""Labelled data as arrays of states and times."""

from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from nesym._errors import InputError
from nesym.fields.clock import clock


class Read(NamedTuple):
    """`states` (k, T, n) and `times` (k, T) as they came, not yet checked."""

    states: np.ndarray
    times: np.ndarray
    names: tuple[str, ...]
    units: tuple[str, ...]
    since: str | None
    attrs: dict[str, Any]


def read(data: Any) -> Read:
    """Arrays of a Dataset (trajectory, time), or of a DataArray (trajectory, time, state). Raises `InputError`."""
    ds = _as_dataset(data)
    dim = next((d for d in ("time", "step") if d in ds.dims), None)
    names = tuple(str(name) for name, da in ds.data_vars.items() if dim in da.dims)
    if dim is None or "time" not in ds.variables or not names or set(ds[list(names)].dims) - {"trajectory", dim}:
        raise InputError(
            "A variable for each coordinate of the state was expected, with dims (trajectory, time) and a coordinate"
            f" `time`, and dims {dict(ds.sizes)} with the variables {[str(name) for name in ds.variables]} came.",
            "Give one Dataset with these dims, a list of Datasets (time,), or a DataArray (trajectory, time, state).",
        )
    shape = (ds.sizes.get("trajectory", 1), ds.sizes[dim])
    numbers = [_numbers(ds[name], dim, shape) for name in names]
    times, since = _times(ds["time"], dim, shape)
    units = tuple(str(ds[name].attrs.get("units", "")) for name in names)
    return Read(np.stack(numbers, -1), times, names, units, since, dict(ds.attrs))


def _as_dataset(data: Any) -> xr.Dataset:
    if isinstance(data, xr.Dataset):
        return data
    if not isinstance(data, xr.DataArray) or "state" not in data.dims:
        raise InputError(
            f"Trajectories come as a Dataset, a DataArray (trajectory, time, state) or a list, and"
            f" {type(data).__name__} came.",
            "Label the array: xarray.DataArray(x, dims=('trajectory', 'time', 'state'), coords={'time': t}).",
        )
    count = data.sizes["state"]
    names = [str(n) for n in data["state"].values] if "state" in data.coords else [f"x{i}" for i in range(count)]
    if len(set(names)) < count:
        raise InputError(f"Coordinates share a name: {', '.join(names)}.", "Give each coordinate a name of its own.")
    parts = {name: data.isel(state=i, drop=True) for i, name in enumerate(names)}
    return xr.Dataset(parts, attrs=data.attrs)


def _numbers(da: xr.DataArray, dim: str, shape: tuple[int, int]) -> np.ndarray:
    """Values (k, T) in float64."""
    if da.dtype.kind not in "fiu":
        raise InputError(f"'{da.name}' holds {da.dtype}, not numbers.", "Give real numbers, or leave the variable out.")
    order = [d for d in ("trajectory", dim) if d in da.dims]
    return np.broadcast_to(da.transpose(*order).values.astype(np.float64), shape)


def _times(time: xr.DataArray, dim: str, shape: tuple[int, int]) -> tuple[np.ndarray, str | None]:
    """Times (k, T), and the date of time 0 where they are dates."""
    order = [d for d in ("trajectory", dim) if d in time.dims]
    numbers, since = clock(time.transpose(*order))
    return np.broadcast_to(numbers, shape), since
