"""Step 6 of ISIMIP3BASD: values of a scenario mapped by rank onto the observations of its future."""

import numpy as np

from nesym.adjust._isimip_distributions import DISTRIBUTIONS, NODES, Distribution
from nesym.adjust._isimip_rows import Ordered, Rows
from nesym.adjust._isimip_trends import at_bounds, future_observations
from nesym.adjust.isimip_settings import ISIMIPSettings

CERTAIN = 1e-10  # distance from 0 and 1 of probabilities
ODDS = np.log(10.0)  # largest change of log odds


def mapped(
    x: np.ndarray, rank: np.ndarray | None, obs: Ordered, hist: Ordered, sim: Ordered, settings: ISIMIPSettings
) -> np.ndarray:
    """The adjusted values (cells, k) of `x`, which have the ranks `rank` in `sim`; None: ranks as they come.

    Values without any observation between the thresholds to map them to stay as they are, and all are NaN where
    observations, or the model's past, are unknown.
    """
    target = future_observations(obs, hist, sim, settings)
    low, high = at_bounds(obs, hist, sim, settings)
    rank = sim.whole().ranks(x) if rank is None else rank
    place, count = rank - low, sim.known - low - high
    out = target.quantiles(np.clip(place / np.maximum(count - 1, 1), 0, 1))
    if settings.distribution is not None:
        out = _by_fits(out, x, place, count, target, (obs, hist, sim), settings)
    out = np.where(target.count > 0, out, x)
    if settings.lower:
        out = np.where(rank < low, settings.lower[0], np.maximum(out, settings.lower[0]))
    if settings.upper:
        out = np.where(rank >= sim.known - high, settings.upper[0], np.minimum(out, settings.upper[0]))
    return np.where((obs.known > 0) & (hist.known > 0) & ~np.isnan(x), out, np.nan)


def _by_fits(out, x, place, count, target: Rows, records: tuple[Ordered, ...], settings: ISIMIPSettings) -> np.ndarray:
    """`out` replaced in the rows that a distribution describes: x' = Q_o'(F_f(x))."""
    kind, ends, now = DISTRIBUTIONS[settings.distribution], settings.thresholds, records[2].within()
    source, wanted = kind.of(now, ends), kind.of(target, ends)
    good = well_fitted(source, now, settings.misfit) & well_fitted(wanted, target, settings.misfit)
    rows = np.flatnonzero(good)
    if not rows.size:
        return out
    # With bounds, as many values as will lie between the thresholds get the distribution of those that do.
    level = np.clip(place / np.maximum(count, 1), 0, 1)
    values = now[rows].quantiles(level[rows]) if settings.bounded else x[rows]
    # What goes to a bound is not worked out.
    among = ((place >= 0) & (place < count))[rows]
    p = _probabilities(source[rows], np.where(among, values, ends[0]))
    if settings.event_likelihood:
        p = _with_odds(p, (place / np.maximum(count - 1, 1))[rows], rows, records, kind, ends)
    out = out.copy()
    out[rows] = wanted[rows].quantile(np.where(among, p, 0.0))
    return out


def _with_odds(p, level, rows, records: tuple[Ordered, ...], kind: type[Distribution], ends) -> np.ndarray:
    """The observed log odds of that rank with the change of the model's, at most tenfold.

    Lange 2019, doi 10.5194/gmd-12-3055-2019, eqs. 10-14; Switanek et al. 2017, doi 10.5194/hess-21-2649-2017.
    """
    from scipy.special import expit, logit

    odds = []
    for record in records[:2]:
        part = record.within()
        fit, part = kind.of(part, ends)[rows], part[rows]
        at = np.clip(level, 0, 1) * np.maximum(part.count - 1, 0)
        below = at.astype(np.intp)
        sides = [_probabilities(fit, part.take(side)) for side in (below, np.minimum(below + 1, part.count - 1))]
        odds.append(logit(sides[0] + (sides[1] - sides[0]) * (at - below)))
    return expit(odds[0] + np.clip(logit(p) - odds[1], -ODDS, ODDS))


def _probabilities(fit: Distribution, x: np.ndarray) -> np.ndarray:
    return np.clip(fit.cdf(x), CERTAIN, 1 - CERTAIN)


def well_fitted(fit: Distribution, rows: Rows, misfit: float) -> np.ndarray:
    """Whether max |F_n - F| <= misfit, the Kolmogorov-Smirnov statistic of each row: (cells,).

    Both functions rise, so that a few order statistics bound it from both sides; only the rows that these leave
    undecided are looked at value by value.
    """
    at = np.rint(np.linspace(0, 1, NODES) * np.maximum(rows.count - 1, 0)).astype(np.intp)
    n = np.maximum(rows.count, 1)
    p = fit.cdf(rows.take(at))
    least = np.maximum((at + 1) / n - p, p - at / n).max(1)
    most = np.maximum(at[:, 1:] / n - p[:, :-1], p[:, 1:] - (at[:, :-1] + 1) / n).max(1)
    good = (rows.count[:, 0] > 1) & (least <= misfit)
    open_ = np.flatnonzero(good & (most > misfit))
    if open_.size:
        some = rows[open_]
        place, n = some.place(), some.count
        p = fit[open_].cdf(some.values)
        apart = np.where(some.inside(), np.maximum((place + 1) / n - p, p - place / n), -np.inf)
        good[open_] = apart.max(1) <= misfit
    return good
