"""torchsde still steps the double well as tests/solve/sde_torchsde.json holds it (torchsde 0.2.6)."""

import json
from pathlib import Path

import numpy as np
import pytest
from make_sde_values import peer_values

STORED = json.loads((Path(__file__).parents[1] / "solve" / "sde_torchsde.json").read_text())


@pytest.mark.oracle
def test_the_peer_still_steps_as_it_did():
    pytest.importorskip("torchsde")
    now = peer_values()
    assert now.keys() == STORED.keys()
    for name, stored in STORED.items():
        np.testing.assert_allclose(now[name], stored, rtol=1e-12)
