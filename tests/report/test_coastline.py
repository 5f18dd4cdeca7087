"""The coastline: decoded rightly, cut at the map's seam, nothing lost."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym.report import segments
from nesym.report.coastline import _cut

TOOL = Path(__file__).parents[2] / "tools" / "make_coastline.py"


def length(lines):
    return sum(np.hypot(*np.diff(line.astype(float), axis=0).T).sum() for line in lines)


def test_a_line_over_the_seam_is_cut_at_the_seam():
    line = np.array([[170.0, 0.0], [190.0, 10.0], [200.0, 10.0]])
    left, right = _cut(line, -180.0)
    np.testing.assert_allclose(left, [[170, 0], [180, 5]])
    np.testing.assert_allclose(right, [[-180, 5], [-170, 10], [-160, 10]])


def test_a_line_that_goes_westward_over_the_seam():
    left, right = _cut(np.array([[10.0, 0.0], [-10.0, 20.0]]), 0.0)
    np.testing.assert_allclose(left, [[10, 0], [0, 10]])
    np.testing.assert_allclose(right, [[360, 10], [350, 20]])


@settings(max_examples=25, deadline=None)
@given(st.floats(-400, 400))
def test_every_seam_keeps_the_coast_and_the_bounds(west):
    lines = segments(west)
    lon = np.concatenate(lines)[:, 0]
    assert lon.min() >= west - 1e-3 and lon.max() <= west + 360 + 1e-3
    assert max(np.abs(np.diff(line[:, 0])).max() for line in lines) < 10
    assert length(lines) == pytest.approx(length(segments(-180.0)), rel=1e-5)


def test_known_shores_are_there():
    points = np.concatenate(segments(-180.0))
    for lon, lat in [(-5.5, 36.0), (18.5, -34.3), (-67.3, -55.0), (142.0, 45.4), (-9.5, 38.7)]:
        assert np.hypot(*(points - [lon, lat]).T).min() < 1.5
    inland = [(20.0, 0.0), (-60.0, -10.0), (90.0, 60.0)]
    assert all(np.hypot(*(points - place).T).min() > 5 for place in inland)


def test_the_tool_decodes_steps_and_keeps_lines_whole_over_the_date_line():
    spec = importlib.util.spec_from_file_location("make_coastline", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    topology = {
        "transform": {"scale": [0.5, 0.25], "translate": [-180.0, -90.0]},
        "arcs": [[[0, 0], [2, 4], [-2, 4]], [[718, 0], [-716, 4]], [[5, 5]]],
    }
    first, second = tool.decode(topology)
    np.testing.assert_allclose(first, [[-180, -90], [-179, -89], [-180, -88]])
    np.testing.assert_allclose(second, [[179, -90], [181, -89]])
