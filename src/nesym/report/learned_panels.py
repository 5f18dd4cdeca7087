"""Panels of several methods under one legend, each method with the same look everywhere on a page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from nesym.report.style import PARAMETERS, axes_at, canvas, method_colours, method_dashes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEFT, GAP, HEAD, FOOT, LINE = 66.0, 70.0, 28.0, 54.0, 21.0  # pixels around panels, and of a line of the legend


class Looks:
    """The look of each method on a page: the truth broad in ink, the selected first, all with a dash of their own."""

    def __init__(self, methods: Sequence[str], selected: str | None):
        self.colours, self.dashes = method_colours(methods, selected), method_dashes(methods, selected)
        self.selected = selected

    def __call__(self, method: str) -> dict[str, Any]:
        """What matplotlib's `plot` takes."""
        width = 4.2 if method == "truth" else 2.2 if method == self.selected else 1.6
        alpha = 0.35 if method == "truth" else 1.0
        return {"color": self.colours[method], "linestyle": self.dashes[method], "linewidth": width, "alpha": alpha}


class Panels:
    """A figure with equal panels, two in a row where there is room, under one legend, drawn in the page's style."""

    def __init__(self, methods: Sequence[str], looks: Looks, count: int, width: float, square: bool = False):
        from matplotlib import rc_context

        self.methods, self.looks, self.width = methods, looks, width
        self.columns = 2 if count > 1 and width > 500.0 else 1
        self.wide = (width - LEFT - 14.0 - GAP * (self.columns - 1)) / self.columns
        if square and self.columns == 1:
            self.wide = min(self.wide, 420.0)
        self.high = 0.85 * self.wide if square else 200.0
        self.rows = -(-count // self.columns)
        self.context = rc_context(PARAMETERS)

    def __enter__(self) -> Self:
        self.context.__enter__()
        across = max(1, int((self.width - LEFT) // (56.0 + 6.8 * max(map(len, self.methods), default=1))))
        lines = -(-len(self.methods) // across)
        self.top = LINE * lines + 8.0
        self.figure = canvas(self.width, self.top + self.rows * (HEAD + self.high + FOOT))
        self._legend(across)
        return self

    def __exit__(self, *error: Any) -> None:
        self.context.__exit__(*error)

    def axes(self, number: int) -> "Axes":
        """The axes of one panel, counted by rows."""
        row, column = divmod(number, self.columns)
        top = self.top + HEAD + row * (HEAD + self.high + FOOT)
        axes = axes_at(self.figure, LEFT + column * (self.wide + GAP), top, self.wide, self.high)
        axes.grid(True)
        axes.tick_params(length=3)
        axes.locator_params(nbins=6)
        return axes

    def _legend(self, across: int) -> None:
        from matplotlib.lines import Line2D

        wide, high = self.figure.get_size_inches() * 72.0
        self.figure.legend(
            handles=[Line2D([], [], label=method, **self.looks(method)) for method in self.methods],
            ncols=min(across, len(self.methods)),
            loc="upper left",
            bbox_to_anchor=((LEFT - 4.0) / wide, (high - 2.0) / high),
            handlelength=2.6,
            columnspacing=1.6,
            borderpad=0.0,
            borderaxespad=0.0,
        )
