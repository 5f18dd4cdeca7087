"""Rank histograms with ties shared out, without a random number."""

import numpy as np


def rank_counts(ens: np.ndarray, obs: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """How often the observation has rank 0..M among the members: (M + 1,), float64.

        rank = #{i: x_i < y} ... #{i: x_i <= y}

    A tie with e members (dry members of a dry observation) lies anywhere in e + 1 ranks, and each of these gets
    1 / (e + 1) of it: what random tie-breaking gives on average (Hamill 2001,
    doi 10.1175/1520-0493(2001)129<0550:IORHFV>2.0.CO;2), but the same every time.
    ens: (member, ...); obs: (...), NaN left out; weights: (...), default 1.
    """
    members, points = ens.reshape(len(ens), -1), obs.reshape(-1)
    weights = np.ones(points.size) if weights is None else np.asarray(weights, np.float64).reshape(-1)
    below, ties = np.zeros(points.size, np.intp), np.zeros(points.size, np.intp)
    for row in members:
        below += row < points
        ties += row == points
    share = np.where(np.isnan(points), 0.0, weights) / (ties + 1)
    starts = np.bincount(below, share, len(members) + 2)
    stops = np.bincount(below + ties + 1, share, len(members) + 2)
    return np.cumsum(starts - stops)[:-1]
