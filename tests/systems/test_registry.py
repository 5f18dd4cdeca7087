"""The list of the 24 systems: complete, consistent, and honest about what works."""

from importlib import import_module

import pytest

from nesym._errors import InputError
from nesym.systems import REFERENCES, SYSTEMS, find, reproduce

AREAS = {"adjust", "downscale", "fill", "forecast", "learn", "warn", "land", "physics", "foundation"}
VERBS = {"adjust", "downscale", "fill", "forecast", "learn", "benchmark", "warn", "crop", "carbon", None}


def test_there_are_24_numbered_in_order():
    assert [system.number for system in SYSTEMS] == list(range(1, 25))
    assert all(reference.number == 0 for reference in REFERENCES)


def test_names_are_unique_and_typed_easily():
    names = [system.name for system in (*SYSTEMS, *REFERENCES)]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() and name.replace("-", "").isalnum() and len(name) < 25 for name in names)


@pytest.mark.parametrize("system", [*SYSTEMS, *REFERENCES], ids=lambda system: system.name)
def test_every_row_is_filled(system):
    assert system.work and system.gets and system.area in AREAS and system.verb in VERBS
    assert system.module == f"nesym.systems.{system.name.replace('-', '_')}"
    # It is printed on lines of 80 columns, indented by four.
    assert max(len(system.work), len(system.gets)) <= 76
    assert system.state in ("working", "planned")
    if system.state == "working":
        assert callable(import_module(system.module).reproduce)


def test_the_baselines_work():
    assert find("rain-baselines").state == "working"


@pytest.mark.parametrize(
    ("name", "near"), [("ensoo", "enso"), ("rain_baselines", "rain-baselines"), ("qqqqqqqq", "`nesym systems`")]
)
def test_unknown_names(name, near):
    with pytest.raises(InputError, match=near) as caught:
        find(name)
    assert name in caught.value.problem


def test_what_is_planned_cannot_be_reproduced_and_what_works_is_named():
    planned = next(system for system in SYSTEMS if system.state == "planned")
    with pytest.raises(InputError, match="rain-baselines") as caught:
        reproduce(planned.name)
    assert planned.name in caught.value.problem and "planned" in caught.value.problem


def test_reproduce_hands_its_options_on(monkeypatch):
    heard = {}
    monkeypatch.setattr("nesym.systems.rain_baselines.reproduce", lambda **options: heard.update(options) or ["claim"])
    assert reproduce("rain-baselines", quick=True, key=3) == ["claim"]
    assert heard == {"quick": True, "key": 3}
