"""How NESYM's figures look: one ink, colours that survive colour blindness, and the colour scales of rain.

Figures are drawn on a canvas whose unit is one pixel of a page (1/72 inch for matplotlib), so a font of size 12 is as
large as text of 12 px beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import BoundaryNorm, ListedColormap
    from matplotlib.figure import Figure

INK = "#1b1f24"  # text, axes and the truth; a page replaces it by its own text colour
MUTED = "#7a828c"
NO_DATA = "#d3d5d8"
# The middle of the lightness range: at least 3.7 : 1 against a white page and against a dark one.
COLOURS = ("#2276c9", "#c8511b", "#118a68", "#9a5fc4", "#a8790a", "#1f8fa6", "#c04a86", MUTED)
DASHES = ((0, (6, 1.5)), (0, (2, 1)), (0, (6, 1.5, 1, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5, 1, 1.5)), (0, (10, 2)))
RAIN_PATH = (
    "#e2f2ea",
    "#a9dccb",
    "#66bfc6",
    "#3a97c9",
    "#3d6cc0",
    "#5747ad",
    "#7b2a8c",
    "#7d1259",
    "#560b33",
    "#2e0519",
)
SPREAD_PATH = ("#fdeedb", "#f8cfa0", "#eea86b", "#dc7f43", "#bd5a2c", "#923d22", "#61251a", "#361210")
STEPS = np.array([m * 10.0**e for e in range(-6, 6) for m in (1, 2, 5)])

PARAMETERS = {
    "font.family": "DejaVu Sans",
    "font.size": 12,
    "axes.titlesize": 12.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 7,
    "axes.labelsize": 12,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "none",
    "grid.color": MUTED,
    "grid.alpha": 0.25,
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 11.5,
    "lines.linewidth": 1.8,
    "path.simplify_threshold": 0.5,
    "text.color": INK,
    "text.parse_math": False,  # a "$" in somebody's title is a dollar sign
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "svg.fonttype": "none",
    "svg.hashsalt": "nesym",
}


def canvas(width: float, height: float) -> "Figure":
    """An empty figure of `width` x `height` pixels that pyplot knows nothing about; draw in `PARAMETERS`' context."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 72.0, height / 72.0), dpi=72.0)
    FigureCanvasAgg(figure)
    return figure


def axes_at(figure: "Figure", left: float, top: float, width: float, height: float) -> "Axes":
    """Axes whose upper left corner lies `left` and `top` pixels from the figure's."""
    full_width, full_height = figure.get_size_inches() * 72.0
    bottom = full_height - top - height
    return figure.add_axes((left / full_width, bottom / full_height, width / full_width, height / full_height))


def method_colours(methods: Sequence[str], selected: str | None = None) -> dict[str, str]:
    """A colour for each method, the same in all figures of a page; the truth has the ink, the selected the first."""
    others = [m for m in methods if m not in ("truth", selected)]
    ranked = ([] if selected is None else [selected]) + others
    return {"truth": INK} | {m: COLOURS[i % len(COLOURS)] for i, m in enumerate(ranked)}


def method_dashes(methods: Sequence[str], selected: str | None = None) -> dict[str, Any]:
    """A line style for each method, so that lines differ without colour too; truth and selected are solid."""
    others = [m for m in methods if m not in ("truth", selected)]
    return {"truth": "-", selected: "-"} | {m: DASHES[i % len(DASHES)] for i, m in enumerate(others)}


def lightness(colours: Sequence[str]) -> np.ndarray:
    """CIE L* = 116 Y^(1/3) - 16 of sRGB colours (IEC 61966-2-1), 0 ... 100; Y is the relative luminance above 0.009."""
    from matplotlib.colors import to_rgb

    rgb = np.array([to_rgb(c) for c in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(luminance > 0.008856, 116.0 * np.cbrt(luminance) - 16.0, 903.3 * luminance)


def even_colours(path: Sequence[str], count: int) -> np.ndarray:
    """`count` colours along a path from light to dark whose lightness L* falls in even steps: (count, 3) of sRGB."""
    from matplotlib.colors import to_rgb

    rgb, light = np.array([to_rgb(c) for c in path]), lightness(path)
    wanted = np.linspace(light[0], light[-1], count)
    return np.stack([np.interp(wanted, light[::-1], channel[::-1]) for channel in rgb.T], axis=-1)


@dataclass(frozen=True)
class Scale:
    """Classes of a map: class i holds `levels[i]` <= value < `levels[i + 1]`; below the first level is white."""

    label: str
    levels: np.ndarray
    cmap: "ListedColormap"
    norm: "BoundaryNorm"


def _scale(label: str, levels: np.ndarray, path: Sequence[str]) -> Scale:
    from matplotlib.colors import BoundaryNorm, ListedColormap

    cmap = ListedColormap(even_colours(path, len(levels) - 1)).with_extremes(under="#ffffff", bad=NO_DATA)
    return Scale(label, levels, cmap, BoundaryNorm(levels, cmap.N))


def rain_scale(maximum: float, units: str = "mm h⁻¹") -> Scale:
    """Classes 0.1, 0.2, 0.5, 1, ... up to `maximum`; white below. Weak rain (no class of 5) begins lower, so that
    at least six classes remain."""
    top = max(6, int(np.searchsorted(STEPS, maximum if maximum > 0 else 5.0)))
    first = min(int(np.searchsorted(STEPS, 0.099)), top - 6)
    return _scale(f"Rain rate ({units})", STEPS[max(first, 0) : top + 1], RAIN_PATH)


def spread_scale(maximum: float, units: str = "mm h⁻¹") -> Scale:
    """Classes of the ensemble's standard deviation on the same footing as `rain_scale`, in colours of their own."""
    levels = rain_scale(maximum).levels
    return _scale(f"Spread ({units})", levels, SPREAD_PATH)
