"""Step 5 of ISIMIP3BASD: the change that a model projects, put onto what was observed, quantile by quantile."""

import numpy as np

from nesym.adjust._isimip_rows import Ordered, Rows
from nesym.adjust.isimip_settings import ISIMIPSettings

LARGEST = 100.0  # ratio of two quantiles, and 1 / LARGEST the least
SAME = 1e-8, 1e-5  # absolute and relative difference of frequencies that count as equal


def future_observations(obs: Ordered, hist: Ordered, sim: Ordered, settings: ISIMIPSettings) -> Rows:
    """What would be observed between the thresholds if the change of the model came: sorted rows.

    Each observed value takes the change of the model's quantile at its own rank. Where a model has no value between
    the thresholds in one of the periods, no change is known and none is put on.
    """
    parts = [x.within() if settings.trend_within else x.spread(settings) for x in (obs, hist, sim)]
    seen = parts[0]
    inside = seen.inside()
    levels = np.where(inside, seen.place(), 0) / np.maximum(seen.count - 1, 1)
    past, future = (part.quantiles(levels) for part in parts[1:])
    changed = with_change(seen.values, past, future, settings)
    unknown = (parts[1].count == 0) | (parts[2].count == 0)
    if unknown.any():
        changed = np.where(unknown, seen.values, changed)
    least, most = settings.thresholds
    return Rows.of(np.where(inside & (changed > least) & (changed < most), changed, np.nan))


def with_change(obs: np.ndarray, past: np.ndarray, future: np.ndarray, settings: ISIMIPSettings) -> np.ndarray:
    """o', from quantiles o, h and f of the same level.

        additive        o + f - h
        multiplicative  o r,    r = f / h between 1/100 and 100, and 1 for h = 0
        mixed           g o r + (1 - g) (o + f - h),    g = 1 for h >= o, (1 + cos(pi (o/h - 1) / 8)) / 2 for o < 9 h, else 0
        bounded         a + (o - a)(f - a)/(h - a) for h > o,  b - (b - o)(b - f)/(b - h) for h < o,  f for h = o,
                        and o + f - h where the change enlarges the bias

    Lange 2019, doi 10.5194/gmd-12-3055-2019; the rule for bounded variables is that of ISIMIP3BASD from version 2.3 on.
    """
    if settings.trend == "additive":
        return obs + (future - past)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        if settings.trend == "bounded":
            return _within_bounds(obs, past, future, settings)
        ratio = np.where(past == 0, 1.0, np.minimum(np.maximum(future / past, 1 / LARGEST), LARGEST))
        if settings.trend == "multiplicative":
            return obs * ratio
        share = np.where(obs < 9 * past, 0.5 * (1 + np.cos((obs / past - 1) * (np.pi / 8))), 0.0)
        share = np.where(past >= obs, 1.0, share)
        return share * obs * ratio + (1 - share) * (obs + (future - past))


def _within_bounds(obs: np.ndarray, past: np.ndarray, future: np.ndarray, settings: ISIMIPSettings) -> np.ndarray:
    a, b = settings.lower[0], settings.upper[0]
    low = b - (b - obs) * (b - future) / (b - past)
    high = a + (obs - a) * (future - a) / (past - a)
    changed = np.where(past < obs, low, np.where(past > obs, high, future))
    enlarged = ((past < obs) & (future < past)) | ((past > obs) & (future > past))
    return np.clip(np.where(enlarged, obs + future - past, changed), a, b)


def at_bounds(obs: Ordered, hist: Ordered, sim: Ordered, settings: ISIMIPSettings) -> tuple[np.ndarray, np.ndarray]:
    """How many values of the scenario go to the lower and to the upper bound: (cells, 1) each.

    Together they are at most as many as there are; then both are scaled.
    """
    found = []
    for name, bound in (("low", settings.lower), ("high", settings.upper)):
        if bound is None:
            found.append(np.zeros_like(sim.known))
            continue
        shares = [getattr(x, name) / np.maximum(x.known, 1) for x in (obs, hist, sim)]
        share = future_frequency(*shares) if settings.adjust_frequency else shares[0]
        found.append(np.rint(sim.known * share).astype(np.intp))
    total = found[0] + found[1]
    scale = np.where(total > sim.known, sim.known / np.maximum(total, 1), 1.0)
    low, high = (np.rint(n * scale).astype(np.intp) for n in found)
    return low, np.minimum(high, sim.known - low)


def future_frequency(obs: np.ndarray, past: np.ndarray, future: np.ndarray) -> np.ndarray:
    """P_o', from how often values lie at a bound: observed, in the model's past, in its future; all in [0, 1].

        P_f for P_h = P_o,  P_o P_f / P_h for P_f <= P_h > P_o,  1 - (1 - P_o)(1 - P_f)/(1 - P_h) for P_f >= P_h < P_o,
        else P_o + P_f - P_h

    Lange 2019, doi 10.5194/gmd-12-3055-2019.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        fewer, more = obs * future / past, 1 - (1 - obs) * (1 - future) / (1 - past)
    found = np.where((future >= past) & (past < obs), more, obs + future - past)
    found = np.where((future <= past) & (past > obs), fewer, found)
    return np.clip(np.where(np.isclose(past, obs, SAME[1], SAME[0]), future, found), 0, 1)
