"""A distribution of many fine cells at once, given to a field whose means over them stay as they are."""

import numpy as np

from nesym.adjust._isimip_rows import Rows

Ends = tuple[float | None, float | None]


def rotations(count: int, size: int, key: int) -> np.ndarray:
    """Rotations (count, size, size) drawn uniformly: the Q of Gaussian matrices, signs from R (Mezzadri 2007)."""
    q, r = np.linalg.qr(np.random.default_rng([key, size]).standard_normal((count, size, size)))
    return q * np.sign(np.diagonal(r, axis1=1, axis2=2))[:, None, :]


def mean_of(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """X = sum_i w_i x_i / sum_i w_i: (cells, parts, n) and (cells, parts) -> (cells, 1, n)."""
    with np.errstate(invalid="ignore"):
        return np.matmul((weights / weights.sum(1, keepdims=True))[:, None], x)


def with_mean(x: np.ndarray, mean: np.ndarray, wanted: np.ndarray, ends: Ends) -> np.ndarray:
    """x' of mean X' from x (cells, parts, n) of mean X; a and b are the lower and the upper end, None where there is none.

        x' = a + (x - a)(X' - a)/(X - a) where the mean falls or b is None,
        x' = b - (b - x)(b - X')/(b - X) where it rises or a is None,    x' = x + X' - X without ends

    Values stay between the ends. Where all values lie at the end that is left, x' = X'.
    """
    a, b = ends
    if a is None and b is None:
        return x + (wanted - mean)
    with np.errstate(invalid="ignore", divide="ignore"):
        down = None if a is None else a + (x - a) * ((wanted - a) / (mean - a))
        up = None if b is None else b - (b - x) * ((b - wanted) / (b - mean))
    new = up if down is None else down if up is None else np.where(wanted > mean, up, down)
    return np.where(np.isfinite(new), new, wanted)


def transferred(
    first: np.ndarray, coarse: np.ndarray, obs: np.ndarray, weights: np.ndarray, turns: np.ndarray, ends: Ends
) -> np.ndarray:
    """The fields `first` (cells, parts, n) with the joint distribution of `obs` (cells, parts, m) and the means `coarse`.

    Observed fields are first given the distribution of the `coarse` (cells, n) means. Then, in the directions of each of
    the rotations `turns` (k, parts, parts) and at last in that of the parts themselves, values take the observed
    quantile of their rank, and the means are restored. Where a mean lies at an end, all parts do; where a mean is missing
    they are too, and parts of weight 0 (cells, parts) always. An observed field with a gap is left out.

    Pitie, Kokaram & Dahyot 2007, doi 10.1016/j.cviu.2006.11.011; Cannon 2018, doi 10.1007/s00382-017-3580-6.
    """
    known, wanted = weights[..., None] > 0, coarse[:, None]
    live = _between(wanted, ends)
    observed = np.where(known, obs, 0.0)
    seen = mean_of(observed, weights)
    seen = np.where(_between(seen, ends), seen, np.nan)
    like = _mapped(seen, np.where(live, wanted, np.nan))
    target = _only(known, with_mean(observed, seen, like, ends))
    fine = np.where(live, np.where(known, first, 0.0), np.nan)
    fine = _only(known, with_mean(fine, mean_of(fine, weights), wanted, ends))
    for turn in turns:
        fine = _only(known, turn @ _mapped(turn.T @ fine, turn.T @ target))
    # Once more before the last mapping, so that the parts of a nearly dry mean rank as dry.
    fine = _mapped(_only(known, fine + (wanted - mean_of(fine, weights))), target)
    fine = with_mean(fine, mean_of(fine, weights), wanted, ends)
    return np.where(known, np.where(live, fine, wanted), np.nan)


def _between(mean: np.ndarray, ends: Ends) -> np.ndarray:
    """Whether a mean lies between the ends, so that the parts may differ; not where it is missing."""
    a, b = ends
    inside = ~np.isnan(mean)
    inside = inside if a is None else inside & (mean > a)
    return inside if b is None else inside & (mean < b)


def _only(known: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Nothing in the parts that are not known: they turn with the others and bring nothing in."""
    return np.where(known, x, 0.0 * x)


def _mapped(x: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Each value of (cells, parts, n) as the value of its rank in `target` (cells, parts, m); NaN counts in neither."""
    rows = Rows.of(target.reshape(-1, target.shape[-1]))
    flat = x.reshape(-1, x.shape[-1])
    order = np.argsort(flat, 1)
    ordered = np.take_along_axis(flat, order, 1)
    count = (~np.isnan(flat)).sum(1, keepdims=True)
    level = np.minimum(np.arange(flat.shape[1]) / np.maximum(count - 1, 1), 1.0)
    out = np.empty_like(flat)
    np.put_along_axis(out, order, np.where(rows.count > 0, rows.quantiles(level), ordered) + 0 * ordered, 1)
    return out.reshape(x.shape)
