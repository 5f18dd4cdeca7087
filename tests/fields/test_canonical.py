import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import GridError, InputError, MissingValuesError, RangeError, TimeError, UnitError, VariableError
from nesym.fields import Grid, canonical


def with_holes(da, where=((0, 0, 0), (1, 2, 3))):
    da = da.copy(deep=True)
    for index in where:
        da[index] = np.nan
    return da


def test_what_comes_out(make_plane):
    rain = make_plane(units="kg m-2 s-1", name="rain_rate", long_name="radar rain", valid_range=[0, 1], foo="bar")
    out = canonical(rain.astype(np.float64).transpose("x", "time", "y").to_dataset())
    assert out.name == "pr"
    assert out.dims == ("time", "y", "x")
    assert out.dtype == np.float32
    assert out.attrs == {"standard_name": "lwe_precipitation_rate", "long_name": "radar rain", "units": "mm h-1"}
    assert out.encoding == {}
    np.testing.assert_allclose(out, rain * 3600, rtol=1e-6)


def test_twice_is_once(make_plane):
    out = canonical(make_plane(units="mm day-1"))
    xr.testing.assert_identical(canonical(out), out)


def test_the_input_is_left_alone(make_plane):
    da = with_holes(make_plane(units="mm day-1"))
    before = da.copy(deep=True)
    canonical(da, missing="fill")
    xr.testing.assert_identical(da, before)


@pytest.mark.parametrize("name", ["time", "valid_time"])
def test_an_amount_with_bounds_in_the_file(make_plane, name):
    ds = make_plane(units="mm", nt=3).to_dataset()
    ds["time"].attrs["bounds"] = "time_bnds"
    ds["time_bnds"] = (("time", "nv"), np.stack([ds.time - np.timedelta64(30, "m"), ds.time], axis=1))
    ds = ds.rename({"time": name} if name != "time" else {})
    np.testing.assert_allclose(canonical(ds), ds.pr * 2, rtol=1e-6)


def test_grid_mapping_comes_along(make_plane):
    ds = make_plane(grid_mapping="crs").to_dataset()
    ds["crs"] = ((), 0, {"grid_mapping_name": "albers_conical_equal_area"})
    out = canonical(ds)
    assert out["crs"].attrs["grid_mapping_name"] == "albers_conical_equal_area"
    assert "grid_mapping" not in out.attrs


def test_temperatures(make_globe):
    warm = make_globe([0, 1], [0, 1]).rename("tas").assign_attrs(units="degC")
    np.testing.assert_allclose(canonical(warm, "tas"), warm + 273.15, rtol=1e-6)
    np.testing.assert_allclose(canonical(warm.rename("sst"), "tos"), warm, rtol=1e-6)


def test_members_and_a_field_without_time(make_plane):
    assert canonical(make_plane().expand_dims(number=3, axis=2)).dims == ("member", "time", "y", "x")
    assert canonical(make_plane().isel(time=0)).dims == ("y", "x")


def test_round_off_below_zero_becomes_zero(make_plane):
    da = make_plane()
    da[0, 0, 0] = -1e-7
    assert canonical(da)[0, 0, 0] == 0
    assert canonical(da).min() == 0


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize(
    ("value", "error", "problem", "remedy"),
    [
        (-3.0, RangeError, "1 values of precipitation are negative, down to -3 mm h-1", "da.where(da >= 0)"),
        (np.inf, RangeError, "1 values of precipitation are infinite", "np.isfinite"),
        (np.nan, MissingValuesError, "values of precipitation are missing", "--missing fill"),
    ],
)
def test_impossible_values_are_refused(make_plane, lazy, value, error, problem, remedy):
    da = make_plane()
    da[2, 1, 1] = value
    if lazy:
        out = canonical(da.chunk(time=1))
        out.isel(time=0).compute()
        with pytest.raises(error, match=problem) as caught:
            out.compute()
    else:
        with pytest.raises(error, match=problem) as caught:
            canonical(da)
    assert remedy in caught.value.remedy


def test_missing_values_are_kept_if_asked(make_plane):
    da = with_holes(make_plane())
    xr.testing.assert_equal(canonical(da, missing="keep"), da)


def test_missing_values_get_the_nearest_observation_of_the_same_time(make_plane):
    da = with_holes(make_plane(), [(0, 0, 0), (0, 0, 1), (1, 5, 7)])
    out = canonical(da, missing="fill")
    assert out[0, 0, 0] == da[0, 1, 0]
    assert out[1, 5, 7] in (da[1, 4, 7], da[1, 5, 6])
    assert not out.isnull().any()
    np.testing.assert_array_equal(out.values[da.notnull().values], da.values[da.notnull().values])
    assert "nearest" in out.attrs["missing_values"]


def test_nearest_is_by_distance_not_by_cells(make_plane):
    da = with_holes(make_plane(), [(0, 2, 2)])
    da = da.assign_coords(x=("x", np.arange(8) * 9.0, {"units": "km"}), y=("y", np.arange(6.0), {"units": "km"}))
    da[0, 1, 2] = np.nan
    da[0, 3, 2] = np.nan
    out = canonical(da, missing="fill")
    assert out[0, 2, 2] in (da[0, 0, 2], da[0, 4, 2])


def test_filling_reaches_around_the_globe(make_globe):
    da = make_globe([-1.0, 0, 1], np.arange(0, 360, 30.0))
    da[0, :, 0:3] = np.nan
    out = canonical(da, missing="fill")
    np.testing.assert_allclose(out[0, :, 0], da[0, :, -1], rtol=1e-6)


@pytest.mark.parametrize("lazy", [False, True])
def test_a_field_without_any_observation_cannot_be_filled(make_plane, lazy):
    da = make_plane()
    da[1] = np.nan
    with pytest.raises(MissingValuesError) as caught:
        canonical(da.chunk(time=1) if lazy else da, missing="fill").compute()
    assert "dropna('time', how='all')" in caught.value.remedy


@given(st.integers(1, 4), st.integers(1, 6), st.integers(1, 8), st.sampled_from(["fill", "keep"]))
@settings(max_examples=15, deadline=None)
def test_the_result_does_not_depend_on_chunks(make_plane, t, y, x, missing):
    da = with_holes(make_plane(units="mm day-1"))
    lazy = canonical(da.chunk(time=t, y=y, x=x), missing=missing)
    assert lazy.chunks is not None
    xr.testing.assert_identical(lazy.compute(), canonical(da, missing=missing))


def test_nothing_is_computed_before_it_is_asked(make_plane):
    import dask.array

    def never(block):
        raise AssertionError("computed too early")

    values = dask.array.zeros((4, 6, 8), chunks=(1, 6, 8)).map_blocks(never, dtype=float, meta=np.empty((0, 0, 0)))
    out = canonical(make_plane().copy(data=values), missing="fill")
    assert Grid.of(out).shape == (6, 8)


@pytest.mark.parametrize(
    ("change", "error", "remedy"),
    [
        (lambda da: da.assign_attrs(units=""), UnitError, "attrs['units'] = 'mm h-1'"),
        (lambda da: da.assign_attrs(units="total rainfall"), UnitError, "CF form"),
        (lambda da: da.assign_attrs(units="millimetres per 6 hours"), UnitError, "mm (6 h)-1"),
        (lambda da: da.assign_attrs(units="mm"), UnitError, "interval: 1 hour"),
        (lambda da: da.assign_attrs(units="K"), UnitError, "rain variable"),
        (lambda da: da.isel(time=[0, 1, 1, 2]), TimeError, "drop_duplicates"),
        (lambda da: da.isel(time=[0, 2, 1]), TimeError, "sortby"),
        (lambda da: da.isel(x=[0, 1, 3]), GridError, "regrid"),
        (lambda da: da.isel(y=0), GridError, "gridded variable"),
        (lambda da: da.expand_dims(level=3), GridError, "isel(level=0)"),
        (lambda da: da.to_dataset().assign(rain_rate=da), VariableError, "--variable pr"),
        (lambda da: da.values, InputError, "xarray.DataArray("),
    ],
)
def test_labels_that_cannot_be_understood_are_refused_at_once(make_plane, change, error, remedy):
    da = make_plane()
    for data in (da, da.chunk()):
        with pytest.raises(error) as caught:
            canonical(change(data))
        assert remedy in caught.value.remedy
        assert caught.value.problem.endswith(".")
        assert caught.value.remedy.endswith(".")


def test_unknown_choices_are_refused(make_plane):
    with pytest.raises(InputError) as caught:
        canonical(make_plane(), missing="zero")
    assert "'refuse', 'fill' or 'keep'" in caught.value.remedy
