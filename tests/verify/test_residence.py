"""Stays below and above a threshold."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import InputError, TimeError
from nesym.verify.residence import residence_times


def test_stays_of_a_series_one_can_count():
    #        0   1   2   3   4    5   6   7   8    9
    series = [1, 1, -1, -1, 0.2, -1, 1, 1, 0.0, -1]
    found = residence_times(series, -0.5, 0.5)
    assert found.below.tolist() == [4.0] and found.above.tolist() == [3.0]
    assert found.times == (4.0, 5.0) and found.exits == (1, 2) and found.transitions == 3
    assert (found.mean_below, found.mean_above, found.mean) == (4.0, 2.5, 3.0)


def test_without_hysteresis_noise_counts():
    series = [1, 0.1, -0.1, 0.1, -0.1, -1]
    assert residence_times(series, 0.0).transitions == 3
    assert residence_times(series, -0.5, 0.5).transitions == 1


def test_gaps_are_not_bridged():
    found = residence_times([-1, 1, np.nan, 1, -1, -1, 1], -0.5, 0.5)
    assert found.above.size == 0 and found.below.tolist() == [2.0]
    assert found.exits == (2, 1) and found.times == (1.0 + 2.0, 0.0 + 1.0)


def test_means_of_a_telegraph_signal_are_right_though_the_record_is_short():
    """Exponential stays of means 1 and 3 seen in windows of 4: complete stays alone are too short."""
    rng = np.random.default_rng(0)
    step, count = 0.02, 200
    side = rng.random(2000) < 0.75
    rows = np.empty((2000, count))
    for k in range(count):
        rows[:, k] = side
        leave = rng.random(2000) < step / np.where(side, 3.0, 1.0)
        side = side ^ leave
    found = residence_times(2 * rows - 1, 0.0, times=step * np.arange(count))
    assert found.mean_below == pytest.approx(1.0, rel=0.05) and found.mean_above == pytest.approx(3.0, rel=0.05)
    assert found.above.mean() < 2.0


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-2, 2), min_size=2, max_size=40))
def test_members_are_summed_and_all_time_is_counted(values):
    found = residence_times(values, -0.5, 0.5)
    twice = residence_times([values, values], -0.5, 0.5)
    assert twice.exits == tuple(2 * n for n in found.exits)
    outside = [abs(value) > 0.5 for value in values]
    known = len(values) - 1 - outside.index(True) if any(outside) else 0
    assert sum(found.times) == pytest.approx(known)
    mirrored = residence_times([-value for value in values], -0.5, 0.5)
    assert mirrored.times == found.times[::-1]


def test_labelled_series_bring_their_times():
    series = xr.DataArray(
        [[-1.0, 1.0, 1.0, -1.0]],
        dims=("member", "time"),
        coords={"time": np.array(["2000-01-01", "2000-01-02", "2000-01-03", "2000-01-11"], "M8[ns]")},
    )
    assert residence_times(series.transpose(), 0.0).above.tolist() == [9.0]


def test_never_leaving_has_no_mean():
    found = residence_times([1.0, 1.0], 0.0)
    assert np.isnan(found.mean_above) and np.isnan(found.mean)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="low <= high"):
        residence_times([1.0], 1.0, 0.0)
    with pytest.raises(TimeError):
        residence_times([1.0, 2.0], 0.0, times=[1.0, 1.0])
