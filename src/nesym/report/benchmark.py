"""The report of a benchmark: who forecasts best, how sure that is, what it took, and what failed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from nesym._errors import InputError
from nesym._typing import Path as PathLike
from nesym.learn.benchmark._results import Result
from nesym.learn.benchmark.tables import FAILED, overview, score_table, standing
from nesym.report.benchmark_figures import curve_figure, error_figure
from nesym.report.page import Figure, Page, Run, Section, render

HOW = (
    "CME is the mean over the forecast of the largest error so far, over the spread of the truth and at most 1: 0 is"
    " perfect, 1 no better than the mean. Intervals are 95% of resampled repetitions; they say how far the mean would vary"
    " with other starts, not with other systems."
)
Curves = Mapping[str, Sequence[Mapping[str, float]]]


def benchmark_report(path: PathLike, results: Sequence[Result], run: Run, curves: Curves | None = None) -> Path:
    """Write the report of all rows as one HTML file, and return its path.

    Ranks over systems where there are several, and for each scheme the errors on all of them; a section for each system
    and scheme with every score; one with learning `curves` (by method: rows of cpu_seconds and validation) where there are
    any; and one with all that failed. Raises `InputError` without rows, `FileError` if writing fails.
    """
    if not results:
        raise InputError("There are no results to report.", "Run at least one method on one task.")
    pairs = list(dict.fromkeys((row.system, row.scheme) for row in results))
    schemes = list(dict.fromkeys(scheme for _, scheme in pairs))
    sections = []
    if len({system for system, _ in pairs}) > 1:
        tables = [standing(results), *(overview(results, scheme) for scheme in schemes)]
        sections = [Section(table.title, table=table, selected=run.method, exact=True) for table in tables]
    sections += [_pair(results, *pair, run.method) for pair in pairs]
    sections[0] = replace(sections[0], text=[HOW])
    if curves:
        sections.append(_learned(curves))
    if failed := [row for row in results if row.reason]:
        sections.append(_failed(failed))
    return render(Page("Learned dynamics of chaotic systems, compared", _lead(results, pairs), sections, run), path)


def _lead(results: Sequence[Result], pairs: Sequence[tuple[str, str]]) -> str:
    """What was run, and the best under the first scheme: of all systems, or of the one that there is."""
    methods = len({row.method for row in results})
    numbers = len({row.number for row in results})
    systems = len({system for system, _ in pairs})
    said = (
        f"{methods} methods on {systems} system{'s' * (systems > 1)}, {numbers} repetition{'s' * (numbers > 1)} each."
    )
    if systems > 1:
        first = standing(results).rows[0]
        return f"{said} Best mean rank, {pairs[0][1]}: {first['method']}, {first[f'rank, {pairs[0][1]}']}."
    first = score_table([row for row in results if (row.system, row.scheme) == pairs[0]]).rows[0]
    return f"{said} Lowest CME on {pairs[0][0]} ({pairs[0][1]}): {first['method']}, {first['CME']}."


def _pair(results: Sequence[Result], system: str, scheme: str, selected: str | None) -> Section:
    table = score_table([row for row in results if (row.system, row.scheme) == (system, scheme)])
    figure = Figure(
        error_figure(table, selected),
        "CME of each method with its interval, on a logarithmic axis; further left is better.",
        f"CME of {len(table.rows)} methods on {system}: the best is {table.rows[0]['method']}.",
    )
    rows = [
        row | {FAILED: str(row[FAILED]).partition(":")[0]} for row in table.rows
    ]  # why is said in a section of its own
    shown = replace(table, rows=tuple(rows))
    return Section(f"{system}, {scheme}", figures=[figure], table=shown, selected=selected, exact=True)


def _learned(curves: Curves) -> Section:
    lowest = {name: min(row["validation"] for row in rows) for name, rows in curves.items()}
    said = "; ".join(f"{name}: {value:.2e}" for name, value in lowest.items())
    figure = Figure(
        curve_figure({name: _points(rows) for name, rows in curves.items()}),
        "Mean squared error of one step on the end of the record, in units of its variance, against processor time.",
        f"Learning curves; lowest errors {said}.",
    )
    return Section("How the networks learned", [f"Lowest error of one step: {said}."], [figure])


def _points(rows: Sequence[Mapping[str, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([r["cpu_seconds"] for r in rows]) / 60, np.array([r["validation"] for r in rows])


def _failed(rows: Sequence[Result]) -> Section:
    said = dict.fromkeys(f"{row.method} on {row.system} ({row.scheme}): {row.reason}" for row in rows)
    return Section("What failed or ended early", list(said))
