"""Trajectories from labelled data, and back."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import InputError, MissingValuesError
from nesym.learn.simulation import simulate
from nesym.learn.trajectories import Trajectories, cut
from nesym.physics import TwoBody


def dataset(k=3, samples=5, seed=0):
    """k trajectories of x and y at irregular times."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.1, 1.0, samples))
    values = {name: (("trajectory", "time"), rng.normal(size=(k, samples)), {"units": "m"}) for name in ("x", "y")}
    return xr.Dataset(values, {"time": times}, {"source": "test"})


def test_a_dataset_goes_in_and_comes_back():
    ds = dataset()
    found = Trajectories.of(ds)
    assert found.states.shape == (3, 5, 2) and found.names == ("x", "y") and found.units == ("m", "m")
    np.testing.assert_array_equal(found.states[1, :, 0], ds.x.values[1])
    np.testing.assert_array_equal(found.times[2], ds.time)
    back = found.to_dataset()
    xr.testing.assert_identical(back.drop_vars("trajectory"), ds)


def test_the_order_of_dims_is_of_no_account():
    np.testing.assert_array_equal(
        Trajectories.of(dataset().transpose("time", "trajectory")).states, Trajectories.of(dataset()).states
    )


def test_an_array_with_a_state_axis():
    values = np.arange(24.0).reshape(2, 4, 3)
    da = xr.DataArray(values, {"time": np.arange(4)}, ("trajectory", "time", "state"))
    found = Trajectories.of(da)
    assert found.names == ("x0", "x1", "x2")
    np.testing.assert_array_equal(found.states, values)
    twice = da.assign_coords(state=["a", "b", "a"])
    with pytest.raises(InputError, match="share a name"):
        Trajectories.of(twice)


def test_a_list_holds_trajectories_of_their_own_lengths_and_times():
    first, second = dataset(1, 5, 1).isel(trajectory=0), dataset(1, 3, 2).isel(trajectory=0)
    found = Trajectories.of([first, second])
    assert found.lengths.tolist() == [5, 3]
    assert np.isnan(found.states[1, 3:]).all() and np.isnan(found.times[1, 3:]).all()
    np.testing.assert_array_equal(found.times[1, :3], second.time)
    again = Trajectories.of(found.to_dataset())
    np.testing.assert_array_equal(again.states, found.states)
    np.testing.assert_array_equal(again.times, found.times)


def test_missing_values_at_the_end_are_the_end():
    ds = dataset()
    ds["x"][1, 3:] = np.nan
    found = Trajectories.of(ds)
    assert found.lengths.tolist() == [5, 3, 5]
    assert np.isnan(found.states[1, 3:]).all()


def test_missing_values_inside_are_refused_with_their_place():
    ds = dataset()
    ds["y"][2, 1] = np.nan
    with pytest.raises(MissingValuesError, match=f"Trajectory 2 .* at time {ds.time.values[1]:g}") as error:
        Trajectories.of(ds)
    assert "Cut it there" in error.value.remedy
    ds["y"][2] = np.nan
    with pytest.raises(MissingValuesError, match=r"Trajectory 2 .* 0 complete states"):
        Trajectories.of(ds)


def test_dates_become_days_since_the_first():
    ds = dataset().assign_coords(
        time=np.array(["2000-01-01", "2000-01-03", "2000-01-04", "2000-01-05", "2000-02-01"], "M8[ns]")
    )
    found = Trajectories.of(ds)
    np.testing.assert_array_equal(found.times[0], [0, 2, 3, 4, 31])
    assert found.since == "2000-01-01"
    decoded = xr.decode_cf(found.to_dataset())
    np.testing.assert_array_equal(decoded.time.values, ds.time.values)


@pytest.mark.parametrize("calendar", ["standard", "noleap", "360_day"])
def test_a_list_of_dated_trajectories_has_one_clock(calendar):
    dated = [
        dataset(1).isel(trajectory=0).assign_coords(time=xr.date_range(start, periods=5, calendar=calendar))
        for start in ("2000-02-28", "1999-02-28")
    ]
    found, year = Trajectories.of(dated), {"standard": 365, "noleap": 365, "360_day": 360}[calendar]
    np.testing.assert_array_equal(found.times, np.array([[year], [0]]) + np.arange(5))
    assert found.to_dataset().time.attrs.get("calendar") == (None if calendar == "standard" else calendar)
    with pytest.raises(InputError, match="same kind of time"):
        Trajectories.of([dated[0], dataset(1).isel(trajectory=0)])


def test_times_that_do_not_increase_are_refused():
    with pytest.raises(InputError, match="trajectory 0 do not increase"):
        Trajectories.of(dataset().isel(time=[0, 2, 1, 3]))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (dataset().isel(trajectory=[0]), "At least 2 trajectories"),
        (dataset().rename(time="t"), "dims"),
        (dataset().expand_dims(level=2), "dims"),
        (np.zeros((2, 3, 4)), "ndarray came"),
        ([], "empty list"),
        ([dataset(1), dataset(1).rename(x="z")], "same coordinates"),
        (dataset().assign(x=dataset().x.astype(str)), "not numbers"),
    ],
)
def test_what_is_no_set_of_trajectories_is_refused(data, said):
    with pytest.raises(InputError, match=said) as error:
        Trajectories.of(data)
    assert error.value.remedy.endswith(".")


def test_a_single_trajectory_is_pointed_to_cutting():
    one = dataset(1, 20)
    with pytest.raises(InputError) as error:
        Trajectories.of(one)
    assert "cut(data" in error.value.remedy
    assert len(Trajectories.of(cut(one, 4))) == 4


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 3), st.integers(8, 30), st.integers(1, 4))
def test_pieces_are_the_record_in_order(k, samples, pieces):
    ds = dataset(k, samples)
    found, size = cut(ds, pieces), samples // pieces
    assert found.states.shape == (k * pieces, size, 2)
    whole = ds.x.values[:, : size * pieces].reshape(k * pieces, size)
    np.testing.assert_array_equal(found.states[..., 0], whole)


@pytest.mark.parametrize("pieces", [0, 2.5, 11])
def test_pieces_without_samples_are_refused(pieces):
    with pytest.raises(InputError, match="cannot be cut"):
        cut(dataset(1, 20), pieces)


def test_simulated_trajectories_do_not_depend_on_how_many_there_are():
    times = np.linspace(0, 2 * np.pi, 9)
    few, many = (simulate(TwoBody(), times, n, key=4) for n in (2, 5))
    np.testing.assert_array_equal(few.q1, many.q1[:2])
    # One period later each is where it began.
    for name in few.data_vars:
        np.testing.assert_allclose(few[name][:, -1], few[name][:, 0], atol=1e-6)
    assert "TwoBody" in few.attrs["history"] and few.attrs["key"] == 4


def test_a_simulation_that_fails_says_which_and_why():
    with pytest.raises(InputError, match="Trajectory 0 did not reach time 1"):
        simulate(TwoBody(), [0.0, 1.0], 1, 0, max_steps=2)
    with pytest.raises(InputError, match="two increasing times"):
        simulate(TwoBody(), [1.0, 0.0], 1, 0)
