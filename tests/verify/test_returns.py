"""Return levels of distributions whose quantiles are known."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import genpareto

from nesym._errors import InputError, TimeError, UnitError
from nesym.verify import return_level
from nesym.verify.returns import log_moments

DAY = np.timedelta64(1, "D")


def daily(values, start="1950-01-01"):
    """Rain (time, ...) in mm, from `start` on."""
    time = np.datetime64(start, "ns") + np.arange(len(values)) * DAY
    return xr.DataArray(values, dims=("time", "cell")[: values.ndim], coords={"time": time}, attrs={"units": "mm"})


def expected_sample(ppf, days):
    """What `days` draws look like on average: the quantiles at (i - 1/2) / n, in an order without meaning."""
    return np.random.default_rng(0).permutation(ppf((np.arange(days) + 0.5) / days))


@pytest.mark.parametrize("index", [0.1, 0.25, 0.5])
def test_a_pareto_tail_is_a_straight_line(index):
    sample = daily(expected_sample(lambda p: (1 - p) ** -index, 36525))
    for years in (5, 10, 50):
        exact = (years * 365.2425) ** index
        assert float(return_level(sample, years)) == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("shape", [-0.25, 0.0, 0.15])
def test_levels_of_generalised_pareto_rain_are_those_of_scipy(shape):
    rain = genpareto(shape, scale=8.0)
    sample = daily(rain.rvs((36525, 60), random_state=1))
    exact = rain.ppf(1 - 1 / (10 * 365.2425))
    levels = return_level(sample, 10, q=0.98)
    assert float(levels.mean()) == pytest.approx(exact, rel=0.03)
    assert float(levels.std()) < 0.1 * exact


@pytest.mark.parametrize(("ppf", "index"), [(lambda p: p, -1.0), (lambda p: (1 - p) ** -0.3, 0.3)])
def test_the_index_of_known_tails(ppf, index):
    n, k = 10**6, 10**4
    highest = ppf((np.arange(n - k - 1, n) + 0.5) / n)
    bounded, first = log_moments(np.log(highest[None, 1:] / highest[0]), np.array([k]))
    assert (bounded + first)[0] == pytest.approx(index, abs=0.02)


@given(st.floats(0.2, 50.0), st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_levels_grow_with_the_rain_and_with_the_years(factor, seed):
    rain = np.random.default_rng(seed).gamma(0.8, 6.0, (2000, 2))
    threshold = xr.DataArray([18.0, 20.0], dims="cell")
    level = return_level(daily(rain), 10, threshold=threshold)
    scaled = return_level(daily(factor * rain), 10, threshold=factor * threshold)
    np.testing.assert_allclose(scaled, factor * level, rtol=1e-10)
    assert (return_level(daily(rain), 20, threshold=threshold) > level).all()


def test_one_exceedance_in_the_record_is_near_its_highest_value():
    rain = daily(np.random.default_rng(3).gamma(0.8, 6.0, (30 * 365, 200)))
    level = return_level(rain, 30.0)
    assert float((level / rain.max("time")).median()) == pytest.approx(1.0, abs=0.15)


def test_days_that_are_missing_do_not_count():
    rain = np.random.default_rng(4).gamma(0.8, 6.0, (8000, 3))
    gappy = rain.copy()
    gappy[5000:7000] = np.nan
    without = daily(np.delete(rain, slice(5000, 7000), axis=0))
    np.testing.assert_allclose(
        return_level(daily(gappy), 10, days_per_year=365.0), return_level(without, 10, days_per_year=365.0), rtol=1e-12
    )


def test_a_year_has_the_days_of_the_record():
    rain = daily(np.random.default_rng(5).gamma(0.8, 6.0, (20 * 365 + 5, 3)), "2001-01-01")
    np.testing.assert_array_equal(return_level(rain), return_level(rain, days_per_year=365.2425))
    winters = rain.isel(time=rain.time.dt.month.isin([12, 1, 2]))
    np.testing.assert_array_equal(return_level(winters), return_level(winters, days_per_year=90.2425))
    thirty = xr.date_range("2001-01-01", periods=3600, calendar="360_day", use_cftime=True)
    of_360 = rain.isel(time=slice(3600)).assign_coords(time=thirty)
    np.testing.assert_array_equal(return_level(of_360), return_level(of_360, days_per_year=360.0))


def test_cells_with_few_exceedances_are_masked():
    rain = np.random.default_rng(6).gamma(0.8, 6.0, (4000, 5))
    rain[:, 0] = 0.0  # never rains
    rain[:, 1] = np.nan
    rain[100:, 2] = 0.0  # five heavy days of a hundred
    rain[:, 3] = 7.0  # always the same
    level = return_level(daily(rain))
    np.testing.assert_array_equal(np.isnan(level), [True, True, True, True, False])
    assert level.attrs == {"units": "mm", "long_name": "10-year return level"}
    everything = return_level(daily(rain), threshold=xr.DataArray(-1.0))  # no day is left below
    assert np.isnan(everything).all()


def test_chunks_parts_and_units_do_not_matter(monkeypatch):
    rain = daily(np.random.default_rng(7).gamma(0.8, 6.0, (3000, 6)))
    whole = return_level(rain)
    lazy = return_level(rain.chunk(time=500, cell=2))
    assert lazy.chunks is not None
    np.testing.assert_array_equal(lazy, whole)
    np.testing.assert_allclose(return_level((rain / 86400).assign_attrs(units="kg m-2 s-1")), whole, rtol=1e-12)
    monkeypatch.setattr("nesym.verify.returns.PART", 7000)
    np.testing.assert_array_equal(return_level(rain), whole)


def test_bad_input():
    rain = daily(np.random.default_rng(8).gamma(0.8, 6.0, (3000, 2)))
    with pytest.raises(TimeError, match=r"Say it: days_per_year=365\.25"):
        return_level(rain.isel(time=slice(500)))
    with pytest.raises(UnitError, match="Set them"):
        return_level(rain.drop_attrs())
    with pytest.raises(InputError, match="years=10"):
        return_level(rain, years=0.0)
    with pytest.raises(TimeError, match="increase"):
        return_level(rain.isel(time=slice(None, None, -1)))
