import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import GridError, InputError
from nesym.fields import area_weights, coarsen, coarsened_coords, refine_bilinear, refined_coords, regrid
from nesym.fields.regrid_weights import overlap_weights

GAUSSIAN = np.rad2deg(np.arcsin(np.polynomial.legendre.leggauss(24)[0]))


def mean_over_globe(da):
    return da.weighted(area_weights(da)).mean(("lat", "lon")).values


def latlon(nlat, nlon, first=0.0, north_first=False):
    lat = (np.arange(nlat) + 0.5) * 180 / nlat - 90
    return {"lat": lat[::-1] if north_first else lat, "lon": first + np.arange(nlon) * 360 / nlon}


def test_overlap_by_hand():
    weights = overlap_weights(np.array([0.0, 1, 3, 4]), np.array([0.0, 2, 4])).toarray()
    np.testing.assert_allclose(weights, [[0.5, 0.5, 0], [0, 0.5, 0.5]])


def test_overlap_where_the_target_reaches_further():
    weights = overlap_weights(np.array([0.0, 1, 2]), np.array([-1.0, 1, 5])).toarray()
    np.testing.assert_allclose(weights, [[0.5, 0], [0, 0.25]])


@given(st.integers(2, 30), st.integers(2, 30), st.floats(-400, 400), st.booleans(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_overlap_around_the_circle_is_complete_both_ways(n, m, shift, flip, turn):
    source, target = np.linspace(0, 360, n + 1), np.linspace(0, 360, m + 1) + shift
    source, target = source[::-1] if flip else source, target[::-1] if turn else target
    weights = overlap_weights(source, target, periodic=True)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-10)
    np.testing.assert_allclose(weights.sum(axis=0) / m, 1 / n, atol=1e-10)


@pytest.mark.parametrize("target", [latlon(7, 11), latlon(90, 100, -180.0), latlon(13, 9, 3.3, north_first=True)])
@pytest.mark.parametrize("lat", [GAUSSIAN, latlon(24, 48)["lat"][::-1], np.linspace(-90, 90, 25)])
def test_conservative_keeps_the_global_mean(make_globe, lat, target):
    da = make_globe(lat, 7.5 * np.arange(48))
    out = regrid(da, target, "conservative")
    assert not out.isnull().any()
    np.testing.assert_allclose(mean_over_globe(out), mean_over_globe(da), rtol=1e-12)


def test_conservative_in_float32_keeps_dtype_and_mean(make_globe):
    da = make_globe(GAUSSIAN, 7.5 * np.arange(48), dtype=np.float32)
    out = regrid(da, latlon(10, 20), "conservative")
    assert out.dtype == np.float32
    np.testing.assert_allclose(mean_over_globe(out), mean_over_globe(da), rtol=1e-6)


def test_conservative_to_blocks_is_coarsen(make_globe, make_plane):
    for da in (make_globe(latlon(8, 12)["lat"], 30.0 * np.arange(12)), make_plane(ny=8, nx=12).astype(float)):
        blocks = coarsened_coords(da, 4)
        np.testing.assert_allclose(regrid(da, blocks, "conservative"), coarsen(da, 4), rtol=1e-12)


def test_conservative_agrees_with_counting_small_cells(make_globe):
    da = make_globe(np.arange(40.0, 50), np.arange(5.0, 15))
    out = regrid(da, {"lat": [43.0, 44.5, 46.0], "lon": [8.0, 9.25, 10.5]}, "conservative")
    fine_lat = 43.75 + (np.arange(3000) + 0.5) / 2000
    fine_lon = 8.625 + (np.arange(2500) + 0.5) / 2000
    sample = da.sel(lat=fine_lat, lon=fine_lon, method="nearest").isel(time=0)
    expected = np.average(sample.mean("lon"), weights=np.cos(np.deg2rad(fine_lat)))
    assert float(out[0, 1, 1]) == pytest.approx(expected, rel=1e-6)


def test_constants_stay_constant(make_globe):
    da = xr.full_like(make_globe(GAUSSIAN, 7.5 * np.arange(48)), 3.5)
    for how in ("conservative", "bilinear"):
        np.testing.assert_allclose(regrid(da, latlon(17, 31, -180.0), how), 3.5, rtol=1e-13)


def test_the_same_grid_gives_the_same_field(make_globe):
    da = make_globe(GAUSSIAN, 7.5 * np.arange(48))
    for how in ("conservative", "bilinear"):
        np.testing.assert_allclose(regrid(da, da, how), da, rtol=1e-12)


@pytest.mark.parametrize("how", ["conservative", "bilinear"])
def test_conventions_do_not_matter(make_globe, how):
    da = make_globe(GAUSSIAN, 7.5 * np.arange(48))
    target = {"lat": np.arange(-60.0, 61, 7), "lon": np.arange(-170.0, 170, 9)}
    expected = regrid(da, target, how)
    west = da.assign_coords(lon=(da.lon + 180) % 360 - 180).sortby("lon")
    np.testing.assert_allclose(regrid(west.isel(lat=slice(None, None, -1)), target, how), expected, rtol=1e-12)
    turned = {"lat": target["lat"][::-1], "lon": target["lon"] + 360}
    np.testing.assert_allclose(regrid(da, turned, how).isel(lat=slice(None, None, -1)), expected, rtol=1e-12)


def test_bilinear_is_the_bilinear_refinement(make_globe, make_plane):
    plane = make_plane(ny=5, nx=7).astype(float)
    out = regrid(plane, refined_coords(plane, 4), "bilinear")
    np.testing.assert_allclose(out, refine_bilinear(plane.values, 4), rtol=1e-12)
    globe = make_globe(latlon(6, 12)["lat"], 30.0 * np.arange(12))
    out = regrid(globe, refined_coords(globe, 4), "bilinear")
    np.testing.assert_allclose(out, refine_bilinear(globe.values, 4, periodic_x=True), rtol=1e-12)


def test_bilinear_reproduces_linear_fields_on_uneven_axes():
    lat, lon = np.array([0.0, 1, 3, 7]), np.array([10.0, 11, 15, 16])
    da = xr.DataArray(2 * lat[:, None] - lon[None, :], dims=("lat", "lon"), coords={"lat": lat, "lon": lon}, name="pr")
    target = {"lat": np.array([0.5, 2.0, 6.5]), "lon": np.array([10.25, 12.0, 15.5])}
    out = regrid(da, target, "bilinear")
    np.testing.assert_allclose(out, 2 * target["lat"][:, None] - target["lon"][None, :], atol=1e-12)


def test_cells_outside_are_missing(make_globe):
    da = make_globe(np.arange(40.0, 50), np.arange(5.0, 15))
    for how in ("conservative", "bilinear"):
        out = regrid(da, {"lat": np.arange(45.0, 55), "lon": np.arange(5.0, 15)}, how)
        assert not out.sel(lat=slice(45, 49)).isnull().any()
        assert out.sel(lat=slice(50, 55)).isnull().all()


def test_missing_values_need_the_coverage(make_plane):
    da = make_plane(ny=4, nx=4, nt=1).astype(float)
    da[0, 0, 0] = np.nan
    blocks = coarsened_coords(da, 2)
    assert regrid(da, blocks, "conservative").isnull().sum() == 1
    out = regrid(da, blocks, "conservative", coverage=0.75)
    assert float(out[0, 0, 0]) == pytest.approx(float(da[0, :2, :2].mean()))
    assert regrid(da, blocks, "conservative", coverage=0.8).isnull().sum() == 1


def test_units_of_length_may_differ(make_plane):
    da = make_plane(ny=4, nx=4).astype(float)
    target = xr.Dataset(coords={"y": ("y", [0.5, 2.5], {"units": "km"}), "x": ("x", [0.5, 2.5], {"units": "km"})})
    np.testing.assert_allclose(regrid(da, target, "conservative"), coarsen(da, 2), rtol=1e-12)


@pytest.mark.parametrize("chunks", [{"time": 1}, {"lat": 5, "lon": 7}])
def test_lazy_stays_lazy_and_chunks_do_not_matter(make_globe, chunks):
    da = make_globe(GAUSSIAN, 7.5 * np.arange(48))
    lazy = regrid(da.chunk(chunks), latlon(9, 10), "conservative")
    assert lazy.chunks is not None
    xr.testing.assert_identical(lazy.compute(), regrid(da, latlon(9, 10), "conservative"))


def test_labels_come_from_the_target(make_globe):
    da = make_globe(GAUSSIAN, 7.5 * np.arange(48)).expand_dims(member=2)
    target = make_globe([0.0, 1.0], [3.0, 4.0])
    target["lat"].attrs["note"] = "kept"
    out = regrid(da, target, "bilinear")
    assert out.dims == ("member", "time", "lat", "lon")
    assert out.attrs == da.attrs
    assert out["lat"].attrs["note"] == "kept"


@pytest.mark.parametrize(
    ("target", "problem", "remedy"),
    [
        ({"lat": [80.0, 81], "lon": [0.0, 1]}, "do not overlap", "same region"),
        ({"y": [0.0, 1], "x": [0.0, 1]}, "needs the coordinates lat and lon", "Give a DataArray"),
        ({"lat": [41.0, 43, 42], "lon": [6.0, 7]}, "only rise or only fall", "sortby('lat')"),
        ({"lat": [41.0], "lon": [6.0, 7]}, "two or more values", "sortby"),
    ],
)
def test_targets_that_do_not_fit_are_refused(make_globe, target, problem, remedy):
    with pytest.raises(GridError, match=problem) as caught:
        regrid(make_globe(np.arange(40.0, 50), np.arange(5.0, 15)), target, "conservative")
    assert remedy in caught.value.remedy


def test_axes_of_other_units_are_refused(make_plane):
    target = make_plane(ny=2, nx=2)
    target["y"].attrs["units"] = "s"
    with pytest.raises(GridError, match="'m' and 's'"):
        regrid(make_plane(), target, "bilinear")


@pytest.mark.parametrize("options", [{"how": "nearest"}, {"how": "bilinear", "coverage": 0.0}])
def test_unknown_choices_are_refused(make_plane, options):
    with pytest.raises(InputError) as caught:
        regrid(make_plane(), make_plane(), **options)
    assert caught.value.remedy


def test_the_target_may_be_lazy():
    da = xr.DataArray(np.arange(32.0).reshape(4, 8), latlon(4, 8), ("lat", "lon"))
    target = xr.DataArray(np.zeros((2, 4)), latlon(2, 4), ("lat", "lon"))
    np.testing.assert_array_equal(regrid(da, target.chunk(), "conservative"), regrid(da, target, "conservative"))
