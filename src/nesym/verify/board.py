"""From statistics of several methods to a table: values, intervals, differences and ratios to a reference."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nesym.verify.bootstrap import Blocks
from nesym.verify.entries import Cell, Score
from nesym.verify.state import State
from nesym.verify.statistics import TRUTH, Means, Metric
from nesym.verify.table import Table


def tabulate(
    states: Mapping[str, State],
    metrics: Sequence[Metric],
    blocks: Blocks,
    *,
    level: float = 0.95,
    reference: str | None = None,
    units: str = "",
) -> Table:
    """One row for each method and one for the truth, one column for each metric, a `Score` in each cell.

    With a `reference`, `differences` holds m - m_ref, and `ratios` m / m_ref of the metrics that are never negative,
    both with intervals of the paired resamples. `units` are those of the data.
    """
    entries = Entries(states, blocks, level)
    rows = [{"method": name} | {m.name: entries.score(name, m) for m in metrics} for name in states]
    truth = {m.name: entries.truth(m) for m in metrics}
    if any(cell is not None for cell in truth.values()):
        rows.append({"method": TRUTH} | truth)
    n = len(blocks.stamps)
    said = _units(metrics, units), _gaps(metrics, next(iter(states.values())), n), _intervals(blocks, level)
    caption = " ".join(filter(None, said))
    table = Table(f"Scores of {n} time steps", ("method", *(m.name for m in metrics)), tuple(rows), caption)
    if reference is None or len(states) == 1:
        return table

    def beside(title: str, function: Callable, chosen: Sequence[Metric]) -> Table:
        rows = tuple(
            {"method": name} | {m.name: entries.against(reference, name, m, function) for m in chosen}
            for name in states
            if name != reference
        )
        return Table(f"{title} {reference}", ("method", *(m.name for m in chosen)), rows, caption)

    unsigned = [metric for metric in metrics if not metric.signed]
    differences = beside("Difference from", np.subtract, metrics)
    return replace(table, differences=differences, ratios=beside("Ratio to", np.divide, unsigned))


@dataclass(frozen=True, eq=False)
class Entries:
    """The cells of a score table: values from the states, intervals from resamples that are the same for all."""

    states: Mapping[str, State]
    blocks: Blocks
    level: float

    @cached_property
    def means(self) -> dict[str, Means]:
        return {name: self.blocks.means(state) for name, state in self.states.items()}

    def score(self, name: str, metric: Metric) -> Score:
        """`metric` of one method."""
        state = self.states[name]
        return self._interval(metric.value(state), metric.resampled(self.means[name]), state.steps(metric))

    def truth(self, metric: Metric) -> Cell:
        """`metric` of the observations, which are the same for all methods; None where it has no meaning."""
        name, state = next(iter(self.states.items()))
        value = metric.truth(state)
        if value is None:
            return None
        return self._interval(value, metric.resampled_truth(self.means[name]), state.steps(metric))

    def against(self, reference: str, name: str, metric: Metric, function: Callable) -> Score:
        """`function`(value of the method, value of the reference), resample by resample."""
        both = name, reference
        resampled = [metric.resampled(self.means[each]) for each in both]
        with np.errstate(divide="ignore", invalid="ignore"):
            value = function(*(np.float64(metric.value(self.states[each])) for each in both))
            pairs = None if resampled[0] is None else function(*resampled)
        return self._interval(value, pairs, min(self.states[each].steps(metric) for each in both))

    def _interval(self, value: float, resampled: np.ndarray | None, n: int) -> Score:
        return self.blocks.score(value, resampled, self.level, n)


def _units(metrics: Sequence[Metric], units: str) -> str:
    """Which columns are in which units, as one sentence."""
    columns: dict[str, list[str]] = {}
    for metric in metrics:
        columns.setdefault(units if metric.units is None else metric.units, []).append(metric.name)
    said = [f"{', '.join(names)} in {unit}" for unit, names in columns.items() if unit not in ("", "1")]
    return f"{'; '.join(said)}." if said else ""


def _gaps(metrics: Sequence[Metric], state: State, n: int) -> str:
    """Which metrics of whole fields had to leave out steps, as one sentence."""
    used = {m.name: state.steps(m) for m in metrics if any(s.whole for s in m.statistics)}
    said = [f"{name} rests on {steps}" for name, steps in used.items() if steps < n]
    return f"Of the {n} steps, {', '.join(said)} (those without gaps)." if said else ""


def _intervals(blocks: Blocks, level: float) -> str:
    """How the intervals came about, as one or two sentences."""
    if blocks.count == 1:
        return "One block of time: no intervals."
    said = f"Intervals: {level:.0%} of {len(blocks.draws)} resamples of {blocks.count} blocks of {blocks.length}."
    return said + (f" With {blocks.count} blocks they are rough ranges." if blocks.note else "")
