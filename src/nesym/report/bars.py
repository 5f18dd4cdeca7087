"""Colour bars of classes, each as wide as the next: in a column beside the maps, or in a strip below them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nesym.report.style import INK, Scale, axes_at

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LABEL = 34.0  # pixels for the name of the scale, two lines, above a standing bar
STRIP = 76.0  # pixels for lying bars with their names
THICK = 15.0


def bars_beside(figure: "Figure", scales: Sequence[Scale], left: float, top: float, wide: float, high: float) -> None:
    """Standing bars, side by side in one cell of a panel."""
    for number, scale in enumerate(scales):
        box = axes_at(figure, left + 8.0 + number * wide / 2, top + LABEL, THICK, high - LABEL)
        _bar(figure, box, scale, "vertical", (high - LABEL) / 13.0)
        box.set_title(scale.label.replace(" (", "\n("), fontsize=11.5, pad=8, x=0.0)


def bars_below(figure: "Figure", scales: Sequence[Scale], left: float, top: float, wide: float) -> None:
    """Lying bars, side by side under a panel."""
    gap = 40.0
    share = min(480.0, (wide - gap * (len(scales) - 1)) / len(scales))
    for number, scale in enumerate(scales):
        box = axes_at(figure, left + number * (share + gap), top + 26.0, share, THICK)
        _bar(figure, box, scale, "horizontal", share / 34.0)
        box.set_title(scale.label, fontsize=11.5, pad=6)


def _bar(figure: "Figure", box: "Axes", scale: Scale, orientation: str, room: float) -> None:
    """Draw into `box`; of the levels' names, as many are written as there is `room` for."""
    from matplotlib.cm import ScalarMappable

    bar = figure.colorbar(
        ScalarMappable(scale.norm, scale.cmap),
        cax=box,
        orientation=orientation,
        spacing="uniform",
        extend="min",
        extendrect=True,
        extendfrac="auto",
    )
    every = max(1, int(np.ceil(len(scale.levels) / room)))
    names = [f"{v:g}" if i % every == 0 else "" for i, v in enumerate(scale.levels)]
    bar.set_ticks(scale.levels, labels=names)
    bar.ax.tick_params(length=0, pad=4)
    bar.outline.set(edgecolor=INK, linewidth=0.8)
