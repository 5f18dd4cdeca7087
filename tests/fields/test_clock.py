"""Dates as days since one of them."""

from datetime import datetime

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import InputError, TimeError
from nesym.fields.clock import cf_units, clock, days_between, on_clock

CALENDARS = ("standard", "noleap", "360_day")


def dates(calendar, start="2000-02-27", periods=6, freq="12h"):
    return xr.date_range(start, periods=periods, freq=freq, calendar=calendar, use_cftime=calendar != "standard")


def test_numbers_stay():
    numbers, since = clock(xr.DataArray([3, 1], dims="time"))
    assert since is None and numbers.dtype == np.float64 and numbers.tolist() == [3.0, 1.0]
    assert cf_units(None) == {}
    assert on_clock([2, 5], "2000-01-01").tolist() == [2.0, 5.0]


@pytest.mark.parametrize("calendar", CALENDARS)
def test_dates_are_days_since_the_first_and_come_back(calendar):
    axis = dates(calendar, periods=9)
    numbers, since = clock(np.asarray(axis).reshape(3, 3))
    np.testing.assert_array_equal(numbers, np.arange(9).reshape(3, 3) / 2)
    written = xr.Dataset(coords={"time": ("time", numbers.ravel(), cf_units(since))})
    back = xr.decode_cf(written, decode_times=xr.coders.CFDatetimeCoder(use_cftime=calendar != "standard"))
    assert (back["time"].values == np.asarray(axis)).all()


def test_cftime_and_numpy_mean_the_same_in_the_standard_calendar():
    own = xr.date_range("2000-02-27", periods=6, freq="12h", calendar="proleptic_gregorian", use_cftime=True)
    assert days_between(clock(dates("standard"))[1], clock(own)[1]) == 0.0
    np.testing.assert_array_equal(on_clock(own, "2000-02-26"), 1 + np.arange(6) / 2)
    assert "julian" in clock(xr.date_range("1500-01-01", periods=2, calendar="julian", use_cftime=True))[1]


@pytest.mark.parametrize(("calendar", "days"), [("standard", 366), ("noleap", 365), ("360_day", 360)])
def test_a_year_has_the_days_of_its_calendar(calendar, days):
    _, since = clock(dates(calendar, start="2000-01-01"))
    assert on_clock("2001-01-01", since) == days
    assert on_clock(np.array(["2000-01-02", "2000-01-03T06:00:00"]), since).tolist() == [1.0, 2.25]
    assert on_clock(dates(calendar, start="2001-01-01"), since)[0] == days


def test_python_dates_count_too():
    assert on_clock(datetime(2000, 1, 3, 12), "2000-01-01") == 2.5
    assert clock([datetime(2000, 1, 3), datetime(2000, 1, 4)])[0].tolist() == [0.0, 1.0]


def test_a_missing_date_is_a_missing_number():
    numbers, since = clock(np.array(["2000-01-02", "NaT", "2000-01-01"], "datetime64[s]"))
    assert since.startswith("2000-01-01") and np.isnan(numbers[1]) and numbers[0] == 1.0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 200_000), st.integers(0, 200_000), st.sampled_from(CALENDARS))
def test_days_between_add_up(first, second, calendar):
    origin = clock(dates(calendar, start="1850-01-01"))[1]
    ends = [str(np.datetime64("1850-01-01") + day) for day in (first, second)]
    if calendar != "standard":
        import cftime

        ends = [
            f"{cftime.num2date(d, 'days since 1850-01-01', calendar).isoformat()} {calendar}" for d in (first, second)
        ]
    assert days_between(*ends) == second - first == -days_between(*ends[::-1])
    assert days_between(origin, ends[0]) == first


@pytest.mark.parametrize(
    ("time", "since", "error", "words"),
    [
        (dates("noleap"), "2000-01-01", TimeError, "convert_calendar"),
        (dates("noleap"), "2000-01-01 360_day", TimeError, "one calendar"),
        (dates("standard"), None, InputError, "Give numbers"),
        ("2000-02-30", "2000-01-01", TimeError, "2030-01-01"),
        ("2000-02-31", "2000-01-01 360_day", TimeError, "calendar 360_day"),
        ("soon", "2000-01-01", TimeError, "'soon'"),
        (np.array([True]), "2000-01-01", TimeError, "decode_cf"),
    ],
)
def test_what_is_no_time_here_is_refused(time, since, error, words):
    with pytest.raises(error, match=words):
        on_clock(time, since)


def test_centuries_in_nanoseconds_do_not_wrap_around():
    numbers, _ = clock(np.array(["1700-01-01", "2200-01-01"], "datetime64[ns]"))
    assert numbers.tolist() == [0.0, 182_621.0]
