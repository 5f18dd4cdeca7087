"""Maps lie where the data lie: right side up, in true distances, in kilometres or degrees, in common classes."""

import numpy as np
import pytest
import xarray as xr

from nesym.data import lognormal_rain
from nesym.fields.grid import coarsen
from nesym.report import Layer, map_panel
from nesym.report.frame import Frame, upright


def plane(ny, nx, step=1000.0, flip=False, values=None):
    values = np.arange(ny * nx, dtype=float).reshape(ny, nx) if values is None else values
    y = np.arange(ny) * step
    coords = {"y": ("y", y[::-1] if flip else y, {"units": "m"}), "x": ("x", np.arange(nx) * step, {"units": "m"})}
    return xr.DataArray(values, coords, ("y", "x"))


def globe(west=0.0, step=7.5):
    lat, lon = np.arange(-90 + step / 2, 90, step), west + np.arange(0, 360, step)
    coords = {
        "lat": ("lat", lat, {"units": "degrees_north"}),
        "lon": ("lon", lon, {"units": "degrees_east"}),
    }
    return xr.DataArray(np.zeros((lat.size, lon.size)), coords, ("lat", "lon"))


def test_input_and_output_cover_the_same_kilometres():
    fine = lognormal_rain((1, 16, 24), 2.0, key=0)[0]
    frames = Frame.of(fine), Frame.of(coarsen(fine, 8))
    for frame in frames:
        np.testing.assert_allclose([frame.x[0], frame.x[-1], frame.y[0], frame.y[-1]], [0, 24, 0, 16])
    assert frames[0].ratio == pytest.approx(16 / 24)


def test_south_is_below_whatever_the_order_of_the_rows():
    up, down = plane(3, 4), plane(3, 4, flip=True)
    np.testing.assert_array_equal(upright(up), up.values)
    np.testing.assert_array_equal(upright(down), down.values[::-1])
    np.testing.assert_array_equal(upright(up.transpose("x", "y").transpose("y", "x")), up.values)


def test_a_regional_map_shows_true_distances():
    region = globe(step=2.5).sel(lat=slice(50, 70), lon=slice(0, 40))
    frame = Frame.of(region)
    middle = np.deg2rad((frame.y[0] + frame.y[-1]) / 2)
    assert frame.stretch == pytest.approx(1 / np.cos(middle))
    assert Frame.of(globe()).stretch == 1.0


def test_places_have_their_names():
    frame = Frame.of(globe())
    names = [frame.place(v, "x", False) for v in (0, 90, 180, 270, 360)]
    assert names == ["0°", "90°E", "180°", "90°W", "0°"]
    assert [frame.place(v, "y", False) for v in (-45, 0, 22.5)] == ["45°S", "0°", "22.5°N"]
    assert [Frame.of(plane(4, 4)).place(v, "x", last) for v, last in ((50, False), (100, True))] == ["50", "100 km"]


def test_all_rain_maps_share_their_classes_and_the_spread_has_its_own():
    weak, strong = plane(4, 4, values=np.full((4, 4), 0.3)), plane(4, 4, values=np.full((4, 4), 33.0))
    figure = map_panel([Layer("a", weak), Layer("b", strong), Layer("c", weak, "spread")])
    a, b, c = (axes.get_images()[0].norm.boundaries for axes in figure.axes[:3])
    np.testing.assert_array_equal(a, b)
    assert a[-1] == 50 and c[-1] == 0.5
    titles = [axes.get_title("left") for axes in figure.axes]
    assert titles[:3] == ["a", "b", "c"]
    assert titles[3:] == ["Rain rate\n(mm h⁻¹)", "Spread\n(mm h⁻¹)"]


def test_what_is_drawn_is_the_data():
    field = plane(5, 7, values=np.random.default_rng(0).gamma(0.5, 4.0, (5, 7)))
    field[1, 2] = np.nan
    image = map_panel([Layer("a", field)]).axes[0].get_images()[0]
    drawn = image.get_array()
    np.testing.assert_array_equal(drawn.mask, np.isnan(field.values))
    np.testing.assert_array_equal(drawn.filled(-1), field.fillna(-1).values)


def test_a_globe_has_a_coast_and_a_plane_has_none():
    (coast,) = map_panel([Layer("a", globe(west=-180.0))]).axes[0].get_lines()
    assert np.nanmin(coast.get_xdata()) >= -183.75 - 1e-3 and len(coast.get_xdata()) > 5000
    assert not map_panel([Layer("a", plane(4, 4))]).axes[0].get_lines()


@pytest.mark.parametrize("values", [np.zeros((4, 6)), np.full((4, 6), np.nan), np.full((4, 6), 1e-7)])
def test_dry_and_missing_fields_are_drawn(values):
    map_panel([Layer("a", plane(4, 6, values=values)), Layer("b", plane(4, 6, values=values), "spread")])


@pytest.mark.parametrize("maps", [1, 3, 4, 7, 8])
@pytest.mark.parametrize("width", [400.0, 1080.0])
def test_maps_and_bars_stay_inside_the_figure_and_apart(maps, width):
    figure = map_panel([Layer(str(k), plane(8, 8)) for k in range(maps)], width=width)
    boxes = [axes.get_position() for axes in figure.axes]
    assert len(boxes) == maps + 1
    assert all(0 <= b.x0 < b.x1 <= 1 and 0 <= b.y0 < b.y1 <= 1 for b in boxes)
    overlaps = [a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i]]
    assert not any(overlaps)
