"""Least squares with a penalty, without squaring the condition of the features."""

import numpy as np


def ridge(features: np.ndarray, outputs: np.ndarray, penalty: float) -> np.ndarray:
    """C that minimises |Y - F C|^2 + penalty |C - C_0|^2, with C_0 the intercept, the first feature: (P, n).

    F (T, P) and Y (T, n), by orthogonal triangularisation of [F Y] over the penalty. Hoerl and Kennard 1970, doi
    10.1080/00401706.1970.10488634.
    """
    from scipy.linalg import lstsq, qr

    size = features.shape[1]
    penalties = np.sqrt(penalty) * np.eye(size, size + outputs.shape[1])
    penalties[0] = 0.0
    stacked = np.vstack([np.hstack([features, outputs]), penalties])
    triangle = qr(stacked, mode="r", overwrite_a=True, check_finite=False)[0][:size]
    return lstsq(triangle[:, :size], triangle[:, size:], cond=np.finfo(float).eps)[0]
