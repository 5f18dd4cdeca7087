"""The sections of an adjustment report about the mean: in numbers, against the observations, and the projected change."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr

from nesym.fields.seasons import Seasons
from nesym.report.adjusted_climates import Means, area_mean
from nesym.report.adjusted_records import OBSERVED, PAST, SCENARIO
from nesym.report.climate_maps import UNPLACED, Row, difference_scale, frame_of, map_rows, mean_scale
from nesym.report.explained import NARROW
from nesym.report.page import Figure, Section
from nesym.report.parts import place_names
from nesym.report.scores import digits
from nesym.report.sites import MOST as MOST_SITES
from nesym.report.sites import sites_figure
from nesym.verify import Table


def numbers(means: Means) -> Section:
    """Means of all cells as a table."""
    records, units = means.records, means.records.units
    change = f"change, {'%' if records.kind == 'ratio' else units}"
    seen, rows = records.observed_years or (), []
    for name, da in records.held.items():
        years = Seasons.of(da["time"][[0, -1]]).year
        row = {"record": name, "years": f"{years[0]} to {years[-1]}", f"mean, {units}": means.area(name)}
        if name in seen:
            row[f"minus observed, {units}"] = means.area(name) - means.area(OBSERVED)
            row |= {f"cells apart, {units}": means.apart(name)} if means.whole else {}
        if records.scenario and name in SCENARIO:
            row[change] = means.change(PAST[SCENARIO.index(name)], name)
        rows.append(row)
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    text = ["Means over all times" + (", members and cells, these by their area." if means.whole else " and members.")]
    if seen and means.whole:
        text[0] += (
            " “Cells apart” is the mean absolute difference to the observations, cell by cell, in which errors of opposite "
            "sign do not cancel."
        )
    if (missing := int((means.areas == 0).sum())) and means.areas.size > 1:
        text.append(f"{missing:,} of {means.areas.size:,} cells lack values in at least one record and are left out.")
    if any(means.months != climate.months for climate in means.climates.values()):
        text.append("Only the months that all records have are in the means.")
    if uneven := [name for name, climate in means.climates.items() if not climate.even]:
        text.append(
            f"Some months count more than others, for there are incomplete years or gaps: {', '.join(uneven)}. Compare such "
            "means, and changes between them, with care, or select whole years."
        )
    return Section("In numbers", text, table=Table(f"Mean{means.whole}", columns, tuple(rows)))


def against_observations(means: Means) -> Section:
    """The past run before and after beside the observations."""
    before, after = means.records.observed_years
    text = [
        "How far the model is off in the mean, and what is left of it after the correction. The correction was fitted on these "
        "observations, so that a small remainder is what it was made for and no proof of skill in other years."
        if not means.records.scenario
        else "The model's past beside the observations: the errors that the correction was fitted to remove, and what is "
        "left of them. That they are small says that the fit worked, not that the future is right."
    ]
    held = {name: means.fields[name] for name in (OBSERVED, before, after)}
    minus = {f"{name} − observed": means.fields[name] - means.fields[OBSERVED] for name in (before, after)}
    return _section("The mean", text, means, held, minus)


def what_it_did(means: Means) -> Section:
    """Before, after and their difference, where there are no observations to show."""
    before, after = means.records.run
    text = [
        "What the saved adjuster did to this run in the mean. The observations that it was fitted on are not at hand, so the "
        "page cannot say how far the result is from them."
    ]
    held = {name: means.fields[name] for name in (before, after)}
    return _section("The mean", text, means, held, {"after − before": means.fields[after] - means.fields[before]})


def projected_change(means: Means) -> Section:
    """The change from the past to the scenario as the model projects it, and after the correction."""
    records, changes = means.records, means.changes()
    ratio = records.kind == "ratio"
    before, after = (records.says(means.change(p, s), change=True) for p, s in zip(PAST, SCENARIO, strict=True))
    text = [
        f"Change signal of the mean{means.whole}: {before} before, {after} after. It is the change from the model's past to "
        "its scenario; dqm, qdm and isimip3basd keep that of the model in each cell and window, while plain quantile mapping "
        "can inflate or damp it."
    ]
    if ratio:
        text.append(
            "A ratio that is kept for cells, months and quantiles is not kept for their mean where the correction has given "
            "them other weights. Ratios are large where the past has next to nothing; where it has nothing, there is none."
        )
    label = f"Change of the mean ({'%' if ratio else records.units})"
    short = {"before": changes[SCENARIO[0]], "after": changes[SCENARIO[1]]}
    minus = {"after − before": short["after"] - short["before"]}
    if frame_of(means.areas) is None:
        return Section("The projected change", text, _sites(means, changes, label, True))
    scale = difference_scale(list(short.values()), label, records.rain, 100.0 if ratio else np.inf)
    row = Row([(title, field, "") for title, field in (short | minus).items()], scale)
    caption = (
        "The change of the mean in each cell before and after the correction, and the difference of the two maps, all in the "
        "same classes: what is white in the third was kept to within the first class."
    )
    return Section(
        "The projected change", text, [_maps([row], caption + _unplaced(means), "Maps of the projected change.")]
    )


def _section(
    heading: str, text: list[str], means: Means, held: Mapping[str, xr.DataArray], minus: Mapping[str, xr.DataArray]
) -> Section:
    """Maps of means over maps of differences, or a line for each station."""
    records = means.records
    label, units = f"Mean of {records.variable}", f" ({records.units})" if records.units else ""
    if frame_of(means.areas) is None:
        return Section(heading, text, _sites(means, held, label + units, False))
    first = Row(_titled(held, means), mean_scale(list(held.values()), label + units, records.rain))
    second = Row(_titled(minus, means), difference_scale(list(minus.values()), "Difference" + units, records.rain))
    caption = (
        "Above, the means; below, differences, white where they are smaller than the first class. The number over a map is "
        "its mean by area; grey cells have no data."
    )
    alt = f"Maps of the mean: {', '.join([*held, *minus])}."
    return Section(heading, text, [_maps([first, second], caption + _unplaced(means), alt)])


def _titled(fields: Mapping[str, xr.DataArray], means: Means) -> list[tuple[str, xr.DataArray, str]]:
    return [(title, field, f"mean {digits(float(area_mean(field, means.areas)))}") for title, field in fields.items()]


def _unplaced(means: Means) -> str:
    if frame_of(means.areas).kind != UNPLACED:
        return ""
    return " Cells are drawn side by side, as the coordinates of the grid do not tell where they lie."


def _maps(rows: Sequence[Row], caption: str, alt: str) -> Figure:
    return Figure(map_rows(rows), caption, alt, map_rows(rows, NARROW))


def _sites(means: Means, fields: Mapping[str, xr.DataArray], label: str, zero: bool) -> list[Figure]:
    """One figure of the stations; none for one place, whose numbers are in the table, and for too many of them."""
    if not 1 < means.areas.size <= MOST_SITES:
        return []
    names = place_names(means.areas)
    values = {name: field.values.ravel() for name, field in fields.items()}
    wide, narrow = (sites_figure(names, values, label, zero, width) for width in (720.0, NARROW))
    caption = f"{label} of each station" + (": points right of the line have become higher." if zero else ".")
    return [Figure(wide, caption, f"{label} of each station: {', '.join(fields)}.", narrow)]
