"""The seasonal cycle of records: what every month of the year is like on average."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from nesym.report.adjusted_climates import Climate, area_mean
from nesym.report.curves import panels_of_curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def monthly_means(found: Mapping[str, Climate], areas: xr.DataArray) -> dict[str, dict[int, float]]:
    """Mean over the cells of `areas` in each month that a record has: {record: {month: mean}}."""
    return {
        name: dict(zip(climate.months, area_mean(climate.cycle(), areas).values.tolist(), strict=True))
        for name, climate in found.items()
    }


def in_season(months: set[int]) -> list[int]:
    """Months of a record in the order of its season: a winter begins with December, a whole year with January."""
    ordered = sorted(months)
    gaps = [(month - before - 1) % 12 for before, month in zip([ordered[-1], *ordered[:-1]], ordered, strict=True)]
    first = int(np.argmax(gaps))
    return ordered[first:] + ordered[:first]


def seasonal_figure(
    cycles: Mapping[str, Mapping[str, Mapping[int, float]]], label: str, width: float = 720.0
) -> "Figure":
    """One panel of `monthly_means` for each part of the domain; only months that a record has are on the axis."""
    months = in_season({month for part in cycles.values() for cycle in part.values() for month in cycle})
    at = np.arange(len(months))
    panels = {
        title: {name: (at, np.array([cycle.get(month, np.nan) for month in months])) for name, cycle in part.items()}
        for title, part in cycles.items()
    }
    # In a narrow panel, letters stand for the months.
    short = len(panels) > 1 or width < 500.0
    names = [MONTHS[month - 1][: 1 if short and len(months) > 6 else 3] for month in months]

    def finish(axes: "Axes") -> None:
        axes.set_xticks(at, names)
        axes.set_xlim(-0.4, len(months) - 0.6)
        axes.locator_params(axis="y", nbins=5)

    return panels_of_curves(panels, finish, ("", label), width, marker="o", markersize=4.0)
