"""Waiting times of known records, beside scipy's distance of samples."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import wasserstein_distance

from nesym._errors import GridError, InputError, TimeError, UnitError
from nesym.verify import cell_mean, waiting_time_distance, wet_day_threshold
from nesym.verify.waiting import waits

START = np.datetime64("2001-01-01", "ns")


def record(values, start=START):
    """Daily rain (time, y, x), mm/day, on a plane of 1 km cells."""
    coords = {
        "time": start + np.arange(len(values)) * np.timedelta64(1, "D"),
        "y": ("y", np.arange(values.shape[1]), {"units": "km"}),
        "x": ("x", np.arange(values.shape[2]), {"units": "km"}),
    }
    return xr.DataArray(values, dims=("time", "y", "x"), coords=coords, attrs={"units": "mm day-1"})


def rain(seed, days=1500, shape=(3, 4)):
    return np.maximum(np.random.default_rng(seed).gamma(0.5, 6.0, (days, *shape)) - 1.0, 0.0)


def every(period, days=1000):
    """Heavy rain every `period` days, drizzle in between."""
    values = np.ones((days, 1, 1))
    values[::period] = 50.0
    return record(values)


def test_regular_rain():
    level = xr.DataArray(10.0)
    distance = waiting_time_distance(every(10), every(14), threshold=level)
    assert float(distance.squeeze()) == pytest.approx(4.0, rel=1e-12)
    assert distance.attrs["units"] == "day" and distance.dims == ("y", "x")
    assert (
        float(waiting_time_distance(every(10), every(10).isel(time=slice(5, None)), threshold=level).squeeze()) == 0.0
    )


def test_a_wait_does_not_reach_over_absent_or_missing_days():
    rows = np.array([[9.0, 0, 9, np.nan, 9, 0, 0, 9], [0.0, 9, 0, 0, 0, 9, 9, 0]])
    numbers = np.array([0, 1, 2, 3, 4, 5, 20, 21])  # two weeks are absent before the seventh value
    cell, wait = waits(rows, np.array([5.0, 5.0]), numbers)
    assert list(zip(cell, wait, strict=True)) == [(0, 2), (1, 4)]


def test_agrees_with_scipy_at_every_cell(monkeypatch):
    x, y = rain(0), rain(1, days=1300)
    distance = waiting_time_distance(record(x), record(y, START + np.timedelta64(30, "D"))).values
    for cell in np.ndindex(3, 4):
        samples = []
        for values in (x, y):
            series = values[(slice(None), *cell)]
            heavy = series > np.quantile(series[series >= 0.1], 0.95)
            samples.append(np.diff(np.flatnonzero(heavy)))
        assert distance[cell] == pytest.approx(wasserstein_distance(*samples), rel=1e-10)
    monkeypatch.setattr("nesym.verify.waiting.PART", 3000)
    np.testing.assert_array_equal(waiting_time_distance(record(x), record(y)), distance)


def test_amounts_do_not_count_and_order_does():
    x = rain(2)
    squared = waiting_time_distance(record(x**2), record(x), wet=1e-12)
    np.testing.assert_array_equal(squared, 0.0)
    clustered = np.sort(x.reshape(50, 30, 3, 4), axis=1).reshape(x.shape)  # the same days, heavy ones together
    assert (waiting_time_distance(record(clustered), record(x)) > 3.0).all()


def test_chunks_and_units_do_not_matter():
    x, y = record(rain(3)), record(rain(4))
    whole = waiting_time_distance(x, y)
    lazy = waiting_time_distance(x.chunk(time=800, y=1), y.chunk(time=700))
    assert lazy.chunks is not None
    np.testing.assert_array_equal(lazy, whole)
    flux = (x / 86400).assign_attrs(units="kg m-2 s-1")
    np.testing.assert_array_equal(waiting_time_distance(flux, y), whole)
    members = waiting_time_distance(x.expand_dims(member=2), y)
    assert set(members.dims) == {"member", "y", "x"}
    np.testing.assert_array_equal(members.isel(member=1), whole)


def test_cells_with_few_events_are_masked_and_counted():
    x, y = rain(5), rain(6)
    y[:, 0, 0] = 0.0  # never rains
    y[:, 1, 1] = np.nan
    y[200:, 2, 2] = 0.0
    distance = waiting_time_distance(record(x), record(y), least=6)
    assert np.isnan(distance.values[[0, 1, 2], [0, 1, 2]]).all() and np.isfinite(distance).sum() == 9
    score = cell_mean(distance)
    assert (score.n, score.note) == (9, "3 of 12 cells are left out")
    assert score.value == pytest.approx(float(distance.mean()))


def test_one_threshold_for_both():
    x, y = rain(7), 1.5 * rain(8)
    level = wet_day_threshold(record(y), 0.9, 0.1)
    distance = waiting_time_distance(record(x), record(y), threshold=level)
    samples = [np.diff(np.flatnonzero(values[:, 1, 2] > level.values[1, 2])) for values in (x, y)]
    assert float(distance[1, 2]) == pytest.approx(wasserstein_distance(*samples), rel=1e-10)
    assert (distance != waiting_time_distance(record(x), record(y), q=0.9)).any()


def test_bad_input():
    x = record(rain(9))
    with pytest.raises(TimeError, match="Make daily sums"):
        waiting_time_distance(x.assign_coords(time=START + np.arange(1500) * np.timedelta64(6, "h")), x)
    with pytest.raises(GridError, match="same grid"):
        waiting_time_distance(x.isel(y=slice(2)), x)
    with pytest.raises(UnitError, match="Set them"):
        waiting_time_distance(x.drop_attrs(), x)
    with pytest.raises(InputError, match="least=5"):
        waiting_time_distance(x, x, least=0)
