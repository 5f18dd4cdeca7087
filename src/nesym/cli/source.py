"""What a downscaling starts from: the rain, and its truth where there is one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nesym._errors import InputError

if TYPE_CHECKING:
    import xarray as xr

SAMPLE = "radar_germany"
SAMPLE_STEPS = 24
BLOCK_VALUES = 2**21  # values that are read at a time


@dataclass(frozen=True)
class Source:
    """Coarse rain (time, Y, X), lazy or not; fine truth (time, y, x) or None; where they come from, in words and attrs."""

    rain: "xr.DataArray"
    truth: "xr.DataArray | None"
    origin: tuple[str, ...]
    attrs: Mapping[str, Any] = field(default_factory=dict)


def from_sample(factor: int) -> Source:
    """The two wettest hours of the packaged radar sample, coarsened by `factor`."""
    from nesym import data
    from nesym.fields.canonical import canonical
    from nesym.fields.grid import coarsen

    ds = data.sample(SAMPLE)
    rain = canonical(ds, "pr").load()
    ny, nx = (size - size % factor for size in rain.shape[-2:])
    if min(ny, nx) < 2 * factor:
        raise InputError(
            f"The packaged sample has {rain.shape[-2]} x {rain.shape[-1]} cells, too few for a factor of {factor}.",
            "Use a smaller factor, or give a FILE of your own.",
        )
    wetness = rain.mean(("y", "x")).rolling(time=SAMPLE_STEPS).mean().shift(time=1 - SAMPLE_STEPS)
    start = int(wetness.argmax("time"))
    truth = rain.isel(time=slice(start, start + SAMPLE_STEPS), y=slice(0, ny), x=slice(0, nx))
    entry = data.entry(SAMPLE)
    origin = (f"{entry.title}. {entry.attribution} ({entry.licence}).",)
    return Source(coarsen(truth, factor), truth, origin, ds.attrs)


def from_file(file: Path, truth: Path | None, variable: str | None, missing: str, factor: int) -> Source:
    """Rain of the user's own, opened lazily, and its truth, which must be `factor` times finer."""
    if missing not in ("refuse", "fill"):
        raise InputError(f"--missing {missing} is not a choice.", "Choose refuse or fill.")
    rain, attrs = read_rain(file, variable, missing)
    if truth is None:
        return Source(rain, None, (str(file),), attrs)
    from nesym.downscale.compare import matched_factor

    fine, _ = read_rain(truth, variable, "keep")
    if (found := matched_factor(rain, fine)) != factor:
        raise InputError(
            f"The truth is {found} times finer than the rain, and a factor of {factor} was asked for.",
            f"Say --factor {found}.",
        )
    return Source(rain, fine, (str(file), str(truth)), attrs)


def read_rain(file: Path, variable: str | None, missing: str) -> "tuple[xr.DataArray, Mapping[str, Any]]":
    """The rain in a file, lazy in pieces of some time steps, and the attributes of the file."""
    from nesym.fields.canonical import canonical
    from nesym.fields.open import open_dataset

    ds = open_dataset(file)
    return canonical(ds.chunk(_pieces(ds)), "pr", variable=variable, missing=missing), ds.attrs


def _pieces(ds: "xr.Dataset") -> dict[str, int]:
    """Steps of the first axis of the largest variable that make `BLOCK_VALUES`, in whole chunks of the file if it has any.

    The chunks of the file alone would not do: where it has none, they are the whole of it.
    """
    largest = max(ds.data_vars.values(), key=lambda da: da.size, default=None)
    if largest is None or largest.ndim < 3:
        return {}
    steps = max(1, BLOCK_VALUES * largest.shape[0] // max(largest.size, 1))
    stored = (largest.encoding.get("chunksizes") or largest.encoding.get("chunks") or (1,))[0]
    return {largest.dims[0]: steps - steps % stored if steps > stored else steps}
