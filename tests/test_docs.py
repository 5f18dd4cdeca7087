"""The documentation does what it says: its examples run, its tables are those of the code, its API pages are complete.

A fenced block with a title is run as it stands: `python` blocks of a page one after the other in one namespace, and in
`sh` blocks each `nesym` command. Blocks without a title are only shown; `python` that is not run is fenced as
`{.python .norun}`. Every page has a folder and a process of its own, with the settings of users and not of the tests.
"""

import ast
import json
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from textwrap import dedent

import pytest

import nesym

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if not page.name.startswith("_"))
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
LONG = {"gallery/consistency", "gallery/cascade", "adjust", "ideas", "learn"}
BLOCK = re.compile(r'^( *)```(python|sh) title="[^"]+"\n(.*?)^\1```$', re.DOTALL | re.MULTILINE)
REGISTRIES = re.compile(
    r"pypi\.org|pythonhosted|npmjs|unpkg|jsdelivr|anaconda\.(?:org|com)|conda-forge\.org|crates\.io|ghcr\.io|docker\.(?:io|com)"
)

# Reads [language, code] pairs from standard input; a warning that nesym raises is an error, as in all tests.
RUNNER = """
import json, shlex, sys, warnings
warnings.filterwarnings("error", module=r"nesym\\b")
page = {"__name__": "page"}
for language, code in json.load(sys.stdin):
    if language == "python":
        exec(compile(code, "<page>", "exec"), page)
        continue
    from nesym.cli.app import app
    for line in code.replace("\\\\\\n", " ").strip().splitlines():
        name, *words = shlex.split(line)
        assert name == "nesym" and not app(words, standalone_mode=False), line
"""


def blocks(page: Path) -> list[tuple[str, str]]:
    """The language and the code of everything on a page that is to be run."""
    return [(found[2], dedent(found[3])) for found in BLOCK.finditer(page.read_text(encoding="utf-8"))]


def run(folder: Path, *arguments: str, text: str | None = None, seconds: float = 120) -> None:
    """Run Python in `folder` as a user would; fails with what it printed."""
    unset = {"EQX_ON_ERROR", "JAX_ENABLE_X64"}
    env = {name: value for name, value in os.environ.items() if name not in unset}
    env |= {"XDG_CACHE_HOME": str(folder / "cache"), "PYTHONPATH": str(ROOT / "src")}
    env |= {"JAX_COMPILATION_CACHE_DIR": str(folder.parent / "programs")}  # pages share what they compile
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=env, input=text, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def as_case(page: Path):
    """A page with its name; those that train or draw for long are longer checks."""
    name = str(page.relative_to(DOCS).with_suffix(""))
    return pytest.param(page, id=name, marks=[pytest.mark.slow] if name in LONG else [])


@pytest.mark.parametrize("page", [as_case(page) for page in PAGES if blocks(page)])
def test_the_examples_of_a_page_run(page, tmp_path):
    run(tmp_path, "-c", RUNNER, text=json.dumps(blocks(page)))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.stem)
def test_the_examples_run(example, tmp_path):
    run(tmp_path, str(example))


def test_the_pages_have_examples():
    with_python = {p.relative_to(DOCS).as_posix() for p in PAGES if any(kind == "python" for kind, _ in blocks(p))}
    gallery = {f"gallery/{name}.md" for name in ("bilinear", "conservative", "rainfarm", "cascade")}
    assert with_python >= {"index.md", "start.md", "ideas.md", "verification.md", "files.md", "data.md"} | gallery
    assert EXAMPLES


def test_untitled_python_is_said_to_be_only_shown():
    for page in PAGES:
        assert "```python\n" not in page.read_text(encoding="utf-8"), (
            f"{page}: give the block a title, or ```{{.python}}"
        )


def public_names() -> set[str]:
    """Every public name of every package, `nesym.fields.Grid` and so on; packages themselves left out."""
    packages = [f"nesym.{name}" for name in nesym.__all__ if hasattr(getattr(nesym, name), "__path__")]
    names = {f"nesym.{name}" for name in nesym.__all__} - set(packages)
    return names | {f"{package}.{name}" for package in packages for name in import_module(package).__all__}


def test_every_public_name_is_on_an_api_page_once():
    written = re.findall(r"^::: (\S+)$", "\n".join(p.read_text() for p in (DOCS / "api").glob("*.md")), re.MULTILINE)
    assert sorted(written) == sorted(public_names())


@pytest.fixture
def making(monkeypatch):
    """The scripts that make what pages include."""
    monkeypatch.syspath_prepend(str(DOCS))
    return import_module("make_tables")


def test_the_tables_are_those_of_the_code(making):
    for name, make in making.QUICK.items():
        assert (DOCS / name).read_text(encoding="utf-8") == make(), f"{name} is out of date: python docs/make_tables.py"


@pytest.mark.slow
def test_the_score_tables_are_those_of_the_code(tmp_path):
    code = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(DOCS)!r})
import make_gallery
make_gallery.GALLERY = Path()
make_gallery.write_scores(make_gallery.scores(make_gallery.rain()))
"""
    run(tmp_path, "-c", code, seconds=900)
    made = sorted(tmp_path.glob("_*.md"))
    assert {table.name for table in made} == {kept.name for kept in (DOCS / "gallery").glob("_*.md")}
    for table in made:
        assert table.read_text() == (DOCS / "gallery" / table.name).read_text(), (
            f"{table.name}: python docs/make_gallery.py"
        )


def test_the_claims_are_those_that_were_reproduced(making):
    for name, source in making.MEASURED.items():
        if source[1].is_file():
            written = (DOCS / name).read_text(encoding="utf-8")
            assert written == making.measured(*source), f"{name} is out of date: python docs/make_tables.py"


def test_claims_that_were_not_reproduced_stop_the_making(making):
    with pytest.raises(SystemExit, match=r"nesym reproduce rain-baselines --json docs/_results/absent\.json"):
        making.measured("nesym reproduce rain-baselines", making.RESULTS / "absent.json")


def test_pictures_are_small_and_there():
    pictures = list((DOCS / "gallery").glob("*.png"))
    assert {p.stem for p in pictures} >= {"bilinear", "conservative", "rainfarm", "cascade"}
    assert sum(p.stat().st_size for p in pictures) < 1.5e6


def test_every_page_is_in_the_navigation():
    listed = re.findall(r"([\w/]+\.md)$", (ROOT / "mkdocs.yml").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(page.relative_to(DOCS).as_posix() for page in PAGES)


def test_nothing_names_a_registry_host():
    for path in [ROOT / "mkdocs.yml", *DOCS.rglob("*.*"), *EXAMPLES]:
        if path.suffix in (".md", ".py", ".yml", ".css", ".txt", ".json"):
            found = REGISTRIES.search(path.read_text(encoding="utf-8"))
            assert found is None, f"{path} names {found[0]}"


def test_formulas_in_docstrings_reach_the_page_as_they_are_written(monkeypatch):
    pytest.importorskip("griffe")
    monkeypatch.syspath_prepend(str(DOCS))
    as_markdown = import_module("griffe_nesym").as_markdown
    assert as_markdown("Bias = <x_i * y_i>.") == r"Bias = &lt;x\_i \* y\_i>."
    assert as_markdown("See `a_b * c`.\n\n    r_ij = <w>_IJ") == "See `a_b * c`.\n\n    r_ij = <w>_IJ"


def test_examples_use_public_names_only():
    for example in EXAMPLES:
        imported = [n for n in ast.walk(ast.parse(example.read_text())) if isinstance(n, ast.ImportFrom)]
        assert all("._" not in node.module for node in imported), example
