"""Colours order what they show, and read on white and on black."""

import numpy as np
import pytest

from nesym.report import rain_scale
from nesym.report.style import COLOURS, RAIN_PATH, SPREAD_PATH, even_colours, lightness, method_colours, spread_scale


def contrast(colour, other):
    y = [((light + 16) / 116) ** 3 if light > 8 else light / 903.3 for light in lightness([colour, other])]
    return (max(y) + 0.05) / (min(y) + 0.05)


def test_lightness_of_known_colours():
    # CIE L* of black, white, mid grey #777777 and pure sRGB green under D65.
    np.testing.assert_allclose(lightness(["#000000", "#ffffff", "#777777", "#00ff00"]), [0, 100, 50.0, 87.7], atol=0.2)


@pytest.mark.parametrize("path", [RAIN_PATH, SPREAD_PATH])
@pytest.mark.parametrize("count", [6, 9, 13])
def test_lightness_falls_in_even_steps(path, count):
    steps = -np.diff(lightness([tuple(c) for c in even_colours(path, count)]))
    assert steps.min() > 2
    assert steps.max() < 1.6 * steps.min()


def test_rain_below_a_tenth_is_white_and_levels_reach_the_maximum():
    scale = rain_scale(42.0)
    np.testing.assert_allclose(scale.levels, [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50])
    assert scale.cmap(scale.norm(0.09)) == (1.0, 1.0, 1.0, 1.0)
    assert scale.cmap(scale.norm(0.11)) != (1.0, 1.0, 1.0, 1.0)
    assert np.allclose(scale.cmap(scale.norm(42.0))[:3], even_colours(RAIN_PATH, 8)[-1])


@pytest.mark.parametrize("maximum", [0.0, 1e-9, 1e-4, 0.3, 5.0, 50.0, 300.0])
def test_there_are_always_enough_classes(maximum):
    for scale in (rain_scale(maximum), spread_scale(maximum)):
        assert len(scale.levels) >= 7 and (np.diff(scale.levels) > 0).all()
        assert scale.levels[-1] >= maximum


def test_lines_read_on_white_and_on_dark_pages():
    for colour in COLOURS:
        assert contrast(colour, "#ffffff") > 3.5 and contrast(colour, "#14181d") > 3.5


def test_a_method_keeps_its_colour_from_figure_to_figure():
    every = method_colours(["truth", "a", "b", "c"], "b")
    assert every["b"] == COLOURS[0] and len(set(every.values())) == 4
    assert method_colours(["a", "c"], "b")["a"] == every["a"]
