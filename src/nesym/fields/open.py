"""Files in: netCDF and Zarr as labelled data, anything else refused by what it is."""

import warnings
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

import xarray as xr

from nesym._errors import FileError, TimeError
from nesym._typing import Path

ENGINES = {b"\x89HDF\r\n\x1a\n": "h5netcdf", b"CDF\x01": "scipy", b"CDF\x02": "scipy"}
ZARR_MARKS = ("zarr.json", ".zgroup", ".zmetadata", ".zarray")
GRIB = "Convert it to netCDF first, for example with `cdo -f nc4 copy` or with cfgrib."
FIRST_BYTES = {
    b"CDF\x05": ("a netCDF file in the 64-bit data format", "Convert it first: nccopy -k nc4 in.nc out.nc."),
    b"GRIB": ("a GRIB file", GRIB),
    b"BUFR": ("a BUFR file", GRIB),
    b"\x0e\x03\x13\x01": ("an HDF4 file", "Convert it to netCDF first, for example with `gdal_translate -of netCDF`."),
    b"II*\x00": ("a TIFF image", "Convert it to netCDF first, for example with `gdal_translate -of netCDF`."),
    b"MM\x00*": ("a TIFF image", "Convert it to netCDF first, for example with `gdal_translate -of netCDF`."),
    b"\x89PNG": ("a PNG image", ""),
    b"\xff\xd8\xff": ("a JPEG image", ""),
    b"%PDF": ("a PDF document", ""),
    b"PAR1": ("a Parquet table", ""),
    b"\x1f\x8b": ("compressed with gzip", "Unpack it first: gunzip FILE."),
    b"PK\x03\x04": ("a zip archive", "Unpack it first: unzip FILE."),
    b"\x80": ("a Python pickle, which can run code when it is opened", ""),
}
ANY = "Give a netCDF file or a Zarr folder."


def open_dataset(path: Path, chunks: Any = None) -> xr.Dataset:
    """The netCDF file (netCDF-4, or classic) or Zarr folder at `path` as a Dataset, decoded after CF.

    The kind is told by the content, not by the ending. With `chunks` (as in xarray, for example {"time": 24}; names
    that the file does not have are left out) the variables are dask arrays.

    Raises `FileError` for what is absent, unreadable, damaged or of another kind, and `TimeError` for a time axis that
    cannot be decoded.
    """
    target = FilePath(path).expanduser()
    try:
        engine = _engine(target)
    except PermissionError as error:
        raise FileError(f"{target} may not be read.", f"Ask for permission: chmod u+r {target}.") from error
    except FileNotFoundError as error:
        raise FileError(f"There is no file {target}.", "Check the path; NESYM opens local files.") from error
    try:
        ds = _opened(target, engine, None)
        if chunks is not None:
            known = {dim: n for dim, n in chunks.items() if dim in ds.dims} if isinstance(chunks, Mapping) else chunks
            ds.close()
            ds = _opened(target, engine, known)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, EOFError, IndexError) as error:
        raise _unreadable(target, engine, error) from error
    if not ds.variables:
        ds.close()
        raise FileError(
            f"{target} holds no variables at its top level.",
            "If it keeps them in groups, open one yourself: xarray.open_dataset(path, group='...').",
        )
    if ds.sizes and all(str(dim).startswith("phony_dim") for dim in ds.sizes):
        ds.close()
        raise FileError(f"{target} is HDF5 without the dimensions that make it netCDF.", "Convert it to netCDF first.")
    return ds


def _engine(target: FilePath) -> str:
    """The xarray engine for a file or folder, by its first bytes or its marks."""
    if target.is_dir():
        if any((target / mark).exists() for mark in ZARR_MARKS):
            return "zarr"
        inside = sum(1 for _ in target.iterdir())
        raise FileError(
            f"{target} is {'a folder without Zarr data' if inside else 'an empty folder'}.",
            "Give one netCDF file or a Zarr folder; several files can be joined with xarray.open_mfdataset.",
        )
    with target.open("rb") as file:
        start = file.read(512)
    for magic, engine in ENGINES.items():
        if start.startswith(magic):
            return engine
    for magic, (what, remedy) in FIRST_BYTES.items():
        if start.startswith(magic):
            raise FileError(f"{target} is {what}, not netCDF or Zarr.", remedy or ANY)
    raise FileError(f"{target} is {_plain(start)}, not netCDF or Zarr.", ANY)


def _opened(target: FilePath, engine: str, chunks: Any) -> xr.Dataset:
    """The Dataset, without the warnings of an engine that is not told what it could find out."""
    options: dict[str, Any] = {"phony_dims": "access"} if engine == "h5netcdf" else {}
    if engine == "zarr":
        root = target / "zarr.json"
        listed = (target / ".zmetadata").exists() or (root.exists() and '"consolidated_metadata"' in root.read_text())
        options = {"consolidated": listed}
    with warnings.catch_warnings():
        # Chunks that suit the computation matter more than those on disk.
        warnings.filterwarnings("ignore", "The specified chunks separate", UserWarning)
        return xr.open_dataset(target, engine=engine, chunks=chunks, decode_timedelta=False, **options)


def _plain(start: bytes) -> str:
    if not start:
        return "empty"
    try:
        text = start.decode("utf-8", errors="strict" if len(start) < 512 else "ignore")
    except UnicodeDecodeError:
        return "of an unknown kind"
    return "a text file" if text.isprintable() or not set(text) & {"\x00", "\x01", "\x02"} else "of an unknown kind"


def _unreadable(target: FilePath, engine: str, error: Exception) -> FileError | TimeError:
    text = " ".join(str(error).split())
    if "decode time" in text or "time units" in text or "calendar" in text:
        return TimeError(
            f"The time axis of {target} cannot be decoded ({text[:200]}).",
            "Give it CF units such as 'days since 2000-01-01' and a CF calendar; months are not a CF unit of time.",
        )
    damaged = "truncated" in text or "eof" in text.lower() or engine == "scipy"
    what = "is damaged or was cut short" if damaged else "cannot be read"
    return FileError(f"{target} {what} ({text[:200]}).", "Fetch it again and compare its size with the source.")
