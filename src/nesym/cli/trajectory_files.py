"""Trajectories in files: what the shell learns from and forecasts from, and forecasts written in full precision."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nesym._errors import FileError, InputError

if TYPE_CHECKING:
    import xarray as xr

    from nesym.learn.trajectories import Trajectories

SAMPLE_TRAJECTORIES, SAMPLE_SPACING, SAMPLE_END = 24, 0.1, 6.3
SAMPLE_LAW = "q1 * p2 - q2 * p1"


@dataclass(frozen=True)
class Source:
    """Trajectories, and where they come from in words."""

    data: "Trajectories"
    origin: tuple[str, ...]


def from_files(files: Sequence[Path], variables: str | None, pieces: int | None) -> Source:
    """Trajectories in one file, or one in each of several; a long one cut into `pieces`. Raises `InputError`."""
    from nesym.learn.trajectories import Trajectories, cut

    parts = [read(file, variables) for file in files]
    data = Trajectories.of(parts[0] if len(parts) == 1 else parts, fewest=1)
    if pieces is not None:
        data = cut(data, pieces)
    if len(data) < 2:
        raise InputError(
            "One trajectory alone came: some have to be kept, to choose the weights and to judge by.",
            "Give more of them, in one file or several, or cut it into pieces of consecutive times: --cut 10.",
        )
    return Source(data, tuple(map(str, files)))


def sample(key: int) -> Source:
    """Two bodies on orbits of eccentricity 0.5 to 0.7, once around."""
    import numpy as np

    from nesym.learn.simulation import simulate
    from nesym.learn.trajectories import Trajectories
    from nesym.physics import TwoBody

    times = np.arange(0.0, SAMPLE_END, SAMPLE_SPACING)
    ds = simulate(TwoBody(), times, SAMPLE_TRAJECTORIES, key)
    return Source(Trajectories.of(ds), ("nesym.physics.TwoBody, simulated on the spot",))


def read(file: Path, variables: str | None = None) -> "xr.Dataset":
    """The Dataset in a file, with the chosen variables alone, in the order in which they were named."""
    from nesym.fields.open import open_dataset

    ds = open_dataset(file)
    chosen = _chosen(ds, variables)
    ds = ds[chosen] if chosen else ds
    return ds.load()


def _chosen(ds: "xr.Dataset", variables: str | None) -> list[str]:
    if variables is None:
        return []
    from difflib import get_close_matches

    wanted = [name.strip() for name in variables.split(",")]
    for name in wanted:
        if name not in ds.data_vars:
            known = [str(known) for known in ds.data_vars]
            near = get_close_matches(name, known, n=2, cutoff=0.5)
            raise InputError(
                f"There is no variable '{name}': there are {', '.join(known) or 'none'}.",
                f"Write {' or '.join(near)}." if near else "Name those that are the coordinates: --variables q,p.",
            )
    return wanted


def check_out(out: Path, start: Path) -> None:
    """Raise `FileError` unless states can be written to `out`: netCDF, in a folder that is there, and not the input."""
    from nesym.cli.places import check_places
    from nesym.fields.write import NETCDF

    if out.suffix not in NETCDF or out.is_dir():
        raise FileError(
            f"States are written as netCDF, and {out} came.", "Name the result with .nc: --out forecast.nc."
        )
    check_places(out, None, start)


def write(ds: "xr.Dataset", path: Path) -> Path:
    """Write states in float64 as netCDF-4, whole or not at all: a law that is kept to 1e-10 shall be so in the file."""
    from nesym._atomic import replacing
    from nesym.fields.netcdf import write_netcdf

    ds = ds.drop_encoding()
    for name, variable in ds.variables.items():
        if variable.dtype.kind == "f":
            ds[name].encoding = {"_FillValue": None if name in ds.coords else float("nan")}
    try:
        with replacing(path) as temporary:
            write_netcdf(ds, temporary)
    except OSError as error:
        raise FileError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Choose a path in a folder that you may write to and that has room.",
        ) from error
    return path
