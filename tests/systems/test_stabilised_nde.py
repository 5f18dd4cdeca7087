"""Claims about stabilised fields that need no training, on the fewest states."""

import pytest

from nesym.systems import stabilised_nde
from nesym.systems.dynamics import fields as checks


@pytest.mark.slow
def test_the_residual_left_by_a_wrong_field_is_one_over_gamma(monkeypatch):
    monkeypatch.setattr(checks, "SEEDS", 2)
    claim = checks.what_is_left(0)
    assert claim.holds and claim.n == 2


@pytest.mark.slow
def test_what_is_claimed_of_a_short_training_holds(tmp_path):
    claims = {claim.id: claim for claim in stabilised_nde.reproduce(quick=True, folder=tmp_path)}
    assert all(claim.holds for claim in claims.values() if claim.required)
