"""The parts of ISIMIP3BASD: sorted rows, likely distributions, changes of quantiles and of frequencies, trends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nesym.adjust import ISIMIP_SETTINGS
from nesym.adjust import _isimip_series as series
from nesym.adjust._isimip_distributions import DISTRIBUTIONS
from nesym.adjust._isimip_map import well_fitted
from nesym.adjust._isimip_rows import Ordered, Rows
from nesym.adjust._isimip_trends import future_frequency, with_change
from nesym.adjust._quantiles import quantiles
from nesym.adjust.isimip_settings import ISIMIPSettings

PEERS = {"normal": stats.norm, "gamma": stats.gamma, "weibull": stats.weibull_min, "beta": stats.beta}
FIXED = {"normal": {}, "gamma": {"floc": 0.1}, "weibull": {"floc": 0.1}, "beta": {"floc": 0.1, "fscale": 0.8}}
SHARE = st.floats(0, 1)


def sample(kind: str, size: int = 300, seed: int = 0) -> np.ndarray:
    made = {
        "normal": stats.norm(280, 4), "gamma": stats.gamma(0.7, 0.1, 5.0), "weibull": stats.weibull_min(1.8, 0.1, 4.0),
        "beta": stats.beta(0.8, 2.5, 0.1, 0.8),
    }  # fmt: skip
    return np.clip(made[kind].rvs(size, random_state=seed), -np.inf, 0.9 - 1e-9 if kind == "beta" else np.inf)


@pytest.mark.parametrize("kind", PEERS)
def test_fits_are_the_most_likely_ones(kind):
    """Beside SciPy's, which go one by one; a row with gaps, in a wider block, is fitted as if it were alone."""
    rows = np.full((3, 500), np.nan)
    for row, size in enumerate((300, 40, 450)):
        rows[row, :size] = sample(kind, size, row)
    fits = DISTRIBUTIONS[kind].of(Rows.of(rows), (0.1, 0.9))
    levels = np.array([0.01, 0.2, 0.5, 0.9, 0.999])
    for row, size in enumerate((300, 40, 450)):
        peer = PEERS[kind](*PEERS[kind].fit(rows[row, :size], **FIXED[kind]))
        np.testing.assert_allclose(fits.quantile(levels[None])[row], peer.ppf(levels), rtol=2e-4)
        np.testing.assert_allclose(fits.cdf(rows[:, :5])[row], peer.cdf(rows[row, :5]), atol=1e-4)
        alone = DISTRIBUTIONS[kind].of(Rows.of(rows[row : row + 1, :size]), (0.1, 0.9))
        np.testing.assert_array_equal(alone.quantile(levels[None])[0], fits.quantile(levels[None])[row])


@pytest.mark.parametrize("kind", PEERS)
def test_values_that_do_not_vary_have_no_distribution(kind):
    rows = Rows.of(np.array([[0.5, 0.5, 0.5], [0.5, np.nan, np.nan], [np.nan] * 3, [0.4, 0.5, 0.6]]))
    fit = DISTRIBUTIONS[kind].of(rows, (0.1, 0.9))
    assert well_fitted(fit, rows, 1.0).tolist() == [False, False, False, True]


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 200), st.integers(0, 99), st.floats(0.02, 0.5))
def test_the_misfit_is_that_of_kolmogorov_and_smirnov(size, seed, limit):
    x = stats.gamma(0.7, 0.1, 5.0).rvs((4, size), random_state=seed) * np.array([[1], [2], [1], [3]])
    fit = DISTRIBUTIONS["gamma"].of(Rows.of(x[:1]), (0.1, np.inf))
    fit = fit[np.zeros(4, int)]
    peer = [stats.kstest(row, lambda v: fit.cdf(v[None])[0]).statistic for row in x]
    assert well_fitted(fit, Rows.of(x), limit).tolist() == [statistic <= limit for statistic in peer]


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 60), st.integers(0, 99))
def test_ranks_and_quantiles_of_rows(size, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 12, (3, size)).astype(float)
    x[1, rng.random(size) < 0.3] = np.nan
    rows = Rows.of(x)
    for row in range(3):
        known = ~np.isnan(x[row])
        np.testing.assert_array_equal(rows.ranks(x)[row, known], stats.rankdata(x[row, known]) - 1)
    levels = rng.random((3, 7))
    np.testing.assert_allclose(rows.quantiles(levels), quantiles(x, levels), rtol=1e-12)
    part = Ordered.of(x, ISIMIPSettings("1", "additive", lower=(-1.0, 3.0), upper=(20.0, 9.0))).within()
    inner = np.where((x > 3) & (x < 9), x, np.nan)
    np.testing.assert_allclose(part.quantiles(levels), quantiles(inner, levels), rtol=1e-12)


def test_rows_without_a_value_between_the_thresholds_have_no_quantiles():
    """Also where no row of a block has one, as in a chunk of one cell of a desert."""
    row = ISIMIPSettings("1", "additive", lower=(-1.0, 3.0))
    for x in (np.zeros((2, 5)), np.full((1, 4), np.nan)):
        part = Ordered.of(x, row).within()
        assert not part.varied.any() and np.isnan(part.quantiles(np.full((len(x), 3), 0.5))).all()


def test_values_beyond_a_threshold_spread_between_it_and_the_bound():
    row = ISIMIP_SETTINGS["tasskew"]
    spread = Ordered.of(np.array([[1.0, 0.0, 0.5, 0.0, np.nan]]), row).spread(row)
    np.testing.assert_allclose(spread.values, [[1e-4 / 3, 2e-4 / 3, 0.5, 0.99995, np.nan]])


def rule(trend: str) -> ISIMIPSettings:
    return ISIMIPSettings("1", trend, lower=(0.0, 0.01), upper=(10.0, 9.99) if trend == "bounded" else None)


@pytest.mark.parametrize("trend", ["additive", "multiplicative", "mixed", "bounded"])
def test_an_unbiased_quantile_becomes_that_of_the_future(trend):
    past = np.array([[0.5, 2.0, 9.0]])
    future = np.array([[0.4, 3.0, 9.5]])
    np.testing.assert_allclose(with_change(past, past, future, rule(trend)), future)
    np.testing.assert_allclose(with_change(past + 0.5, past, past, rule(trend)), past + 0.5)


def test_changes_by_hand():
    found = with_change(
        np.array([[4.0, 4.0, 4.0]]), np.array([[8.0, 2.0, 0.4]]), np.array([[4.0, 3.0, 0.8]]), rule("mixed")
    )
    # Too wet: the ratio. Half as wet: cos(pi/8) between both. Less than a ninth: the difference.
    share = (1 + np.cos(np.pi / 8)) / 2
    np.testing.assert_allclose(found, [[2.0, share * 6.0 + (1 - share) * 5.0, 4.4]])
    found = with_change(
        np.array([[2.0, 2.0, 2.0]]), np.array([[4.0, 1.0, 4.0]]), np.array([[2.0, 4.0, 7.0]]), rule("bounded")
    )
    np.testing.assert_allclose(found, [[1.0, 10 - 8 * 6 / 9, 5.0]])


@settings(max_examples=50, deadline=None)
@given(*[st.floats(0, 10)] * 3)
def test_bounded_changes_stay_within_bounds(obs, past, future):
    found = with_change(np.array([[obs]]), np.array([[past]]), np.array([[future]]), rule("bounded"))
    assert 0 <= found[0, 0] <= 10


@settings(max_examples=100, deadline=None)
@given(SHARE, SHARE, SHARE)
def test_frequencies(obs, past, future):
    found = float(future_frequency(*(np.array([[x]]) for x in (obs, past, future)))[0, 0])
    assert 0 <= found <= 1
    if past == future:
        assert found == pytest.approx(obs, abs=1e-5)
    elif abs(past - obs) > 1e-4:
        assert (found - obs) * (future - past) >= -1e-12


def test_a_trend_is_set_aside_where_it_is_significant():
    years = np.repeat(np.arange(2000, 2020), 30)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3, years.size))
    x[0] += 0.3 * years
    x[2] = 0.3 * years
    x[2, 100:140] = np.nan
    x[1] -= np.polyval(np.polyfit(years, x[1], 1), years)
    found = series.trend(x, years)
    means = np.array([x[0, years == year].mean() for year in np.unique(years)])
    slope = stats.linregress(np.unique(years), means).slope
    np.testing.assert_allclose(found[0], slope * (years - 2009.5), atol=1e-9)
    assert (found[1] == 0).all()
    known = years[~np.isnan(x[2])]
    np.testing.assert_allclose(found[2], 0.3 * (years - np.unique(known).mean()), atol=1e-9)


def test_annual_bounds():
    day = np.tile(np.arange(1, 366), 4)
    shape = 100 + 50 * np.cos(2 * np.pi * (day - 180) / 365)
    x = np.stack([np.full(day.size, 7.0), shape * np.random.default_rng(0).random(day.size)])
    bounds = series.annual_bounds(x, day)
    np.testing.assert_allclose(bounds[0], 7.0)
    assert abs(int(bounds[1].argmax()) + 1 - 180) < 20 and bounds[1].max() <= 150
    np.testing.assert_allclose(series.scaled(x, bounds, day)[0], 1.0)
    lost = x.copy()
    lost[0, day < 200] = np.nan
    assert np.isnan(series.annual_bounds(lost, day)[0, 100]) and np.isfinite(series.annual_bounds(lost, day)[0, 190])


def test_gaps_take_the_levels_of_their_neighbours_in_time():
    x = np.array([[1.0, np.nan, 2.0, 9.0, np.nan, 8.0, 5.0, 5.5]])
    found = series.imputed_levels(x)
    np.testing.assert_allclose(found[0, [1, 4]], [0.25, 0.75])
    assert (
        np.isnan(found[0, [0, 2, 3, 5, 6, 7]]).all() and np.isnan(series.imputed_levels(np.full((1, 3), np.nan))).all()
    )
