"""Distance of the densities in which two series spend their time."""

from typing import Any

import numpy as np

from nesym._errors import InputError, MissingValuesError
from nesym.verify.bins import Bins
from nesym.verify.histogram import Histogram, wasserstein1

COUNT = 4096  # bins over the range of both


def stationary_density_distance(forecast: Any, truth: Any, scaled: bool = True) -> float:
    """W1 = integral |F_f(x) - F(x)| dx between all values of two series, in standard deviations of the truth.

    How far, on average, the one density has to be carried to become the other. Bins are 1/4096 of the range of both, which
    is also the largest possible error of the integral. With `scaled=False` in the units of x. Two records of one process
    are apart by about its standard deviation / sqrt(length / correlation time): longer ones tell more.

    forecast, truth: arrays or DataArrays of any form. Raises `MissingValuesError` for values that are not finite,
    `InputError` for a truth that does not vary.
    """
    found = [np.ravel(np.asarray(values, np.float64)) for values in (forecast, truth)]
    if not all(values.size and np.isfinite(values).all() for values in found):
        raise MissingValuesError(
            "Some values of a series are missing or not finite, or it has none.",
            "Leave out the runs that ended, and count them.",
        )
    spread = float(found[1].std()) if scaled else 1.0
    low, high = min(values.min() for values in found), max(values.max() for values in found)
    if spread == 0 or low == high:
        raise InputError("The truth does not vary, so it has no density.", "Give a record that does, or scaled=False.")
    bins = Bins(float(low), float(np.nextafter(high, np.inf)), COUNT)
    return wasserstein1(*(Histogram.of(values, bins) for values in found))[0] / spread
