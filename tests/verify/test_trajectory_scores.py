"""Errors of states and of laws, and the time for which a forecast is of use."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import InputError, TimeError
from nesym.verify.trajectories import constraint_error, relative_state_error, valid_time

TIMES = np.linspace(0, 3, 7)


def circle(times, phase=0.0):
    return np.stack([np.cos(times + phase), np.sin(times + phase)], -1)


def dataset(states):
    return xr.Dataset({name: ("time", states[:, i]) for i, name in enumerate("xy")}, {"time": TIMES})


def test_state_error_of_a_late_circle_is_the_chord():
    error = relative_state_error(circle(TIMES, 0.3), circle(TIMES))
    assert error == pytest.approx(np.full(7, 2 * np.sin(0.15)), rel=1e-14)


@settings(max_examples=20, deadline=None)
@given(st.floats(1e-3, 1e3), st.floats(-3, 3))
def test_state_error_does_not_change_with_scale_or_rotation(scale, angle):
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    pair = circle(1.1 * TIMES, 0.1), circle(TIMES)
    plain = relative_state_error(*pair)
    assert relative_state_error(*(states @ turn.T for states in pair)) == pytest.approx(plain, rel=1e-9, abs=1e-12)


def test_labelled_states_are_matched_by_name():
    truth, forecast = dataset(circle(TIMES)), dataset(circle(TIMES, 0.3))
    members = xr.concat([forecast[["y", "x"]], truth], "member")
    error = relative_state_error(members, truth)
    assert error.dims == ("member", "time")
    assert error.values[0] == pytest.approx(2 * np.sin(0.15)) and error.values[1] == pytest.approx(0.0)


def test_an_ended_forecast_has_no_error():
    states = circle(TIMES)
    states[4:] = np.nan
    assert np.isnan(relative_state_error(states, circle(TIMES))).tolist() == [False] * 4 + [True] * 3


@pytest.mark.parametrize(
    "truth, remedy",
    [
        (dataset(circle(TIMES)).isel(time=slice(5)), "Choose what both have"),
        (dataset(circle(TIMES)).rename(y="z"), "same ones"),
        (dataset(circle(TIMES))["x"], "to_dataarray"),
    ],
)
def test_states_that_do_not_match_are_refused(truth, remedy):
    with pytest.raises(InputError) as problem:
        relative_state_error(dataset(circle(TIMES)), truth)
    assert remedy in problem.value.remedy


def test_arrays_of_other_form_are_refused():
    with pytest.raises(InputError, match="same times"):
        relative_state_error(np.zeros((4, 2)), np.zeros((5, 2)))


def test_constraint_error_is_the_departure_from_the_first_value():
    values = np.array([[2.0, 2.5, 1.0], [-4.0, -4.0, -5.0]])
    assert constraint_error(values) == pytest.approx(np.array([[0, 0.5, 1], [0, 0, 1]]))
    assert constraint_error(values, relative=True) == pytest.approx(np.array([[0, 0.25, 0.5], [0, 0, 0.25]]))
    labelled = xr.DataArray(values.T, dims=("time", "trajectory"))
    assert (
        constraint_error(labelled, relative=True).transpose().values == constraint_error(values, relative=True)
    ).all()
    assert constraint_error(values, reference=[1.0, -4.0])[0] == pytest.approx([1.0, 1.5, 0.0])
    assert constraint_error(values.T, axis=0).T == pytest.approx(constraint_error(values))


def test_relative_error_of_a_law_that_is_zero_is_infinite_and_not_hidden():
    assert np.isinf(constraint_error(np.array([0.0, 1.0]), relative=True)[1])
    with pytest.raises(InputError, match="time"):
        constraint_error(xr.DataArray([1.0, 2.0], dims="step"))


def test_valid_time_of_exponential_growth():
    times = np.linspace(0, 20, 2001)
    error = 1e-4 * np.exp(0.9 * times)
    exact = np.log(0.4 / 1e-4) / 0.9
    assert valid_time(error, 0.4, times) == pytest.approx(exact, abs=0.011)
    assert valid_time(error, 0.4, times, rate=0.9) == pytest.approx(0.9 * exact, abs=0.01)


def test_valid_time_at_its_ends():
    error = np.array([[0.5, 0, 0], [0, 0, 0], [0, np.nan, 0], [0, 0.1, 0.4]])
    assert valid_time(error, 0.4, [2.0, 3.0, 5.0]).tolist() == [0.0, 3.0, 1.0, 3.0]


def test_valid_time_of_dates_counts_days():
    error = xr.DataArray(
        [[0.0, 0.1, 0.9]],
        dims=("member", "time"),
        coords={"time": np.array(["2000-01-01", "2000-01-02T12", "2000-01-05"], "M8[ns]")},
    )
    found = valid_time(error, 0.5)
    assert found.values == pytest.approx([4.0]) and found.attrs["units"] == "day"


@pytest.mark.parametrize("wrong", [{"threshold": 0.0}, {"threshold": 1.0, "rate": -1.0}])
def test_valid_time_refuses_what_makes_no_sense(wrong):
    with pytest.raises(InputError, match="positive"):
        valid_time(np.zeros(3), times=[0, 1, 2], **wrong)


def test_valid_time_refuses_wrong_times():
    with pytest.raises(TimeError):
        valid_time(np.zeros(3), 1.0, [0, 2, 1])
    with pytest.raises(InputError, match="did not come"):
        valid_time(np.zeros(3), 1.0)
    with pytest.raises(InputError, match="One time for each"):
        valid_time(np.zeros(3), 1.0, [0, 1])
