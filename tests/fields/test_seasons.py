"""Where in the year times lie, in every calendar, and random numbers by name."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import kstest

from nesym._errors import TimeError
from nesym.fields.hashed import hashed, uniform
from nesym.fields.seasons import DAYS, Seasons


def axis(start: str, periods: int, calendar: str = "standard") -> xr.DataArray:
    use = None if calendar == "standard" else True
    return xr.date_range(start, periods=periods, freq="D", calendar=calendar, use_cftime=use).to_series().index


def seasons(start: str, periods: int, calendar: str = "standard") -> Seasons:
    index = axis(start, periods, calendar)
    return Seasons.of(xr.DataArray(index, dims="time", coords={"time": index}))


def test_a_leap_year_has_the_days_of_others():
    leap, common = seasons("2000-01-01", 366), seasons("2001-01-01", 365)
    assert leap.day[58] == leap.day[59] == 59  # 28 and 29 February
    assert np.array_equal(np.delete(leap.day, 59), common.day)
    assert np.array_equal(common.day, np.arange(1, DAYS + 1))


@pytest.mark.parametrize(("calendar", "length"), [("noleap", 365), ("360_day", 360), ("all_leap", 366)])
def test_every_calendar_runs_through_the_same_year(calendar, length):
    found = seasons("2001-01-01", 2 * length, calendar)
    assert found.day[0] == 1 and found.day[length - 1] == DAYS and found.day[length] == 1
    assert (np.diff(found.day[:length]) >= 0).all() and np.diff(found.day[:length]).max() <= 2
    assert set(found.month) == set(range(1, 13)) and set(found.year) == {2001, 2002}


def test_selected_times_keep_their_places():
    found = seasons("2001-01-01", 400)
    some = found[np.array([3, 370])]
    assert len(some) == 2 and list(some.day) == [4, 6] and list(some.year) == [2001, 2002]


def test_numbers_without_dates_are_refused():
    with pytest.raises(TimeError, match="decode"):
        Seasons.of(xr.DataArray(np.arange(3), dims="time"))


def test_hashes_depend_on_every_name_and_their_order():
    base = hashed(1, 2, 3)
    assert (
        len({int(base), *(int(hashed(*names)) for names in [(0, 2, 3), (1, 3, 3), (1, 2, 4), (2, 1, 3), (1, 2)])}) == 6
    )


def test_draws_are_uniform_and_independent_along_each_name():
    drawn = uniform(np.arange(200)[:, None], np.arange(300))
    assert drawn.shape == (200, 300) and 0 < drawn.min() and drawn.max() < 1
    assert kstest(drawn.ravel(), "uniform").pvalue > 1e-3
    centred = drawn - 0.5
    for a, b in ((centred[1:], centred[:-1]), (centred[:, 1:], centred[:, :-1])):
        assert abs((a * b).mean()) < 4 / 12 / np.sqrt(a.size)


def test_a_draw_does_not_depend_on_the_others():
    whole = uniform(7, np.arange(50)[:, None], np.arange(20))
    assert np.array_equal(whole[10:12, 5:9], uniform(7, np.arange(10, 12)[:, None], np.arange(5, 9)))
