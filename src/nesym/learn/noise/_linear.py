"""The linear stochastic equation of a series: the least that a learned one has to beat."""

import numpy as np
import xarray as xr

from nesym.learn.noise.kramers_moyal import Coefficients, KramersMoyal
from nesym.learn.noise.latent_series import Series


def linear_sde(series: xr.DataArray) -> KramersMoyal:
    """dx = -rate (x - mean) dt + sigma dW with the coefficients of largest likelihood, as a fitted `KramersMoyal`.

        d = h (alpha + beta x) + residual,    rate = -beta,  mean = -alpha / beta,  sigma^2 = <residual^2> / h

    by least squares over all increments d of step h: the Ornstein-Uhlenbeck process, which has one state alone. A `rate`
    below 0 is taken for 0.
    """
    read = Series.of(series)
    x, d = read.values[:, :-1].ravel(), np.diff(read.values, axis=1).ravel() / read.step
    slope = min(float(np.cov(x, d, bias=True)[0, 1] / x.var()), 0.0)
    middle, push = x.mean(), d.mean()
    residual = d - push - slope * (x - middle)
    ends = np.array([x.min(), x.max()])
    drift, noise = push + slope * (ends - middle), np.full(2, np.sqrt(read.step * np.mean(residual**2)))
    found = Coefficients(ends, drift, noise, (slope, slope), read.values[:, 0], np.inf, read.empty())
    return KramersMoyal(fitted=found)
