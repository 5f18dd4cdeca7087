"""The protocol of the consistency model: what it is trained on, how calls are counted, and, slowly, its claims."""

import subprocess
import sys

import numpy as np
import pytest

from nesym import data
from nesym._resources import peak_memory
from nesym.solve import consistency_sample, heun, karras_from
from nesym.systems import downscale_consistency as system
from nesym.systems import rain_baselines as protocol
from nesym.systems.consistency import checks


def test_training_uses_no_day_that_is_chosen_or_scored_on():
    assert not set(protocol.FIT) & {*protocol.CHOOSE, *protocol.SCORE}


def test_what_is_trained_on_may_be_trained_on_and_what_is_unseen_is_not():
    names = (protocol.DATASET, *system.ELSEWHERE)
    assert all(data.entry(name).trainable for name in names)
    assert not set(names) & set(system.scores.UNSEEN)


@pytest.mark.parametrize("steps", [2, 18])
def test_calls_are_counted_not_computed(steps):
    assert checks._calls(lambda f, x: heun(f, x, karras_from(2.0, steps))) == 2 * steps - 1
    assert checks._calls(lambda f, x: consistency_sample(f, x, 2.0)) == 1
    fresh = np.zeros((1, 2, 2, 1), np.float32)
    assert checks._calls(lambda f, x: consistency_sample(f, x, 2.0, refine=(1.0, 0.5), fresh=lambda _: fresh)) == 3


def test_the_timed_fields_are_two_hours_of_the_sample():
    rain = checks.two_hours()
    assert dict(rain.sizes) == {"time": 24, "y": 16, "x": 16}


def test_the_peak_of_a_process_is_its_own():
    """Not that of the process which started it: a child that holds nothing, of a parent that holds 400 MB."""
    code = "import xarray, nesym._resources as found; print(found.peak_memory())"
    small, held = _child(code), np.ones(50_000_000)
    assert held.nbytes + 1e8 < peak_memory()
    assert _child(code) == pytest.approx(small, rel=0.2)
    assert _child(f"import numpy as np; held = np.ones(50_000_000); {code}") > small + 0.9 * held.nbytes


def _child(code: str) -> float:
    return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


@pytest.mark.slow
def test_events_are_of_the_fitting_days_and_of_other_countries(real_data):
    german, *others = system.events(real_data)
    assert set(german["time"].dt.day.values) == set(protocol.FIT)
    assert len(others) == len(system.ELSEWHERE)


@pytest.mark.slow
def test_the_required_claims_hold_on_one_day(real_data):
    claims = system.reproduce(quick=True, data=real_data)
    assert [claim.id for claim in claims if claim.required and claim.holds is not True] == []
    assert {claim.id[:2] for claim in claims} == {"D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9"}
