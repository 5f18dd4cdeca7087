"""What a report of learned dynamics draws: states, errors and laws along trajectories, as arrays by method."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from nesym._errors import InputError
from nesym.fields.clock import clock
from nesym.learn.laws.expressions import Conserved
from nesym.verify.trajectories import constraint_error, relative_state_error

LEAST = 1e-17  # what a logarithmic axis shows of an error of exactly zero
QUANTILES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Forecasts:
    """Solutions by method, each with a variable for each of `names` and dims ([member], [trajectory], time); the `truth`,
    where there is one, at their first times. `span` is how long the longest trajectory was that was learned from."""

    found: Mapping[str, xr.Dataset]
    names: tuple[str, ...]
    truth: xr.Dataset | None = None
    span: float | None = None

    def __post_init__(self) -> None:
        for method, ds in self.everything.items():
            missing = [name for name in self.names if name not in ds.data_vars or "time" not in ds[name].dims]
            if missing or "time" not in ds.coords:
                raise InputError(
                    f"The states of {method} have no {', '.join(missing) or 'time'} along a dimension 'time'.",
                    "Give Datasets with one variable (trajectory, time) for each coordinate.",
                )

    @property
    def everything(self) -> dict[str, xr.Dataset]:
        """The truth, then the methods."""
        return ({} if self.truth is None else {"truth": self.truth}) | dict(self.found)

    @property
    def time_label(self) -> str:
        """The name of the time axis, with its unit where there is one."""
        time = next(iter(self.everything.values()))["time"]
        dates = not np.issubdtype(time.dtype, np.number)
        unit = "days" if dates else str(time.attrs.get("units", "")).split(" since ")[0]
        return f"Time ({unit})" if unit and unit != "1" else "Time"

    def within(self, method: str) -> xr.Dataset:
        """The states of a method as far as the truth goes; all of them where there is none."""
        ds = self.everything[method]
        return ds if self.truth is None else ds.isel(time=slice(0, self.truth.sizes["time"]))

    def times(self, method: str) -> np.ndarray:
        """(time,): since the start of the forecast."""
        time, _ = clock(self.everything[method]["time"])
        return time - time[0]

    def states(self, method: str) -> np.ndarray:
        """(rows, time, n): members and trajectories are rows."""
        ds = self.everything[method][list(self.names)]
        dims = [dim for dim in ("member", "trajectory") if dim in ds.dims]
        array = ds.to_dataarray("state").transpose(*dims, "time", "state").values.astype(np.float64)
        return array.reshape(-1, *array.shape[-2:])

    def one(self, method: str, place: int) -> np.ndarray:
        """States (time, n) of the first member in one trajectory, as far as the truth goes."""
        ds = self.within(method)[list(self.names)]
        chosen = {dim: at for dim, at in (("member", 0), ("trajectory", place)) if dim in ds.dims}
        return ds.isel(chosen).to_dataarray("state").transpose("time", "state").values

    def state_errors(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Times, and errors ||x - truth|| / ||truth|| (rows, time), by method; none without a truth."""
        if self.truth is None:
            return {}
        truth = self.truth[list(self.names)]
        errors = {}
        for method in self.found:
            ds = self.within(method)
            error = relative_state_error(ds[list(self.names)], truth).transpose(..., "time").values
            errors[method] = self.times(method)[: error.shape[-1]], error.reshape(-1, error.shape[-1])
        return errors

    def law_errors(self, laws: Conserved) -> dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]:
        """|V(t) - V(0)| over the root mean square of V(0), times and (rows, time), by law and method."""
        found: dict[str, dict[str, tuple[np.ndarray, np.ndarray]]] = {text: {} for text in laws.texts}
        for method, ds in self.everything.items():
            values = laws.values(self.states(method), clock(ds["time"])[0])
            for place, text in enumerate(laws.texts):
                size = np.sqrt(np.nanmean(values[:, 0, place] ** 2))
                error = constraint_error(values[..., place]) / (size if size > 0 else 1.0)
                found[text][method] = self.times(method), error
        return found

    def median_trajectory(self, method: str) -> int:
        """The trajectory whose last error is the median one; the first where there is no truth."""
        errors = self.state_errors()
        if method not in errors or "trajectory" not in self.found[method].dims:
            return 0
        last = np.nanmax(np.nan_to_num(errors[method][1], nan=np.inf), -1)
        count = self.found[method].sizes["trajectory"]
        return int(np.argsort(last.reshape(-1, count)[0])[(count - 1) // 2])

    def ended(self, method: str) -> tuple[int, int]:
        """How many solutions end before the last time, and how many there are."""
        last = self.states(method)[:, -1]
        return int((~np.isfinite(last).all(-1)).sum()), len(last)


def band(errors: np.ndarray) -> np.ndarray:
    """Quantiles of 10, 50 and 90 % over rows (rows, time) -> (3, time); one that has ended counts as infinite.

    NaN where the quantile is infinite: the curve of the median ends where half of them have.
    """
    held = np.sort(np.where(np.isfinite(errors), np.maximum(errors, LEAST), np.inf), 0)
    # Values themselves, outwards of the quantile: to interpolate towards infinity gives nothing.
    last = len(held) - 1
    places = [int(rounded(q * last)) for q, rounded in zip(QUANTILES, (np.floor, np.ceil, np.ceil), strict=True)]
    return np.where(np.isfinite(held[places]), held[places], np.nan)


def pairs(names: Sequence[str], second_order: bool, most: int = 4) -> list[tuple[int, int]]:
    """Which coordinates are drawn against each other: neighbours; of positions with velocities also each with its own."""
    n = len(names)
    if n < 2:
        return []
    if second_order:
        half = n // 2
        planes = [(0, 1), (half, half + 1)] if half > 1 else []
        return (planes + [(i, half + i) for i in range(half)])[:most]
    chosen = [(i, i + 1) for i in range(0, n - 1, 2)]
    return (chosen + ([(n - 2, n - 1)] if n % 2 else []))[:most]
