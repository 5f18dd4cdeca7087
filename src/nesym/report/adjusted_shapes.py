"""The sections of an adjustment report about the year and about the distribution of single values."""

from collections.abc import Callable, Iterable, Mapping

from nesym.report.adjusted_climates import Means
from nesym.report.adjusted_records import OBSERVED, PAST, SCENARIO
from nesym.report.curves import Curves
from nesym.report.distribution import (
    MOST,
    RELIABLE,
    exceedance,
    exceedance_figure,
    quantile_differences,
    quantile_figure,
    sample,
)
from nesym.report.explained import NARROW
from nesym.report.page import Figure, Section
from nesym.report.parts import parts
from nesym.report.seasonal import monthly_means, seasonal_figure

Panels = Mapping[str, Curves]


def seasonal_cycle(means: Means) -> Section:
    """Mean of each month of the year."""
    records = means.records
    cycles = {title: monthly_means(means.climates, areas) for title, areas in parts(means.areas).items()}
    text = [
        "Mean of each month, cells by their area. A correction with one mapping for all times does not know the season and "
        "can even bend it; one by months or by moving windows brings the season to the observed one."
    ]
    if records.scenario:
        text.append(
            "Dashed is the past, solid the scenario: what lies between the two of one colour is the change of the season."
        )
    label = f"Mean{f' ({records.units})' if records.units else ''}"
    caption = "Monthly means of " + _listed(records.held) + _panels_said(cycles)
    figure = _drawn(lambda width: seasonal_figure(cycles, label, width), caption, "Curves of monthly means")
    return Section("Seasonal cycle", text, [figure])


def distribution(means: Means) -> Section:
    """How often values are exceeded, for rain; how far quantiles lie apart, for others."""
    samples = {name: sample(da) for name, da in means.records.held.items()}
    areas = parts(means.areas)
    text, figures = (_exceedances if means.records.rain else _quantiles)(means, samples, areas)
    smallest = min(found.share for found in samples.values())
    if smallest < 1.0:
        text.append(
            f"Made from a regular subsample in time{' and space' if _thinned(samples) else ''} of at most {MOST / 1e6:g} "
            f"million values of each record ({100 * smallest:.2g}\u00a0% of the largest)."
        )
    return Section("Distribution", text, figures)


def _thinned(samples: Mapping) -> bool:
    return any(step > 1 for found in samples.values() for dim, step in found.steps.items() if dim != "time")


def _exceedances(means: Means, samples: Mapping, areas: Mapping) -> tuple[list[str], list[Figure]]:
    text = [
        "How often a value is exceeded, in per cent of all times and of the area, all cells pooled. At 0 the curves show how "
        "often it rains at all, which models mostly overrate; on the right the extremes, where a correction stands on few "
        "observed days."
    ]
    panels = _some({title: exceedance(samples, part) for title, part in areas.items()})
    label = f"{means.records.variable}{f' ({means.records.units})' if means.records.units else ''}"
    caption = (
        "P(X > x) of "
        + _listed(means.records.held)
        + _panels_said(panels)
        + f" A curve ends where {RELIABLE} of its values "
        "are left above."
    )
    return text, [_drawn(lambda width: exceedance_figure(panels, label, width), caption, "Exceedance curves")]


def _quantiles(means: Means, samples: Mapping, areas: Mapping) -> tuple[list[str], list[Figure]]:
    text = [
        "How far the same quantile of two records lies apart, from the lowest values on the left to the highest on the right, "
        "all cells pooled. A level line is a shift alike for all values; a slope means that the spread differs, and the ends "
        "stand on few values."
    ]
    figures = []
    for label, (words, pairs) in _compared(means).items():
        panels = _some({title: quantile_differences(samples, part, pairs) for title, part in areas.items()})
        caption = words + _panels_said(panels)
        units = f" ({means.records.units})" if means.records.units else ""

        def draw(width: float, panels: Panels = panels, label: str = label + units):
            return quantile_figure(panels, label, width)

        figures.append(_drawn(draw, caption, f"Differences of quantiles, {label}"))
    return text, figures


def _compared(means: Means) -> dict[str, tuple[str, dict[str, tuple[str, str]]]]:
    """Which records are subtracted from each other, by what the difference is called, and the words for it."""
    records, out = means.records, {}
    if seen := records.observed_years:
        words = f"Quantiles of {_listed(seen)} minus those of the observations"
        out["Minus observed"] = words, {name: (name, OBSERVED) for name in seen}
    if records.scenario:
        words = "Quantiles of the scenario minus those of the model's past, before and after the correction"
        out["Change"] = words, dict(zip(SCENARIO, zip(SCENARIO, PAST, strict=True), strict=True))
    before, after = records.run
    return out or {
        "After minus before": ("Quantiles after the correction minus those before", {after: (after, before)})
    }


def _drawn(draw: Callable, caption: str, alt: str) -> Figure:
    return Figure(draw(720.0), caption, f"{alt}: {caption}", draw(NARROW))


def _some(panels: Panels) -> Panels:
    """Panels with curves; the first where there are none."""
    return {title: curves for title, curves in panels.items() if curves} or dict(list(panels.items())[:1])


def _listed(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _panels_said(panels: Mapping) -> str:
    return "." if len(panels) == 1 else f", by part of the domain: {', '.join(panels)}."
