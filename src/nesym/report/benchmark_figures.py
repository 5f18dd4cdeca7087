"""Figures of a benchmark: errors over many orders of magnitude, and how networks learned."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from nesym.report.powers import powers_of_ten
from nesym.report.scores import ScoreTable
from nesym.report.style import PARAMETERS, axes_at, canvas, method_colours

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SMALLEST = 1e-12


def error_figure(table: ScoreTable, selected: str | None = None, width: float = 720.0) -> "Figure":
    """The column CME of each row as a point with its interval, on a logarithmic axis."""
    from matplotlib import rc_context

    scores = {str(row["method"]): row["CME"] for row in table.rows}
    colours = method_colours(list(scores), selected)
    left, high = min(20.0 + 6.6 * max(map(len, scores)), 0.4 * width), 26.0 * len(scores)
    with rc_context(PARAMETERS):
        figure = canvas(width, high + 66.0)
        axes = axes_at(figure, left, 14.0, width - left - 24.0, high)
        for place, (name, score) in enumerate(scores.items()):
            if score.low is not None:
                ends = [max(score.low, SMALLEST), max(score.high, SMALLEST)]
                axes.plot(ends, [place, place], color=colours[name], linewidth=2.4, solid_capstyle="round")
            axes.plot([max(score.value, SMALLEST)], [place], "o", color=colours[name], markersize=6.5)
        axes.set(xscale="log", xlabel="CME", ylim=(len(scores) - 0.5, -0.5))
        axes.set_yticks(range(len(scores)), list(scores))
        axes.tick_params(axis="y", length=0)
        powers_of_ten(axes, "x")
        axes.spines["left"].set_visible(False)
    return figure


def curve_figure(curves: Mapping[str, tuple[np.ndarray, np.ndarray]], width: float = 720.0) -> "Figure":
    """Validation error against minutes of processor time, one line for each method."""
    from matplotlib import rc_context

    colours = method_colours(list(curves))
    with rc_context(PARAMETERS):
        figure = canvas(width, 320.0)
        axes = axes_at(figure, 66.0, 16.0, width - 90.0, 244.0)
        for name, (minutes, error) in curves.items():
            axes.plot(minutes, error, color=colours[name], label=name)
        axes.set(yscale="log", xlabel="Processor time in minutes", ylabel="Error of one step")
        powers_of_ten(axes)
        axes.legend()
    return figure
