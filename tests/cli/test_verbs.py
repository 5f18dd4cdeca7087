"""The other verbs: what they list, how they end, and what they say to what they don't know."""

import io
import json
import sys

import pytest

import nesym as library
from nesym.cli.progress import bar
from nesym.systems import REFERENCES, SYSTEMS

VERBS = ("downscale", "fit", "check", "systems", "models", "reproduce", "demo")


def test_version(nesym):
    said = nesym("--version")
    assert said.code == 0 and said.out == f"nesym {library._version.__version__}\n"


def test_no_arguments_show_the_verbs(nesym):
    said = nesym()
    assert all(verb in said.said for verb in VERBS) and "Usage" in said.said


@pytest.mark.parametrize("verb", VERBS)
def test_help(verb, nesym):
    said = nesym(verb, "--help")
    assert said.code == 0 and f"nesym {verb}" in said.said
    assert len(max(said.out.splitlines(), key=len)) <= 100


def test_help_names_what_downscale_assumes(nesym):
    said = nesym("downscale", "--help").said.replace("│", " ")
    for words in ("20 if not said", "if not said, the best packaged model", "--no-constraint", "[default: 8]"):
        assert words in " ".join(said.split())


def test_help_of_a_fit_names_every_option(nesym):
    said = nesym("fit", "downscale", "--help")
    assert said.code == 0 and len(max(said.out.splitlines(), key=len)) <= 100
    words = " ".join(said.said.replace("│", " ").split())
    assert "nesym fit downscale" in words and "[default: consistency]" in words and "2,4,8,16 if not said" in words
    options = "out method choose key factors steps distillation calibration width crop batch variable missing"
    assert all(f"--{option} " in words for option in options.split())


@pytest.mark.parametrize("columns", [80, 100, 160])
def test_systems(columns, nesym, monkeypatch):
    shown = []
    run = nesym("systems")
    assert run.code == 0
    monkeypatch.setenv("COLUMNS", str(columns))
    from nesym.cli.systems import systems

    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    systems()
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= columns
    for system in (*SYSTEMS, *REFERENCES):
        shown += [line for line in lines if f" {system.name} " in line and system.state in line]
    assert len(shown) == len(SYSTEMS) + len(REFERENCES) == 26
    assert "…" not in out.getvalue()


def test_reproduce_says_what_is_planned(nesym):
    said = nesym("reproduce", "enso")
    assert said.code == 2 and "planned" in said.said and "rain-baselines" in said.said


@pytest.mark.parametrize(
    ("args", "suggestion"),
    [
        (("reproduce", "rain-baseline"), "rain-baselines"),
        (("reproduce", "enzo"), "enso"),
        (("reproduce", "zzzzzz"), "nesym systems"),
        (("downscal", "x.nc"), "downscale"),
        (("reproduc", "enso"), "reproduce"),
        (("check",), "file"),
        (("check", "good.nc", "--quantity", "rain"), "pr"),
    ],
)
def test_unknown_names_suggest_known_ones(args, suggestion, nesym):
    said = nesym(*args)
    assert said.code == 2 and suggestion in said.said


def test_reproduce_without_its_data(nesym, monkeypatch):
    monkeypatch.delenv("NESYM_DATA", raising=False)
    said = nesym("reproduce", "rain-baselines", "--quick")
    assert said.code == 2 and "NESYM_DATA" in said.said


def claims(holds: bool, **options):
    from nesym.verify import Claim

    options["progress"](1.0)
    measured = 0.6 if holds else 0.9
    return [
        Claim("H1", "cascade: CRPS / MAE of bilinear", "<= 0.70", measured, n=5, interval=(0.5, 0.65), required=True),
        Claim("H5", "lag-1 autocorrelation", "< 1", 0.5, required=False),
    ]


@pytest.mark.parametrize("holds", [True, False])
def test_reproduce_prints_and_keeps_the_claims(holds, nesym, folder, monkeypatch):
    """Required claims that fail end the command with 1; the numbers are printed and saved all the same."""
    monkeypatch.setattr("nesym.systems.rain_baselines.reproduce", lambda **options: claims(holds, **options))
    said = nesym("reproduce", "rain-baselines", "--json", "claims.json")
    assert said.code == (0 if holds else 1)
    assert "H1" in said.said and ("0.6" in said.said if holds else "0.9" in said.said)
    kept = json.loads((folder / "claims.json").read_text())
    assert len(kept["rows"]) == 2


def test_reproduce_checks_its_output_first(nesym, monkeypatch):
    def work(**_):
        raise AssertionError("work had begun")

    monkeypatch.setattr("nesym.systems.rain_baselines.reproduce", work)
    said = nesym("reproduce", "rain-baselines", "--json", "absent/claims.json")
    assert said.code == 2 and "absent" in said.said


def test_the_demo_needs_a_folder(nesym, folder):
    (folder / "taken").write_text("")
    said = nesym("demo", "--out", "taken")
    assert said.code == 2 and "--out" in said.said and "Errno" not in said.said


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_progress_is_for_terminals(terminal, monkeypatch):
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with bar("Drawing", 20, "fields") as progress:
        progress.to(0.5)
        progress.advance(5)
    assert ("Drawing" in stream.getvalue()) == terminal


def test_a_bar_shows_what_a_training_tells(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    with bar("Fitting") as progress:
        progress.to(0.25, "step 5 of 20, loss 0.3, 80 samples/s, 3 min left")
    shown = sys.stderr.getvalue()
    assert "step 5 of 20, loss 0.3, 80 samples/s, 3 min left" in shown and "25%" in shown
