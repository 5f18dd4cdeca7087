"""Maps of climates: rows of maps that share a colour bar, in even classes, differences about a white middle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from nesym._errors import GridError
from nesym.report.frame import Frame, upright
from nesym.report.maps import FOOT, GAP, LEFT, RIGHT, TITLE, draw_map, name_places
from nesym.report.style import (
    INK,
    MUTED,
    NO_DATA,
    PARAMETERS,
    RAIN_PATH,
    SPREAD_PATH,
    Scale,
    axes_at,
    canvas,
    even_colours,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

UNPLACED = "unplaced"  # the kind of a frame whose cells have no known place
BAR = 76.0  # pixels of a colour bar with its name and numbers
OF_RAIN = (0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)  # levels of mean rain over the highest
ROUND = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
SIDE = 5  # classes on each side of the middle of a difference, the open one at its end among them


@dataclass(frozen=True)
class Row:
    """Maps that share one `scale`: title, field (lat, lon) or (y, x), and what stands at their upper right."""

    maps: Sequence[tuple[str, xr.DataArray, str]]
    scale: Scale


def frame_of(field: xr.DataArray) -> Frame | None:
    """Where the cells lie; side by side for rows and columns whose coordinates do not tell; None for stations."""
    try:
        return Frame.of(field)
    except GridError:
        if field.ndim != 2 or min(field.shape) < 2:
            return None
        rows, columns = field.shape
        return Frame(UNPLACED, np.arange(columns + 1.0), np.arange(rows + 1.0), 1.0)


def map_rows(rows: Sequence[Row], width: float = 1080.0) -> "Figure":
    """Rows of maps, each over its own colour bar; a row that is too long for `width` goes on below."""
    from matplotlib import rc_context

    frame = frame_of(rows[0].maps[0][1])
    fit = int(width // (230.0 if frame.ratio >= 0.7 else 300.0))
    columns = max(1, min(3, fit, max(len(row.maps) for row in rows)))
    wide = (width - LEFT - RIGHT - GAP * (columns - 1)) / columns
    high = wide * min(max(frame.ratio, 0.3), 2.0)
    lines = [-(-len(row.maps) // columns) for row in rows]
    with rc_context(PARAMETERS):
        figure = canvas(width, sum(lines) * (TITLE + high + FOOT) + BAR * len(rows))
        top = 0.0
        for row, count in zip(rows, lines, strict=True):
            for number, (title, field, corner) in enumerate(row.maps):
                line, column = divmod(number, columns)
                place = LEFT + column * (wide + GAP), top + TITLE + line * (TITLE + high + FOOT)
                axes = axes_at(figure, *place, wide, high)
                draw_map(axes, frame, upright(field), row.scale)
                axes.set_title(title)
                axes.set_title(corner, loc="right", fontsize=11, color=MUTED)
                if frame.kind == UNPLACED:
                    axes.set(xticks=[], yticks=[])
                else:
                    name_places(axes, frame, rows_named=column == 0)
            top += count * (TITLE + high + FOOT)
            _bar(figure, row.scale, top, min(460.0, width - LEFT - RIGHT))
            top += BAR
    return figure


def mean_scale(fields: Sequence[xr.DataArray], label: str, rain: bool) -> Scale:
    """Classes over the range of `fields`, the outermost hundredths left to open ones: even, or of rain finer below."""
    values = np.concatenate([field.values.ravel() for field in fields])
    values = values[np.isfinite(values)] if np.isfinite(values).any() else np.zeros(1)
    low, high = np.quantile(values, [0.01, 0.99])
    if rain:
        colours = np.vstack([np.ones((1, 3)), even_colours(RAIN_PATH, len(OF_RAIN))])
        return _scale(label, nice(high) * np.array(OF_RAIN), colours)
    step = nice((high - low) / 8.0)
    levels = step * np.arange(np.floor(low / step), max(np.ceil(high / step), np.floor(low / step) + 3) + 1)
    return _scale(label, levels, even_colours(SPREAD_PATH, levels.size + 1))


def difference_scale(fields: Sequence[xr.DataArray], label: str, rain: bool, most: float = np.inf) -> Scale:
    """Even classes about 0, not beyond `most`, white between the inner two; brown and green for rain, else blue and red."""
    import matplotlib

    sizes = np.abs(np.concatenate([field.values.ravel() for field in fields]))
    sizes = sizes[np.isfinite(sizes)]
    step = min(nice(np.quantile(sizes, 0.97) / SIDE if sizes.size else 1.0), most / SIDE)
    half = step * np.arange(1, SIDE + 1)
    colours = matplotlib.colormaps["BrBG" if rain else "RdBu_r"](np.linspace(0.04, 0.96, 2 * SIDE + 1))[:, :3]
    colours[SIDE] = 1.0
    return _scale(label, np.concatenate([-half[::-1], half]), colours)


def nice(step: float) -> float:
    """The least of the `ROUND` numbers, times a power of ten, that is not below `step`; 1 for 0."""
    if not step > 0.0:
        return 1.0
    power = 10.0 ** np.floor(np.log10(step))
    return float(next(power * m for m in ROUND if power * m >= step * (1 - 1e-9)))


def _scale(label: str, levels: np.ndarray, colours: np.ndarray) -> Scale:
    """A scale with open classes at both ends; `colours` has one more entry than `levels`."""
    from matplotlib.colors import BoundaryNorm, ListedColormap

    inner = ListedColormap(colours[1:-1]).with_extremes(under=colours[0], over=colours[-1], bad=NO_DATA)
    return Scale(label, levels, inner, BoundaryNorm(levels, inner.N))


def _bar(figure: "Figure", scale: Scale, top: float, wide: float) -> None:
    from matplotlib.cm import ScalarMappable

    box = axes_at(figure, LEFT, top + 22.0, wide, 15.0)
    bar = figure.colorbar(
        ScalarMappable(scale.norm, scale.cmap),
        cax=box,
        orientation="horizontal",
        spacing="uniform",
        extend="both",
        extendrect=True,
        extendfrac="auto",
    )
    names = [f"{level:.4g}".replace("-", "−") for level in scale.levels]
    room = max(map(len, names)) * 7.5 + 8.0
    every = int(np.ceil(room * (len(names) + 1) / wide))
    # Counted from the outside in, so that the names of a difference are as symmetric as its levels.
    half = len(names) / 2
    shown = [
        n if min(i, len(names) - 1 - i if scale.levels[0] < 0 < half else i) % every == 0 else ""
        for i, n in enumerate(names)
    ]
    bar.set_ticks(scale.levels, labels=shown)
    box.tick_params(length=0, pad=4)
    box.set_title(scale.label, fontsize=11.5, pad=5)
    bar.outline.set(edgecolor=INK, linewidth=0.8)
