"""The run log: rows, what a resumed run keeps of them, and words for durations."""

import json

import pytest

from nesym._errors import FileError
from nesym.train.runlog import Pace, RunLog, in_words


def written(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_rows_are_strict_json_with_a_time_stamp(tmp_path):
    log = RunLog(tmp_path / "new" / "log.jsonl", 0)
    log.add({"step": 50, "loss": 0.25})
    log.add({"step": 51, "loss": float("nan"), "reason": "loss"})
    rows = written(log.path)
    assert rows == log.rows
    assert rows[0]["time"].endswith("+00:00") and rows[0] | {"time": ""} == {"step": 50, "time": "", "loss": 0.25}
    assert rows[1]["loss"] is None


def test_a_resumed_run_keeps_rows_up_to_its_start(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"step": 50}\n{"step": 100}\n{"step": 150}\n{"step": 2')
    log = RunLog(path, 100)
    assert [row["step"] for row in written(path)] == [50, 100]
    log.add({"step": 150})
    assert [row["step"] for row in log.rows] == [row["step"] for row in written(path)] == [50, 100, 150]
    assert RunLog(path, 0).rows == [] and path.read_text() == ""
    assert list(tmp_path.iterdir()) == [path]


def test_a_log_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError) as error:
        RunLog(tmp_path / "file" / "log.jsonl", 0)
    assert "give another file as `log`" in error.value.remedy


def test_pace_leaves_the_first_step_out(monkeypatch):
    clock = iter([100.0, 102.0, 104.0, 105.0])
    monkeypatch.setattr("nesym.train.runlog.time.perf_counter", lambda: next(clock))
    pace = Pace(samples=16, steps=100)
    pace.begun(11)
    assert pace.throughput(21) == pytest.approx(16 * 10 / 2)
    assert pace.throughput(41) == pytest.approx(16 * 20 / 2)
    rate, left = pace.now(61)
    assert (rate, left) == (pytest.approx(16 * 50 / 5), pytest.approx(39 / 10))


def test_pace_needs_two_steps():
    pace = Pace(samples=16, steps=100)
    pace.begun(1)
    assert pace.throughput(1) is None and pace.now(1) == (None, None)


WORDS = {0.2: "0 s", 75: "75 s", 200: "3 min", 5000: "83 min", 5400: "1 h 30 min", 7500: "2 h 05 min"}


@pytest.mark.parametrize("seconds", WORDS)
def test_durations_in_words(seconds):
    assert in_words(seconds) == WORDS[seconds]
