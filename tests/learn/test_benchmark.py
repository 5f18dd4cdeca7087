"""Rows of a benchmark: scored, kept, taken up again, and for everything that fails a reason."""

import csv

import numpy as np
import pytest
from small_tasks import lorenz, rotation, tasks

from nesym._errors import FileError, InputError, NesymError
from nesym.learn.benchmark._exchange import read_predictions, write_tasks
from nesym.learn.benchmark._guest import guest
from nesym.learn.benchmark._results import Kept, Result
from nesym.learn.benchmark.runs import Job, run_benchmark, scored
from nesym.learn.benchmark.tables import mean_score, overview, rank_scores, score_table, to_csv, to_latex
from nesym.learn.propagators import METHODS, ConstantMean, Fitted, Polynomial, Propagator

JOBS = [
    Job("lorenz", "even", "ConstMean", (1, 2), seconds=1.0),
    Job("lorenz", "even", "LinPo2", (1, 2), seconds=1.0),
    Job("lorenz", "even", "LocalD", (1, 2), tuning=(-1,), seconds=0.2),
]

EXACT = """
import numpy as np

class Turn:
    def fit(self, times, states, key):
        self.map = np.linalg.lstsq(states[:-1], states[1:], rcond=None)[0]
        return self

    def predict(self, context_times, context_states, times):
        found, x = [], context_states[-1]
        for _ in times:
            x = x @ self.map
            found.append(x)
        return found
"""
FUNCTIONS = """
def fit(times, states, key):
    return states.mean(0)

def predict(fitted, context_times, context_states, times):
    return [fitted] * len(times)
"""
FAILING = {
    "raises": ("def fit(t, x, key):\n    raise ValueError('no idea')\ndef predict(*a): ...\n", r"no idea \(line 2 of"),
    "hangs": ("def fit(t, x, key):\n    while True: pass\ndef predict(*a): ...\n", "ended after 2 s"),
    "other shape": (
        "def fit(t, x, key): ...\ndef predict(f, c, x, t): return x[:3]\n",
        r"\(20, 4\) were expected, and \(3, 4\)",
    ),
    "no numbers": ("def fit(t, x, key): ...\ndef predict(f, c, x, t): return 'soon'\n", "could not convert"),
    "crashes": ("import os\ndef fit(t, x, key): os._exit(7)\ndef predict(*a): ...\n", "ended with 7"),
    "is none": ("x = 1\n", "0 such classes came"),
    "no Python": ("def fit(:\n", "SyntaxError"),
}


def test_rows_do_not_depend_on_who_runs_them(tmp_path):
    rows = run_benchmark(JOBS, tasks, folder=tmp_path)
    assert [(r.method, r.number) for r in rows] == [(j.method, n) for j in JOBS for n in j.numbers]
    assert all(not r.reason for r in rows) and rows[0].cme > rows[2].cme
    assert rows[4].settings == rows[5].settings and "bandwidth" in rows[4].settings
    assert run_benchmark(JOBS[:2], tasks)[2].cme == rows[2].cme


def test_a_stopped_run_goes_on(tmp_path):
    calls = []

    def stopping(system, scheme, number):
        calls.append(number)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return tasks(system, scheme, number)

    with pytest.raises(KeyboardInterrupt):
        run_benchmark(JOBS[1:2], stopping, folder=tmp_path)
    first = (tmp_path / "lorenz/even/LinPo2.jsonl").read_text()
    rows = run_benchmark(JOBS[1:2], stopping, folder=tmp_path)
    assert calls == [1, 2, 2] and [r.number for r in rows] == [1, 2] and Result.from_json(first) == rows[0]
    run_benchmark(JOBS[1:2], stopping, folder=tmp_path)
    assert calls == [1, 2, 2]
    other = Job("lorenz", "even", "LinPo2", (1,), seconds=1.0, key=5)
    run_benchmark([other], stopping, folder=tmp_path)  # another key: nothing that was kept counts
    assert calls == [1, 2, 2, 1]
    run_benchmark([other, *JOBS[1:2]], stopping, folder=tmp_path)  # but both are kept beside each other
    assert calls == [1, 2, 2, 1]


def test_tuned_settings_are_kept_too(tmp_path):
    first = run_benchmark(JOBS[2:], tasks, folder=tmp_path)
    (tmp_path / "lorenz/even/LocalD.jsonl").unlink()
    asked = []

    def noting(system, scheme, number):
        asked.append(number)
        return tasks(system, scheme, number)

    again = run_benchmark(JOBS[2:], noting, folder=tmp_path)
    assert asked == [1, 2] and [row.cme for row in again] == [row.cme for row in first]


def test_rows_that_are_not_rows_are_refused(tmp_path):
    Kept(tmp_path, "lorenz", "even", "LinPo2", "x").add(Result("lorenz", "even", "LinPo2", 1, 0.5, 1.0, 2.0, run="x"))
    place = tmp_path / "lorenz/even/LinPo2.jsonl"
    place.write_text(place.read_text() + "{half")
    with pytest.raises(FileError, match=r"LinPo2\.jsonl"):
        run_benchmark(JOBS[1:2], tasks, folder=tmp_path)


def test_own_methods_run_apart(tmp_path):
    task = rotation(100, 20)
    (tmp_path / "turn.py").write_text(EXACT)
    (tmp_path / "mean.py").write_text(FUNCTIONS)
    row = guest(tmp_path / "turn.py", task)
    assert row.cme < 1e-9 and row.method == "turn" and not row.reason
    assert guest(tmp_path / "mean.py", task).cme == scored(ConstantMean(), task).cme
    assert isinstance(Polynomial(), Propagator) and isinstance(
        Polynomial(degree=1).fit(task.times, task.states, 0), Fitted
    )


@pytest.mark.parametrize("name", FAILING)
def test_an_own_method_that_fails_is_a_row(name, tmp_path):
    text, reason = FAILING[name]
    (tmp_path / "mine.py").write_text(text)
    row = guest(tmp_path / "mine.py", rotation(100, 20), limit=2.0 if name == "hangs" else 60.0)
    assert row.cme == 1 and row.valid_time == 0
    import re

    assert re.search(reason, row.reason), row.reason


def test_nan_is_scored_and_said():
    class Ends:
        def fit(self, times, states, key):
            return self

        def predict(self, context_times, context_states, times):
            found = rotation(100, 20).truth.copy()
            found[10:] = np.nan
            return found

    row = scored(Ends(), rotation(100, 20))
    assert row.cme == 0.5 and row.reason == "It ended at time 5.55."


def test_predictions_of_other_programs_are_read(tmp_path):
    both = [rotation(100, 20), lorenz(100, 30)]
    written = write_tasks(both, tmp_path)
    assert [path.name for path in written] == ["rotation-even-1.csv", "lorenz-even-1.csv", "wanted.csv"]
    seen = np.loadtxt(written[1], delimiter=",", skiprows=1)
    np.testing.assert_array_equal(seen, np.c_[both[1].times, both[1].states])
    with written[2].open() as file:
        rows = list(csv.reader(file))
    truth = [*both[0].truth.tolist(), *both[1].truth.tolist()]
    filled = [rows[0], *[[*row[:2], *map(repr, x)] for row, x in zip(rows[1:], truth, strict=True)]]
    path = tmp_path / "told.csv"

    def read(lines):
        path.write_text("\n".join(",".join(line) for line in lines))
        return read_predictions(path, both)

    assert [row.cme for row in read(filled)] == [0, 0]
    partly = read(filled[:-1])
    assert partly[0].cme == 0 and "1 of 30 times" in partly[1].reason
    assert "no row of this task" in read(filled[:21])[1].reason
    assert "no number" in read([*filled[:5], [*filled[5][:2], "?", "?", "?", "?"], *filled[6:]])[0].reason
    for lines, problem in (
        ([["a", "b"]], "columns"),
        ([rows[0], ["x-even-1", "1", "2"]], "not among"),
        ([rows[0], ["x"]], "row"),
    ):
        with pytest.raises(InputError, match=problem) as caught:
            read(lines)
        assert caught.value.remedy


def test_tables_rank_and_say_how_sure_that_is():
    rows = [
        Result(s, "even", m, n, cme, 1.0, 2.0, 0.5, 0.5, 3.0)
        for s in ("a", "b", "c") for m, cme in (("good", 0.1), ("bad", 0.9)) for n in (1, 2)
    ]  # fmt: skip
    table = score_table(rows[:4])
    assert [row["method"] for row in table.rows] == ["good", "bad"] and table.rows[0]["CME"].value == pytest.approx(0.1)
    ranked = overview(rows, "even")
    assert ranked.cell("good", "rank").value == 1 and ranked.cell("bad", "rank").value == 2
    assert rank_scores({"x": [1, 1], "y": [1, 2]})["x"].value == 1.25
    score = mean_score(np.random.default_rng(0).normal(size=400))
    assert score.high - score.low == pytest.approx(4 / 20, rel=0.2) and score.low < 0 < score.high
    assert mean_score([0.3]).low is None
    assert len(to_csv(rows).splitlines()) == 13 and to_csv(rows).startswith("system,scheme,method")
    latex = to_latex(table)
    assert latex.count(r"\\") == 3 and "CPU s" in latex and r"\begin{tabular}{lrrrrrr}" in latex


def test_bad_requests_are_refused():
    for make in (
        lambda: Job("lorenz", "even", "LinPo2", (1, -1)),
        lambda: Job("lorenz", "even", "LinPo2", ()),
        lambda: run_benchmark(JOBS, tasks, processes=0),
        lambda: run_benchmark([Job("lorenz", "even", "LinPoo", (1,))], tasks),
        lambda: guest("nowhere.py", rotation(100, 20)),
    ):
        with pytest.raises(NesymError) as caught:
            make()
        assert caught.value.remedy


def test_every_method_can_be_made():
    for name, method in METHODS.items():
        settings = {axis: values.values[0] for axis, values in method.axes.items()}
        assert isinstance(method.made(settings, 1.0), Propagator), name
