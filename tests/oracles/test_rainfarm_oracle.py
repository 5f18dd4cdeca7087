"""pysteps' RainFARM still draws the spectra that tests/downscale/rainfarm_pysteps.json holds (pysteps 1.21.5)."""

import json
from pathlib import Path

import numpy as np
import pytest
from make_rainfarm_values import coarse_field, peer_values

STORED = json.loads((Path(__file__).parents[1] / "downscale" / "rainfarm_pysteps.json").read_text())


def test_the_stored_field_is_the_one_that_was_downscaled():
    np.testing.assert_array_equal(STORED["coarse"], coarse_field())


@pytest.mark.oracle
def test_the_peer_still_says_the_same():
    pytest.importorskip("pysteps")
    now = peer_values()
    assert now["slopes"].keys() == STORED["slopes"].keys()
    for slope, stored in STORED["slopes"].items():
        np.testing.assert_allclose(now["slopes"][slope]["power"], stored["power"], atol=1e-4)
