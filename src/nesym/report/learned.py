"""The report of learned dynamics: what was learned and under which law, how far it goes wrong and how it keeps the law."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from nesym._typing import Path as PathLike
from nesym.learn.laws.expressions import Conserved
from nesym.report import explained
from nesym.report.explained import NARROW
from nesym.report.learned_figures import Looks, errors_with_time, portraits, series, training_curves
from nesym.report.learned_records import Forecasts, pairs
from nesym.report.page import Figure, Page, Run, Section, render
from nesym.report.scores import ScoreTable, digits

WIDE = 720.0
MEDIAN = "Lines are medians, shades hold 80 % of the trajectories and members; one that has ended counts as infinitely wrong."


def learned_report(
    path: PathLike,
    run: Run,
    forecasts: Mapping[str, xr.Dataset],
    names: Sequence[str],
    *,
    truth: xr.Dataset | None = None,
    selected: str | None = None,
    laws: Conserved | None = None,
    physics: Sequence[str] = (),
    drift: ScoreTable | None = None,
    history: np.ndarray | None = None,
    chosen: Sequence[int] = (),
    table: ScoreTable | None = None,
    span: float | None = None,
    second_order: bool = False,
    title: str = "Learned dynamics",
) -> Path:
    """Write the report of a fit or a forecast as one HTML file, and return its path.

    forecasts: solutions by method, Datasets with a variable ([member], [trajectory], time) for each of the coordinates
    `names`; the `selected` one first in colour. With a `truth` (trajectory, time) at their first times, the page shows how
    the error grows; forecasts may go on beyond it. `laws` are drawn with time on a logarithmic axis, `physics` says in
    sentences what the field is made of and held to. `drift` is the table of the laws along the data, `history` (epochs,
    members) the validation losses with the epochs `chosen`, `table` the scores beside the baselines. `span` is how long
    the longest trajectory was that was learned from, `second_order` says that coordinates are positions and then their
    velocities.

    Raises `InputError` for forecasts without these coordinates or at other times than the truth, `FileError` if writing
    fails.
    """
    held = Forecasts(forecasts, tuple(names), truth, span)
    selected = selected or next(iter(forecasts))
    looks = Looks(list(held.everything), selected)
    sections = []
    if physics or drift is not None:
        sections.append(Section("The physics", list(physics), table=drift))
    sections.append(_motion(held, looks, second_order))
    if truth is not None:
        sections.append(_error_growth(held, looks))
    if laws is not None:
        sections.append(_laws(held, laws, looks))
    if table is not None:
        sections.append(_scores(table, selected))
    if history is not None:
        sections.append(_training(history, chosen))
    sections.append(_limits(held, laws, selected))
    return render(Page(title, _lead(held, laws, selected, run.method or selected), sections, run), path)


def _lead(held: Forecasts, laws: Conserved | None, selected: str, method: str) -> str:
    """How far, how wrong, and how well the law is kept."""
    times = held.times(selected)
    ended, count = held.ended(selected)
    further = (
        f", {digits(times[-1] / held.span)} times the longest trajectory that was learned from" if held.span else ""
    )
    said = [
        f"{count} solution{'s' * (count > 1)} by a {method}, over {times[-1]:.4g} units of time{further}; the coordinates are "
        f"{', '.join(held.names)}."
    ]
    if held.truth is not None:
        error = held.state_errors()[selected][1]
        finite = error[np.isfinite(error)]
        said.append(f"Median relative error of the state over all times {digits(float(np.median(finite)))}.")
    if laws is not None:
        for text, found in held.law_errors(laws).items():
            last = found[selected][1][:, -1]
            last = last[np.isfinite(last)]
            if last.size:
                said.append(f"{text} has moved by {digits(float(np.median(last)), exact=True)} of its size at the end.")
    if ended:
        said.append(f"{ended} of them ended early.")
    return " ".join(said)


def _both(draw, caption: str, alt: str) -> Figure:
    """The figure for wide and for narrow screens."""
    return Figure(draw(WIDE), caption, alt, draw(NARROW))


def _motion(held: Forecasts, looks: Looks, second_order: bool) -> Section:
    """One trajectory, as a path among the coordinates, or with time where there is one coordinate."""
    place = held.median_trajectory(looks.selected)
    which = f"Trajectory {place}" + (", the one with the median error." if held.truth is not None else ".")
    drawn = pairs(held.names, second_order)
    alt = f"Paths of {', '.join(held.everything)}."
    if not drawn:
        figure = _both(lambda width: series(held, place, looks, width=width), f"{which} Members are thin lines.", alt)
        return Section("The motion", figures=[figure])
    caption = (
        f"{which} The dot is the start. Panels show the range of the truth and a third of it around: what goes further leaves"
        " them."
        if held.truth is not None
        else f"{which} The dot is the start."
    )
    paths = _both(lambda width: portraits(held, drawn, place, looks, width), caption, alt)
    with_time = _both(
        lambda width: series(held, place, looks, width=width), f"{which} The same with time.", f"{alt} With time."
    )
    return Section("Phase portraits", figures=[paths, with_time])


def _error_growth(held: Forecasts, looks: Looks) -> Section:
    errors = held.state_errors()
    caption = _beyond(held, max(times[-1] for times, _ in errors.values())) + (
        "||x − truth|| / ||truth|| with time, on a logarithmic axis: a straight line is exponential growth, and at 1 nothing is"
        f" left of the forecast. {MEDIAN}"
    )
    panels = {"": errors}
    labels = held.time_label, "Relative error"
    figure = _both(
        lambda width: errors_with_time(panels, labels, looks, held.span, width),
        caption,
        "Errors of the state with time.",
    )
    return Section("How the error grows", figures=[figure])


def _beyond(held: Forecasts, horizon: float) -> str:
    """What the dashed line is, where there is one."""
    return (
        "" if held.span is None or held.span >= 0.999 * horizon else "The dashed line is the end of the training data. "
    )


def _laws(held: Forecasts, laws: Conserved, looks: Looks) -> Section:
    caption = _beyond(held, max(held.times(method)[-1] for method in held.found)) + (
        "|V(t) − V(0)| over the typical size of V, with time, on a logarithmic axis. A projected field keeps V to the tolerance"
        f" of its solver, a stabilised one to about 1 / gamma of what it would lose; a plain network loses it. {MEDIAN}"
    )
    found = held.law_errors(laws)
    figure = _both(
        lambda width: errors_with_time(found, (held.time_label, "Relative drift"), looks, held.span, width),
        caption,
        f"Drift with time of {', '.join(laws.texts)}.",
    )
    return Section("How the law is kept", figures=[figure])


def _scores(table: ScoreTable, selected: str) -> Section:
    section = explained.scores(table, selected)
    text = [
        "All methods forecast the same trajectories, which none of them was trained on, from their first states. Solutions that"
        " ended are counted and not averaged.",
        *section.text,
    ]
    return Section("Beside the baselines", text, section.figures, table, selected, exact=True)


def _training(history: np.ndarray, chosen: Sequence[int]) -> Section:
    history = np.asarray(history, np.float64)
    history = history[:, None] if history.ndim == 1 else history
    taken = list(chosen) or [int(np.nanargmin(column)) for column in history.T]
    caption = (
        "Loss on trajectories that were not trained on, after each epoch; dots are where the weights were taken."
        + (f" {history.shape[1]} members, from seeds of their own." if history.shape[1] > 1 else "")
        + " A curve that still falls at its end would gain from more epochs."
    )
    figure = _both(lambda width: training_curves(history, taken, width), caption, "Validation loss by epoch.")
    return Section("Training", figures=[figure])


def _limits(held: Forecasts, laws: Conserved | None, selected: str) -> Section:
    """What the numbers above cannot promise."""
    text = []
    ended, count = held.ended(selected)
    if ended:
        reasons = held.found[selected].get("reason")
        words = (
            sorted({str(reason) for reason in np.ravel(reasons.values) if str(reason)}) if reasons is not None else []
        )
        text.append(f"{ended} of {count} solutions of {selected} ended early. {' '.join(words)}".strip())
    horizon = float(held.times(selected)[-1])
    if held.span and horizon > 1.001 * held.span:
        text.append(
            f"The forecast goes to {horizon:.4g}, and the longest trajectory that was learned from lasted {held.span:.4g}."
            " Beyond it nothing was compared in training; states far from all data are a sign that the field is guessed."
        )
    if laws is not None:
        text.append(
            f"{' and '.join(laws.texts)} is kept because it is imposed: that it stays is no evidence that the motion is right."
            " A wrong field that is projected stays on the right surface and moves wrongly there. The error of the state is the"
            " score to look at."
        )
    else:
        text.append("No law was imposed: what the system keeps, this field keeps only as well as it was learned.")
    return Section("How far to trust it", text)
