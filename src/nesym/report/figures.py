"""Figures of a verification: rank histograms, memory in time, scores with their intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from nesym.report.scores import TRUTH, ScoreTable, perfect, value_of
from nesym.report.style import INK, MUTED, PARAMETERS, axes_at, canvas, method_colours

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def _room(names: Sequence[str], width: float) -> float:
    """Pixels for the names of methods on the left: what the longest needs, at most two fifths of the figure."""
    return min(20.0 + 6.6 * max(map(len, names), default=0), 0.4 * width)


def _columns(panels: int, most: int) -> int:
    """Columns, at most `most`, that fill as few lines as possible as evenly as possible."""
    lines = max(1, -(-panels // most))
    return max(1, -(-panels // lines))


def rank_histogram_figure(
    histogram: xr.DataArray, cases: float | None = None, selected: str | None = None, width: float = 720.0
) -> "Figure":
    """How often the truth takes each rank among the M members, over its expectation 1 / (M + 1), for each method.

    `histogram` is (method, rank), counts or frequencies, missing beyond a method's number of ranks; methods of fewer
    than two members are left out. With the number n of independent `cases`, a band holds 95 % of what a perfectly
    calibrated ensemble would show in each rank: 1 +- 1.96 sqrt(M / n), the normal approximation of the binomial with
    p = 1 / (M + 1).
    """
    from matplotlib import rc_context

    rows = dict(zip(map(str, histogram["method"].values), histogram.transpose("method", "rank").values, strict=True))
    colours = method_colours(list(rows), selected)
    rows = {m: r[np.isfinite(r)] for m, r in rows.items()}
    rows = {m: r / r.mean() for m, r in rows.items() if r.size > 2 and r.sum() > 0}
    half = {m: 1.96 * np.sqrt((r.size - 1) / cases) if cases else 0.0 for m, r in rows.items()}
    columns = _columns(len(rows), 3 if width > 500 else 1)
    wide, high, step = (width - 60.0 - 20.0 * (columns - 1)) / columns, 150.0, 208.0
    top = 1.08 * max([1.0, *(max(r.max(), 1.0 + half[m]) for m, r in rows.items())])
    with rc_context(PARAMETERS):
        figure = canvas(width, 12.0 + step * max(1, -(-len(rows) // columns)))
        for number, (method, row) in enumerate(rows.items()):
            line, column = divmod(number, columns)
            axes = axes_at(figure, 52.0 + column * (wide + 20.0), 28.0 + line * step, wide, high)
            axes.bar(np.arange(row.size), row, width=0.82, color=colours[method])
            axes.axhspan(1.0 - half[method], 1.0 + half[method], color=MUTED, alpha=0.3, linewidth=0)
            axes.axhline(1.0, color=INK, linewidth=1.0)
            axes.set(title=method, ylim=(0.0, top), xlim=(-0.7, row.size - 0.3), xlabel="Rank of the truth")
            axes.tick_params(length=3, labelleft=column == 0)
            axes.locator_params(axis="x", integer=True, nbins=5)
            axes.set_ylabel("Relative frequency" if column == 0 else "")
    return figure


def lag1_figure(lag1: xr.DataArray, selected: str | None = None, width: float = 720.0) -> "Figure":
    """Correlation of each cell's rain with the next time step's, of the members of each `method` and of the truth."""
    from matplotlib import rc_context

    values = dict(zip(map(str, lag1["method"].values), map(float, lag1.values), strict=True))
    colours = method_colours(list(values), selected)
    truth = values.pop("truth", np.nan)
    values = {m: v for m, v in values.items() if np.isfinite(v)}
    high, left = 30.0 * max(1, len(values)), _room(list(values), width)
    with rc_context(PARAMETERS):
        figure = canvas(width, 74.0 + high)
        axes = axes_at(figure, left, 26.0, width - left - 50.0, high)
        axes.barh(list(values), list(values.values()), color=[colours[m] for m in values], height=0.62)
        for place, value in enumerate(values.values()):
            _beside(axes, f"{value:.2f}", (1.0, place), (10, 0), ("axes fraction", "data"), va="center")
        if np.isfinite(truth):
            axes.axvline(truth, color=INK, linewidth=2.0)
            _beside(axes, f"truth {truth:.2f}", (truth, 1.0), (0, 5), ("data", "axes fraction"), ha="center")
        low = min(0.0, *values.values(), np.nan_to_num(truth)) if values else 0.0
        axes.set(xlim=(1.1 * low, 1.0), xlabel="Lag-1 autocorrelation")
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
    return figure


def _beside(axes: "Axes", text: str, point: tuple, shift: tuple, meaning: tuple[str, str], **align: str) -> None:
    axes.annotate(text, point, shift, xycoords=meaning, textcoords="offset points", **align)


def score_figure(
    table: ScoreTable, columns: Sequence[str], selected: str | None = None, width: float = 720.0
) -> "Figure":
    """Each method's score as a point with its interval, one panel for each of `columns`.

    A vertical line is the score of a perfect forecast, where it lies within the panel.
    """
    from matplotlib import rc_context

    methods = {str(row.get(table.columns[0])): row for row in table.rows}
    methods.pop(TRUTH, None)
    colours = method_colours(list(methods), selected)
    gap, high, left = 24.0, 30.0 * len(methods), _room(list(methods), width)
    across = _columns(len(columns), 4 if width > 500 else 2)
    wide = (width - left - 16.0 - gap * (across - 1)) / across
    with rc_context(PARAMETERS):
        figure = canvas(width, (high + 66.0) * -(-len(columns) // across))
        for number, column in enumerate(columns):
            line, place = divmod(number, across)
            axes = axes_at(figure, left + place * (wide + gap), 30.0 + line * (high + 66.0), wide, high)
            _score_panel(axes, column, [(colours[m], row.get(column)) for m, row in methods.items()])
            _mark_perfect(axes, perfect(table, column))
            axes.set_yticks(range(len(methods)), list(methods) if place == 0 else [])
    return figure


def _score_panel(axes: "Axes", column: str, entries: list[tuple[str, Any]]) -> None:
    for place, (colour, entry) in enumerate(entries):
        if getattr(entry, "low", None) is not None:
            axes.plot([entry.low, entry.high], [place, place], color=colour, linewidth=2.4, solid_capstyle="round")
        axes.plot([value_of(entry)], [place], "o", color=colour, markersize=6.5)
    axes.set(title=column, ylim=(len(entries) - 0.5, -0.5))
    axes.tick_params(axis="y", length=0)
    axes.locator_params(axis="x", nbins=4)
    axes.grid(True, axis="x")
    axes.spines["left"].set_visible(False)


def _mark_perfect(axes: "Axes", value: float | None) -> None:
    low, high = axes.get_xlim()
    if value is not None and low <= value <= high:
        axes.axvline(value, color=INK, linewidth=1.0)
        axes.set_xlim(low, high)
