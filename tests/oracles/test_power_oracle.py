"""pandapower's case14 is still the network that tests/physics/case14_pandapower.json holds (pandapower 3.5.6)."""

import json
from pathlib import Path

import numpy as np
import pytest
from make_power_values import peer_values

STORED = json.loads((Path(__file__).parents[1] / "physics" / "case14_pandapower.json").read_text())


@pytest.mark.oracle
def test_the_peer_still_has_the_same_network():
    pytest.importorskip("pandapower")
    now = peer_values()
    assert now.keys() == STORED.keys()
    for name, stored in STORED.items():
        np.testing.assert_allclose(now[name], stored, atol=1e-6)
