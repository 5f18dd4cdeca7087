import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import GridError, UnitError
from nesym.fields import Grid, area_weights, block_mean, coarsen, coarsened_coords, refined_coords
from nesym.fields.cells import cell_edges

RADIUS = 6371.0


def test_plane(make_plane):
    grid = Grid.of(make_plane(ny=4, nx=8))
    assert grid == Grid("plane", ("y", "x"), (4, 8), (1.0, 1.0))


def test_plane_in_kilometres_and_falling(make_plane):
    da = make_plane(ny=4, nx=8)
    da = da.assign_coords(y=("y", [3.0, 2.0, 1.0, 0.0], {"units": "km"}))
    assert Grid.of(da).spacing_km == (1.0, 1.0)


def test_latlon_distances(make_globe):
    grid = Grid.of(make_globe([59.5, 60.5], [10.0, 11.0, 12.0]))
    degree = RADIUS * np.pi / 180
    assert grid.spacing_km == pytest.approx((degree, degree * np.cos(np.deg2rad(60.0))))
    assert not grid.periodic


@pytest.mark.parametrize("first", [0.0, -180.0, 1.25])
def test_full_circle_is_periodic(make_globe, first):
    lat = np.linspace(-88.75, 88.75, 72)
    assert Grid.of(make_globe(lat, first + 2.5 * np.arange(144))).periodic
    assert not Grid.of(make_globe(lat, first + 2.5 * np.arange(143))).periodic


def test_gaussian_latitudes_pass(make_globe):
    lat = np.rad2deg(np.arcsin(np.polynomial.legendre.leggauss(48)[0]))
    assert Grid.of(make_globe(lat, 3.75 * np.arange(96))).spacing_km[0] == pytest.approx(3.71 * 111.19, rel=5e-3)


def test_periodic_is_a_plain_bool(make_globe):
    assert Grid.of(make_globe([0, 1], 3.75 * np.arange(96))).periodic is True


@pytest.mark.parametrize(
    ("dim", "values", "remedy"),
    [
        ("x", [0.0, 1.0, 2.5], "regrid"),
        ("x", [0.0, 1.0, 1.0], "regrid"),
        ("x", [0.0, 2.0, 1.0], "Sort"),
        ("x", [0.0, np.nan, 2.0], "Fill them in"),
    ],
)
def test_irregular_axes_are_refused(make_plane, dim, values, remedy):
    da = make_plane(nx=3).assign_coords({dim: (dim, values, {"units": "m"})})
    with pytest.raises(GridError) as caught:
        Grid.of(da)
    assert remedy in caught.value.remedy


def test_irregular_latitudes_are_refused(make_globe):
    with pytest.raises(GridError) as caught:
        Grid.of(make_globe([0.0, 1.0, 2.0, 3.5], [0.0, 1.0]))
    assert "regrid" in caught.value.remedy


def test_a_meridian_twice_is_refused(make_globe):
    with pytest.raises(GridError) as caught:
        Grid.of(make_globe([0, 1], np.arange(361.0)))
    assert "isel(lon=slice(None, -1))" in caught.value.remedy


def test_axis_without_units_is_refused(make_plane):
    da = make_plane()
    del da["x"].attrs["units"]
    with pytest.raises(GridError) as caught:
        Grid.of(da)
    assert "attrs['units'] = 'm'" in caught.value.remedy


def test_axis_in_other_units_is_refused(make_plane):
    da = make_plane()
    da["x"].attrs["units"] = "s"
    with pytest.raises(GridError, match="units of length"):
        Grid.of(da)
    da["x"].attrs["units"] = "furlong"
    with pytest.raises(UnitError, match="furlong"):
        Grid.of(da)


def test_axis_without_coordinate_is_refused(make_plane):
    with pytest.raises(GridError) as caught:
        Grid.of(make_plane().drop_vars("y"))
    assert "assign_coords(y=" in caught.value.remedy


def test_a_single_row_is_refused(make_plane):
    with pytest.raises(GridError, match="1 cell"):
        Grid.of(make_plane(ny=1))


def test_other_dimensions_are_refused(make_plane):
    with pytest.raises(GridError) as caught:
        Grid.of(make_plane().rename(y="row"))
    assert "canonical" in caught.value.remedy


def test_coarsen_and_refine_the_grid(make_globe):
    grid = Grid.of(make_globe(np.arange(-29.5, 30), np.arange(360.0)))
    fine = grid.refine(4)
    assert fine.shape == (240, 1440)
    assert fine.periodic
    assert fine.coarsen(4) == grid
    np.testing.assert_allclose(fine.coarsen(4).latitude, grid.latitude, atol=1e-12)
    with pytest.raises(GridError, match="7 x 7"):
        grid.coarsen(7)


@given(st.integers(2, 7), st.floats(-1e4, 1e4), st.floats(0.1, 1e4), st.integers(2, 9), st.booleans())
@settings(max_examples=30, deadline=None)
def test_refine_then_coarsen_gives_the_coordinates_back(n, start, step, factor, falling):
    values = start + step * np.arange(n)
    values = values[::-1] if falling else values
    attrs = {"units": "m", "note": "kept"}
    da = xr.DataArray(np.zeros((n, n)), dims=("y", "x"), coords={"y": ("y", values, attrs), "x": ("x", values, attrs)})
    fine = xr.DataArray(np.zeros((n * factor,) * 2), dims=("y", "x"), coords=refined_coords(da, factor))
    again = coarsened_coords(fine, factor)
    np.testing.assert_allclose(again["y"], values, atol=1e-7 * (step + abs(start)))
    assert again["x"].attrs == attrs
    assert Grid.of(fine).spacing_km == pytest.approx((step / factor / 1e3,) * 2, rel=1e-6)


def test_rows_on_the_poles_are_half_cells_and_never_cross(make_globe):
    lat = np.linspace(90, -90, 73)
    np.testing.assert_allclose(cell_edges(lat, latitude=True)[[0, 1, -1]], [90, 88.75, -90])
    fine = make_globe(refined_coords(make_globe(lat, 2.5 * np.arange(144)), 4)["lat"].values, 2.5 * np.arange(144))
    assert fine["lat"].max() == 90 - 1.25 / 8
    assert Grid.of(fine).spacing_km[0] == pytest.approx(2.5 / 4 * 111.19, rel=1e-3)


def test_coarsen_is_the_block_mean_on_a_plane(make_plane):
    da = make_plane(ny=4, nx=8, long_name="rain")
    coarse = coarsen(da, 2)
    np.testing.assert_array_equal(coarse.values, block_mean(da.values, 2))
    np.testing.assert_allclose(coarse["x"], [500, 2500, 4500, 6500])
    assert coarse.attrs == da.attrs
    assert coarse.dtype == np.float32
    assert coarse.dims == da.dims


def test_coarsen_weighs_by_area_on_the_sphere(make_globe):
    lat = np.array([-80.0, -70, -60, -50])
    da = make_globe(lat, [0.0, 10])
    weight = np.cos(np.deg2rad(lat))
    expected = (da.values.mean(-1) * weight)[:, :2].sum(-1) / weight[:2].sum()
    np.testing.assert_allclose(coarsen(da, 2).values[:, 0, 0], expected, rtol=1e-12)


def test_coarsen_keeps_the_global_mean(make_globe):
    da = make_globe(np.arange(-88.75, 90, 2.5), np.arange(0, 360, 2.5))
    coarse = coarsen(da, 8)
    areas = area_weights(da).values.reshape(-1, 8).sum(1)
    means = da.weighted(area_weights(da)).mean()
    assert float((coarse.mean(("time", "lon")) * areas).sum() / areas.sum()) == pytest.approx(float(means), rel=1e-12)


@pytest.mark.parametrize("chunks", [{"time": 1}, {"y": 3, "x": 5}, {"time": 3, "x": 2}])
def test_coarsen_is_lazy_and_independent_of_chunks(make_plane, chunks):
    da = make_plane(ny=4, nx=8)
    lazy = coarsen(da.chunk(chunks), 2)
    assert lazy.chunks is not None
    xr.testing.assert_identical(lazy.compute(), coarsen(da, 2))


def test_coarsen_refuses_what_does_not_fit(make_plane):
    with pytest.raises(GridError) as caught:
        coarsen(make_plane(ny=6, nx=8), 4)
    assert "Cut it to 4 x 8" in caught.value.remedy


def test_area_weights(make_globe, make_plane):
    da = make_globe([-60.0, 0.0, 60.0], [0.0, 10.0])
    weights = area_weights(da)
    np.testing.assert_allclose(weights / weights[1], [0.5, 1, 0.5], rtol=1e-12)
    assert float(weights.mean()) == pytest.approx(1)
    np.testing.assert_allclose(area_weights(Grid.of(da)).values, weights.values)
    np.testing.assert_array_equal(area_weights(make_plane()).values, 1.0)
    np.testing.assert_array_equal(area_weights(Grid.of(make_plane())).values, 1.0)


def test_area_weights_at_the_poles(make_globe):
    weights = area_weights(make_globe(np.linspace(-90, 90, 5), [0.0, 10.0]))
    areas = np.diff(np.sin(np.deg2rad([-90, -67.5, -22.5, 22.5, 67.5, 90])))
    np.testing.assert_allclose(weights, areas / areas.mean(), rtol=1e-12)


def test_gaussian_weights_are_those_of_the_quadrature(make_globe):
    nodes, quadrature = np.polynomial.legendre.leggauss(48)
    weights = area_weights(make_globe(np.rad2deg(np.arcsin(nodes)), [0.0, 10.0])).values
    np.testing.assert_allclose(weights / weights.sum(), quadrature / quadrature.sum(), atol=1e-4)
    np.testing.assert_allclose(weights[1:-1] / quadrature[1:-1], 24.0, rtol=2e-3)


def test_a_grid_without_latitudes_has_no_areas():
    with pytest.raises(GridError) as caught:
        area_weights(Grid("latlon", ("lat", "lon"), (2, 2), (1.0, 1.0)))
    assert "Grid.of(da)" in caught.value.remedy
