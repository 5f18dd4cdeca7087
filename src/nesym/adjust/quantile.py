"""Quantile mapping: the whole distribution of a model brought to the observed one, cell by cell."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nesym._errors import InputError
from nesym.adjust import _quantiles as q
from nesym.adjust._adjuster import AbstractAdjuster, check_choices
from nesym.adjust._fitted import Fitted, Sample
from nesym.adjust.dry import WET, adapted, wet_day_adaptation
from nesym.adjust.variables import Kind
from nesym.adjust.windows import samples, targets
from nesym.fields.seasons import Seasons


@dataclass(frozen=True)
class AbstractQuantiles(AbstractAdjuster):
    """What the three methods share: tables of `quantiles` model quantiles and corrections for each window and cell.

    The corrections stand at the middles of equal parts of the distribution, are linear between, and beyond the first and the
    last they are that of the first and the last: no tail is extrapolated. A ratio is at most `largest`. With `adapt_dry`, dry
    days of a model that is too dry become rain first (`wet_day_adaptation`).
    """

    quantiles: int = 50
    largest: float = 10.0
    adapt_dry: bool = True

    def __post_init__(self):
        check_choices(self.kind, self.window)
        whole = isinstance(self.quantiles, int) and not isinstance(self.quantiles, bool)
        if not whole or self.quantiles < 2 or not self.largest > 1:
            raise InputError(
                f"quantiles is a whole number from 2, largest a ratio above 1; {self.quantiles!r} and {self.largest!r} came.",
                "Give quantiles=50, largest=10.",
            )

    def numbers_of(self, obs: Seasons, hist: Seasons, members: int) -> tuple[int, int]:
        return self.window.count, 2 * self.quantiles + 3

    def calibrate(self, obs: Sample, hist: Sample, kind: Kind, rain: bool) -> np.ndarray:
        """For each window: model quantiles (k), corrections (k), share and ceiling of the dry days, mean of the model."""
        numbers = np.full((len(obs.values), *self.numbers_of(obs.seasons, hist.seasons, 1)), np.nan)
        dry = rain and self.adapt_dry
        draws = hist.draws(np.arange(len(hist.seasons))) if dry else None
        levels = q.nodes(self.quantiles)
        both = (samples(self.window, sample.seasons) for sample in (obs, hist))
        for group, (at, at_hist) in enumerate(zip(*both, strict=True)):
            if not at.size:
                continue
            seen, run = np.sort(obs.values[:, at], 1), np.sort(hist.values[:, at_hist], 1)
            adaptation = np.zeros((len(seen), 2))
            if dry:
                adaptation = wet_day_adaptation(seen, run)
                if adaptation.any():
                    run = np.sort(adapted(hist.values[:, at_hist], adaptation, draws[:, at_hist]), 1)
            table, wanted = q.quantiles_of_sorted(run, levels), q.quantiles_of_sorted(seen, levels)
            change = corrections(table, wanted, kind, self.largest)
            numbers[:, group] = np.concatenate([table, change, adaptation, q.means(run)], 1)
        return numbers

    def correct(self, sim: Sample, numbers: np.ndarray, fitted: Fitted) -> np.ndarray:
        """x * c or x + c, c the correction that `read` finds for each value; rain below the dry threshold becomes 0."""
        out = np.full(sim.values.shape, np.nan)
        dry = fitted.rain and self.adapt_dry and numbers[..., -3].any()
        draws = sim.draws(np.arange(len(sim.seasons))) if dry else None
        both = targets(self.window, sim.seasons), samples(self.window, sim.seasons)
        for group, (at, around) in enumerate(zip(*both, strict=True)):
            if not at.size:
                continue
            table, change, adaptation, mean = np.split(
                numbers[:, group], [self.quantiles, 2 * self.quantiles, 2 * self.quantiles + 2], 1
            )
            values, sample = sim.values[:, at], sim.values[:, around]
            if dry:
                values = adapted(values, adaptation, draws[:, at])
                sample = adapted(sample, adaptation, draws[:, around])
            found = self.read(values, sample, table, change, mean, fitted.kind)
            out[:, at] = values * found if fitted.kind == "ratio" else values + found
        if fitted.rain:
            out[out <= WET] = 0.0
        return out

    @abstractmethod
    def read(
        self,
        values: np.ndarray,
        sample: np.ndarray,
        table: np.ndarray,
        change: np.ndarray,
        mean: np.ndarray,
        kind: Kind,
    ) -> np.ndarray:
        """The corrections (cells, n) of `values` (cells, n), which are among the `sample` (cells, m) of their window."""


def corrections(model: np.ndarray, wanted: np.ndarray, kind: Kind, largest: float = np.inf) -> np.ndarray:
    """wanted / model, at most `largest`, or wanted - model: (cells, k). A quantile without rain takes the next ratio above."""
    if kind == "difference":
        return wanted - model
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.minimum(wanted / model, largest)
    dry = model <= 0
    if dry.any():
        next_wet = np.maximum(np.arange(model.shape[1]), dry.sum(1, keepdims=True))
        ratio = np.take_along_axis(ratio, np.minimum(next_wet, model.shape[1] - 1), 1)
        ratio[dry.all(1) & ~np.isnan(wanted[:, 0])] = 1.0
    return ratio


@dataclass(frozen=True)
class QuantileMapping(AbstractQuantiles):
    """x' = x Q_o(p) / Q_h(p), or x + Q_o(p) - Q_h(p), p = F_h(x): each value by its place in the model's own past.

    The change that a model projects is changed too, wherever the correction differs between quantiles: see
    `QuantileDelta`. Values between quantiles are corrected as interpolated between the corrections of both.
    Gudmundsson et al. 2012, doi 10.5194/hess-16-3383-2012.
    """

    name: ClassVar[str] = "qm"

    def read(self, values, sample, table, change, mean, kind):
        return q.read(table, change, values)


@dataclass(frozen=True)
class DetrendedQuantileMapping(AbstractQuantiles):
    """x' = x Q_o(p) / Q_h(p), or x + Q_o(p) - Q_h(p), p = F_h(x m_h / m_x) or F_h(x + m_h - m_x), m the means.

    Quantile mapping of what a run would be without its change of the mean, which is kept, window by window. Long runs are
    best corrected in pieces of some 30 years. Cannon et al. 2015, doi 10.1175/JCLI-D-14-00754.1.
    """

    name: ClassVar[str] = "dqm"
    ranked: ClassVar[bool] = True  # its mean needs as many values as ranks do

    def read(self, values, sample, table, change, mean, kind):
        now = q.means(sample)
        if kind == "difference":
            return q.read(table, change, values + (mean - now))
        with np.errstate(invalid="ignore", divide="ignore"):
            return q.read(table, change, values * np.where(now > 0, mean / now, 1.0))


@dataclass(frozen=True)
class QuantileDelta(AbstractQuantiles):
    """x' = x Q_o(p) / Q_h(p), or x + Q_o(p) - Q_h(p), p = F_x(x): each value by its place in its own period.

    The relative (or absolute) change of every quantile is kept as the model projects it. Long runs are best corrected in
    pieces of some 30 years, the period in which a value has its rank. Cannon et al. 2015, doi 10.1175/JCLI-D-14-00754.1.
    """

    name: ClassVar[str] = "qdm"
    ranked: ClassVar[bool] = True

    def read(self, values, sample, table, change, mean, kind):
        if values.shape == sample.shape:
            return q.read_at_ranks(change, values)
        return q.read_even(change, q.ranks_among(values, np.sort(sample, 1)))
