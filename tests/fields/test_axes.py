import numpy as np
import pytest
import xarray as xr

from nesym._errors import GridError
from nesym.fields.axes import name_axes


def field(dims, coords=None, shape=None):
    shape = shape or tuple(range(3, 3 + len(dims)))
    return xr.DataArray(np.arange(np.prod(shape)).reshape(shape), dims=dims, coords=coords or {}, name="pr")


@pytest.mark.parametrize(
    ("dims", "coords", "expected"),
    [
        (("time", "latitude", "longitude"), {"latitude": range(4), "longitude": range(5)}, ("time", "lat", "lon")),
        (
            ("a", "b", "c"),
            {
                "a": ("a", range(3), {"standard_name": "time"}),
                "b": ("b", range(4), {"units": "degrees_north"}),
                "c": ("c", range(5), {"units": "degreesE"}),
            },
            ("time", "lat", "lon"),
        ),
        (
            ("c", "a", "b"),
            {
                "a": ("a", range(4), {"standard_name": "projection_x_coordinate"}),
                "b": ("b", range(5), {"standard_name": "projection_y_coordinate"}),
                "c": ("c", range(3), {"axis": "T"}),
            },
            ("time", "y", "x"),
        ),
        (("x", "y", "ensemble"), {}, ("member", "y", "x")),
        (
            ("j", "i"),
            {"lat": ("j", range(3), {"units": "degrees_north"}), "lon": ("i", range(4), {"units": "degrees_east"})},
            ("lat", "lon"),
        ),
    ],
)
def test_axes_are_named_and_ordered(dims, coords, expected):
    assert name_axes(field(dims, coords)).dims == expected


def test_values_follow_their_axes():
    da = field(("longitude", "latitude"), {"longitude": range(3), "latitude": range(4)})
    np.testing.assert_array_equal(name_axes(da).values, da.values.T)


def test_orientation_is_kept():
    da = field(("lat", "lon"), {"lat": [3.0, 2.0, 1.0], "lon": range(4)})
    np.testing.assert_array_equal(name_axes(da)["lat"], [3.0, 2.0, 1.0])


def test_single_valued_extra_axes_and_other_coordinates_are_dropped():
    da = field(("time", "height", "lat", "lon"), {"lat": range(4), "lon": range(5)}, (3, 1, 4, 5))
    da = da.assign_coords(height=[2.0], area=(("lat", "lon"), np.ones((4, 5))), crs=0)
    da["crs"].attrs["grid_mapping_name"] = "latitude_longitude"
    out = name_axes(da)
    assert out.dims == ("time", "lat", "lon")
    assert set(out.coords) == {"lat", "lon", "crs"}


def test_names_that_are_taken_by_other_coordinates_are_freed():
    da = field(("t", "y", "x"), {"y": ("y", range(4), {"units": "degrees_north"}), "x": range(5)})
    da["x"].attrs["standard_name"] = "longitude"
    da = da.assign_coords(lat=(("y", "x"), np.zeros((4, 5))), lon=0.0, time=0)
    out = name_axes(da)
    assert out.dims == ("time", "lat", "lon")
    np.testing.assert_array_equal(out["lat"], range(4))


def test_a_single_time_stays():
    da = field(("time", "lat", "lon"), {"lat": range(4), "lon": range(5)}, (1, 4, 5))
    assert name_axes(da).dims == ("time", "lat", "lon")
    scalar = da.isel(time=0).assign_coords(time=np.datetime64("2000-01-01", "ns"))
    assert "time" in name_axes(scalar).coords


@pytest.mark.parametrize(
    ("lon", "expected"),
    [
        ([358.0, 359, 0, 1], [-2.0, -1, 0, 1]),
        ([178.0, 179, -180, -179], [178.0, 179, 180, 181]),
        ([1.0, 0, 359, 358], [1.0, 0, -1, -2]),
        ([0.0, 1, 2, 3], [0.0, 1, 2, 3]),
    ],
)
def test_longitudes_run_on_over_greenwich_and_the_date_line(lon, expected):
    out = name_axes(field(("lat", "lon"), {"lat": range(3), "lon": lon}))
    np.testing.assert_array_equal(out["lon"], expected)
    np.testing.assert_array_equal(out.values, np.arange(12).reshape(3, 4))


def test_plane_with_two_dimensional_latitudes_beside_is_a_plane():
    da = field(("y", "x"), {"y": ("y", range(3), {"units": "km"}), "x": ("x", range(4), {"units": "km"})})
    da = da.assign_coords(lat=(("y", "x"), np.zeros((3, 4))), lon=(("y", "x"), np.zeros((3, 4))))
    assert name_axes(da).dims == ("y", "x")


@pytest.mark.parametrize("dims", [("y", "x"), ("nlat", "nlon"), ("south_north", "west_east")])
def test_curvilinear_grids_are_refused(dims):
    da = field(dims).assign_coords(lat=(dims, np.zeros((3, 4)), {"units": "degrees_north"}))
    with pytest.raises(GridError, match="curvilinear") as caught:
        name_axes(da)
    assert "cdo remapcon" in caught.value.remedy
    assert "y and x in m" in caught.value.remedy


def test_rotated_grids_are_refused():
    with pytest.raises(GridError, match=r"rotated grid \(rlat, rlon\)") as caught:
        name_axes(field(("rlat", "rlon"), {"rlat": range(3), "rlon": range(4)}))
    assert "rename the rotated ones" in caught.value.remedy


def test_one_dimensional_variables_are_refused():
    with pytest.raises(GridError, match=r"needs two horizontal axes.*\(time\)") as caught:
        name_axes(field(("time",)))
    assert "Choose a gridded variable" in caught.value.remedy


def test_further_axes_are_refused():
    with pytest.raises(GridError, match="further axis 'level' of 4 values") as caught:
        name_axes(field(("time", "level", "lat", "lon"), {"lat": range(5), "lon": range(6)}))
    assert "ds.isel(level=0)" in caught.value.remedy


def test_two_axes_of_one_kind_are_refused():
    da = field(("time", "valid_time", "lat", "lon"))
    with pytest.raises(GridError, match="time and valid_time of 'pr' both look like time") as caught:
        name_axes(da)
    assert "ds.isel(time=0)" in caught.value.remedy
