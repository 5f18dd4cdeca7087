"""The report of an adjustment: what the correction did to the mean, the season, the distribution and the change."""

import re
from dataclasses import replace
from pathlib import Path

import xarray as xr

from nesym._typing import Path as PathLike
from nesym.adjust.variables import Kind
from nesym.fields.times import show
from nesym.report import explained
from nesym.report.adjusted_climates import Means
from nesym.report.adjusted_means import against_observations, numbers, projected_change, what_it_did
from nesym.report.adjusted_records import OBSERVED, PAST, SCENARIO, Records, records
from nesym.report.adjusted_shapes import distribution, seasonal_cycle
from nesym.report.figures import score_figure
from nesym.report.page import Figure, Page, Run, Section, render
from nesym.report.scores import ScoreTable
from nesym.verify import Table

# Titles of the panels of scores: what there is room for.
SHORTER = ((r", .*", ""), (r"^error of the (.*)", r"\1 error"), ("95th percentile", "95th pct."), ("share of ", ""))


def adjustment_report(
    before: xr.DataArray,
    after: xr.DataArray,
    path: PathLike,
    run: Run,
    *,
    obs: xr.DataArray | None = None,
    hist: xr.DataArray | None = None,
    hist_after: xr.DataArray | None = None,
    table: ScoreTable | None = None,
    selected: str | None = None,
    kind: Kind | None = None,
) -> Path:
    """Write the report of a run `before` and `after` its correction, (time, [member], cells...), as one HTML file.

    Cells are (lat, lon), (y, x), stations, or there is one place alone; without a grid, curves and points take the place of
    maps. With `obs`, the run is compared with the observations in the years that both have. Is `before` a scenario, then
    `hist` and `hist_after` are the model's past before and after the same correction, and the page shows the change

        100 (<scenario> / <past> - 1)  for what is scaled,    <scenario> - <past>  for what is shifted,

    with < > the mean over times, members and cells by area. `kind` says which of the two, None what suits the variable.
    `table` holds scores as `nesym.adjust.compare` gives them, its row `selected` (or `run.method`) is highlighted. All
    records have the same units. Of lazy ones, monthly sums and a sample of two million values each are held in memory.

    Returns the path. Raises `InputError`, `TimeError`, `UnitError` or `GridError` for records that do not fit each other,
    `FileError` if writing fails.
    """
    held = records(before, after, obs, hist, hist_after, kind)
    means = Means.of(held)
    selected = selected or run.method
    sections = [numbers(means)]
    if OBSERVED in held.held:
        compared = against_observations(means)
        if compared.figures:
            sections.append(compared)
        else:
            sections[0] = replace(sections[0], text=[*sections[0].text, *compared.text])
    if held.scenario:
        sections.append(projected_change(means))
    elif OBSERVED not in held.held:
        sections.append(what_it_did(means))
    sections += [seasonal_cycle(means), distribution(means)]
    if table is not None:
        sections.append(_scores(table, selected))
    if limits := _limits(held, after):
        sections.append(limits)
    name = after.attrs.get("long_name") or before.attrs.get("long_name") or held.variable
    title = f"{str(name)[:1].upper()}{str(name)[1:]}, corrected{f' by {selected}' if selected else ''}"
    return render(Page(title, _lead(means, before), sections, run), path)


def _lead(means: Means, before: xr.DataArray) -> str:
    """How much was corrected, and the headline numbers."""
    held, areas = means.records, means.areas
    first, last = (show(value)[:10] for value in before["time"].values[[0, -1]])
    members = f"{before.sizes['member']} members, " if "member" in before.dims else ""
    places = "one place" if areas.size == 1 else f"{areas.size:,} {'stations' if areas.ndim == 1 else 'cells'}"
    said = [f"{held.variable} of {places}, {members}{before.sizes['time']:,} times from {first} to {last}."]
    if held.scenario:
        signal = [held.says(means.change(*pair), change=True) for pair in zip(PAST, SCENARIO, strict=True)]
        said.append(f"Change signal {signal[0]} before, {signal[1]} after.")
    elif OBSERVED in held.held:
        apart = [held.says(means.apart(name)) for name in held.run]
        what = "Mean difference of its cells" if areas.size > 1 else "Difference of its mean"
        said.append(f"{what} to the observations {apart[0]} before, {apart[1]} after.")
    return " ".join(said)


def _scores(table: ScoreTable, selected: str | None) -> Section:
    """The table of scores, and the figure with titles that fit its panels."""
    section = explained.scores(table, selected)
    text = [
        "No method is scored on years that it was fitted on. “raw” is the run as it came: a method is worth its use where its "
        "interval lies clear of raw's."
    ]
    if any(name.startswith("projected change") for name in table.columns):
        text[0] += (
            " The projected change is that of the cells which the table is made from, and has no right value: what departs "
            "from raw's is the method's own making."
        )
    text += section.text
    if not section.figures:
        return replace(section, text=text)
    drawn = {name: shorter(name) for name in explained.headlines(table)}
    first = table.columns[0]
    rows = tuple({first: row.get(first)} | {short: row.get(n) for n, short in drawn.items()} for row in table.rows)
    brief = Table(table.title, (first, *drawn.values()), rows)
    wide, narrow = (score_figure(brief, list(drawn.values()), selected, w) for w in (720.0, explained.NARROW))
    (old,) = section.figures
    units = "Units are those of the table. " if any("," in name for name in drawn) else ""
    return replace(section, text=text, figures=[Figure(wide, units + old.caption, old.alt, narrow)])


def shorter(column: str) -> str:
    """The name of a score for the title of a small panel: without units, in few words."""
    for pattern, words in SHORTER:
        column = re.sub(pattern, words, column)
    return column


def _limits(held: Records, after: xr.DataArray) -> Section | None:
    """The method, what it was fitted on, and what lies beyond."""
    text = []
    if method := after.attrs.get("adjustment"):
        period = after.attrs.get("adjustment_reference")
        text.append(f"The method is {method}{f', fitted on {period}' if period else ''}.")
    beyond = after.attrs.get("beyond_calibration")
    if beyond:
        text.append(f"{beyond[:1].upper()}{beyond[1:]}.")
    elif method:
        text.append("No value of the run lies beyond the calibrated range.")
    if beyond and held.scenario and "%" not in beyond:
        low, high = _shares_beyond(held)
        text.append(
            f"In this run {100 * high:.2g} % of the values lie above the largest and {100 * low:.2g} % below the least value "
            "of the model's past in their cell."
        )
    if beyond:
        text.append(
            "There the mapping has seen nothing: its end is carried on, which keeps the order of the values but knows nothing "
            "of how the model errs on what it has never produced. Read the far end of the distribution with that in mind."
        )
    return Section("The correction and its limits", text) if text else None


def _shares_beyond(held: Records) -> tuple[float, float]:
    """Shares of the run's values below the least and above the largest value of the model's past in their cell."""
    import dask

    past, run = (held.held[name].drop_vars("time") for name in (PAST[0], SCENARIO[0]))
    over = [dim for dim in ("time", "member") if dim in past.dims]
    known = run.notnull().sum()
    below, above = (run < past.min(over)).sum(), (run > past.max(over)).sum()
    below, above, known = dask.compute(below, above, known)
    return float(below) / max(float(known), 1.0), float(above) / max(float(known), 1.0)
