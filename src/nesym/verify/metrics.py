"""The metrics: each is a name, the statistics it needs and the formula that makes it from their means.

Means <.> run over the cells (weighted by area), over the time steps and, where members come in, over the members.
x_i are the M members, x their mean, y the observation.
"""

import numpy as np

from nesym.verify import cells, fractal, patterns, zonal
from nesym.verify.bins import Bins
from nesym.verify.daily import DailyMetric
from nesym.verify.histogram import quantiles_of_counts, wasserstein_of_shares
from nesym.verify.similarity import MOMENTS, correlation
from nesym.verify.statistics import MeanMetric, Means, Metric

RAIN_BINS = Bins(0.01, 1000.0, 250, "log")  # mm/h: each bin is 4.7 % wide
NO_IDEAL = float("nan")


def mae() -> MeanMetric:
    """MAE = <|x - y|>, of the ensemble mean; of the forecast itself where there is one member."""
    return MeanMetric("MAE", (cells.ERROR,), lambda m: m["error"][..., 1])


def rmse() -> MeanMetric:
    """RMSE = sqrt <(x - y)^2>, of the ensemble mean."""
    return MeanMetric("RMSE", (cells.ERROR,), lambda m: np.sqrt(m["error"][..., 2]))


def bias() -> MeanMetric:
    """Bias = <x - y>."""
    return MeanMetric("bias", (cells.ERROR,), lambda m: m["error"][..., 0], signed=True)


def crps(fair: bool = False) -> MeanMetric:
    """CRPS = < (1/M) sum_i |x_i - y| - 1/(2 M K) sum_ij |x_i - x_j| >, K = M, or M - 1 where `fair`.

    The plain form of one member is its MAE; the fair form of one member is not defined (NaN).
    """
    name, column = ("fair CRPS", 1) if fair else ("CRPS", 0)
    return MeanMetric(name, (cells.CRPS,), lambda m: m["crps"][..., column])


def spread_skill() -> MeanMetric:
    """SSR = sqrt((M + 1) / M) sqrt <s^2> / RMSE, s^2 the variance over members with ddof = 1; 1 is reliable.

    Fortin et al. 2014, doi 10.1175/JHM-D-14-0008.1. NaN for one member.
    """

    def combine(m: Means) -> np.ndarray:
        return np.sqrt(m["spread"][..., 0] / m["error"][..., 2])

    return MeanMetric("spread-skill", (cells.SPREAD, cells.ERROR), combine, units="1", ideal=1.0)


def rank_histogram_error() -> MeanMetric:
    """D = sum_j |f_j - 1 / (M + 1)|, f_j the frequency of rank j = 0..M; 0 for a flat histogram, 2 at most.

    Delle Monache et al. 2006, doi 10.1029/2005JD006917. Ties are shared out; see `nesym.verify.ranks`.
    """

    def combine(m: Means) -> np.ndarray:
        return np.abs(m["ranks"] - 1 / m["ranks"].shape[-1]).sum(-1)

    return MeanMetric("rank histogram error", (cells.RANKS,), combine, units="1")


def rapsd_log_error() -> MeanMetric:
    """E = mean over rings k >= 1 of |log10 <P_x(k)> - log10 <P_y(k)>|, spectra averaged over steps and members.

    In powers of ten (dex). See `nesym.verify.spectra` for the rings. Steps with gaps in the observations do not count.
    """

    def combine(m: Means) -> np.ndarray:
        forecast, truth = np.split(np.log10(m["rapsd"]), 2, -1)
        return np.abs(forecast - truth)[..., 1:].mean(-1)

    return MeanMetric("RAPSD log error", (patterns.RAPSD,), combine, units="dex")


def fractal_error(
    thresholds_forecast: np.ndarray, thresholds_truth: np.ndarray, name: str = "fractal error"
) -> MeanMetric:
    """E = mean over q of |<D_x(q)> - <D_y(q)>|, D(q) the fractal dimension of where a field is below its q-quantile.

    Forecast and truth have quantiles of their own, over all cells and times (`nesym.verify.field_quantiles`), so that
    their distributions don't count; those of a forecast are its own, so each has a metric of its own, and the states
    of several stand in one table under the same `name`. See `nesym.verify.fractal_dimension`. Steps with gaps in the
    observations do not count, nor do quantiles below which there is nothing (dry cells are equal among themselves).
    """
    statistic = fractal.dimensions(name, thresholds_forecast, thresholds_truth)
    return MeanMetric(name, (statistic,), lambda m: fractal.dimension_error(m, name), units="1")


def wet_fraction(threshold: float = 0.1) -> MeanMetric:
    """Share of cells with x_i >= `threshold` (mean over members), beside the observed one."""
    statistic = cells.wet(threshold)

    def column(number: int):
        return lambda m: m[statistic.name][..., number]

    name = f"wet fraction (>= {threshold:g})"
    return MeanMetric(name, (statistic,), column(0), units="1", ideal=NO_IDEAL, observed=column(1))


def quantile_bias(q: float = 0.99, bins: Bins = RAIN_BINS) -> MeanMetric:
    """Q_x(q) - Q_y(q), quantiles of all values of all cells, steps and members together.

    From histograms: each quantile is within one bin's width of min{v: F(v) >= q}. NaN if it lies beyond the bins.
    """
    statistic, level = cells.histogram(bins), np.array([q])

    def combine(m: Means) -> np.ndarray:
        forecast, truth = (
            quantiles_of_counts(counts, bins.outer_edges(), level)[..., 0]
            for counts in np.split(m[statistic.name], 2, -1)
        )
        return forecast - truth

    return MeanMetric(f"quantile bias ({q:g})", (statistic,), combine, signed=True)


def wasserstein(bins: Bins = RAIN_BINS) -> MeanMetric:
    """W1 = integral |F_x(v) - F_y(v)| dv of all values of all cells, steps and members together.

    From histograms, see `nesym.verify.histogram.wasserstein1` for the error. NaN if values lie beyond the bins.
    """
    statistic = cells.histogram(bins)

    def combine(m: Means) -> np.ndarray:
        return wasserstein_of_shares(*np.split(m[statistic.name], 2, -1), bins.outer_edges())

    return MeanMetric("Wasserstein-1", (statistic,), combine)


def lag1_autocorrelation() -> MeanMetric:
    """r_1 = corr(x_i(t - 1), x_i(t)) over all cells, members and pairs of consecutive steps, beside that of y.

    A pair across a gap in time does not count. Members without memory flicker, and have r_1 below the observations'.
    """
    return MeanMetric(
        "lag-1 autocorrelation",
        (patterns.LAG,),
        lambda m: correlation(m["lag"][..., :MOMENTS]),
        units="1",
        ideal=NO_IDEAL,
        observed=lambda m: correlation(m["lag"][..., MOMENTS:]),
    )


def coarse_correlation(factor: int) -> MeanMetric:
    """Pearson r between block means (`factor` x `factor` cells) of members and observations, over cells and steps."""
    statistic = patterns.coarse_moments(factor)
    name = f"correlation ({factor} x {factor})"
    return MeanMetric(name, (statistic,), lambda m: correlation(m[statistic.name]), units="1", ideal=1.0)


def coarse_ssim(factor: int) -> MeanMetric:
    """SSIM between block means (`factor` x `factor` cells) of members and observations, mean over steps and members.

    The data range of a step is that of its observed block means; see `nesym.verify.similarity.ssim`.
    """
    statistic = patterns.coarse_ssim(factor)
    name = f"SSIM ({factor} x {factor})"
    return MeanMetric(name, (statistic,), lambda m: m[statistic.name][..., 0], units="1", ideal=1.0)


def zonal_error(latitude: np.ndarray) -> MeanMetric:
    """E = mean over latitudes, weighted by area, of |[<x>] - [<y>]|, [.] the mean over longitude.

    `latitude` (lat,) are the rows of the fields, degrees. Means over time come first: it is an error of climate.
    """
    latitude = np.asarray(latitude, np.float64)

    def combine(m: Means) -> np.ndarray:
        forecast, truth = zonal.profiles(m, latitude)
        return zonal.row_mean(np.abs(forecast - truth), latitude)

    return MeanMetric("zonal-mean error", (zonal.ZONAL,), combine)


def peak_ratio(latitude: np.ndarray) -> MeanMetric:
    """South/north ratio of the two ITCZ peaks of [<x_i>] within 20 degrees, beside the observed one.

    See `nesym.verify.peak_ratio`; `latitude` as in `zonal_error`.
    """
    latitude = np.asarray(latitude, np.float64)

    def side(number: int):
        return lambda m: zonal.peak_ratio(zonal.profiles(m, latitude)[number], latitude)

    return MeanMetric("ITCZ peak ratio", (zonal.ZONAL,), side(0), units="1", ideal=NO_IDEAL, observed=side(1))


def peak_ratio_error(latitude: np.ndarray) -> MeanMetric:
    """|R_x - R_y|, R the ratio of `peak_ratio`."""
    ratio = peak_ratio(latitude)

    def combine(m: Means) -> np.ndarray:
        return np.abs(ratio.combine(m) - ratio.observed(m))

    return MeanMetric("ITCZ peak ratio error", ratio.statistics, combine, units="1")


def rx1day() -> DailyMetric:
    """Largest daily sum of each cell, mean over cells and members; see `nesym.verify.daily`."""
    return DailyMetric()


def rain_metrics(factor: int | None = None) -> tuple[Metric, ...]:
    """The metrics that NESYM shows for rain in mm h-1; with `factor`, those after coarsening as well."""
    errors = (mae(), rmse(), bias(), crps(), crps(fair=True), spread_skill(), rank_histogram_error())
    rain = (quantile_bias(0.99), wet_fraction(0.1), rapsd_log_error(), lag1_autocorrelation(), rx1day())
    return (*errors, *rain, *((coarse_correlation(factor), coarse_ssim(factor)) if factor else ()))
