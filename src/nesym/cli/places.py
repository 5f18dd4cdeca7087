"""Where results go: what cannot be written, or would be lost, is said before any work is done."""

import os
from pathlib import Path

from nesym._errors import FileError


def check_places(out: Path, report: Path | None, *inputs: Path | None) -> None:
    """Raise `FileError` unless `out` and `report` can be written, apart from each other and from every input."""
    from nesym.fields.write import NETCDF, ZARR

    if out.suffix not in NETCDF + ZARR:
        raise FileError(
            f"The ending '{out.suffix}' of {out} is not one that NESYM writes.",
            "Name the result with .nc (netCDF) or .zarr (Zarr): --out fine.nc.",
        )
    _check_folder(out, "--out")
    taken = {path.expanduser().resolve() for path in inputs if path is not None}
    if out.resolve() in taken:
        raise FileError(f"The result would replace its own input {out}.", "Choose another name with --out.")
    if report is not None:
        check_report(report, *taken)
        if out.resolve() in (report.resolve(), *report.resolve().parents):
            raise FileError(*_holds_data(report))


def check_report(report: Path | None, *inputs: Path) -> None:
    """Raise `FileError` unless a report can be written there, apart from every input."""
    if report is None:
        return
    _check_folder(report, "--report")
    if report.is_dir() or report.resolve() in {path.expanduser().resolve() for path in inputs}:
        raise FileError(*_holds_data(report))


def _holds_data(report: Path) -> tuple[str, str]:
    return f"The report cannot be written to {report}, which holds data.", "Name it --report report.html."


def model_place(out: Path) -> Path:
    """The file of a model to be called `out`, with its ending. Raises `FileError` unless a new one can be written."""
    from nesym._store import ENDING

    if out.is_dir():
        raise FileError(f"{out} is a folder.", f"Name the model: --out {out / 'my-model'}.")
    target = out if out.suffix == ENDING else out.with_name(out.name + ENDING)
    _check_folder(target, "--out")
    if target.exists():
        raise FileError(
            f"There is already {'a folder' if target.is_dir() else 'a model'} {target}.",
            "Choose another name with --out, or move it away.",
        )
    if training_folder(target).exists() and not training_folder(target).is_dir():
        raise FileError(f"{training_folder(target)} has to be a folder.", "Choose another name with --out.")
    return target


def training_folder(target: Path) -> Path:
    """Where the training of the model in the file `target` keeps its checkpoints and its log."""
    return target.with_suffix(".training")


def _check_folder(path: Path, option: str) -> None:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise FileError(f"There is no folder {path.parent}.", f"Make it: mkdir -p {path.parent}.")
    if not os.access(folder, os.W_OK):
        raise FileError(f"The folder {folder} may not be written to.", f"Choose one of your own with {option}.")
