"""netCDF-4 written block by block, in a way that survives a full disk."""

from pathlib import Path as FilePath
from threading import Lock
from typing import Any

import numpy as np
import xarray as xr

from nesym.fields.lazy import finishing

DEFLATE = {"compression": "gzip", "compression_opts": 4, "shuffle": True}


class SteadyFile:
    """A file for HDF5 that keeps the first failed write as `error` and lets HDF5 go on.

    HDF5 cannot take back a write that failed: a file on a full disk can neither be written nor closed, and the attempt
    ends the process. Here every write succeeds as far as HDF5 can see; `check` raises the error where it can be dealt
    with.
    """

    def __init__(self, path: FilePath):
        self._file = path.open("w+b", buffering=0)
        self.error: OSError | None = None
        self.read, self.readinto = self._file.read, self._file.readinto
        self.seek, self.tell = self._file.seek, self._file.tell

    def write(self, data: Any) -> int:
        """Write all of `data`, unless a write has failed before."""
        view = memoryview(data).cast("B")
        written = 0
        try:
            while self.error is None and written < len(view):
                written += self._file.write(view[written:])
        except OSError as error:
            self.error = error
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Set the length of the file, unless a write has failed before."""
        try:
            return self._file.truncate(size) if self.error is None else self._file.tell()
        except OSError as error:
            self.error = error
            return self._file.tell()

    def flush(self) -> None:
        """Nothing is held back."""

    def check(self) -> None:
        """Raise what went wrong so far."""
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class _Checked:
    """A variable on disk as the target of blocks: the first one that could not be stored stops the others."""

    def __init__(self, variable: Any, file: SteadyFile):
        self.variable, self.file = variable, file

    def __setitem__(self, where: Any, values: np.ndarray) -> None:
        self.variable[where] = values
        self.file.check()


def write_netcdf(ds: xr.Dataset, path: FilePath) -> None:
    """Write `ds` as its variables' `encoding` says: dtype, _FillValue, chunksizes; fields are compressed.

    Lazy variables are computed block by block, several at once, and stored as they come.
    """
    import h5netcdf

    variables, attrs = xr.conventions.cf_encoder(*xr.conventions.encode_dataset_coordinates(ds))
    raw = SteadyFile(path)
    try:
        with h5netcdf.File(raw, "w") as file:
            file.dimensions = dict(ds.sizes)
            file.attrs.update(attrs)
            targets = {name: _create(file, str(name), v) for name, v in variables.items()}
            for name, v in variables.items():
                if v.chunks is None:
                    targets[name][...] = v.values
            lazy = [name for name, v in variables.items() if v.chunks is not None]
            if lazy:
                from dask.array import store

                blocks = [variables[name].data for name in lazy]
                with finishing():
                    store(blocks, [_Checked(targets[name], raw) for name in lazy], lock=Lock())
        raw.check()
    finally:
        raw.close()


def _create(file: Any, name: str, v: xr.Variable) -> Any:
    """The empty variable, with its attributes."""
    import h5py

    dtype = h5py.string_dtype() if v.dtype.kind in "OU" else v.dtype
    attrs = dict(v.attrs)
    options = {"fillvalue": attrs.pop("_FillValue", None)}
    if "chunksizes" in v.encoding:
        options |= {"chunks": v.encoding["chunksizes"]} | DEFLATE
    variable = file.create_variable(name, v.dims, dtype, **options)
    variable.attrs.update(attrs)
    return variable
