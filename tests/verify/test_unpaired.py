"""Errors of climates whose difference was put in."""

import numpy as np
import pytest
import xarray as xr

from nesym._errors import GridError, InputError, TimeError, UnitError
from nesym.fields.weights import area_weights
from nesym.verify import unpaired_difference, unpaired_error, unpaired_map

LAT, LON = np.array([-60.0, -20.0, 20.0, 60.0]), np.arange(0.0, 360.0, 60.0)


def record(seed, days=720, start="2001-01-01", factor=1.0):
    """Rain of gamma distributed days (time, lat, lon), mm/day."""
    values = factor * np.random.default_rng(seed).gamma(0.7, 5.0, (days, 4, 6))
    time = np.datetime64(start, "ns") + np.arange(days) * np.timedelta64(1, "D")
    coords = {"time": time, "lat": LAT, "lon": LON}
    return xr.DataArray(values, coords, ("time", "lat", "lon"), attrs={"units": "mm day-1"})


def test_the_map_is_that_of_means_and_quantiles():
    x, y = record(0), record(1, days=500, start="1990-03-01")
    np.testing.assert_allclose(unpaired_map(x, y), x.mean("time") - y.mean("time"), atol=1e-12)
    quantiles = [np.quantile(da.values, 0.95, axis=0, method="inverted_cdf") for da in (x, y)]
    error = unpaired_map(x, y.transpose("lat", "time", "lon"), "q95")
    np.testing.assert_array_equal(error, quantiles[0] - quantiles[1])
    assert error.dims == ("lat", "lon") and error.attrs["units"] == "mm day-1"


@pytest.mark.parametrize("statistic", ["mean", "q95"])
def test_the_error_is_the_mean_of_the_map_by_area(statistic):
    x, y = record(2, factor=1.5), record(3, days=1000, start="1990-03-01")
    error = unpaired_error(x, y, statistic, key=0, resamples=100)
    expected = np.abs(unpaired_map(x, y, statistic)).weighted(area_weights(y)).mean()
    assert error.value == pytest.approx(float(expected), rel=1e-12)
    assert error.low < error.value < error.high and error.n == 720
    assert error == unpaired_error(x, y, statistic, key=0, resamples=100)
    assert error != unpaired_error(x, y, statistic, key=1, resamples=100)


def test_the_interval_covers_the_weather_of_both():
    """Of a difference far from zero E is a mean of differences, whose error is known."""
    x, y = record(4, factor=4.0), record(5)
    error = unpaired_error(x, y, key=0, block="1D")
    weights = np.broadcast_to(area_weights(y).values[:, None], (4, 6)) / 24
    variance = sum((da.var("time").values * weights**2).sum() / 720 for da in (x, y))
    assert error.high - error.low == pytest.approx(2 * 1.96 * np.sqrt(variance), rel=0.15)


@pytest.mark.parametrize("statistic", ["mean", "q95"])
def test_the_interval_is_not_narrower_than_errors_of_other_records_differ(statistic):
    """All of E is noise here, and resamples hold it twice: their spread is at most sqrt(2) times as large."""
    errors = [unpaired_error(record(s), record(s + 1), statistic, key=0, resamples=100) for s in range(100, 160, 2)]
    widths = np.array([error.high - error.low for error in errors])
    values = np.array([error.value for error in errors])
    assert 0.9 < np.median(widths) / (2 * 1.96) / values.std(ddof=1) < 1.6
    assert all(error.low < error.value < error.high for error in errors)


@pytest.mark.parametrize("statistic", ["mean", "q95"])
def test_differences_are_paired(statistic):
    x, y = record(6, factor=1.5), record(7)
    same = unpaired_difference(x, x, y, statistic, key=0, resamples=100)
    assert (same.value, same.low, same.high) == (0.0, 0.0, 0.0)
    better = unpaired_difference(0.8 * x, x, y, statistic, key=0, resamples=100)
    errors = [unpaired_error(da, y, statistic, key=0, resamples=100) for da in (0.8 * x, x)]
    assert better.value == pytest.approx(errors[0].value - errors[1].value, rel=1e-10)
    assert better.low < better.value < better.high < 0
    alone = unpaired_difference((0.8 * x).assign_coords(time=x.time + np.timedelta64(999, "D")), x, y, key=0)
    together = unpaired_difference(0.8 * x, x, y, key=0)
    assert together.high - together.low < 0.7 * (alone.high - alone.low)


def test_two_records_of_one_climate():
    difference = unpaired_difference(record(8), record(9, start="1990-01-01"), record(10, days=3000), key=0)
    assert difference.low < 0 < difference.high


@pytest.mark.parametrize("statistic", ["mean", "q95"])
def test_chunks_and_parts_do_not_matter(statistic, monkeypatch):
    x, y = record(11), record(12)
    whole = unpaired_error(x, y, statistic, key=0, resamples=50)
    assert unpaired_error(x.chunk(time=100, lat=3), y.chunk(time=70), statistic, key=0, resamples=50) == whole
    monkeypatch.setattr("nesym.verify.unpaired.PART_VALUES", 1)
    part = unpaired_error(x, y, statistic, key=0, resamples=50)
    np.testing.assert_allclose([part.value, part.low, part.high], [whole.value, whole.low, whole.high], rtol=1e-12)
    np.testing.assert_array_equal(unpaired_map(x.chunk(time=100), y, statistic), unpaired_map(x, y, statistic))


def test_cells_that_a_record_does_not_have_do_not_count():
    x, y = record(13), record(14)
    gappy = y.copy()
    gappy[:, 1, 2] = np.nan
    gappy[::3, 0] = np.nan
    error = unpaired_error(x, gappy, key=0)
    expected = np.abs(x.mean("time") - gappy.mean("time")).weighted(area_weights(y)).mean()
    assert error.value == pytest.approx(float(expected), rel=1e-12)
    assert np.isnan(unpaired_map(x, gappy)[1, 2])
    assert np.isnan(unpaired_error(x, y * np.nan, key=0).value)


def test_few_blocks_are_said():
    assert unpaired_error(record(15), record(16, days=60), key=0).note.startswith("3 blocks")
    alone = unpaired_error(record(15), record(16), key=0, block="99999D")
    assert alone.low is None and "one block" in alone.note


def test_bad_input():
    x, y = record(17), record(18)
    with pytest.raises(InputError, match='statistic="mean"'):
        unpaired_error(x, y, "median", key=0)
    with pytest.raises(InputError, match=r"isel\(member=0\)"):
        unpaired_map(x.expand_dims("member"), y)
    with pytest.raises(GridError, match="regrid"):
        unpaired_map(x.isel(lat=slice(3)), y)
    with pytest.raises(UnitError, match="Convert"):
        unpaired_difference(x, x, y.assign_attrs(units="mm h-1"), key=0)
    with pytest.raises(TimeError, match="Sort them"):
        unpaired_map(x.isel(time=slice(None, None, -1)), y)
