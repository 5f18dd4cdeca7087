"""A page is one file that needs no other, whatever words came in, and it replaces the old one whole or not at all."""

import pytest
from html_reader import Reader, assert_alone

from nesym._errors import FileError
from nesym.report import Figure, Page, Run, Section, render
from nesym.verify.table import Table

PNG = bytes.fromhex("89504e470d0a1a0a") + b"rest"


@pytest.fixture
def page():
    table = Table("Scores <1>", ("method", "CRPS"), ({"method": "a<b", "CRPS": 0.25}, {"method": "c", "CRPS": 0.5}))
    sections = [
        Section("Maps & more", ["One.", "Two <i>."], [Figure(PNG, "A <caption>.", 'alt "quoted"')]),
        Section("Scores", table=table, selected="a<b"),
    ]
    run = Run(
        "nesym downscale '<in>.nc' && echo",
        method="cascade",
        parameters={"slope": 2.5, "x": "</dd>"},
        key=7,
        data=["radar <DWD>"],
        timings={"sampling": 1.234},
        warnings=["<script>alert(1)</script>"],
        versions={"nesym": "0.1"},
    )
    return Page("Rain <title>", "Lead & more", sections, run)


def test_everything_said_is_there_and_escaped(page, tmp_path):
    path = render(page, tmp_path / "r.html")
    reader = assert_alone(path.read_text(encoding="utf-8"))
    for words in (
        "Rain <title>",
        "Lead & more",
        "Maps & more",
        "Two <i>.",
        "A <caption>.",
        "Scores <1>",
        "a<b",
        "0.250 (best)",
        "nesym downscale '<in>.nc' && echo",
        "cascade: slope = 2.5, x = </dd>",
        "radar <DWD>",
        "sampling: 1.23 s",
        "<script>alert(1)</script>",
        "nesym 0.1",
        "7",
    ):
        assert words in reader.text
    assert reader.all("img") == [{"alt": 'alt "quoted"', "src": "data:image/png;base64,iVBORw0KGgpyZXN0"}]


def test_the_page_has_its_outline(page, tmp_path):
    reader = Reader(render(page, tmp_path / "r.html").read_text(encoding="utf-8"))
    tags = [tag for tag, _ in reader.seen]
    assert tags.count("h1") == 1 and tags.count("main") == 1 and tags.count("section") == 3
    assert reader.all("html") == [{"lang": "en"}]
    ids = [attrs["id"] for _, attrs in reader.seen if "id" in attrs]
    assert len(ids) == len(set(ids))
    for _, attrs in reader.seen:
        for name in ("href", "aria-labelledby"):
            assert attrs.get(name, f"#{ids[0]}").lstrip("#") in ids
    assert {"scope": "row", "class": "chosen"} in reader.all("th")


def test_a_page_without_a_run(tmp_path):
    text = render(Page("t", "l", []), tmp_path / "r.html").read_text()
    assert "What was run" not in text


def test_versions_are_filled_in():
    assert {"Python", "nesym", "jax", "numpy", "xarray"} <= set(Run("x").versions)


def test_writing_replaces_the_old_page(page, tmp_path):
    path = tmp_path / "r.html"
    path.write_text("old")
    render(page, path)
    assert "Rain" in path.read_text() and list(tmp_path.iterdir()) == [path]


def test_when_writing_fails_the_old_page_stays(page, tmp_path, monkeypatch):
    path = tmp_path / "r.html"
    path.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(FileError, match=r"No space left on device\. Choose a path"):
        render(page, path)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_named(page, tmp_path):
    with pytest.raises(FileError, match=r"nowhere.*Choose a path in an existing folder"):
        render(page, tmp_path / "nowhere" / "r.html")
