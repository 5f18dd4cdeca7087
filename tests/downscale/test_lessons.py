"""Windows of fine rain: they cover the domain, and hold what a network can learn from."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import InputError, UnitError
from nesym.downscale import lessons
from nesym.downscale.lessons import FEWEST, fields_in, least_rain, wet_windows, window_weights


def event(nt=FEWEST, ny=16, nx=16, value=1.0) -> xr.DataArray:
    """Rain everywhere and always, a different number in every cell: (time, y, x)."""
    rain = value + np.arange(nt * ny * nx, dtype=np.float32).reshape(nt, ny, nx) * np.float32(1e-4)
    time = np.datetime64("2018-05-10", "ns") + np.arange(nt) * np.timedelta64(5, "m")
    axes = {d: (d, np.arange(n, dtype=float), {"units": "km"}) for d, n in (("y", ny), ("x", nx))}
    return xr.DataArray(rain, {"time": time, **axes}, ("time", "y", "x"), "pr", {"units": "mm h-1"})


# The domain


@given(size=st.integers(1, 400), window=st.integers(1, 128))
@settings(max_examples=100, deadline=None)
def test_the_fewest_windows_that_cover_an_axis(size, window):
    window = min(window, size)
    starts = lessons._starts(size, window)
    assert len(starts) == -(-size // window)
    assert starts[0] == 0 and starts[-1] == size - window
    assert (np.diff(starts) <= window).all() and (np.diff(starts) > 0).all()


@pytest.mark.parametrize("ny, nx, count", [(16, 16, 1), (20, 16, 2), (40, 33, 9), (8, 16, 1), (8, 9, 1)])
def test_windows_of_two_crops_cover_the_domain(ny, nx, count):
    rain = event(ny=ny, nx=nx)
    (windows,) = wet_windows(rain, 8)
    assert len(windows) == count
    assert all(w.shape == (FEWEST, min(ny, 16), min(nx, 16)) and w.dtype == np.float32 for w in windows)
    assert set(np.concatenate([w.ravel() for w in windows]).tolist()) == set(rain.values.ravel().tolist())


def test_a_domain_smaller_than_a_crop_gives_nothing():
    with pytest.raises(InputError, match="0 came"):
        wet_windows(event(nt=100, ny=7), 8)


# What is left out


def test_steps_with_gaps_and_dry_steps_are_left_out_where_they_are():
    """Two windows side by side: each loses its own steps and no others."""
    rain = event(nt=80, nx=32)
    rain.values[3, 5, 2] = np.nan  # a gap in the left window
    rain.values[7, :, 16:] = 0.0  # the right one all dry
    rain.values[9, :, :16] = 0.05  # drizzle that is not called rain
    ((left, right),) = wet_windows(rain, 8)
    np.testing.assert_array_equal(left, np.delete(rain.values[..., :16], [3, 9], 0))
    np.testing.assert_array_equal(right, np.delete(rain.values[..., 16:], [7], 0))


@pytest.mark.parametrize("cells, kept", [(26, 80), (25, 79)])
def test_a_tenth_of_the_area_is_enough(cells, kept):
    """26 of 256 cells are."""
    rain = event(nt=80)
    rain.values[0] = 0
    rain.values[0].ravel()[:cells] = 0.1
    ((window,),) = wet_windows(rain, 8)
    assert len(window) == kept


def test_a_window_that_is_always_dry_is_none():
    rain = event(nx=32)
    rain.values[..., 16:] = 0
    ((window,),) = wet_windows(rain, 8)
    assert window.shape[2] == 16


# Events


def test_several_events_of_any_size_and_kind():
    """Another grid, other units, a file's dataset: each is brought to rain in mm/h."""
    amounts = (event(nt=40, nx=24) / 12).assign_attrs(units="mm")
    amounts = amounts.assign_attrs(cell_methods="time: sum (interval: 5 minutes)").rename("pr_amount")
    windows = wet_windows([event(nt=30), amounts.to_dataset()], 8)
    assert [[w.shape for w in e] for e in windows] == [[(30, 16, 16)], [(40, 16, 16), (40, 16, 16)]]
    np.testing.assert_allclose(windows[1][1], event(nt=40, nx=24).values[..., 8:], rtol=1e-5)


def test_lazy_rain_gives_the_same():
    for eager, lazy in zip(*wet_windows(event(), 8), *wet_windows(event().chunk(time=10), 8), strict=True):
        np.testing.assert_array_equal(eager, lazy)


def test_a_single_field_is_an_event():
    windows = wet_windows([event().isel(time=0), event()], 8)
    assert [len(w) for (w,) in windows] == [1, FEWEST]


def test_shares_of_events_are_divided_among_their_windows():
    """By their fields: each event has its share of the crops, however many it has."""
    windows = wet_windows([event(nt=30), event(nt=40, nx=24)], 8)
    assert window_weights(windows, (3, 1)) == pytest.approx([3, 0.5, 0.5])
    assert window_weights(windows, None) is None


@pytest.mark.parametrize("shares", [(1,), (1, 0), (1, -1), (1, np.nan), (1, 1, 1)])
def test_shares_that_cannot_be_are_refused(shares):
    with pytest.raises(InputError, match="each of the 2 events") as refused:
        window_weights(wet_windows([event(), event()], 8), shares)
    assert "shares=(0.6, 0.4)" in refused.value.remedy


def test_a_dry_event_can_have_no_share():
    with pytest.raises(InputError, match=r"for \(64, 0\) wet fields"):
        window_weights(wet_windows([event(), event() * 0], 8), (1, 1))


# What is refused


def test_too_few_say_how_many_are_needed_and_came():
    rain = event(nt=FEWEST)
    rain.values[0] = 0
    with pytest.raises(InputError, match=f"{FEWEST} fields of 8 x 8 cells or more .* {FEWEST - 1} came") as caught:
        wet_windows(rain, 8)
    assert "more rainy time steps" in caught.value.remedy and "cascade" in caught.value.remedy
    assert fields_in(wet_windows([rain, event(nt=1)], 8)) == FEWEST


def test_what_is_no_rain_is_refused():
    with pytest.raises(UnitError):
        wet_windows([event(), event().assign_attrs(units="K")], 8)


def test_ensembles_are_no_rain_to_learn_from():
    with pytest.raises(InputError, match="member came too") as refused:
        wet_windows(event().expand_dims(member=2), 8)
    assert "isel(member=0)" in refused.value.remedy


# The least


def test_the_least_rain_is_that_of_all_windows():
    windows = [np.float32([[[0, 2, 0.5]]]), np.float32([[[0.25, 0, 3]]])]
    assert least_rain(windows) == 0.25
