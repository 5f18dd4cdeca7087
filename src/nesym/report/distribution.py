"""The distribution of records: how often values are exceeded, and how far quantiles lie apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from nesym.report.curves import Curves, panels_of_curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 2_000_000  # values of a record that a distribution is made from
FEWEST_TIMES = 500  # times that are kept before cells are left out
RELIABLE = 10  # values beyond the last point of a curve, at least
PERCENTS = (0.1, 1, 10, 50, 90, 99, 99.9)


@dataclass(frozen=True, eq=False)
class Sample:
    """Values (n, cells) of a regular subsample of a record; `share` of all its values are in it."""

    values: np.ndarray
    steps: Mapping[str, int]
    share: float


def sample(da: xr.DataArray, most: int = MOST) -> Sample:
    """At most about `most` values of a record (time, [member], cells...), in regular steps of its dimensions."""
    steps = strides({str(dim): size for dim, size in da.sizes.items()}, most)
    part = da.isel({dim: slice(None, None, step) for dim, step in steps.items()})
    lead = part.sizes["time"] * part.sizes.get("member", 1)
    return Sample(part.values.reshape(lead, -1), steps, part.size / max(da.size, 1))


def strides(sizes: Mapping[str, int], most: int = MOST) -> dict[str, int]:
    """Steps along the dimensions that leave at most `most` values: of time first, then of the cells, evenly.

    The step in time has no divisor in common with the hours of a day and the days of a year, so that all hours and
    seasons stay in the sample.
    """
    total = int(np.prod([size for size in sizes.values()]))
    step = max(1, min(-(-total // most), sizes["time"] // FEWEST_TIMES))
    while gcd(step, 24 * 365) > 1:
        step += 1
    out = {dim: 1 for dim in sizes} | {"time": step}
    cells = [dim for dim in sizes if dim not in ("time", "member")]
    while cells and int(np.prod([-(-size // out[dim]) for dim, size in sizes.items()])) > most:
        widest = max(cells, key=lambda dim: sizes[dim] / out[dim])
        out[widest] += 1
    return out


def of_cells(areas: xr.DataArray, found: Sample) -> np.ndarray:
    """`areas` of the cells of a sample, flat."""
    return areas.isel({dim: slice(None, None, found.steps[str(dim)]) for dim in areas.dims}).values.ravel()


def weighted(found: Sample, areas: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """The values of a sample in ascending order, and what share of the area and time lies at or below each."""
    area = of_cells(areas, found)
    values = found.values[:, area > 0]
    weights = np.broadcast_to(area[area > 0], values.shape)[np.isfinite(values)]
    values = values[np.isfinite(values)]
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return values[order], below / below[-1] if below.size else below


def exceedance(samples: Mapping[str, Sample], areas: xr.DataArray, points: int = 240) -> dict[str, tuple]:
    """P(X > x) of each record over x, from 0 to what ten of its values exceed; NaN beyond."""
    sorted_ = {name: weighted(found, areas) for name, found in samples.items()}
    sorted_ = {name: pair for name, pair in sorted_.items() if pair[0].size > RELIABLE}
    ends = {name: values[-RELIABLE - 1] for name, (values, _) in sorted_.items()}
    x = max([*ends.values(), 0.0]) * np.linspace(0.0, 1.0, points) ** 2
    curves = {}
    for name, (values, below) in sorted_.items():
        at = np.searchsorted(values, x, side="right") - 1
        above = np.where(at >= 0, 1.0 - below[at], 1.0)
        curves[name] = (x, np.where((x <= ends[name]) & (above > 0), above, np.nan))
    return curves


def quantile_differences(
    samples: Mapping[str, Sample], areas: xr.DataArray, pairs: Mapping[str, tuple[str, str]], points: int = 161
) -> dict[str, tuple]:
    """x_p - y_p over the logit of p, log(p / (1 - p)), of the two records of each of `pairs`."""
    sorted_ = {
        name: weighted(samples[name], areas) for name in dict.fromkeys(n for pair in pairs.values() for n in pair)
    }
    fewest = min(values.size for values, _ in sorted_.values())
    if fewest <= 2 * RELIABLE:
        return {}
    end = max(RELIABLE / fewest, PERCENTS[0] / 100)
    logit = np.linspace(np.log(end / (1 - end)), np.log((1 - end) / end), points)
    p = 1.0 / (1.0 + np.exp(-logit))
    quantiles = {name: values[np.searchsorted(below, p * (1 - 1e-12))] for name, (values, below) in sorted_.items()}
    return {label: (logit, quantiles[one] - quantiles[other]) for label, (one, other) in pairs.items()}


def exceedance_figure(panels: Mapping[str, Curves], label: str, width: float = 720.0) -> "Figure":
    """Curves of P(X > x), on a logarithmic scale."""
    from matplotlib.ticker import LogLocator, NullLocator

    def finish(axes: "Axes") -> None:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(10.0, numticks=8))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
        axes.set_ylim(top=1.0)
        axes.set_xlim(left=0.0)
        axes.locator_params(axis="x", nbins=6)

    return panels_of_curves(panels, finish, (label, "P(X > x)"), width)


def quantile_figure(panels: Mapping[str, Curves], label: str, width: float = 720.0) -> "Figure":
    """Curves of differences between quantiles over their probability, its tails stretched."""

    def finish(axes: "Axes") -> None:
        low, high = axes.get_xlim()
        ticks = [np.log(percent / (100 - percent)) for percent in PERCENTS]
        keep = [number for number, tick in enumerate(ticks) if low - 0.05 <= tick <= high + 0.05]
        axes.set_xticks([ticks[number] for number in keep], [f"{PERCENTS[number]:g} %" for number in keep])
        axes.axhline(0.0, color="0.5", linewidth=0.9, zorder=0)
        axes.locator_params(axis="y", nbins=5)

    return panels_of_curves(panels, finish, ("Quantile", label), width)
