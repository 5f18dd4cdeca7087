"""Figures of learned dynamics: phase portraits, errors with time on a logarithmic axis, training losses."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from nesym.report.learned_panels import FOOT, LEFT, Looks, Panels
from nesym.report.learned_records import Forecasts, band
from nesym.report.powers import powers_of_ten
from nesym.report.style import COLOURS, INK, PARAMETERS, axes_at, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 1500  # of a curve: more than a page has pixels
Lines = Mapping[str, tuple[np.ndarray, np.ndarray]]  # x (time,) and y (rows, time) by method


def portraits(
    forecasts: Forecasts, chosen: Sequence[tuple[int, int]], place: int, looks: Looks, width: float = 720.0
) -> "Figure":
    """One trajectory of every method, coordinate against coordinate; the start is a dot.

    Panels show the range of the truth, where there is one, and a third of it around: what goes further leaves the panel.
    """
    methods = list(forecasts.everything)
    focus = methods[:1] if forecasts.truth is not None else methods
    with Panels(methods, looks, len(chosen), width, square=True) as drawn:
        for number, (i, j) in enumerate(chosen):
            axes = drawn.axes(number)
            for method in reversed(methods):
                states = _thinned(forecasts.one(method, place))
                axes.plot(states[:, i], states[:, j], solid_capstyle="round", **looks(method))
            start = forecasts.one(focus[0], place)[0]
            axes.plot([start[i]], [start[j]], "o", color=INK, markersize=6.0)
            axes.set(xlabel=forecasts.names[i], ylabel=forecasts.names[j])
            for axis, at in (("x", i), ("y", j)):
                values = np.concatenate([forecasts.one(method, place)[:, at] for method in focus])
                getattr(axes, f"set_{axis}lim")(*_limits(values, forecasts.truth is not None))
    return drawn.figure


def errors_with_time(
    panels: Mapping[str, Lines], labels: tuple[str, str], looks: Looks, span: float | None = None, width: float = 720.0
) -> "Figure":
    """Medians over rows with the range of 10 to 90 %, on a logarithmic axis, one panel for each title.

    A dashed line marks the `span` of the data that were learned from, where the forecast goes beyond it.
    """
    methods = list(dict.fromkeys(method for lines in panels.values() for method in lines))
    with Panels(methods, looks, len(panels), width) as drawn:
        for number, (title, lines) in enumerate(panels.items()):
            axes = drawn.axes(number)
            for method in reversed(list(lines)):
                # At the start all errors are zero, which a logarithmic axis has no place for.
                times, errors = (values[..., 1:] for values in lines[method])
                low, middle, high = _thinned(band(errors).T).T
                times = _thinned(times)
                if len(errors) > 1:
                    axes.fill_between(times, low, high, color=looks.colours[method], alpha=0.13, linewidth=0)
                axes.plot(times, middle, **looks(method))
            axes.set(title=title, xlabel=labels[0], ylabel=labels[1] if number == 0 else "", yscale="log")
            axes.set_xlim(0, max(times[-1] for times, _ in lines.values()))
            if span is not None and span < 0.999 * axes.get_xlim()[1]:
                axes.axvline(span, color=INK, linewidth=1.0, linestyle=(0, (4, 3)))
            powers_of_ten(axes)
    return drawn.figure


def series(forecasts: Forecasts, place: int, looks: Looks, most: int = 4, width: float = 720.0) -> "Figure":
    """Coordinates of one trajectory with time, one panel each; further members are drawn thin."""
    methods = list(forecasts.everything)
    shown = forecasts.names[:most]
    with Panels(methods, looks, len(shown), width) as drawn:
        for number, name in enumerate(shown):
            axes = drawn.axes(number)
            for method in reversed(methods):
                ds = forecasts.within(method)[name]
                ds = ds.isel(trajectory=place) if "trajectory" in ds.dims else ds
                rows = ds.transpose(..., "time").values.reshape(-1, ds.sizes["time"])
                times = _thinned(forecasts.times(method)[: rows.shape[-1]])
                for row in rows[1:20]:
                    axes.plot(times, _thinned(row), color=looks.colours[method], linewidth=0.8, alpha=0.3)
                axes.plot(times, _thinned(rows[0]), **looks(method))
            axes.set(title=name, xlabel=forecasts.time_label)
            if forecasts.truth is not None:
                axes.set_ylim(*_limits(forecasts.one("truth", place)[:, forecasts.names.index(name)], True))
    return drawn.figure


def training_curves(history: np.ndarray, chosen: Sequence[int], width: float = 720.0) -> "Figure":
    """Validation losses (epochs, members) on a logarithmic axis, with a dot where each member's weights were taken."""
    from matplotlib import rc_context

    with rc_context(PARAMETERS):
        figure = canvas(width, 250.0)
        axes = axes_at(figure, LEFT, 14.0, width - LEFT - 14.0, 250.0 - 14.0 - FOOT)
        epochs = np.arange(len(history))
        for member, taken in enumerate(chosen):
            known = np.isfinite(history[:, member])
            colour = COLOURS[member % len(COLOURS)]
            axes.plot(epochs[known], history[known, member], color=colour, linewidth=1.6)
            axes.plot([taken], [history[taken, member]], "o", color=colour, markersize=6.5)
        axes.set(yscale="log", xlabel="Epoch", ylabel="Validation loss")
        powers_of_ten(axes)
    return figure


def _thinned(values: np.ndarray) -> np.ndarray:
    """At most about `POINTS` of them, the first among them."""
    return values[:: max(1, len(values) // POINTS)]


def _limits(values: np.ndarray, wide: bool) -> tuple[float, float]:
    """Ends of an axis: the range of the values with a margin, a third of it to both sides where `wide`."""
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    margin = (1 / 3 if wide else 0.08) * (high - low) or 0.5 * abs(high) or 1.0
    return low - margin, high + margin
