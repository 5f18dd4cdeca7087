"""Files out: CF netCDF or Zarr, whole or not at all."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path as FilePath
from typing import Any

import xarray as xr

from nesym._errors import FileError, NesymError, ResourceError
from nesym._resources import readable
from nesym._typing import Path
from nesym.fields.encoding import cf_dataset, stored_bytes, with_encoding
from nesym.fields.lazy import finishing
from nesym.fields.netcdf import write_netcdf
from nesym.fields.open import ZARR_MARKS

NETCDF, ZARR = (".nc", ".nc4"), (".zarr",)
FULL = (errno.ENOSPC, errno.EDQUOT)

Progress = Callable[[float], None]


def write(
    data: xr.DataArray | xr.Dataset,
    path: Path,
    overwrite: bool = True,
    attrs: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> FilePath:
    """Write `data` to `path` after CF-1.11: netCDF-4 for the ending .nc, Zarr for .zarr; returns the path.

    Fields are stored as float32, chunked by time. Lazy data are computed and written block by block. `attrs` become
    global attributes, see `provenance`. `progress` is called with the fraction done, from 0 to 1.

    Everything goes to a temporary place beside the target, which it replaces at the end: after any failure the old
    file is there as before, and the temporary one is gone. Raises `FileError` for what cannot be written and
    `ResourceError`, before any work, if the uncompressed result would not fit on the disk.
    """
    target = FilePath(path).expanduser()
    target = target.resolve() if target.is_symlink() else target
    _check_target(target, overwrite)
    ds = cf_dataset(data, attrs or {})
    _check_space(ds, target)
    place = _temporary_folder(target)
    try:
        with _reporting(progress):
            _store(ds, place / "new", target.suffix)
        _replace(place, target)
    except OSError as error:
        if isinstance(error, NesymError):
            raise
        raise _failed(target, error) from error
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return target


def _check_target(target: FilePath, overwrite: bool) -> None:
    if target.suffix not in NETCDF + ZARR:
        raise FileError(
            f"The ending '{target.suffix}' of {target} is not one that NESYM writes.",
            "Name the file with .nc (netCDF) or .zarr (Zarr).",
        )
    if not target.parent.is_dir():
        raise FileError(f"There is no folder {target.parent}.", f"Make it: mkdir -p {target.parent}.")
    if not target.exists():
        return
    if not overwrite:
        raise FileError(f"{target} is already there.", "Choose another name, or allow overwriting.")
    zarr = target.is_dir() and any((target / mark).exists() for mark in ZARR_MARKS)
    if target.is_dir() != (target.suffix in ZARR) or (target.is_dir() and not zarr and any(target.iterdir())):
        kind = "a folder without Zarr data" if target.is_dir() else "a file"
        raise FileError(f"{target} is {kind}, and would be replaced.", "Choose another name, or move it away.")
    if not os.access(target, os.W_OK):
        raise FileError(f"{target} is write-protected.", f"Choose another name, or allow it: chmod u+w {target}.")


def _check_space(ds: xr.Dataset, target: FilePath) -> None:
    need, have = stored_bytes(ds), shutil.disk_usage(target.parent).free
    if need > have:
        raise ResourceError(
            f"The result takes up to {readable(need)}, and {readable(have)} are free in {target.parent.resolve()}.",
            "Write to another disk, or ask for fewer members or a shorter period.",
        )


def _temporary_folder(target: FilePath) -> FilePath:
    try:
        return FilePath(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise _failed(target, error) from error


def _store(ds: xr.Dataset, place: FilePath, suffix: str) -> None:
    if suffix in NETCDF:
        write_netcdf(with_encoding(ds, "chunksizes"), place)
    else:
        # Format 2 with consolidated metadata is what every Zarr library reads without a warning.
        with finishing():
            with_encoding(ds, "chunks").to_zarr(place, mode="w", zarr_format=2, consolidated=True)


def _replace(place: FilePath, target: FilePath) -> None:
    """Put the new file or folder in the place of the old one; a folder is moved aside first, and back if that fails."""
    new, old = place / "new", place / "old"
    if not target.is_dir():
        new.replace(target)
        return
    target.rename(old)
    try:
        new.rename(target)
    except BaseException:
        old.rename(target)
        raise


def _reporting(progress: Progress | None) -> Any:
    """A context in which every finished block is reported."""
    if progress is None:
        return nullcontext()
    from dask.callbacks import Callback

    def finished(key, result, graph, state, worker) -> None:
        done = len(state["finished"])
        progress(done / (done + sum(len(state[kind]) for kind in ("ready", "waiting", "running"))))

    return Callback(posttask=finished)


def _failed(target: FilePath, error: OSError) -> FileError:
    text = " ".join((error.strerror or str(error)).split())
    if error.errno in FULL or "No space left" in str(error):
        return FileError(
            f"The disk was full before {target} was written; what was there before is unchanged.",
            "Make room or write to another disk, then run it again.",
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        folder = target.parent.resolve()
        return FileError(f"{folder} may not be written to ({text}).", "Choose a folder of your own with --out.")
    return FileError(f"{target} cannot be written ({text}).", "Choose another folder or another name.")
