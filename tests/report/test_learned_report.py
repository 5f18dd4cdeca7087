"""The report of learned dynamics: its numbers are those of the forecasts, and it says what a law is not worth."""

from html import escape

import numpy as np
import pytest
import xarray as xr
from html_reader import assert_alone
from matplotlib.text import Text

from nesym._errors import InputError
from nesym.learn.laws.expressions import Conserved
from nesym.report import Run
from nesym.report.learned import learned_report
from nesym.report.learned_records import Forecasts, band, pairs
from nesym.verify import Score, Table

RUN = Run("nesym learn circles.nc", method="neural ODE", key=3)
NAMES = ("x", "y")
TIMES = np.arange(0, 12.01, 0.1)


def circles(phase=0.0, growth=0.0, radii=(1.0, 2.0, 3.0), times=TIMES):
    """Orbits of x' = y, y' = -x that run ahead by `phase` and grow at a rate."""
    size = np.array(radii)[:, None] * np.exp(growth * times)
    states = {"x": size * np.cos(times + phase * times), "y": -size * np.sin(times + phase * times)}
    return xr.Dataset({n: (("trajectory", "time"), v) for n, v in states.items()}, {"time": times})


LAW = Conserved(("x**2 + y**2",), NAMES)
METHODS = {"as given": circles(0.01), "without the law": circles(0.01, 0.05)}


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Writes a page whose figures are there by their words alone, which takes a tenth of the time."""

    def words(figure, alt):
        found = dict.fromkeys(text.get_text() for text in figure.findobj(Text))
        return f"<p>{escape(' '.join(found))}</p>"

    monkeypatch.setattr("nesym.report.svg.inline_svg", words)

    def written(*arguments, **options):
        path = learned_report(tmp_path / "r.html", RUN, *arguments, **options)
        return assert_alone(path.read_text(encoding="utf-8")).text

    return written


def test_a_whole_page_stands_alone(tmp_path):
    table = Table(
        "Scores", ("method", "state error"), ({"method": "as given", "state error": Score(0.1, 0.05, 0.2, 3)},)
    )
    path = learned_report(
        tmp_path / "r.html", RUN, METHODS, NAMES, truth=circles(), laws=LAW, physics=["The field is projected."],
        drift=LAW.drift(circles()), history=np.geomspace(1, 0.01, 30)[:, None] * [1.0, 2.0], table=table, span=6.0,
    )  # fmt: skip
    reader = assert_alone(path.read_text(encoding="utf-8"))
    assert len(reader.all("svg")) == 12  # portraits, states, errors, laws, scores and training, wide and narrow
    for words in (
        "The field is projected",
        "x**2 + y**2",
        "end of the training data",
        "How far to trust it",
        "2 members",
    ):
        assert words in reader.text


def test_the_lead_has_the_numbers_of_the_forecast(page):
    text = page(METHODS, NAMES, truth=circles(), laws=LAW, span=6.0)
    # A chord of the angle 0.01 t, whose median over all times is that at t = 6.
    assert f"state over all times {2 * np.sin(0.03):.4f}"[:-1] in text
    assert "3 solutions by a neural ODE, over 12 units of time, 2.00 times the longest" in text
    assert "has moved by" in text and "no evidence that the motion is right" in text


def test_laws_are_compared_beyond_the_truth():
    held = Forecasts({"a": circles(0, 0.05)}, NAMES, circles(times=TIMES[:50]))
    times, errors = held.state_errors()["a"]
    assert times.size == errors.shape[1] == 50
    times, drift = held.law_errors(LAW)["x**2 + y**2"]["a"]
    size = np.sqrt(np.mean(np.array([1, 4, 9.0]) ** 2))
    assert times.size == TIMES.size and drift[0, -1] == pytest.approx((np.exp(0.1 * 12) - 1) / size, rel=1e-9)


def test_the_median_trajectory_is_drawn():
    truth = circles()
    wrong = truth.copy(deep=True)
    for place, shift in enumerate((0.3, 0.1, 5.0)):
        wrong["x"][place] += shift * truth["x"].values[place, 0]
    assert Forecasts({"a": wrong}, NAMES, truth).median_trajectory("a") == 0


def test_solutions_that_end_count_as_wrong_and_are_said(page):
    ended = circles(0.01)
    ended["x"][:2, 60:] = np.nan
    ended["reason"] = ("trajectory", ["It grew.", "It grew.", ""])
    text = page({"model": ended}, NAMES, truth=circles())
    assert "2 of 3 solutions of model ended early. It grew." in text
    low, middle, _ = band(Forecasts({"m": ended}, NAMES, circles()).state_errors()["m"][1])
    assert np.isfinite(middle[:60]).all() and np.isnan(middle[60:]).all() and np.isfinite(low).all()


def test_without_a_law_or_truth_the_page_says_so(page):
    text = page({"model": circles().expand_dims(member=2)}, NAMES)
    assert "No law was imposed" in text and "How the error grows" not in text and "6 solutions" in text


def test_one_coordinate_is_drawn_with_time(page):
    assert "The motion" in page({"model": circles()[["x"]]}, ("x",))


def test_bands_and_pairs():
    rows = np.arange(11.0)[:, None] * np.ones(4)
    assert band(rows)[:, 0].tolist() == [1.0, 5.0, 9.0]
    assert band(np.zeros((1, 3))).max() > 0  # a logarithmic axis has a place for it
    assert pairs(("q", "r", "v", "w"), True) == [(0, 1), (2, 3), (0, 2), (1, 3)] and pairs(("q", "v"), True) == [(0, 1)]
    assert pairs(("a", "b", "c"), False) == [(0, 1), (1, 2)] and pairs(("a",), False) == []


@pytest.mark.parametrize(
    "forecasts, truth, says",
    [({"m": circles()[["x"]]}, None, "have no y"), (METHODS, circles(times=TIMES + 0.05), "not at the same times")],
)
def test_what_does_not_fit_is_refused(tmp_path, forecasts, truth, says):
    with pytest.raises(InputError, match=says):
        learned_report(tmp_path / "r.html", RUN, forecasts, NAMES, truth=truth)
    assert not (tmp_path / "r.html").exists()
