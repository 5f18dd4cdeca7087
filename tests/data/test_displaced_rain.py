"""The second twin: the same values in every cell, other shapes, a refusal for what cannot be moved."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import GridError, InputError, MissingValuesError
from nesym.data.displaced import displaced_rain, in_the_order_of, moved_field
from nesym.verify import rapsd

LAT, LON = np.linspace(-73.125, 73.125, 14), np.arange(24) * 15.0


def rain(days: int = 60, seed: int = 0) -> xr.DataArray:
    """Showers, mm/day, and dry days."""
    values = np.maximum(np.random.default_rng(seed).gamma(0.4, 6.0, (days, 14, 24)) - 1, 0).astype(np.float32)
    time = xr.date_range("2001-01-01", periods=days)
    return xr.DataArray(
        values, {"time": time, "lat": LAT, "lon": LON}, ("time", "lat", "lon"), "pr", {"units": "mm day-1"}
    )


@given(key=st.integers(0, 99), shift=st.sampled_from([0.0, 2.5]), smoothing=st.sampled_from([0.0, 1.5]))
@settings(max_examples=6, deadline=None)
def test_every_cell_keeps_its_values(key, shift, smoothing):
    found = displaced_rain(rain(), key, shift=shift, smoothing=smoothing)
    np.testing.assert_array_equal(np.sort(found.values, 0), np.sort(rain().values, 0))
    assert (found.dtype, found.dims, found.attrs["units"], found.attrs["key"]) == (
        np.float32, ("time", "lat", "lon"), "mm day-1", key,
    )  # fmt: skip
    xr.testing.assert_equal(found["time"], rain()["time"])


def test_rain_that_is_neither_moved_nor_smoothed_is_the_same():
    xr.testing.assert_equal(displaced_rain(rain(), 0, shift=0.0, smoothing=0.0), rain())


def test_smoothing_takes_small_scales_away():
    """By much more than the error of a spectrum of as many days."""
    power = [rapsd(x.values)[1].mean(0) for x in (rain(), displaced_rain(rain(), 0, shift=0.0), rain(seed=1))]
    assert (power[1][9:] < 0.5 * power[0][9:]).all()
    assert (np.abs(power[2][8:] / power[0][8:] - 1) < 0.3).all()


def test_one_shower_moves_as_far_as_is_said():
    """Before it gets the values of its cells: the standard deviation of its way is that of d."""
    shower = np.exp(-((np.arange(32)[:, None] - 16) ** 2 + (np.arange(48) - 24) ** 2) / 2 / 1.5**2)
    days = [moved_field(shower, np.random.default_rng(day), 2.0, 6.0, 0.0) for day in range(200)]
    ways = [(x * np.arange(48)).sum() / x.sum() - 24 for x in days]
    assert abs(np.mean(ways)) < 0.5
    assert np.std(ways) == pytest.approx(2.0, rel=0.2)


def test_ranks_of_one_record_and_values_of_another():
    values, other = np.array([[5.0], [1.0], [3.0]]), np.array([[0.2], [0.9], [0.1]])
    np.testing.assert_array_equal(in_the_order_of(values, other), [[3.0], [5.0], [1.0]])


def test_another_key_moves_it_another_way():
    one, same, other = (displaced_rain(rain(), key) for key in (0, 0, 1))
    xr.testing.assert_identical(one, same)
    assert (one != other).any()
    turned = displaced_rain(rain().transpose("lat", "time", "lon"), 0)
    np.testing.assert_array_equal(turned.transpose("time", "lat", "lon").values, one.values)


@pytest.mark.parametrize("wrong", [{"shift": -1.0}, {"extent": 0.0}, {"smoothing": np.nan}], ids=str)
def test_sizes_that_cannot_be_are_refused(wrong):
    with pytest.raises(InputError, match="Give, for example"):
        displaced_rain(rain(), 0, **wrong)


def test_records_that_cannot_be_moved_are_refused():
    with pytest.raises(GridError, match="one global record"):
        displaced_rain(rain().expand_dims(member=2), 0)
    with pytest.raises(MissingValuesError, match="Fill them"):
        displaced_rain(rain().where(rain()["lat"] > 0), 0)
