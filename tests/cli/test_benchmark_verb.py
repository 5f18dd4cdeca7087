"""`nesym benchmark`: one's own method beside others, or what is wrong with it, on one screen."""

import csv
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from nesym._errors import FileError, InputError, NesymError
from nesym.cli.benchmark import benchmark
from nesym.cli.benchmarking import named
from nesym.verify import Table

MEAN = "def fit(t, x, key): return x.mean(0)\ndef predict(fitted, c, x, t): return [fitted] * len(t)\n"
QUICK = ["--systems", "roessler", "--repetitions", "1", "--seconds", "0.5"]


@pytest.fixture
def said(tmp_path, monkeypatch):
    """Run the verb in a folder of its own; returns what it printed, or raises."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MEAN)
    app = typer.Typer()
    app.command()(benchmark)

    def run(*words):
        return CliRunner().invoke(app, [*QUICK, *map(str, words)], catch_exceptions=False).output

    return run


def test_an_own_method_beside_others(said, tmp_path):
    files = [f"--{kind}={name}" for kind, name in (("out", "rows.csv"), ("latex", "t.tex"), ("report", "r.html"))]
    out = said("mine.py", "--methods", "ConstMean,LinPo2", "--folder", "kept", *files)
    assert out.index("LinPo2") < out.index("mine") and "ConstMean" in out
    assert len((tmp_path / "rows.csv").read_text().splitlines()) == 4
    assert "LinPo2 &" in (tmp_path / "t.tex").read_text()
    page = (tmp_path / "r.html").read_text()
    assert "3 methods on 1 system" in page and "Lowest CME on roessler" in page and "<svg" in page
    assert (tmp_path / "kept/roessler/even-exact/LinPo2.jsonl").is_file()


def test_the_ten_lines_of_the_documentation_are_a_method(said, tmp_path):
    page = (Path(__file__).parents[2] / "docs" / "chaos.md").read_text(encoding="utf-8")
    (tmp_path / "my_method.py").write_text(re.search(r"^(# my_method\.py\n.*?)^```", page, re.DOTALL | re.MULTILINE)[1])
    said("my_method.py", "--methods", "none", "--out", "rows.csv")
    (row,) = csv.DictReader((tmp_path / "rows.csv").read_text().splitlines())
    assert row["method"] == "my_method" and float(row["cme"]) < 1 and not row["reason"]


def test_ranks_over_all_systems_come_first(said, tmp_path):
    out = said(
        "--systems", "roessler,thomas", "--methods", "ConstMean,LinPo3", "--json", "ranks.json", "--report", "r.html"
    )
    assert out.index("All systems") < out.index("roessler, even-exact")
    table = Table.from_json((tmp_path / "ranks.json").read_text())
    assert [row["method"] for row in table.rows] == ["LinPo3", "ConstMean"]
    assert table.cell("LinPo3", "rank, even-exact").value == 1 and table.cell("LinPo3", "median CME, even-exact") < 0.5
    page = (tmp_path / "r.html").read_text()
    assert "median CME, even-exact" in page and "Best mean rank, even-exact: LinPo3, 1" in page
    assert {"all", "none"}.isdisjoint(named("Methods", "all")) and named("Methods", "none") == ()
    assert set(named("Methods", "all")) - set(named("Methods", "simple")) >= {"Gru", "Node"}


def test_predictions_of_another_program(said, tmp_path):
    assert "1 tasks in tasks" in said("--write", "tasks")
    assert "times are missing" not in said("tasks/wanted.csv", "--methods", "none")
    (tmp_path / "other.csv").write_text("task,time,x1\nroessler-even-exact-1,10.01,1\n")
    out = " ".join(said("other.csv", "--methods", "none").replace("│", " ").split())
    assert "1.00" in out


def test_what_there_is_to_choose(said):
    out = said("--list")
    assert "lorenz63random" in out and "random-noisy" in out and "Trafo" in out


@pytest.mark.parametrize(
    ("words", "kind", "problem"),
    [
        (["nowhere.py"], FileError, "not there"),
        (["--methods", "LinPoly"], InputError, "no method"),
        (["--systems", "lorenz"], InputError, "no system"),
        (["--schemes", "odd"], InputError, "no scheme"),
        (["--systems", ","], InputError, "No system"),
        (["--methods", "none"], InputError, "No method"),
        (["--out", "no/rows.csv"], FileError, "no folder"),
    ],
)
def test_what_cannot_be_done_is_said(said, words, kind, problem):
    with pytest.raises(NesymError, match=problem) as caught:
        said(*words)
    assert isinstance(caught.value, kind) and caught.value.remedy
