"""Networks set aside as a training passes them, and the one that is taken."""

import numpy as np
import pytest

from nesym._errors import TrainingError
from nesym.fields.transforms import Standardise
from nesym.train.candidates import Candidates

NONE = TrainingError("Nothing was kept.", "Train longer.")


def candidates(folder):
    return Candidates(folder, lambda step, error: Standardise(error, float(step)), lambda kept: [kept.mean, 1.0])


def test_the_least_sum_is_taken_and_the_earlier_of_two(tmp_path):
    passed = candidates(tmp_path / "new")
    for step, error in ((100, 3.0), (200, 2.0), (300, np.nan), (400, 2.0)):
        passed(step, error)
    found, step, errors = passed.best(NONE)
    assert (step, found) == (200, Standardise(2.0, 200.0))
    assert errors == ((100, 3.0, 1.0), (200, 2.0, 1.0), (400, 2.0, 1.0))
    assert candidates(tmp_path / "new").best(NONE)[1] == 200  # those of an earlier run count too


def test_nothing_finite_is_said(tmp_path):
    passed = candidates(tmp_path)
    passed(1, np.inf)
    with pytest.raises(TrainingError, match="Nothing was kept"):
        passed.best(NONE)
