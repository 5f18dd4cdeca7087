"""What `nesym learn` and `nesym forecast` read and say, without a model."""

import numpy as np
import pytest
import xarray as xr

from nesym._errors import InputError
from nesym.cli.flows import flows_by_name
from nesym.cli.forecasting import _number, said


def test_what_ends_early_is_said_one_by_one_up_to_five():
    reasons = np.array([["It is stiff."] * 7 + [""]])
    ds = xr.Dataset(
        {"reason": (("member", "trajectory"), reasons), "reached": (("member", "trajectory"), np.arange(8.0)[None])},
        {"time": [0.0, 9.0], "trajectory": np.arange(8)},
    )
    lines = said(ds, "last", span=10.0)
    assert (
        lines[0] == "From the last states of 8 at time 0 to time 9."
        and "Trajectory 4 ended at time 4. It is stiff." in lines
    )
    assert lines[-1] == "2 more ended early: their `reason` is in the file." and len(lines) == 7


def test_an_end_may_be_a_date():
    assert _number("2000-03-01", "2000-02-01T12:00:00") == 28.5
    with pytest.raises(InputError, match="no time"):
        _number("2000-03-01", None)


def test_models_of_physics_have_names_in_the_shell():
    flows = flows_by_name()
    assert "two-body" in flows and "flow" not in flows
    assert flows["two-body"]().names == ("q1", "q2", "p1", "p2")
