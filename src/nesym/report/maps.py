"""Panels of maps: equal distances, kilometres or degrees and a coastline, one colour bar for each scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from nesym.report.bars import STRIP, bars_below, bars_beside
from nesym.report.coastline import segments
from nesym.report.frame import Frame, upright
from nesym.report.style import MUTED, PARAMETERS, Scale, axes_at, canvas, rain_scale, spread_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, RIGHT, TITLE, FOOT, GAP = 58.0, 22.0, 28.0, 30.0, 18.0  # pixels around the maps
SHORE = "#4d535a"  # on the maps' own white, whatever the page's colours are
FINEST = 600  # cells along one side that are drawn one by one; beyond, matplotlib averages them


@dataclass(frozen=True)
class Layer:
    """One map: its title and its field, (y, x) or (lat, lon); `scale` names the colour bar that it reads."""

    title: str
    field: xr.DataArray
    scale: Literal["rain", "spread"] = "rain"


@dataclass(frozen=True)
class _Places:
    """Where the maps of a panel go, in pixels; the colour bars take the free cell of the last row, or a strip below."""

    maps: int
    columns: int
    wide: float
    high: float

    @classmethod
    def of(cls, maps: int, ratio: float, width: float, columns: int | None) -> "_Places":
        upright_maps = ratio >= 0.7
        fit = int(width // (230.0 if upright_maps else 300.0))
        columns = min(columns or max(fit, 2 if upright_maps else 1), maps + 1)
        wide = (width - LEFT - RIGHT - GAP * (columns - 1)) / columns
        return cls(maps, columns, wide, wide * min(max(ratio, 0.3), 2.0))

    @property
    def full(self) -> bool:
        return self.maps % self.columns == 0

    @property
    def height(self) -> float:
        return -(-self.maps // self.columns) * (TITLE + self.high + FOOT) + (STRIP if self.full else 0.0)

    def corner(self, number: int) -> tuple[float, float]:
        row, column = divmod(number, self.columns)
        return LEFT + column * (self.wide + GAP), TITLE + row * (TITLE + self.high + FOOT)


def map_panel(layers: Sequence[Layer], columns: int | None = None, width: float = 1080.0) -> "Figure":
    """A panel of maps in rows of `columns`, with one colour bar for each scale in use.

    All maps of one scale share its classes, which reach to their common maximum. Without `columns`, a row holds as
    many maps as stay readable at this `width` in pixels. Returns a matplotlib figure; `savefig` saves it at any
    resolution.
    """
    from matplotlib import rc_context

    frames = [Frame.of(layer.field) for layer in layers]
    values = [upright(layer.field) for layer in layers]
    scales = _scales(layers, values)
    places = _Places.of(len(layers), frames[0].ratio, width, columns)
    with rc_context(PARAMETERS):
        figure = canvas(width, places.height)
        for number, layer in enumerate(layers):
            axes = axes_at(figure, *places.corner(number), places.wide, places.high)
            draw_map(axes, frames[number], values[number], scales[layer.scale])
            name_places(axes, frames[number], rows_named=number % places.columns == 0)
            axes.set_title(layer.title)
            if places.wide >= 190.0:
                peak = np.nanmax(values[number], initial=0.0)
                axes.set_title(f"max {peak:.3g}", loc="right", fontsize=11, color=MUTED)
        if places.full:
            bars_below(figure, list(scales.values()), LEFT, places.height - STRIP, width - LEFT - RIGHT)
        else:
            bars_beside(figure, list(scales.values()), *places.corner(len(layers)), places.wide, places.high)
    return figure


def _scales(layers: Sequence[Layer], values: Sequence[np.ndarray]) -> dict[str, Scale]:
    made = {}
    for name, make in (("rain", rain_scale), ("spread", spread_scale)):
        used = [np.nanmax(v, initial=0.0) for layer, v in zip(layers, values, strict=True) if layer.scale == name]
        if used:
            made[name] = make(float(max(used)))
    return made


def draw_map(axes: "Axes", frame: Frame, values: np.ndarray, scale: Scale) -> None:
    """Draw one field (rows from south to north) into `axes`, with the coastline on a lat-lon grid."""
    image = axes.pcolorfast(frame.x, frame.y, np.ma.masked_invalid(values), cmap=scale.cmap, norm=scale.norm)
    if hasattr(image, "set_interpolation"):
        image.set_interpolation("none" if max(values.shape) <= FINEST else "antialiased")
    if frame.kind == "latlon":
        # One line with gaps: matplotlib then leaves out what is off the map and what is finer than a pixel.
        shore = np.concatenate([np.append(line, [[np.nan, np.nan]], axis=0) for line in segments(frame.x[0])])
        axes.plot(*shore.T, color=SHORE, linewidth=0.7, scalex=False, scaley=False)
    axes.set(xlim=frame.x[[0, -1]], ylim=frame.y[[0, -1]])
    axes.set_aspect(frame.stretch, anchor="NW")
    axes.spines[:].set_visible(True)


def name_places(axes: "Axes", frame: Frame, rows_named: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    steps = [1, 2, 5, 10] if frame.kind == "plane" else [1, 1.5, 2, 3, 4.5, 6, 9, 10]
    for name, axis in (("x", axes.xaxis), ("y", axes.yaxis)):
        low, high = axis.get_view_interval()
        ticks = [t for t in MaxNLocator(nbins=4, steps=steps).tick_values(low, high) if low <= t <= high]
        axis.set_ticks(ticks, [frame.place(t, name, t == ticks[-1]) for t in ticks])
        axis.set_tick_params(length=3, pad=2)
    if not rows_named:
        axes.set_yticklabels([])
