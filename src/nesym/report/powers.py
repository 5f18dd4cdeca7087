"""Logarithmic axes whose ticks are named as text: mathematical type would come out raw in the pictures of a page."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from nesym.report.scores import SUPERSCRIPT

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def powers_of_ten(axes: "Axes", which: Literal["x", "y"] = "y", most: int = 6) -> None:
    """Name powers of ten on one axis, every second or third where there are many."""
    from matplotlib.ticker import FixedLocator, NullLocator

    axis = axes.yaxis if which == "y" else axes.xaxis
    limits = axes.set_ylim if which == "y" else axes.set_xlim
    low, high = axis.get_view_interval()
    first, last = int(np.floor(np.log10(low))), int(np.ceil(np.log10(high)))
    if last - first <= 2:
        low, high = limits(10.0**first, 10.0**last)
    exponents = np.arange(first, last + 1)
    exponents = exponents[exponents % max(1, -(-len(exponents) // most)) == 0]
    inside = [e for e in exponents if low <= 10.0 ** float(e) <= high]
    axis.set_major_locator(FixedLocator([10.0 ** float(e) for e in inside]))
    axis.set_minor_locator(NullLocator())
    axis.set_ticklabels([f"10{str(e).translate(SUPERSCRIPT)}" if e else "1" for e in inside])
    axes.grid(True, axis=which)
