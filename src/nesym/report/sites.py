"""Means of stations, one line each: where there is no map to draw."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nesym.report.curves import look
from nesym.report.style import MUTED, PARAMETERS, axes_at, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 60  # stations that are drawn, each with its line
LINE, HEAD, FOOT = 22.0, 34.0, 50.0  # pixels of a line, and of what is above and below all lines


def sites_figure(
    names: Sequence[str], values: Mapping[str, np.ndarray], label: str, zero: bool = False, width: float = 720.0
) -> "Figure":
    """Points of all records (names,) in the line of each station; `zero` marks 0, where they are changes.

    Observations are bars, what was corrected is a ring and the result a dot, so that all are seen where they agree.
    """
    from matplotlib import rc_context

    left = min(24.0 + 7.0 * max(map(len, names)), 0.36 * width)
    rows = np.arange(len(names))
    with rc_context(PARAMETERS):
        figure = canvas(width, HEAD + LINE * len(names) + FOOT)
        axes = axes_at(figure, left, HEAD, width - left - 20.0, LINE * len(names))
        axes.hlines(rows, 0, 1, transform=axes.get_yaxis_transform(), color=MUTED, alpha=0.3, linewidth=0.8)
        if zero:
            axes.axvline(0.0, color=MUTED, linewidth=1.0)
        for name, at in values.items():
            axes.plot(at, rows, label=name, color=look(name)["color"], linestyle="", **_marker(name))
        axes.set(ylim=(len(names) - 0.5, -0.5), xlabel=label)
        axes.set_yticks(rows, list(names))
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.legend(
            loc="upper left",
            bbox_to_anchor=(4.0 / width, 1.0),
            bbox_transform=figure.transFigure,
            ncols=3,
            handletextpad=0.2,
            columnspacing=1.2,
        )
    return figure


def _marker(name: str) -> dict[str, Any]:
    if name == "observed":
        return {"marker": "|", "markersize": 15.0, "markeredgewidth": 2.6}
    if "before" in name:
        return {"marker": "o", "markersize": 10.0, "markerfacecolor": "none", "markeredgewidth": 1.6}
    return {"marker": "o", "markersize": 6.0}
