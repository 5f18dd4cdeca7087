import cftime
import numpy as np
import pytest
import xarray as xr

from nesym._errors import TimeError
from nesym.fields.times import (
    calendar,
    check_times,
    date_parts,
    days,
    describe_step,
    missing_steps,
    stamps,
    step_of,
    time_step_seconds,
)


def every(seconds, n=5, start="2018-05-10"):
    return np.datetime64(start, "ns") + np.arange(n) * np.timedelta64(seconds, "s")


def test_stamps_of_datetimes():
    np.testing.assert_array_equal(stamps(xr.DataArray(every(300, 3))), 1525910400 + np.array([0, 300, 600]))
    assert stamps(np.datetime64("1969-12-31T23:59:59")).tolist() == [-1]


@pytest.mark.parametrize(("name", "length"), [("noleap", 365), ("360_day", 360), ("standard", 366), ("julian", 366)])
def test_stamps_of_other_calendars_are_their_own_seconds(name, length):
    dates = [cftime.datetime(2000, 1, 1, calendar=name), cftime.datetime(2001, 1, 1, calendar=name)]
    assert np.diff(stamps(np.array(dates))).tolist() == [length * 86400]
    assert stamps(np.array([cftime.datetime(1970, 1, 2, calendar=name)])).tolist() == [86400]
    assert calendar(xr.DataArray(dates, dims="time")) == name


def test_days():
    np.testing.assert_array_equal(days(every(6 * 3600, 5, "1970-01-01")), [0, 0, 0, 0, 1])
    np.testing.assert_array_equal(days(every(6 * 3600, 2, "1969-12-31T12:00")), [-1, -1])


def test_increasing_times_pass():
    check_times(every(300))
    check_times(xr.date_range("2000-01-30", periods=3, calendar="360_day", use_cftime=True))


def test_a_time_that_is_there_twice_is_named():
    time = every(300)
    time[3] = time[2]
    with pytest.raises(TimeError, match=r"2018-05-10 00:10:00 is there twice \(steps 2 and 3\)") as caught:
        check_times(time)
    assert "drop_duplicates('time')" in caught.value.remedy


def test_the_first_time_out_of_order_is_named():
    with pytest.raises(TimeError, match=r"2018-05-10 00:00:00 \(step 2\) follows 2018-05-10 00:10:00") as caught:
        check_times(every(300)[[1, 2, 0, 3]])
    assert "sortby('time')" in caught.value.remedy


def test_missing_and_undecoded_times_are_refused():
    with pytest.raises(TimeError, match="Time 1 of the time axis is missing"):
        check_times(np.array(["2000-01-01", "NaT", "2000-01-03"], "datetime64[ns]"))
    with pytest.raises(TimeError) as caught:
        check_times(np.arange(3))
    assert "days since" in caught.value.remedy


@pytest.mark.parametrize(
    ("time", "step", "words", "gaps"),
    [
        (every(300), 300, "5 min", 0),
        (every(300, 10)[[0, 1, 2, 5, 6]], 300, "5 min", 2),
        (every(86400), 86400, "1 day", 0),
        (every(7 * 86400), 7 * 86400, "7 days", 0),
        (every(21600), 21600, "6 h", 0),
        (np.array(["2000-01-15", "2000-02-15", "2000-03-15", "2000-04-15"], "datetime64[ns]"), None, "1 month", 0),
        (np.array(["2000-01-01", "2001-01-01", "2002-01-01"], "datetime64[ns]"), 365.5 * 86400, "1 year", 0),
        (every(300)[[0, 1, 3, 4]] + np.array([0, 0, 0, 1]) * np.timedelta64(70, "s"), None, "irregular", 0),
        (every(300, 1), None, None, 0),
    ],
)
def test_steps(time, step, words, gaps):
    assert time_step_seconds(time) == step
    assert describe_step(time) == words
    assert missing_steps(time) == gaps


def test_the_step_of_a_field_with_and_without_times():
    series = xr.DataArray(np.zeros((5, 2)), {"time": every(300)}, ("time", "x"))
    assert step_of(series) == 300
    assert step_of(series.isel(time=0)) is None and step_of(series.isel(time=[0])) is None


@pytest.mark.parametrize("calendar", ["standard", "noleap", "360_day"])
def test_parts_of_dates_are_those_of_xarray(calendar):
    cf = calendar != "standard"
    time = xr.DataArray(
        xr.date_range("1899-12-30T05:06:07", periods=900, freq="7h", calendar=calendar, use_cftime=cf), dims="time"
    )
    expected = [getattr(time.dt, part) for part in ("year", "month", "day", "hour", "minute", "second")]
    np.testing.assert_array_equal(date_parts(time), expected)
    with pytest.raises(TimeError, match="dates were expected"):
        date_parts(xr.DataArray([1.0, 2.0], dims="time"))
