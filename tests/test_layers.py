"""The one direction of imports, and the public face."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import nesym

SOURCE = Path(nesym.__file__).parent
BOTTOM = {"_typing", "_errors", "_atomic", "_version", "_lazy", "_resources", "_environment", "_classes"}
AREAS = {"adjust", "downscale", "fill", "forecast", "learn", "warn", "land"}
CORE = {"fields", "observe", "constrain", "physics", "nets", "verify", "data"}
BUILT_ON = {
    "fields": set(),
    "observe": {"fields"},
    "constrain": {"fields", "observe"},
    "physics": {"fields", "observe", "constrain"},
    "nets": {"fields"},
    "verify": {"fields"},
    "data": {"fields"},
    "_store": {"data"},
    "solve": CORE,
    "train": CORE | {"_store"},
    "generate": CORE | {"_store", "solve", "train"},
    **{area: CORE | {"_store", "solve", "train", "generate", "adjust"} for area in AREAS},
    "systems": CORE | AREAS | {"_store", "solve", "train", "generate"},
    "report": CORE | AREAS | {"_store", "solve", "train", "generate", "systems"},
    "cli": CORE | AREAS | {"_store", "solve", "train", "generate", "systems", "report"},
}
FILES = sorted(SOURCE.rglob("*.py"))
FACES = [init.parent.name for init in SOURCE.glob("*/__init__.py") if init.parent.name != "cli"]
PACKAGES = ["nesym", *sorted(f"nesym.{name}" for name in FACES)]


def imports(file: Path) -> set[str]:
    """First-level parts of nesym that a file imports, at its top or inside its functions."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module == "nesym":
            names = [f"nesym.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        found |= {name.split(".")[1] for name in names if name.startswith("nesym.")}
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SOURCE)))
def test_imports_run_one_way(file):
    part = file.relative_to(SOURCE).parts[0].removesuffix(".py")
    if part in BOTTOM or part == "__init__":
        return
    # The one loader and the version are also names of the package itself.
    beyond = imports(file) - BOTTOM - BUILT_ON[part] - {part, "load"}
    assert not beyond, f"{part} may not import {beyond}"


def test_import_is_light():
    """`import nesym` brings nothing heavy: that is what keeps `nesym --help` quick."""
    code = "import sys, nesym; print(*{'jax', 'xarray', 'numpy', 'matplotlib', 'dask', 'rich'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == ""


@pytest.mark.parametrize("chosen", [None, "raise"])
def test_settings_are_there_before_jax_and_give_way_to_the_users(chosen, monkeypatch):
    monkeypatch.delenv("EQX_ON_ERROR")
    if chosen:
        monkeypatch.setenv("EQX_ON_ERROR", chosen)
    code = "import os, nesym; print(os.environ['EQX_ON_ERROR'], 'nesym' in os.environ['JAX_COMPILATION_CACHE_DIR'])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == [chosen or "nan", "True"]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_is_there_and_documented(package):
    module = __import__(package, fromlist=["__all__"])
    for name in module.__all__:
        value = getattr(module, name)
        assert getattr(value, "__doc__", None), f"{package}.{name} has no docstring"


def test_files_stay_short():
    """About 150 lines: a file that grows beyond 250 holds more than one idea."""
    long = {str(f.relative_to(SOURCE)): n for f in FILES if (n := len(f.read_text().splitlines())) > 250}
    assert not long
