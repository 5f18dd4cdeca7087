"""Tables: text, JSON, Markdown, data frames."""

import io
import json

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from nesym._errors import InputError
from nesym.verify import Score, Table
from nesym.verify.entries import number
from nesym.verify.layout import to_rich, to_text

ROWS = (
    {"method": "bilinear", "CRPS": Score(0.186, 0.13, 0.2275, 290), "n": 290, "fits": True},
    {"method": "cascade", "CRPS": Score(float("nan"), n=0, note="not defined"), "n": 12, "fits": None},
)
TABLE = Table("Scores", ("method", "CRPS", "n", "fits"), ROWS, "In mm h-1.")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.0, "0"), (0.18649, "0.186"), (12.345, "12.3"), (1234.5, "1234"), (99.96, "100"), (-0.00123, "-0.00123"),
     (1.2e-7, "1.20e-07"), (3e9, "3.00e+09"), (float("nan"), "–"), (float("inf"), "inf")],
)  # fmt: skip
def test_numbers_have_three_digits(value, expected):
    assert number(value) == expected


def test_text_is_aligned():
    lines = str(TABLE).splitlines()
    assert lines[0] == "Scores"
    assert lines[3].startswith("bilinear  0.186 [0.130, 0.228]  290  yes")
    assert lines[4].split() == ["cascade", "–", "12", "–"]
    assert lines[-1] == "In mm h-1."


def test_a_wide_table_of_numbers_stands_on_its_side():
    columns = ("method", *(f"metric {i}" for i in range(20)))
    rows = [{"method": m, **{c: Score(0.5, 0.4, 0.6, 3) for c in columns[1:]}} for m in "ab"]
    wide = Table("Wide", columns, tuple(rows))
    assert len(to_text(wide, width=80).splitlines()) == 3 + 20
    assert len(to_text(wide, width=1000).splitlines()) == 3 + 2
    assert wide.transposed().transposed().rows == wide.rows


def test_remarks_of_a_table_that_is_too_wide_stand_below_it():
    rows = tuple({"method": m, "CME": Score(0.5, 0.4, 0.6, 3), "failed": "raised " * 9 * (m == "b")} for m in "abc")
    table = Table("Remarks", ("method", "CME", "failed"), rows, "In mm h-1.")
    lines = to_text(table, width=80).splitlines()
    assert lines[1].split() == ["method", "CME"] and len(lines) == 3 + 3 + 2
    assert lines[-2:] == ["b: failed " + "raised " * 9, "In mm h-1."]
    assert to_text(table, width=200).splitlines()[1].split() == ["method", "CME", "failed"]
    alone = Table("One column", ("said",), ({"said": "word " * 30},))
    assert len(to_text(alone, width=80).splitlines()) == 4


@pytest.mark.parametrize(("width", "below"), [(50, True), (120, False)])
def test_intervals_stand_below_their_numbers_where_there_is_no_room_beside(width, below):
    row = {
        "method": "[red]",
        "CME": Score(0.5, 0.4, 0.6),
        "valid": Score(9.0, 8.0, 10.0),
        "error": Score(1.0, 0.0, 2.0),
    }
    table = Table("Narrow", ("method", "CME", "valid", "error"), tuple(row | {"method": f"[{i}]"} for i in range(9)))
    out = io.StringIO()
    Console(file=out, width=width).print(to_rich(table, width))
    lines = [line for line in out.getvalue().splitlines() if "[8.00, 10.0]" in line]
    assert len(lines) == 9 and all(("9.00" in line) != below for line in lines)
    assert max(map(len, out.getvalue().splitlines())) <= width and "[8]" in out.getvalue()


cells = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(), st.text(max_size=5),
    st.builds(Score, st.floats(), st.none() | st.floats(), st.floats(), st.none() | st.integers(0, 9), st.just("note")),
)  # fmt: skip


@given(st.lists(st.fixed_dictionaries({"a": cells}, optional={"b": cells, "c": cells}), max_size=3))
@settings(max_examples=60, deadline=None)
def test_json_round_trip(rows):
    inner = Table("inner", ("a",), ({"a": Score(1.0, 0.5, float("inf"), 3)},))
    table = Table("title", ("a", "b", "c"), tuple(rows), "caption", differences=inner, ratios=inner)
    written = table.to_json()
    json.loads(written, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    again = Table.from_json(written)
    assert repr(again.rows) == repr(table.rows)
    assert (again.title, again.columns, again.caption) == (table.title, table.columns, table.caption)
    assert again.differences == inner == again.ratios


def test_curves_stay_out_of_json():
    table = Table("t", ("a",), (), curves=xr.Dataset({"rapsd": ("k", np.ones(2))}))
    assert "rapsd" not in table.to_json()


def test_markdown():
    assert TABLE.to_markdown().splitlines() == [
        "**Scores**",
        "",
        "| method | CRPS | n | fits |",
        "| --- | ---: | ---: | --- |",
        "| bilinear | 0.186 [0.130, 0.228] | 290 | yes |",
        "| cascade | – | 12 | – |",
        "",
        "In mm h-1.",
    ]
    assert "a \\| b" in Table("t", ("x",), ({"x": "a | b"},)).to_markdown()


def test_rich():
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=100).print(Table("Ranges [km]", ("what",), ({"what": "in [0.8, 1.25]"},)))
    assert "Ranges [km]" in out.getvalue()
    assert "in [0.8, 1.25]" in out.getvalue()


def test_dataframe():
    frame = TABLE.to_dataframe()
    assert list(frame.columns) == ["method", "CRPS", "CRPS low", "CRPS high", "CRPS n", "n", "fits"]
    assert frame["CRPS high"][0] == 0.2275


def test_cells_are_found_by_name():
    assert TABLE.cell("bilinear", "n") == 290
    with pytest.raises(InputError, match="Its rows are bilinear, cascade"):
        TABLE.cell("spline", "n")


def test_unknown_columns_are_refused():
    with pytest.raises(InputError, match="Use its columns: a"):
        Table("t", ("a",), ({"b": 1},))
