"""Tables of a benchmark: scores with their intervals, ranks over systems, and the same for spreadsheets and papers."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import fields

import numpy as np

from nesym.learn.benchmark._results import Result
from nesym.verify import Score, Table
from nesym.verify.entries import text

RESAMPLES = 1000
FEW = 5
FAILED = "failed or ended"
UNLIKE_NUMBERS = {"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "$": r"\$", "–": "--"}


def mean_score(values: Sequence[float], key: int = 0, level: float = 0.95) -> Score:
    """The mean with the percentile interval of resampled means (Efron 1979, doi 10.1214/aos/1176344552).

    With the same `key` and number of values all means are resampled alike: differences are paired.
    """
    values = np.asarray(values, np.float64)
    if len(values) < 2:
        return Score(float(values.mean()), n=len(values), note="one repetition: no interval")
    drawn = np.random.default_rng(key).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(values[drawn].mean(1), [(1 - level) / 2, (1 + level) / 2])
    note = f"{len(values)} repetitions only: intervals are rough ranges" if len(values) < FEW else ""
    return Score(float(values.mean()), float(low), float(high), len(values), note)


def score_table(results: Iterable[Result], key: int = 0) -> Table:
    """One row for each method, best first: CME, valid time and sMAPE with intervals, what it took, and failures.

    The results are those of one system and scheme. A method that gave nothing has a CME of 1 and its reason.
    """
    rows, by_method = [], _by(results, "method")
    for name, own in by_method.items():
        scores = {title: mean_score([getattr(r, field) for r in own], key)
                  for title, field in (("CME", "cme"), ("valid time", "valid_time"), ("sMAPE error", "smape"))}  # fmt: skip
        reasons = [r.reason for r in own if r.reason]
        took = {"CPU s": _mean(r.fit_seconds + np.nan_to_num(r.predict_seconds) for r in own)}
        took |= {"MB": max((r.megabytes for r in own if r.megabytes == r.megabytes), default=None)}
        failed = f"{len(reasons)} of {len(own)}: {reasons[0]}" if reasons else ""
        rows.append({"method": name} | scores | took | {FAILED: failed})
    rows.sort(key=lambda row: row["CME"].value)
    columns = ("method", "CME", "valid time", "sMAPE error", "CPU s", "MB", FAILED)
    systems = {f"{r.system}, {r.scheme}" for own in by_method.values() for r in own}
    return Table("; ".join(sorted(systems)), columns, tuple(rows), _caption(by_method))


def overview(results: Iterable[Result], scheme: str, key: int = 0) -> Table:
    """CME of each method on each system under a scheme, and its mean rank over the systems; best rank first."""
    chosen = [r for r in results if r.scheme == scheme]
    systems, methods = (list(dict.fromkeys(getattr(r, name) for r in chosen)) for name in ("system", "method"))
    cells = {pair: mean_score([r.cme for r in own], key) for pair, own in _by(chosen, "method", "system").items()}
    ranks = rank_scores(mean_errors(chosen), key)
    rows = [{"method": m, "rank": ranks[m]} | {s: cells.get((m, s)) for s in systems} for m in methods]
    rows.sort(key=lambda row: row["rank"].value)
    said = f"CME, mean of the repetitions; rank 1 is the best, with its interval over {len(systems)} systems."
    said += _few(_by(chosen, "method", "system"))
    return Table(f"CME, {scheme}", ("method", "rank", *systems), tuple(rows), said)


def standing(results: Iterable[Result], key: int = 0) -> Table:
    """The mean rank of each method over the systems and its median CME, under each scheme; best of the first scheme first."""
    by_scheme = _by(results, "scheme")
    rows: dict[str, dict] = {}
    for scheme, own in by_scheme.items():
        errors = mean_errors(own)
        ranks = rank_scores(errors, key)
        for name in sorted(errors, key=lambda name: ranks[name].value):
            found = {f"rank, {scheme}": ranks[name], f"median CME, {scheme}": float(np.median(errors[name]))}
            rows.setdefault(name, {"method": name}).update(found)
    columns = ("method", *(f"{what}, {scheme}" for scheme in by_scheme for what in ("rank", "median CME")))
    said = ", ".join(f"{len(_by(own, 'system'))} systems ({scheme})" for scheme, own in by_scheme.items())
    caption = (
        f"Mean ranks over {said}, 1 the best, with 95% intervals of resampled systems. CME is the mean of repetitions."
    )
    return Table("All systems", columns, tuple(rows.values()), caption)


def mean_errors(results: Iterable[Result]) -> dict[str, list[float]]:
    """The mean CME of each method on each system, of rows under one scheme; 1 where a method was not run."""
    results = list(results)
    systems, methods = (list(dict.fromkeys(getattr(r, name) for r in results)) for name in ("system", "method"))
    found = {pair: float(np.mean([r.cme for r in own])) for pair, own in _by(results, "method", "system").items()}
    return {m: [found.get((m, s), 1.0) for s in systems] for m in methods}


def rank_scores(values: dict[str, Sequence[float]], key: int = 0) -> dict[str, Score]:
    """The mean rank of each method over cases, 1 the smallest value; ties share their ranks. Intervals resample cases."""
    from scipy.stats import rankdata

    ranks = rankdata(np.array(list(values.values())), axis=0)
    return {name: mean_score(row, key) for name, row in zip(values, ranks, strict=True)}


def to_csv(results: Iterable[Result]) -> str:
    """All rows, one line each."""
    names = [each.name for each in fields(Result)]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([getattr(row, name) for name in names] for row in results)
    return out.getvalue()


def to_latex(table: Table) -> str:
    """The table as a LaTeX tabular with booktabs' rules, intervals in the cells."""
    cells = [[_escaped(str(c)) for c in table.columns]]
    cells += [[_escaped(text(row.get(name))) for name in table.columns] for row in table.rows]
    head, *body = (" & ".join(row) + r" \\" for row in cells)
    begin = rf"\begin{{tabular}}{{l{'r' * (len(table.columns) - 1)}}}"
    lines = [f"% {table.title}", begin, r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}"]
    return "\n".join(lines) + "\n"


def _escaped(written: str) -> str:
    return "".join(UNLIKE_NUMBERS.get(letter, letter) for letter in written.replace("\\", "/"))


def _by(results: Iterable[Result], *names: str) -> dict:
    """Results by one field, or by several."""
    found: dict = {}
    for row in results:
        values = tuple(getattr(row, name) for name in names)
        found.setdefault(values if len(names) > 1 else values[0], []).append(row)
    return found


def _mean(values: Iterable[float]) -> float | None:
    known = [value for value in values if value == value]
    return float(np.mean(known)) if known else None


def _caption(by_method: dict) -> str:
    counts = sorted({len(own) for own in by_method.values()})
    over = f"{' or '.join(map(str, counts))} repetition{'s' * (counts[-1] > 1)}"
    said = f"Means over {over} with 95% intervals of resampled repetitions; CPU s and MB"
    return f"{said} of fitting and forecasting, without tuning. CME is 1 where there is no forecast.{_few(by_method)}"


def _few(groups: dict) -> str:
    """What so few repetitions mean for their intervals, where there are few."""
    fewest = min(map(len, groups.values()))
    if fewest >= FEW:
        return ""
    return (
        f" With {fewest} repetition{'s' * (fewest > 1)} they are rough ranges."
        if fewest > 1
        else " One has no interval."
    )
