"""Data sets by their id: packaged samples, and larger ones in a folder that the user names."""

import os
from importlib.resources import as_file, files
from pathlib import Path as FilePath

import xarray as xr

from nesym._errors import FileError, InputError
from nesym._typing import Path
from nesym.data.entries import ENTRIES, Entry
from nesym.fields.open import open_dataset

FOLDER = "NESYM_DATA"


def catalogue() -> list[Entry]:
    """All data sets that NESYM knows, with licence, attribution and source."""
    return list(ENTRIES)


def entry(id: str) -> Entry:
    """What is known about one data set; raises `InputError` for an unknown id."""
    for known in ENTRIES:
        if known.id == id:
            return known
    raise InputError(f"There is no data set '{id}'.", f"Use one of {', '.join(e.id for e in ENTRIES)}.")


def sample(id: str) -> xr.Dataset:
    """A data set that comes with the package, opened lazily, as it is in its file; raises `InputError` for others."""
    known = entry(id)
    ready = [e.id for e in ENTRIES if e.packaged and e.file.endswith(".nc")]
    if id not in ready:
        larger = not known.packaged
        raise InputError(
            f"'{id}' is not a packaged sample.",
            f"Open it with nesym.data.open('{id}')." if larger else f"Use one of {', '.join(ready)}.",
        )
    with as_file(files("nesym").joinpath(known.file)) as path:
        return open_dataset(path)


def open(id: str, data: Path | None = None) -> xr.Dataset:
    """A data set of the catalogue, opened lazily, as it is in its file.

    Larger ones lie in the folder `data`, or else in the one that the environment variable NESYM_DATA names; nothing
    is downloaded. Raises `InputError` for an unknown id and `FileError` if there is no such folder or file.
    """
    known = entry(id)
    if known.packaged:
        return sample(id)
    folder = os.environ.get(FOLDER) if data is None else data
    remedy = (
        f"Name the folder that holds {known.file}: nesym.data.open('{id}', data=FOLDER), --data FOLDER on the command"
        f" line, or set {FOLDER}."
    )
    if not folder:
        raise FileError(f"'{id}' is not packaged, and no folder of larger data sets is known.", remedy)
    path = FilePath(folder).expanduser() / known.file
    if not path.exists():
        raise FileError(f"There is no file {path}.", remedy)
    return open_dataset(path)
