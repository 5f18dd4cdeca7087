"""The grid grows to where the best settings are, and keeps to its budget."""

import pytest

from nesym._errors import InputError
from nesym.learn.benchmark._tuning import Axis, local_grid

AXES = {
    "x": Axis((0, 1), 1, "add", -5, 9),
    "y": Axis((1.0, 10.0), 10, "times", 1e-6, 1e6),
    "kind": Axis(("a", "b"), how="set"),
}


def valley(settings):
    """Its lowest point is x = 6, y = 1000, kind b."""
    from math import log10

    return (settings["x"] - 6) ** 2 + (log10(settings["y"]) - 3) ** 2 + (settings["kind"] == "a")


def test_the_lowest_point_of_a_valley_is_found():
    found = local_grid(valley, AXES, 1e9)
    assert found.best == {"x": 6, "y": 1000.0, "kind": "b"} and found.score == 0 and found.interior
    assert isinstance(found.best["x"], int) and len(found.tried) < 60


def test_the_edge_of_the_allowed_is_kept():
    found = local_grid(lambda s: -s["x"], {"x": AXES["x"]}, 1e9)
    assert found.best == {"x": 9} and found.interior


@pytest.mark.parametrize("seconds", [0.5, 3.0, 7.5])
def test_the_budget_is_kept(seconds):
    now = [0.0]

    def slow(settings):
        now[0] += 1.0
        return valley(settings)

    found = local_grid(slow, AXES, seconds, clock=lambda: now[0])
    assert len(found.tried) == max(1, int(seconds)) and not found.interior and found.seconds <= max(1.0, seconds)


def test_what_fails_is_the_worst():
    found = local_grid(lambda s: float("nan") if s["x"] > 0 else 1.0, {"x": Axis((0, 1, 2), 1)}, 1e9)
    assert found.best["x"] <= 0 and found.score == 1


@pytest.mark.parametrize("make", [lambda: Axis(()), lambda: Axis((1,), 0), lambda: Axis((1,), 1, "times")])
def test_bad_axes_are_refused(make):
    with pytest.raises(InputError) as caught:
        make()
    assert caught.value.remedy
