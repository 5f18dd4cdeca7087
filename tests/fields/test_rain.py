import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import TimeError, UnitError
from nesym.fields.rain import is_rain_unit, to_rate


def series(units, time=None, value=1.0, **attrs):
    time = np.array(["2000-02-01", "2000-03-01"], "datetime64[ns]") if time is None else time
    return xr.DataArray(
        np.full(len(time), value), dims="time", coords={"time": time}, name="pr", attrs={"units": units} | attrs
    )


def bounds(starts, ends):
    pairs = np.array([starts, ends], "datetime64[ns]").T
    return xr.DataArray(pairs, dims=("time", "nv"), name="time_bnds")


@pytest.mark.parametrize(
    ("units", "rate"),
    [
        ("mm h-1", 1.0),
        ("mm day-1", 1 / 24),
        ("mm s-1", 3600.0),
        ("kg m-2 s-1", 3600.0),
        ("kg m-2 day-1", 1 / 24),
        ("m s-1", 3.6e6),
        ("cm h-1", 10.0),
        ("inch h-1", 25.4),
        ("mm (6 h)-1", 1 / 6),
        ("mm (5 min)-1", 12.0),
        ("mm week-1", 1 / 168),
    ],
)
def test_rates(units, rate):
    out = to_rate(series(units))
    np.testing.assert_allclose(out, rate, rtol=1e-12)
    assert out.attrs["units"] == "mm h-1"


@pytest.mark.parametrize(
    ("units", "interval", "rate"),
    [
        ("mm", "5 minutes", 12.0),
        ("mm", "1 hour", 1.0),
        ("mm", "1 day", 1 / 24),
        ("kg m-2", "6 hr", 1 / 6),
        ("m", "1 h", 1000.0),
        ("inch", "0.5 h", 50.8),
    ],
)
@pytest.mark.parametrize("pattern", ["time: sum (interval: {})", "area: mean time: sum (interval: {} comment: gauges)"])
def test_amounts_become_rates_by_their_stated_interval(units, interval, rate, pattern):
    out = to_rate(series(units, cell_methods=pattern.format(interval), long_name="rainfall amount"))
    np.testing.assert_allclose(out, rate, rtol=1e-12)
    assert out.attrs["cell_methods"] == "time: mean"
    assert "amount" not in out.attrs["long_name"]


def test_months_and_years_have_their_true_length():
    time = np.array(["2000-02-10", "2001-02-10", "2001-12-31"], "datetime64[ns]")
    np.testing.assert_allclose(to_rate(series("mm month-1", time)), 1 / (24 * np.array([29, 28, 31])))
    np.testing.assert_allclose(to_rate(series("mm year-1", time)), 1 / (24 * np.array([366, 365, 365])))
    monthly = series("mm", time, cell_methods="time: sum (interval: 1 month)")
    np.testing.assert_allclose(to_rate(monthly), 1 / (24 * np.array([29, 28, 31])))


def test_months_of_a_360_day_calendar():
    time = xr.date_range("2000-02-10", periods=2, freq="MS", calendar="360_day", use_cftime=True)
    np.testing.assert_allclose(to_rate(series("mm month-1", time)), 1 / 720)


def test_time_bounds_say_the_interval_of_an_amount():
    given_bounds = bounds(["2000-02-01", "2000-03-01"], ["2000-02-02", "2000-03-03"])
    np.testing.assert_allclose(to_rate(series("mm"), given_bounds), [1 / 24, 1 / 48])


def test_bounds_matter_more_than_the_interval_of_the_samples():
    da = series("mm", cell_methods="time: sum (interval: 1 hour)")
    given_bounds = bounds(["2000-02-01", "2000-03-01"], ["2000-02-02", "2000-03-02"])
    np.testing.assert_allclose(to_rate(da, given_bounds), 1 / 24)


@pytest.mark.parametrize("cell_methods", ["", "time: sum", "area: mean", "time: sum (comment: daily)"])
def test_an_amount_without_an_interval_is_refused_and_never_guessed(cell_methods):
    with pytest.raises(UnitError, match="not stated") as caught:
        to_rate(series("mm", cell_methods=cell_methods))
    assert "attrs['cell_methods'] = 'time: sum (interval: 1 hour)'" in caught.value.remedy


def test_an_amount_that_claims_to_be_a_mean_is_refused():
    with pytest.raises(UnitError, match="does not fit") as caught:
        to_rate(series("mm", cell_methods="time: mean (interval: 1 hour)"))
    assert "Correct one of them" in caught.value.remedy


@pytest.mark.parametrize(("interval", "word"), [("5 parsec", "parsec"), ("5 kg", "5 kg"), ("0 h", "0 h")])
def test_an_interval_that_is_no_time_is_refused(interval, word):
    with pytest.raises(UnitError, match=word) as caught:
        to_rate(series("mm", cell_methods=f"time: sum (interval: {interval})"))
    assert caught.value.remedy


def test_empty_time_bounds_are_refused():
    same = ["2000-02-01", "2000-03-01"]
    with pytest.raises(TimeError) as caught:
        to_rate(series("mm"), bounds(same, same))
    assert "time_bnds" in caught.value.remedy


@pytest.mark.parametrize(
    ("units", "remedy"),
    [("K", "Choose a rain variable"), ("mm/6h", "'mm (6 h)-1'"), ("kg", "Choose"), ("total rainfall", "CF form")],
)
def test_what_is_not_rain_is_refused(units, remedy):
    with pytest.raises(UnitError) as caught:
        to_rate(series(units))
    assert remedy in caught.value.remedy


def test_no_units_are_refused():
    da = series("mm")
    del da.attrs["units"]
    with pytest.raises(UnitError, match="has no units") as caught:
        to_rate(da)
    assert "attrs['units'] = 'mm h-1'" in caught.value.remedy


def test_months_without_a_time_axis_are_refused():
    with pytest.raises(UnitError) as caught:
        to_rate(series("mm month-1").isel(time=0, drop=True))
    assert "mm day-1" in caught.value.remedy


@given(st.floats(0, 1e3), st.sampled_from(["mm day-1", "kg m-2 s-1", "mm (6 h)-1", "inch h-1"]))
@settings(max_examples=20, deadline=None)
def test_a_rate_stays_what_it_is(value, units):
    once = to_rate(series(units, value=value))
    np.testing.assert_array_equal(to_rate(once), once)


def test_lazy_and_float32_are_kept():
    lazy = series("mm day-1").astype(np.float32).chunk(time=1)
    assert to_rate(lazy).chunks is not None
    assert to_rate(lazy).dtype == np.float32
    months = series("mm month-1").expand_dims(x=3, axis=1).chunk(time=1)
    assert to_rate(months).chunks is not None
    assert to_rate(months).dims == ("time", "x")


def test_rain_units_are_recognised():
    assert all(map(is_rain_unit, ["mm", "kg m-2 s-1", "mm month-1", "inch"]))
    assert not any(map(is_rain_unit, ["K", "Pa", "rainy", "kg m-3"]))
