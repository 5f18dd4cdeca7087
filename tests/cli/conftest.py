"""The command line, run inside this process in a folder of its own."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_files import rain, store

from nesym.cli.app import run


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything, on one line."""
        return " ".join((self.out + self.err).split())


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The working folder, with a good file in it."""
    monkeypatch.chdir(tmp_path)
    store(rain(), tmp_path / "good.nc")
    return tmp_path


@pytest.fixture
def nesym(folder, monkeypatch, capsys):
    """`nesym("check", "good.nc")` as the shell would run it, on a terminal of 100 columns; never a traceback."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "dumb")

    def shell(*args: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["nesym", *map(str, args)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            run()
        outcome = Outcome(left.value.code or 0, *capsys.readouterr())
        assert "Traceback" not in outcome.said
        return outcome

    return shell


@pytest.fixture
def contents(folder):
    """A function that lists every file below the folder, hidden ones too, with its bytes."""

    def look() -> dict[str, bytes]:
        return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}

    return look
