"""What the figures of an adjustment draw is what they were given: classes, curves, months, quantiles, stations."""

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from scipy import stats

from nesym.report.climate_maps import Row, difference_scale, frame_of, map_rows, mean_scale, nice
from nesym.report.curves import look
from nesym.report.distribution import (
    Sample,
    exceedance,
    exceedance_figure,
    quantile_differences,
    quantile_figure,
    sample,
    strides,
    weighted,
)
from nesym.report.parts import parts, place_names
from nesym.report.seasonal import in_season, seasonal_figure
from nesym.report.sites import sites_figure
from nesym.report.style import COLOURS, INK, NO_DATA


def field(values, lat=None):
    values = np.asarray(values, dtype=float)
    lat = np.linspace(-60.0, 60.0, values.shape[0]) if lat is None else lat
    lon = np.arange(values.shape[1]) * 20.0
    coords = {
        "lat": ("lat", lat, {"units": "degrees_north"}),
        "lon": ("lon", lon, {"units": "degrees_east"}),
    }
    return xr.DataArray(values, coords, ("lat", "lon"))


def drawn(axes):
    return {line.get_label(): line for line in axes.get_lines()}


@pytest.mark.parametrize(("step", "rounded"), [(0.0, 1.0), (0.13, 0.15), (2.0, 2.0), (2.1, 3.0), (85.0, 100.0)])
def test_steps_are_round(step, rounded):
    assert nice(step) == pytest.approx(rounded)


def test_differences_are_drawn_about_a_white_zero():
    values = np.linspace(-3.0, 7.0, 40).reshape(5, 8)
    scale = difference_scale([field(values)], "d", rain=False)
    np.testing.assert_allclose(scale.levels, -scale.levels[::-1])
    colour = [to_hex(scale.cmap(scale.norm(value))) for value in (-1e9, 0.0, 0.9 * scale.levels[5], 1e9)]
    assert colour[1] == colour[2] == "#ffffff" and colour[0] != colour[3]
    assert 1.0 <= scale.levels[-1] / np.quantile(np.abs(values), 0.97) < 1.5
    assert difference_scale([field(values * 100)], "d", True, 100.0).levels[-1] == 100.0


@pytest.mark.parametrize("value", [np.nan, 0.0, 280.0])
def test_scales_of_empty_and_constant_fields(value):
    one = field(np.full((3, 4), value))
    scales = [make([one], "x", rain) for make in (mean_scale, difference_scale) for rain in (True, False)]
    assert all((np.diff(scale.levels) > 0).all() for scale in scales)
    map_rows([Row([("a", one, "")], scales[0])])


@pytest.mark.parametrize("rain", [True, False])
def test_the_classes_of_a_mean_hold_nearly_all_of_it(rain):
    values = np.random.default_rng(0).gamma(2.0, 2.0, (20, 30))
    levels = mean_scale([field(values)], "m", rain).levels
    assert (np.diff(levels) > 0).all() and ((values < levels[-1]).mean()) > 0.98
    assert 5 <= levels.size <= 13


def test_maps_hold_their_fields_and_gaps():
    values = np.random.default_rng(1).normal(size=(6, 9))
    values[2, 3] = np.nan
    one, scale = field(values), difference_scale([field(values)], "d", False)
    figure = map_rows([Row([("a", one, "mean 1"), ("b", one * 2, "")], scale), Row([("c", -one, "")], scale)])
    images = [axes.get_images()[0] for axes in figure.axes if axes.get_images()]
    assert len(images) == 3
    for image, factor in zip(images, (1, 2, -1), strict=True):
        np.testing.assert_allclose(image.get_array().filled(np.nan), factor * values)
        assert to_hex(image.get_cmap().get_bad()) == NO_DATA


@pytest.mark.parametrize("width", [400.0, 1080.0])
@pytest.mark.parametrize("shape", [(10, 18), (12, 8)])
def test_maps_stay_inside_the_figure_and_apart(width, shape):
    one = field(np.ones(shape), np.linspace(40.0, 50.0, shape[0]))
    scale = mean_scale([one], "m", True)
    figure = map_rows([Row([("a", one, "")] * 3, scale), Row([("a", one, "")] * 2, scale)], width)
    boxes = [axes.get_position() for axes in figure.axes]
    assert len(boxes) == 7 and all(0 <= b.x0 < b.x1 <= 1 and 0 <= b.y0 < b.y1 <= 1 for b in boxes)
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


def test_cells_without_a_known_place_are_drawn_side_by_side():
    rotated = xr.DataArray(np.arange(12.0).reshape(3, 4), {"rlat": [3.0, 2.0, 1.0]}, ("rlat", "rlon"))
    assert frame_of(rotated[0]) is None
    (axes, _) = map_rows([Row([("a", rotated, "")], mean_scale([rotated], "m", False))]).axes
    np.testing.assert_array_equal(axes.get_images()[0].get_array(), rotated.values[::-1])
    assert not axes.get_lines() and not axes.get_xticks().size


def test_records_look_alike_everywhere():
    assert look("observed")["color"] == INK
    assert look("past before")["color"] == look("scenario before")["color"] == look("before")["color"] == COLOURS[1]
    assert look("scenario after")["color"] == COLOURS[0] and look("past after")["linestyle"] != "-"


@pytest.mark.parametrize(
    ("months", "ordered"),
    [(range(1, 13), list(range(1, 13))), ([1, 2, 12], [12, 1, 2]), ([6, 7, 8], [6, 7, 8]), ([4], [4])],
)
def test_the_months_of_a_season_follow_each_other(months, ordered):
    assert in_season(set(months)) == ordered


@pytest.mark.parametrize("width", [400.0, 720.0])
def test_the_season_is_drawn_as_it_is(width):
    cycles = {"": {"observed": {12: 3.0, 1: 1.0, 2: 2.0}, "after": {1: 5.0, 2: 4.0}}}
    (axes,) = seasonal_figure(cycles, "Mean", width).axes
    assert [label.get_text() for label in axes.get_xticklabels()] == ["Dec", "Jan", "Feb"]
    np.testing.assert_array_equal(drawn(axes)["observed"].get_ydata(), [3, 1, 2])
    np.testing.assert_array_equal(drawn(axes)["after"].get_ydata(), [np.nan, 5, 4])


def test_the_sample_is_regular_and_small_enough():
    da = xr.DataArray(np.arange(3000 * 40, dtype=float).reshape(3000, 40), dims=("time", "station"))
    found = sample(da, 9000)
    assert found.values.size <= 9000 and found.share == pytest.approx(found.values.size / da.size)
    np.testing.assert_array_equal(found.values, da.values[:: found.steps["time"], :: found.steps["station"]])
    assert strides({"time": 100, "lat": 10, "lon": 10}) == {"time": 1, "lat": 1, "lon": 1}
    wide = strides({"time": 600, "member": 2, "lat": 300, "lon": 600}, 10**6)
    assert wide["lat"] > 1 and wide["lon"] > 1 and wide["member"] == 1
    assert strides({"time": 365 * 24 * 90, "lat": 30, "lon": 10}, 10**6)["time"] % 2 == 1


def test_exceedance_counts_cells_by_their_area():
    values = np.random.default_rng(2).gamma(0.5, 4.0, (4000, 3))
    values[:3, 0] = np.nan
    areas = xr.DataArray([1.0, 3.0, 0.0], dims="station")
    found = Sample(values, {"time": 1, "station": 1}, 1.0)
    x, curve = exceedance({"after": found}, areas)["after"]
    weights = np.broadcast_to(areas.values, values.shape) * np.isfinite(values)
    wanted = [(weights * (values > at)).sum() / weights.sum() for at in x[:-1]]
    np.testing.assert_allclose(curve[:-1], wanted, atol=1e-12)
    (axes,) = exceedance_figure({"": {"after": (x, curve)}}, "pr").axes
    np.testing.assert_array_equal(drawn(axes)["after"].get_ydata(), curve)
    assert axes.get_yscale() == "log"


def test_a_curve_ends_where_ten_values_are_left():
    found = {name: Sample(np.arange(1.0, n)[:, None], {"time": 1}, 1.0) for name, n in (("a", 101), ("b", 201))}
    curves = exceedance(found, xr.DataArray(1.0))
    ends = {name: x[np.isfinite(y)].max() for name, (x, y) in curves.items()}
    assert ends["b"] == 190.0 and 88.0 < ends["a"] <= 90.0


def test_differences_of_quantiles_are_those_of_known_distributions():
    p = (np.arange(20_000) + 0.5) / 20_000
    one, other = stats.norm(3.0, 2.0), stats.norm(1.0, 1.0)
    found = {n: Sample(d.ppf(p)[:, None], {"time": 1}, 1.0) for n, d in {"after": one, "observed": other}.items()}
    curves = quantile_differences(found, xr.DataArray(1.0), {"after": ("after", "observed")})
    logit, apart = curves["after"]
    at = 1 / (1 + np.exp(-logit))
    np.testing.assert_allclose(apart, one.ppf(at) - other.ppf(at), atol=0.05)
    np.testing.assert_allclose(at[[0, -1]], [0.001, 0.999])
    (axes,) = quantile_figure({"": curves}, "K").axes
    assert [label.get_text() for label in axes.get_xticklabels()][::3] == ["0.1 %", "50 %", "99.9 %"]


def test_what_is_too_short_has_no_curve():
    found = {"a": Sample(np.ones((10, 1)), {"time": 1}, 1.0)}
    assert exceedance(found, xr.DataArray(1.0)) == {}
    assert quantile_differences(found, xr.DataArray(1.0), {"a": ("a", "a")}) == {}
    assert weighted(Sample(np.full((4, 1), np.nan), {"time": 1}, 1.0), xr.DataArray(1.0))[0].size == 0


def test_the_globe_has_bands_and_few_stations_have_panels():
    globe = parts(field(np.ones((9, 18)), np.linspace(-80.0, 80.0, 9)))
    assert list(globe) == ["All latitudes", "30°N to 90°N", "30°S to 30°N", "90°S to 30°S"]
    bands = sum(globe[name] for name in list(globe)[1:])
    np.testing.assert_array_equal(bands, globe["All latitudes"])
    assert list(parts(field(np.ones((3, 4)), [40.0, 41, 42]))) == [""]
    stations = xr.DataArray([1.0, 0.0, 1.0], {"station": ["Bern", "Lugano", "Basel"]}, ("station",))
    assert {name: part.values.tolist() for name, part in parts(stations).items()} == {
        "Bern": [1, 0, 0],
        "Basel": [0, 0, 1],
    }
    assert list(parts(xr.DataArray(np.ones(7), dims="station"))) == [""]
    assert place_names(xr.DataArray(np.ones(2), dims="site")) == ["site 1", "site 2"]
    assert (
        place_names(xr.DataArray(np.ones((1, 2)), {"lat": [47.5], "lon": [7.0, 8.0]}, ("lat", "lon")))[1]
        == "lat 47.5, lon 8"
    )


@pytest.mark.parametrize("width", [400.0, 720.0])
def test_stations_have_their_points(width):
    values = {"observed": np.array([1.0, 2.0]), "before": np.array([3.0, np.nan])}
    (axes,) = sites_figure(["Bern", "Basel"], values, "Mean", width=width).axes
    for name, at in values.items():
        np.testing.assert_array_equal(drawn(axes)[name].get_xdata(), at)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Bern", "Basel"]
