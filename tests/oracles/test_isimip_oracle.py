"""ibicus still makes of the records what tests/adjust/isimip_ibicus.json holds (ibicus 1.3.1), and of real ones what we do."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from make_isimip_values import peer, peer_values
from small_isimip import PeerWindow

from nesym.adjust import ISIMIP3BASD, ISIMIP_SETTINGS

STORED = json.loads((Path(__file__).parents[1] / "adjust" / "isimip_ibicus.json").read_text())
BERLIN = "gcm_bias/isimip3basd_berlin"
FILES = "obs_hist_coarse_1979-2014.nc", "sim_hist_coarse_1979-2014.nc", "sim_fut_coarse_2065-2100.nc"
LEVELS = np.arange(0.05, 0.995, 0.01)


@pytest.mark.oracle
def test_the_peer_still_says_the_same():
    pytest.importorskip("ibicus")
    now = peer_values()
    assert now["step"] == STORED["step"]
    for case, stored in STORED["values"].items():
        for variable, values in stored.items():
            np.testing.assert_allclose(now["values"][case][variable], values, rtol=1e-5, atol=1e-3)


@pytest.mark.oracle
@pytest.mark.parametrize("variable", sorted(set(ISIMIP_SETTINGS) - {"prsnratio", "psl"}))
def test_a_model_over_berlin_is_adjusted_as_the_peer_does(variable, real_data):
    """Quantiles from 5 to 99 % of the values between the thresholds, with the 31-day windows of 366 days of the peer.

    prsnratio is left out, whose many missing days the peer fills with random values, and psl, which the data call ps.
    """
    pytest.importorskip("ibicus")
    data = [xr.open_dataset(real_data / BERLIN / file)[variable][:, :1, :1].load() for file in FILES]
    dates = [da["time"].values.astype("datetime64[D]").astype(object) for da in data]
    scale = 86_400.0 if variable == "pr" else 1.0
    theirs = peer(variable, [scale * da.values for da in data], dates, running_window_mode=True)
    ours = ISIMIP3BASD(window=PeerWindow()).fit(*data[:2]).apply(data[2]).values
    low, high = (0.0, np.inf) if ISIMIP_SETTINGS[variable].annual_bound else ISIMIP_SETTINGS[variable].thresholds
    found = [np.quantile(x[(x > low) & (x < high)], LEVELS) for x in (ours, theirs)]
    np.testing.assert_allclose(found[0], found[1], rtol=0.01)
    assert abs(np.mean(ours <= low) - np.mean(theirs <= low)) < 1e-3
    if variable not in ("rsds", "hurs"):
        np.testing.assert_allclose(found[0], found[1], rtol=1e-4)
    if variable in ("pr", "tas"):
        usual = ISIMIP3BASD().fit(*data[:2]).apply(data[2]).values  # in a year of 365 days
        np.testing.assert_allclose(np.quantile(usual[usual > low], LEVELS), found[1], rtol=0.02)
