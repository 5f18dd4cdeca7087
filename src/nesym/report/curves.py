"""Curves of several records in panels: the same look for the same record wherever it is drawn."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nesym.report.style import COLOURS, INK, PARAMETERS, axes_at, canvas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, GAP, HEAD, LINE = 66.0, 62.0, 28.0, 21.0  # pixels around panels, and the height of a legend's line
FOOT, UNNAMED = 54.0, 34.0  # pixels below a panel, with and without a name of its axis
Curves = Mapping[str, tuple[np.ndarray, np.ndarray]]


def look(name: str) -> dict[str, Any]:
    """Colour and line of a record: observations in ink, what was corrected in orange, the result in blue; the past dashed."""
    colour = COLOURS[1] if "before" in name else COLOURS[0] if "after" in name else INK
    # The observations are broad, so that a correction that hits them leaves them to be seen.
    return {
        "color": colour,
        "linestyle": (0, (4, 1.6)) if name.startswith("past") else "-",
        "linewidth": 3.8 if name == "observed" else 1.8,
    }


def panels_of_curves(
    panels: Mapping[str, Curves],
    finish: Callable[["Axes"], None],
    labels: tuple[str, str],
    width: float = 720.0,
    **line: Any,
) -> "Figure":
    """One panel of curves (x, y) by record for each title, two in a row where there is room, under one legend.

    `finish` is called with the axes of each panel, `labels` are those of x and y, and `line` goes to matplotlib's `plot`.
    """
    from matplotlib import rc_context

    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    columns = 2 if len(panels) > 1 and width > 500.0 else 1
    rows = -(-len(panels) // columns)
    wide, high = (width - LEFT - 14.0 - GAP * (columns - 1)) / columns, 190.0 if columns == 2 else 0.3 * width + 70.0
    foot = FOOT if labels[0] else UNNAMED
    with rc_context(PARAMETERS):
        across, lines = _legend_lines(names, width - LEFT)
        top = LINE * lines + 8.0
        figure = canvas(width, top + rows * (HEAD + high + foot))
        for number, (title, curves) in enumerate(panels.items()):
            row, column = divmod(number, columns)
            axes = axes_at(figure, LEFT + column * (wide + GAP), top + HEAD + row * (HEAD + high + foot), wide, high)
            for name, (x, y) in curves.items():
                axes.plot(x, y, label=name, **look(name), **line)
            axes.set(title=title, xlabel=labels[0], ylabel=labels[1] if column == 0 else "")
            axes.grid(True)
            axes.tick_params(length=3)
            finish(axes)
        _legend(figure, names, across, line)
    return figure


def _legend_lines(names: Sequence[str], width: float) -> tuple[int, int]:
    """How many entries a line of the legend has, and how many lines there are."""
    if sum(50.0 + 6.6 * len(name) for name in names) <= width:
        return len(names), 1
    across = max(1, int(width // (50.0 + 6.6 * max(map(len, names)))))
    return across, -(-len(names) // across)


def _legend(figure: "Figure", names: Sequence[str], across: int, line: Mapping[str, Any]) -> None:
    from matplotlib.lines import Line2D

    wide, high = figure.get_size_inches() * 72.0
    handles = [Line2D([], [], label=name, **look(name), **line) for name in names]
    figure.legend(
        handles=handles,
        ncols=min(across, len(names)),
        loc="upper left",
        bbox_to_anchor=((LEFT - 4.0) / wide, (high - 2.0) / high),
        handlelength=2.4,
        columnspacing=1.6,
        borderpad=0.0,
        borderaxespad=0.0,
    )
