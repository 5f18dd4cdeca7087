"""What a Dataset must carry to be read as CF anywhere: attributes of its axes, attributes that a file can hold."""

import json
from typing import Any

import numpy as np
import xarray as xr

from nesym.fields.layout import disk_chunks, in_blocks
from nesym.fields.provenance import CONVENTIONS
from nesym.fields.times import calendar

AXES = {
    "time": {"standard_name": "time", "axis": "T"},
    "lat": {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"},
    "lon": {"standard_name": "longitude", "units": "degrees_east", "axis": "X"},
    "y": {"standard_name": "projection_y_coordinate", "axis": "Y"},
    "x": {"standard_name": "projection_x_coordinate", "axis": "X"},
    "member": {"standard_name": "realization", "long_name": "ensemble member", "units": "1"},
}


def cf_dataset(data: xr.DataArray | xr.Dataset, attrs: dict[str, Any]) -> xr.Dataset:
    """`data` as a Dataset in blocks, without leftovers of the file it came from, with CF attributes."""
    ds = data.to_dataset(name=data.name or "field") if isinstance(data, xr.DataArray) else data
    ds = ds.drop_encoding()
    mappings = [str(name) for name, v in ds.variables.items() if "grid_mapping_name" in v.attrs]
    ds = ds.assign({name: _data_variable(v, ds, mappings) for name, v in ds.data_vars.items() if name not in mappings})
    ds = ds.assign_coords({dim: _axis(ds[dim], ds) for dim in AXES if dim in ds.coords})
    return ds.assign_attrs(_storable({"Conventions": CONVENTIONS} | ds.attrs | attrs))


def with_encoding(ds: xr.Dataset, chunks_name: str) -> xr.Dataset:
    """`ds` with how each variable is to be stored: float32 fields in chunks, axes without a fill value.

    `chunks_name` is what the format calls the sizes of its chunks.
    """
    ds = ds.copy(deep=False)
    for name, v in ds.variables.items():
        if name == "time" and v.ndim and v.dtype.kind in "MO":
            v.encoding = {"units": "seconds since 1970-01-01", "calendar": calendar(ds["time"])}
            continue
        if name in ds.coords:
            v.encoding = {"_FillValue": None} if v.dtype.kind == "f" else {}
            continue
        v.encoding = {"dtype": "float32", "_FillValue": np.float32(np.nan)} if v.dtype.kind == "f" else {}
        if v.ndim >= 2:
            v.encoding[chunks_name] = disk_chunks(ds[name])
    return ds


def stored_bytes(ds: xr.Dataset) -> int:
    """Bytes on disk without compression."""
    fields = {name for name, v in ds.data_vars.items() if v.dtype.kind == "f"}
    return sum(v.size * (4 if name in fields else v.dtype.itemsize) for name, v in ds.variables.items())


def _data_variable(v: xr.DataArray, ds: xr.Dataset, mappings: list[str]) -> xr.DataArray:
    attrs = {name: value for name, value in v.attrs.items() if name != "grid_mapping"}
    if mappings and {"y", "x"} <= set(v.dims):
        attrs["grid_mapping"] = mappings[0]
    v = v.drop_attrs(deep=False).assign_attrs(_storable(attrs))
    return in_blocks(v) if v.dtype.kind in "fiub" else v.compute()


def _axis(coordinate: xr.DataArray, ds: xr.Dataset) -> xr.DataArray:
    attrs = AXES[str(coordinate.name)] | coordinate.attrs
    if attrs.get("bounds") not in ds.variables:
        attrs.pop("bounds", None)
    return coordinate.drop_attrs().assign_attrs(_storable(attrs))


def _storable(attrs: dict[str, Any]) -> dict[str, Any]:
    """Attributes as text and numbers: truth values and structures as JSON, without those that are None."""
    return {str(name): _stored(value) for name, value in attrs.items() if value is not None}


def _stored(value: Any) -> Any:
    if isinstance(value, bool | np.bool_ | dict):
        return json.dumps(bool(value) if isinstance(value, np.bool_) else value, default=str)
    if isinstance(value, str | int | float | np.number | np.ndarray | list | tuple):
        return value
    return str(value)
