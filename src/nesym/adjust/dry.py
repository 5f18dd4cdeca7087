"""Dry days: where a model has more of them than there are, some become wet before rain is mapped."""

import numpy as np

from nesym.adjust._quantiles import quantiles_of_sorted, share_at_most

WET = 0.1  # mm/day: less is a dry day


def wet_day_adaptation(obs: np.ndarray, hist: np.ndarray, wet: float = WET) -> np.ndarray:
    """Share and ceiling (cells, 2) of the adaptation of Themessl et al. 2012, from sorted samples (cells, n) and (cells, m).

        share = (P0_h - P0_o) / P0_h,    ceiling = Q_o(P0_h),    P0 = P(x <= wet)

    That share of the model's dry days is to become rain between 0 and the ceiling; 0 where the model is not too dry. A
    ratio of quantiles could not make rain of them. doi 10.1007/s10584-011-0224-4.
    """
    dry_obs, dry_hist = share_at_most(obs, wet), share_at_most(hist, wet)
    ceiling = quantiles_of_sorted(obs, dry_hist)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where((dry_hist > dry_obs) & (ceiling > wet), (dry_hist - dry_obs) / dry_hist, 0.0)
    return np.concatenate([share, np.where(share > 0, ceiling, 0.0)], 1)


def adapted(x: np.ndarray, adaptation: np.ndarray, draws: np.ndarray, wet: float = WET) -> np.ndarray:
    """x (cells, n) with that share of its dry days made rain in (wet, ceiling), by uniform `draws` (cells, n)."""
    share, ceiling = adaptation[:, :1], adaptation[:, 1:]
    chosen = (x <= wet) & (draws < share)
    with np.errstate(invalid="ignore", divide="ignore"):
        rain = wet + (ceiling - wet) * draws / share
    return np.where(chosen, rain, x).astype(x.dtype, copy=False)
