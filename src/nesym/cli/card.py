"""The card of a fitted model: what it was fitted on, for which rain it is meant, and how it was made."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

    from nesym.cli.fine import Fine

LICENCE = "that of the data you trained on"
DEGREES = {"lat": ("S", "N"), "lon": ("W", "E")}


def card_of(fine: "Fine", choose: "Fine | None", command: str, key: int, seconds: float) -> dict[str, Any]:
    """What `nesym models FILE --card` shows of a model that was fitted on `fine` rain."""
    steps = [step for step in fine.steps if step is not None]
    entries = {
        "data": "; ".join(_title(file.name, attrs) for file, attrs in zip(fine.files, fine.attrs, strict=True)),
        "files": [str(file) for file in fine.files],
        "periods": [_period(da) for da in fine.rain],
        "region": "; ".join(dict.fromkeys(_region(da) for da in fine.rain)),
        "chosen_on": None if choose is None else [str(file) for file in choose.files],
        "variable": "pr",
        "units": "mm h-1",
        "spacing_km": float(f"{sum(fine.spacings) / len(fine.files):.4g}"),
        "step_seconds": max(steps, key=steps.count) if steps else None,
        "licence": ": ".join(dict.fromkeys([LICENCE, *_attribute(fine, "licence", "license")])),
        "attribution": ", ".join(dict.fromkeys(_attribute(fine, "institution"))),
        "key": key,
        "made_by": command,
        "training_seconds": round(seconds, 1),
    }
    return {name: entry for name, entry in entries.items() if entry not in (None, "")}


def scales(card: Mapping[str, Any]) -> list[str]:
    """Grid spacing and time step of a model in words, "1 km" and "5 min"; those that its card tells as numbers."""
    known = {"km": (card.get("spacing_km"), 1), "min": (card.get("step_seconds"), 60)}
    return [f"{value / over:g} {unit}" for unit, (value, over) in known.items() if is_number(value)]


def is_number(value: Any) -> bool:
    """Whether an entry of a card is a number; True and False are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _title(name: str, attrs: Mapping[str, Any]) -> str:
    return f"{name} ({attrs['title']})" if attrs.get("title") else name


def _attribute(fine: "Fine", *names: str) -> list[str]:
    """What the files say under one of these names."""
    found = [next((str(attrs[name]) for name in names if attrs.get(name)), "") for attrs in fine.attrs]
    return [text for text in found if text]


def _period(rain: "xr.DataArray") -> str:
    from nesym.fields.times import describe_step, show

    if "time" not in rain.coords:
        return "one field without a time"
    times = rain["time"].values.reshape(-1)
    if times.size == 1:
        return f"{show(times[0])}, one step"
    return f"{show(times[0])} to {show(times[-1])}, {times.size} steps, {describe_step(times)}"


def _region(rain: "xr.DataArray") -> str:
    """Cells and spacing; in latitude and longitude also where they are."""
    from nesym.fields.grid import Grid

    grid = Grid.of(rain)
    (ny, nx), (dy, dx) = grid.shape, grid.spacing_km
    size = f"{ny} x {nx} cells of {dy:.3g} x {dx:.3g} km"
    if grid.kind == "plane":
        return size
    return f"{size}, " + ", ".join(_between(rain[dim].values, *DEGREES[dim]) for dim in grid.dims)


def _between(degrees, below: str, above: str) -> str:
    def named(value: float) -> str:
        return f"{abs(value):.4g} {below if value < 0 else above}"

    return f"{named(degrees.min())} to {named(degrees.max())}"
