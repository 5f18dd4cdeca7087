"""A file that is replaced is the old one or the new one, and nothing else is left."""

import os
from pathlib import Path

import pytest

from nesym._atomic import UNFINISHED, replacing


@pytest.fixture
def target(tmp_path) -> Path:
    path = tmp_path / "file.txt"
    path.write_text("old")
    return path


def as_before(target: Path) -> bool:
    return target.read_text() == "old" and list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("synced", [False, True])
def test_until_the_end_of_the_block_the_old_file_is_there(synced, target):
    with replacing(target, synced=synced) as new:
        new.write_text("new")
        assert new.parent == target.parent and new.name.startswith(".file.txt") and new.name.endswith(UNFINISHED)
        assert target.read_text() == "old"
    assert target.read_text() == "new" and list(target.parent.iterdir()) == [target]


def test_there_need_be_no_old_file(tmp_path):
    with replacing(tmp_path / "file.txt") as new:
        new.write_text("new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["new"]


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), ValueError("wrong"), KeyboardInterrupt()])
def test_after_a_failure_the_old_file_stays(failure, target):
    with pytest.raises(type(failure)), replacing(target) as new:
        new.write_text("half")
        raise failure
    assert as_before(target)


def test_a_block_that_writes_nothing_replaces_nothing(target):
    for synced in (False, True):
        with pytest.raises(FileNotFoundError), replacing(target, synced=synced):
            pass
        assert as_before(target)


def test_what_cannot_be_replaced_leaves_nothing_behind(target):
    folder = target.with_name("folder")
    (folder / "inner").mkdir(parents=True)
    with pytest.raises(OSError), replacing(folder) as new:
        new.write_text("new")
    assert sorted(path.name for path in target.parent.iterdir()) == ["file.txt", "folder"]


def test_no_file_is_given_up_before_the_new_one_is_on_the_disk(target, monkeypatch):
    def full(descriptor):
        assert os.pread(descriptor, 10, 0) == b"new" and target.read_text() == "old"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"), replacing(target, synced=True) as new:
        new.write_text("new")
    assert as_before(target)


def test_a_folder_that_is_not_there_is_the_failure_of_the_block(tmp_path):
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "absent" / "file.txt") as new:
        new.write_text("new")
    assert list(tmp_path.iterdir()) == []
