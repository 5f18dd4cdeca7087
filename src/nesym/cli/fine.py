"""Fine rain to fit a model on: files that belong together, read as a whole, and what a model's card says of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nesym._errors import GridError, ResourceError
from nesym.cli.progress import bar
from nesym.cli.source import read_rain

if TYPE_CHECKING:
    import xarray as xr

COPIES = 3  # of the rain that fitting holds in memory: as read, cut into windows, and at work


@dataclass(frozen=True)
class Fine:
    """Rain (time, y, x) of each of the `files`, in memory, with the attributes of the file."""

    files: tuple[Path, ...]
    rain: "tuple[xr.DataArray, ...]"
    attrs: tuple[Mapping[str, Any], ...]

    @property
    def spacings(self) -> list[float]:
        """Kilometres between cells, for each file."""
        from nesym.fields.grid import Grid

        return [sum(Grid.of(da).spacing_km) / 2 for da in self.rain]

    @property
    def steps(self) -> list[float | None]:
        """Seconds between times, for each file; None where there is no regular step."""
        from nesym.fields.times import step_of

        return [step_of(da) for da in self.rain]

    def notes(self) -> list[str]:
        """What is no obstacle, and yet worth knowing."""
        irregular = [str(file) for file, step in zip(self.files, self.steps, strict=True) if step is None]
        known = sorted({step / 60 for step in self.steps if step is not None})
        notes = (
            [f"{', '.join(irregular)}: no regular time step, which a memory in time would need"] if irregular else []
        )
        if len(known) > 1:
            notes.append(f"time steps of {', '.join(f'{step:g}' for step in known)} min are mixed")
        return notes

    def joined(self) -> "xr.DataArray":
        """All files as one series, for methods that take one. Raises `GridError` unless they share one grid."""
        import xarray as xr

        from nesym.downscale._downscaler import with_time
        from nesym.fields.times import check_times, stamps

        first, *others = (with_time(da) for da in self.rain)
        for file, da in zip(self.files[1:], others, strict=True):
            same = da.dims == first.dims and all(np.array_equal(da[dim], first[dim]) for dim in first.dims[1:])
            if not same:
                raise GridError(
                    f"{file} has other cells than {self.files[0]}, and this method is fitted on one grid.",
                    "Give files of one grid, or use --method consistency, which takes several.",
                )
        series = sorted((first, *others), key=lambda da: stamps(da["time"])[0])
        whole = xr.concat(series, "time") if others else first
        check_times(whole["time"])
        return whole


def read_fine(files: tuple[Path, ...], variable: str | None, missing: str) -> Fine:
    """Read all files; what is not rain on a regular grid, or too much for the memory, is refused first."""
    from nesym._resources import available_memory, readable
    from nesym.downscale.request import check_dims

    lazy = [read_rain(file, variable, missing) for file in files]
    for da, _ in lazy:
        check_dims(da)
    need, have = COPIES * sum(da.nbytes for da, _ in lazy), available_memory()
    if need > have:
        raise ResourceError(
            f"Fitting on {', '.join(map(str, files))} takes up to {readable(need)}, and {readable(have)} of memory are free.",
            "Give a shorter period or a smaller domain.",
        )
    rain = []
    with bar("Reading", len(files), "files") as progress:
        for da, _ in lazy:
            rain.append(da.load())
            progress.advance(1)
    return Fine(files, tuple(rain), tuple(attrs for _, attrs in lazy))


def check_alike(*groups: Fine) -> None:
    """Raise `GridError` if grid spacings differ by more than a model may be used beyond its own."""
    from nesym.downscale.suitability import LARGEST_RATIO

    spacings = {file: km for fine in groups for file, km in zip(fine.files, fine.spacings, strict=True)}
    finest, coarsest = (choice(spacings, key=spacings.get) for choice in (min, max))
    if spacings[coarsest] > LARGEST_RATIO * spacings[finest]:
        raise GridError(
            f"{finest} has cells of {spacings[finest]:.3g} km and {coarsest} of {spacings[coarsest]:.3g} km: small-scale"
            f" rain differs between spacings more than {LARGEST_RATIO:g} times apart.",
            "Fit a model for each spacing.",
        )
