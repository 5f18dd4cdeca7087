"""Score tables as text: digits, intervals, the best, the shape that fits a page."""

from types import SimpleNamespace

import pytest

from nesym.report.scores import digits, perfect, value_of, view
from nesym.verify.entries import Score
from nesym.verify.table import Table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.71, "0.710"),
        (1.0, "1.00"),
        (16.0, "16.0"),
        (0.09996, "0.100"),
        (0.9996, "1.00"),
        (-0.3, "−0.300"),
        (123.4, "123"),
        (12345.6, "12,346"),
        (1.5e7, "1.50e+07"),
        (2.5e-5, "2.50e−05"),
        (2.5e-7, "≈ 0"),
        (float("nan"), "–"),
    ],
)
def test_three_digits(value, text):
    assert digits(value) == text


@pytest.mark.parametrize(
    "value, text", [(1.23e-9, "1.2 × 10⁻⁹"), (0.25, "0.250"), (0.0, "0"), (-2e-12, "−2.0 × 10⁻¹²")]
)
def test_small_numbers_are_written_out_where_they_mean_something(value, text):
    assert digits(value, exact=True) == text
    assert text in view(table([{"method": "a", "CRPS": value}]), exact=True).lines[0][1].text


def table(rows, columns=("method", "CRPS", "spread-skill", "bias", "seconds"), caption=""):
    return Table("Scores", columns, tuple(rows), caption)


def column(view, name):
    place = [head.text for head in view.heads].index(name)
    return [line[place] for line in view.lines]


def test_the_best_is_the_nearest_to_perfect():
    rows = [
        {"method": "a", "CRPS": 0.3, "spread-skill": 0.7, "bias": -0.1, "seconds": 1.0},
        {"method": "b", "CRPS": 0.2, "spread-skill": 1.2, "bias": 0.2, "seconds": 2.0},
        {"method": "c", "CRPS": 0.2001, "spread-skill": None, "bias": -0.3, "seconds": 3.0},
    ]
    shown = view(table(rows), "b")
    assert [cell.best for cell in column(shown, "CRPS")] == [False, True, True]
    assert [cell.best for cell in column(shown, "spread-skill")] == [False, True, False]
    assert [cell.best for cell in column(shown, "bias")] == [True, False, False]
    assert not any(cell.best for cell in column(shown, "seconds"))
    assert [[cell.chosen for cell in line] for line in shown.lines] == [[False] * 5, [True] * 5, [False] * 5]


def test_where_the_truth_has_the_score_it_is_the_mark():
    rows = [{"method": "a", "wet": 0.2}, {"method": "b", "wet": 0.5}, {"method": "truth", "wet": 0.3}]
    shown = table(rows, ("method", "wet"))
    assert perfect(shown, "wet") == 0.3
    assert [cell.best for cell in column(view(shown), "wet")] == [True, False, False]


def test_values_that_all_read_the_same_are_not_ranked():
    rows = [{"method": "a", "CRPS": 0.20001}, {"method": "b", "CRPS": 0.2}]
    assert not any(cell.best for cell in column(view(table(rows)), "CRPS"))


def test_intervals_and_cases():
    shared = [{"method": m, "CRPS": Score(0.2, 0.1, 0.3, 290)} for m in "ab"]
    shown = view(table(shared))
    assert shown.title == "Scores (n = 290)"
    cell = shown.lines[0][1]
    assert (cell.text, cell.interval, cell.cases) == ("0.200", "0.100 … 0.300", "")
    shared[1]["CRPS"] = Score(0.2, None, None, 7)
    shown = view(table(shared))
    assert shown.title == "Scores"
    assert [(line[1].interval, line[1].cases) for line in shown.lines] == [("0.100 … 0.300", "290"), ("", "7")]


def test_many_scores_become_rows():
    names = tuple(f"s{k}" for k in range(9))
    rows = [{"method": m} | {s: k + 0.5 for k, s in enumerate(names)} for m in ("a", "b")]
    shown = view(table(rows, ("method", *names)), "b")
    assert [head.text for head in shown.heads] == ["score", "a", "b"]
    assert [line[0].text for line in shown.lines] == list(names)
    assert shown.lines[3][2].text == "3.50" and shown.lines[3][2].chosen and shown.heads[2].chosen
    assert not shown.lines[3][1].chosen


def test_remarks_come_from_the_caption_or_else_from_the_notes():
    rows = [{"method": m, "CRPS": Score(0.1, note="few blocks")} for m in "ab"]
    assert view(table(rows)).remarks == ["few blocks"]
    assert view(table(rows, caption="In mm h-1.")).remarks == ["In mm h-1."]


def test_anything_with_the_names_of_a_table_will_do():
    plain = SimpleNamespace(title="t", columns=["m", "ok", "n"], rows=[{"m": "x", "ok": True, "n": 1200}])
    assert [cell.text for cell in view(plain).lines[0]] == ["x", "yes", "1,200"]
    assert value_of("x") != value_of("x") and value_of(3) == 3.0
