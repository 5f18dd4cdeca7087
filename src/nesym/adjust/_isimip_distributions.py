"""Four distributions, fitted by maximum likelihood to the rows of many cells at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from nesym.adjust._isimip_rows import Rows

STEPS = 30  # of Newton's method at most
NEAR = 1e-6  # relative change at which it stops: its square is left
NODES = 17  # order statistics that most fits are judged by


class Distribution(Protocol):
    """Parameters (cells, 1) of a distribution for each row."""

    @classmethod
    def of(cls, rows: Rows, ends: tuple[float, float]) -> Self:
        """The most likely one of values between `ends`; NaN where the values do not vary."""

    def cdf(self, x: np.ndarray) -> np.ndarray:
        """F(x) of (cells, k)."""

    def quantile(self, p: np.ndarray) -> np.ndarray:
        """Q(p) of (cells, k)."""

    def __getitem__(self, which: np.ndarray) -> Self:
        """That of some of the rows."""


def mean_of(values: np.ndarray, inside: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Means (cells, 1) of the values that are inside."""
    return total_of(np.where(inside, values, 0)) / np.maximum(count, 1)


def total_of(values: np.ndarray) -> np.ndarray:
    """Sums (cells, 1), added from left to right: zeros on either side, which other rows may ask for, change no bit."""
    if not values.shape[1]:
        return np.zeros((len(values), 1))
    return np.cumsum(values, 1, dtype=np.float64)[:, -1:]


def solved(step: Callable[[np.ndarray], np.ndarray], start: np.ndarray) -> np.ndarray:
    """The fixed points x = step(x) > 0 of each row (..., cells, 1), each row at rest as soon as it is there."""
    x, there = start, np.isnan(start)
    for _ in range(STEPS):
        new = step(x)
        new = np.where(there, x, np.where(new > 0, new, x / 2))
        there = there | (np.abs(new - x) <= NEAR * x)
        x = new
        if there.all():
            break
    return x


@dataclass(frozen=True)
class Normal:
    """F(x) = Phi((x - m) / s)"""

    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, rows, ends):
        inside = rows.inside()
        mean = mean_of(rows.values, inside, rows.count)
        # About the mean, so that nothing is lost of temperatures in kelvin.
        spread = mean_of((rows.values - mean) ** 2, inside, rows.count)
        return cls(mean, np.where(rows.varied, np.sqrt(spread), np.nan))

    def cdf(self, x):
        from scipy.special import ndtr

        return ndtr((x - self.mean) / self.deviation)

    def quantile(self, p):
        from scipy.special import ndtri

        return self.mean + self.deviation * ndtri(p)

    def __getitem__(self, which):
        return Normal(self.mean[which], self.deviation[which])


@dataclass(frozen=True)
class Gamma:
    """F(x) = P(a, (x - x_0) / s),    log a - psi(a) = log mean(x - x_0) - mean log(x - x_0),    a s = mean(x - x_0)"""

    origin: float
    shape: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, rows, ends):
        from scipy.special import digamma, zeta

        inside = rows.inside()
        above = np.where(inside, rows.values - ends[0], 1)
        mean, logs = mean_of(above, inside, rows.count), mean_of(np.log(above), inside, rows.count)
        with np.errstate(invalid="ignore", divide="ignore"):
            gap = np.where(rows.varied, np.log(mean) - logs, np.nan)
            start = (3 - gap + np.sqrt((gap - 3) ** 2 + 24 * gap)) / (12 * gap)

            def step(shape):
                # Newton's in 1 / a, of which a handful do (Minka 2002, "Estimating a Gamma distribution"); zeta(2, a) is psi'.
                slope = shape**2 * (1 / shape - zeta(2, shape))
                return 1 / (1 / shape + (np.log(shape) - digamma(shape) - gap) / slope)

            shape = solved(step, start)
            return cls(ends[0], shape, mean / shape)

    def cdf(self, x):
        from scipy.special import gammainc

        return gammainc(self.shape, np.maximum(x - self.origin, 0) / self.scale)

    def quantile(self, p):
        from scipy.special import gammaincinv

        return self.origin + self.scale * gammaincinv(self.shape, p)

    def __getitem__(self, which):
        return Gamma(self.origin, self.shape[which], self.scale[which])


@dataclass(frozen=True)
class Weibull:
    """F(x) = 1 - exp(-y^k), y = (x - x_0) / s,    sum(y^k log y) / sum(y^k) - 1/k = mean log y,    s^k = mean (x - x_0)^k"""

    origin: float
    shape: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, rows, ends):
        inside = rows.inside()
        logs = np.log(np.where(inside, rows.values - ends[0], 1)).astype(np.float64)
        middle = mean_of(logs, inside, rows.count)
        logs = np.where(inside, logs - middle, -np.inf)
        finite = np.where(inside, logs, 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            # The logarithm of a Weibull variable has the deviation pi / (k sqrt 6).
            spread = np.sqrt(mean_of(finite**2, inside, rows.count))
            start = np.where(rows.varied, np.pi / np.sqrt(6) / spread, np.nan)

            def step(shape):
                power = np.exp(shape * logs)
                sums = [total_of(power * part) for part in (1.0, finite, finite**2)]
                ratio = sums[1] / sums[0]
                return shape - (ratio - 1 / shape) / (sums[2] / sums[0] - ratio**2 + shape**-2)

            shape = solved(step, start)
            scale = np.exp(middle) * mean_of(np.exp(shape * logs), inside, rows.count) ** (1 / shape)
        return cls(ends[0], shape, scale)

    def cdf(self, x):
        return -np.expm1(-((np.maximum(x - self.origin, 0) / self.scale) ** self.shape))

    def quantile(self, p):
        return self.origin + self.scale * (-np.log1p(-p)) ** (1 / self.shape)

    def __getitem__(self, which):
        return Weibull(self.origin, self.shape[which], self.scale[which])


@dataclass(frozen=True)
class Beta:
    """F(x) = I_y(a, b), y = (x - x_0) / (x_1 - x_0),    psi(a) - psi(a + b) = mean log y, and so for b and 1 - y"""

    ends: tuple[float, float]
    a: np.ndarray
    b: np.ndarray

    @classmethod
    def of(cls, rows, ends):
        from scipy.special import digamma, polygamma

        inside = rows.inside()
        y = np.where(inside, (rows.values - ends[0]) / (ends[1] - ends[0]), 0.5).astype(np.float64)
        wanted = np.stack([mean_of(logs, inside, rows.count) for logs in (np.log(y), np.log1p(-y))])
        mean = mean_of(y, inside, rows.count)
        with np.errstate(invalid="ignore", divide="ignore"):
            total = mean * (1 - mean) / mean_of((y - mean) ** 2, inside, rows.count) - 1
            total = np.where(rows.varied, np.maximum(total, 1e-3), np.nan)

            def step(both):
                a, b = both
                curves, common = polygamma(1, both), polygamma(1, a + b)
                miss = digamma(both) - digamma(a + b) - wanted
                other = (curves - common)[::-1] * miss + common * miss[::-1]
                return both - other / (curves[0] * curves[1] - common * (curves[0] + curves[1]))

            a, b = solved(step, np.stack([mean * total, (1 - mean) * total]))
        return cls(ends, a, b)

    def cdf(self, x):
        from scipy.special import betainc

        return betainc(self.a, self.b, np.clip((x - self.ends[0]) / (self.ends[1] - self.ends[0]), 0, 1))

    def quantile(self, p):
        from scipy.special import betaincinv

        return self.ends[0] + (self.ends[1] - self.ends[0]) * betaincinv(self.a, self.b, p)

    def __getitem__(self, which):
        return Beta(self.ends, self.a[which], self.b[which])


DISTRIBUTIONS: dict[str, type[Distribution]] = {"normal": Normal, "gamma": Gamma, "weibull": Weibull, "beta": Beta}
