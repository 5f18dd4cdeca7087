"""The sections of a downscaling report that show numbers, each with the words that say how to read it."""

import numpy as np
import xarray as xr

from nesym.report.figures import lag1_figure, rank_histogram_figure, score_figure
from nesym.report.page import Figure, Section
from nesym.report.scores import ScoreTable
from nesym.report.spectra import rapsd_figure

NARROW = 400.0
HEADLINES = ("crps", "rapsd", "spread", "quantile bias", "rmse")


def maps_caption(moment: str, truth: bool, several: bool) -> str:
    """How to read the maps of one time step."""
    words = [f"{moment}, the time step with most rain in the input."] if moment else []
    words.append(
        "All maps of rain share one scale (white: less than its first class); the number above each is its largest "
        "value in mm h⁻¹."
    )
    if several:
        words.append(
            "Members differ in what the input leaves open; compare their texture and their peaks"
            + (" with the truth's." if truth else ".")
            + " The mean is smoother than any rain field, and it is not one. The spread is the members' standard "
            "deviation: where it is large, the input says little."
        )
    return " ".join(words)


def spectra(rapsd: xr.DataArray, coarse_nyquist: float, selected: str | None) -> Section:
    """Is there as much variability at each scale as in the truth?"""
    compared = "truth" in rapsd["method"].values
    caption = (
        f"Power of the rain fields at each wavelength, mean over time. The input resolves wavelengths down to "
        f"{coarse_nyquist:.3g} km, twice its cell (dashed); in the grey part, a method has nothing but its own "
        "statistics."
    )
    if compared:
        caption += " Below: each spectrum over the truth's. On the line at 1 is right, below it is too smooth."
    alt = "Power spectra against wavelength: " + ", ".join(map(str, rapsd["method"].values)) + "."
    narrow = rapsd_figure(rapsd, coarse_nyquist, selected, NARROW)
    figure = Figure(rapsd_figure(rapsd, coarse_nyquist, selected), caption, alt, narrow)
    return Section("Variability at each scale", figures=[figure])


def ranks(histogram: xr.DataArray, selected: str | None) -> Section:
    """Does the truth behave like one more member?"""
    rows = histogram.transpose("method", "rank").values
    counted = np.nansum(rows, axis=1).max()
    stated = histogram.attrs.get("n")
    cases = float(stated) if stated is not None else float(counted) if counted > 1.5 else None
    caption = (
        "How often the truth takes each rank among the members, over what it would be for a member drawn at random "
        "(line at 1). Flat is right; high at both ends means that the members are too alike, high in the middle that "
        "they differ too much; a heap on the left means that they are too wet, one on the right too dry."
    )
    if cases:
        caption += f" The grey band holds 95 % of the values of a perfect ensemble in {cases:,.0f} independent cases"
        caption += "." if stated is not None else "; neighbouring cells are not independent, so the true one is wider."
    alt = "Rank histograms: " + ", ".join(map(str, histogram["method"].values)) + "."
    narrow = rank_histogram_figure(histogram, cases, selected, NARROW)
    figure = Figure(rank_histogram_figure(histogram, cases, selected), caption, alt, narrow)
    return Section("Rank of the truth among the members", figures=[figure])


def memory(lag1: xr.DataArray, selected: str | None) -> Section:
    """Do sequences flicker?"""
    caption = (
        "Correlation of the rain in a cell with that of the next time step. Members that fall short of the truth "
        "flicker from step to step; members beyond it are too persistent."
    )
    pairs = zip(lag1["method"].values, lag1.values, strict=True)
    alt = "Lag-1 autocorrelation: " + ", ".join(f"{method} {value:.2f}" for method, value in pairs) + "."
    figure = Figure(lag1_figure(lag1, selected), caption, alt, lag1_figure(lag1, selected, NARROW))
    return Section("Memory in time", figures=[figure])


def scores(table: ScoreTable, selected: str | None) -> Section:
    """All methods under the same protocol."""
    drawn = headlines(table)
    text = ["A star marks the best of each score; shaded is the method that ran."]
    text[0] += " The range under a value is its interval." if drawn else ""
    figures = []
    if drawn:
        caption = (
            "Scores with their intervals. Methods whose intervals overlap widely cannot be told apart by these cases; "
            "a vertical line is the score of a perfect forecast."
        )
        wide, narrow = (score_figure(table, drawn, selected, width) for width in (720.0, NARROW))
        figures.append(Figure(wide, caption, f"Chart of the table: {table.title}.", narrow))
    return Section("Scores of all methods", text, figures, table, selected)


def headlines(table: ScoreTable, most: int = 4) -> list[str]:
    """The scores to draw: of those with intervals the ones that answer different questions, else the first."""
    known = [c for c in table.columns if any(getattr(row.get(c), "low", None) is not None for row in table.rows)]
    telling = [c for start in HEADLINES for c in known if c.lower().startswith(start)]
    return list(dict.fromkeys([*telling, *known]))[:most]
