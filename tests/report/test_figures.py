"""Figures show the numbers they were given, keep their colours, and leave nothing behind."""

import gc
import sys

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from nesym.report import lag1_figure, rank_histogram_figure, rapsd_figure, score_figure
from nesym.report.style import COLOURS, INK
from nesym.report.svg import inline_svg
from nesym.verify.entries import Score
from nesym.verify.table import Table

WAVELENGTH = 128.0 / np.arange(1, 65)


def spectra(**slopes):
    power = np.stack([WAVELENGTH**slope for slope in slopes.values()])
    return xr.DataArray(power, {"method": list(slopes), "wavelength": WAVELENGTH}, ("method", "wavelength"))


def lines(axes):
    return {line.get_label(): line for line in axes.get_lines() if not line.get_label().startswith("_")}


def test_spectra_and_their_ratio_to_the_truth():
    figure = rapsd_figure(spectra(rainfarm=2.0, cascade=2.5, truth=2.5), 16.0, "cascade")
    above, below = figure.axes
    for name, slope in {"rainfarm": 2.0, "cascade": 2.5, "truth": 2.5}.items():
        x, y = lines(above)[name].get_data()
        np.testing.assert_allclose(y, x**slope)
        np.testing.assert_allclose(lines(below)[name].get_ydata(), x ** (slope - 2.5))
    assert lines(above)["truth"].get_color() == INK and lines(above)["cascade"].get_color() == COLOURS[0]
    assert above.get_xlim() == (128.0, 2.0)
    assert [line.get_xdata()[0] for line in above.get_lines() if line.get_label().startswith("_")] == [16.0]
    assert "16 km" in above.texts[0].get_text()


def test_spectra_without_a_truth_and_without_the_mean():
    curve = spectra(cascade=2.0)
    with_mean = xr.concat([curve.isel(wavelength=[0]).assign_coords(wavelength=[np.inf]), curve], "wavelength")
    (axes,) = rapsd_figure(with_mean).axes
    assert lines(axes)["cascade"].get_xdata().size == 64


def test_what_has_lost_its_power_does_not_stretch_the_axis():
    curve = spectra(bilinear=2.0, truth=2.0)
    curve[0, 40:] = 1e-25
    low, high = rapsd_figure(curve).axes[0].get_ylim()
    assert high / low < 1.01e6


def test_rank_histogram_is_relative_to_chance_with_its_band():
    counts = np.array([[1.0, 1.0, np.nan, np.nan, np.nan], [30.0, 10.0, 10.0, 10.0, 40.0]])
    data = xr.DataArray(counts, {"method": ["bilinear", "cascade"], "rank": range(5)}, ("method", "rank"))
    (axes,) = rank_histogram_figure(data, cases=100).axes
    np.testing.assert_allclose([bar.get_height() for bar in axes.patches[:5]], [1.5, 0.5, 0.5, 0.5, 2.0])
    band = axes.patches[5].get_extents().transformed(axes.transData.inverted())
    half = 1.96 * np.sqrt(0.2 * 0.8 / 100) / 0.2
    np.testing.assert_allclose([band.y0, band.y1], [1 - half, 1 + half])
    assert axes.get_title("left") == "cascade"
    assert to_hex(axes.patches[0].get_facecolor()) == COLOURS[1]


def test_the_band_holds_what_calibrated_ensembles_show():
    rng = np.random.default_rng(0)
    counts = np.stack([np.bincount(rng.integers(0, 11, 2000), minlength=11) for _ in range(300)])
    inside = np.abs(counts / counts.mean(1, keepdims=True) - 1) <= 1.96 * np.sqrt(10 / 2000)
    assert inside.mean() == pytest.approx(0.95, abs=0.01)


def test_lag1_bars_beside_the_truth():
    data = xr.DataArray([0.5, 0.9, 0.8, np.nan], {"method": ["a", "b", "truth", "c"]}, ("method",))
    (axes,) = lag1_figure(data, "b").axes
    assert [bar.get_width() for bar in axes.patches] == [0.5, 0.9]
    assert axes.get_lines()[0].get_xdata()[0] == 0.8
    assert [text.get_text() for text in axes.texts] == ["0.50", "0.90", "truth 0.80"]


def test_score_panels_hold_values_intervals_and_the_perfect_score():
    rows = (
        {"method": "a", "CRPS": Score(0.4, 0.3, 0.5, 9), "wet": Score(0.2, 0.1, 0.3, 9)},
        {"method": "b", "CRPS": Score(0.2, -0.1, 0.4, 9), "wet": Score(0.4, 0.3, 0.5, 9)},
        {"method": "truth", "wet": Score(0.35, 0.3, 0.4, 9)},
    )
    crps, wet = score_figure(Table("t", ("method", "CRPS", "wet"), rows), ["CRPS", "wet"], "b").axes
    ranges = [list(line.get_xdata()) for line in crps.get_lines()]
    assert ranges == [[0.3, 0.5], [0.4], [-0.1, 0.4], [0.2], [0, 0]]
    assert wet.get_lines()[-1].get_xdata()[0] == 0.35
    assert [tick.get_text() for tick in crps.get_yticklabels()] == ["a", "b"]


def test_svg_has_no_foreign_parts_and_is_the_same_each_time():
    first, second = (inline_svg(rapsd_figure(spectra(a=2.0, truth=2.1), 16.0), 'a "b" <c>') for _ in range(2))
    assert first == second
    assert 'aria-label="a &quot;b&quot; &lt;c&gt;"' in first and 'role="img"' in first
    assert "currentColor" in first and INK not in first and "<style" not in first and "DejaVu" not in first
    assert ">Wavelength (km)</text>" in first
    other = inline_svg(rapsd_figure(spectra(a=2.0, truth=2.3), 16.0), "x")
    ids = [set(part.split('"')[0] for part in text.split(' id="')[1:]) for text in (first, other)]
    assert ids[0] and not ids[0] & ids[1]
    assert all(f"#{name}" in first for name in ids[0])


@pytest.mark.slow
def test_figures_leave_no_state_and_no_memory():
    def draw():
        inline_svg(rapsd_figure(spectra(a=2.0, truth=2.1), 16.0), "x")

    draw()
    gc.collect()
    before = sum(isinstance(thing, Figure) for thing in gc.get_objects())
    for _ in range(3):
        draw()
    gc.collect()
    assert sum(isinstance(thing, Figure) for thing in gc.get_objects()) == before
    if "matplotlib.pyplot" in sys.modules:
        assert sys.modules["matplotlib.pyplot"].get_fignums() == []
