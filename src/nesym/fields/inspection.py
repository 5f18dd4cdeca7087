"""What NESYM sees in a file, and what it would refuse."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from nesym._errors import NesymError
from nesym._typing import Path
from nesym.fields.axes import role
from nesym.fields.canonical import in_units, located, time_bounds
from nesym.fields.grid import Grid
from nesym.fields.open import open_dataset
from nesym.fields.quantities import QUANTITIES, candidates, field_names, find_variable, quantity_of
from nesym.fields.times import calendar, check_times, describe_step, missing_steps, show
from nesym.fields.values import Summary, problems

BLOCK_VALUES = 2**23


@dataclass(frozen=True)
class VariableInfo:
    """One field of a file."""

    name: str
    units: str | None
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: str


@dataclass(frozen=True)
class Finding:
    """Something that would be refused, and what to do about it."""

    problem: str
    remedy: str


@dataclass(frozen=True)
class Inspection:
    """What a file holds; `None` where it could not be told, for a reason that is among the `findings`."""

    variables: tuple[VariableInfo, ...]
    quantity: str
    variable: str | None = None
    grid: Grid | None = None
    calendar: str | None = None
    period: tuple[str, str] | None = None
    steps: int | None = None
    time_step: str | None = None
    gaps: int = 0
    units: str | None = None
    range: tuple[float, float] | None = None
    missing: float | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether nothing would be refused."""
        return not self.findings


def inspect(
    source: Path | xr.Dataset | xr.DataArray, quantity: str | None = None, variable: str | None = None
) -> Inspection:
    """Look at a file or a Dataset as `canonical` would, and go on after a problem where that is possible.

    `quantity` is "pr", "tas" or "tos"; without it, the first of them that the data hold. All values are read, in
    blocks, to tell range and missing values (in the quantity's units). Raises `FileError` as `open_dataset` does.
    """
    ds = source if isinstance(source, xr.Dataset | xr.DataArray) else open_dataset(source)
    if isinstance(ds, xr.DataArray):
        ds = ds.to_dataset(name=ds.name or variable or quantity or "pr")
    wanted = quantity_of(quantity or _held_quantity(ds))
    findings: list[Finding] = []

    def attempt(step: Callable, *args: Any) -> Any:
        try:
            return step(*args)
        except NesymError as error:
            findings.append(Finding(error.problem, error.remedy))
            return None

    seen: dict[str, Any] = {"variables": _variables(ds), "quantity": wanted.name}
    raw = attempt(find_variable, ds, wanted, variable)
    if raw is not None:
        field = attempt(located, ds, wanted, variable)
        seen |= {"variable": str(raw.name), "grid": None if field is None else attempt(Grid.of, field)}
        seen |= _times(raw, attempt)
        field = raw if field is None else field
        rated = attempt(in_units, _in_blocks(field), wanted, time_bounds(ds, field))
        if rated is not None:
            summary = _summary(rated)
            findings += [Finding(p.problem, p.remedy) for p in problems(summary, wanted)]
            seen |= {"units": wanted.units, "missing": summary.missing / max(summary.size, 1)}
            seen["range"] = (summary.low, summary.high) if summary.low <= summary.high else None
    return Inspection(**seen, findings=tuple(findings))


def _held_quantity(ds: xr.Dataset) -> str:
    return next((name for name, quantity in QUANTITIES.items() if candidates(ds, quantity)), "pr")


def _variables(ds: xr.Dataset) -> tuple[VariableInfo, ...]:
    return tuple(
        VariableInfo(
            name, ds[name].attrs.get("units"), tuple(map(str, ds[name].dims)), ds[name].shape, str(ds[name].dtype)
        )
        for name in field_names(ds)
    )


def _times(raw: xr.DataArray, attempt: Callable) -> dict[str, Any]:
    axes = [c for c in raw.coords.values() if c.ndim == 1 and role(c) == "time"]
    if not axes:
        return {}
    time = axes[0]
    if not attempt(_in_order, time):
        return {"steps": time.size}
    period = (show(time.values[0]), show(time.values[-1])) if time.size else None
    return {
        "steps": time.size,
        "calendar": calendar(time),
        "period": period,
        "time_step": describe_step(time),
        "gaps": missing_steps(time),
    }


def _in_order(time: xr.DataArray) -> bool:
    check_times(time)
    return True


def _in_blocks(field: xr.DataArray) -> xr.DataArray:
    """The field as a lazy array whose chunks are small enough to be read one after the other."""
    if not field.ndim:
        return field
    first = field.dims[0]
    rows = max(1, BLOCK_VALUES * field.sizes[first] // max(field.size, 1))
    return field.chunk({first: rows})


def _summary(field: xr.DataArray) -> Summary:
    total = Summary()
    rows = field.chunks[0] if field.chunks else (field.shape[0],)
    start = 0
    for length in rows:
        block = field[start : start + length].values.astype(np.float32)
        total, start = total + Summary.of(block), start + length
    return total
