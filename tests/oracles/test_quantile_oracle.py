"""xsdba still makes of the records what tests/adjust/quantiles_xsdba.json holds (xsdba 0.7.0), and of real ones what we do."""

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from make_quantile_values import METHODS, peer, peer_values
from small_quantiles import QUANTILES

from nesym.adjust import AllTimes
from nesym.adjust.methods import method

STORED = json.loads((Path(__file__).parents[1] / "adjust" / "quantiles_xsdba.json").read_text())
BERLIN = "gcm_bias/isimip3basd_berlin"
FILES = "obs_hist_coarse_1979-2014.nc", "sim_hist_coarse_1979-2014.nc", "sim_fut_coarse_2065-2100.nc"


@pytest.mark.oracle
def test_the_peer_still_says_the_same():
    pytest.importorskip("xsdba")
    now = peer_values()
    assert now["step"] == STORED["step"]
    for window, rows in STORED["values"].items():
        for variable, made in rows.items():
            for name, values in made.items():
                np.testing.assert_allclose(now["values"][window][variable][name], values, rtol=1e-9)


@pytest.mark.oracle
@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(("variable", "kind"), [("tas", "difference"), ("sfcWind", "ratio")])
def test_a_model_over_berlin_is_adjusted_as_the_peer_does(name, variable, kind, real_data):
    """36 years of daily values, all cells, one mapping for all times."""
    pytest.importorskip("xsdba")
    data = [xr.open_dataset(real_data / BERLIN / file)[variable].astype(np.float64).load() for file in FILES]
    theirs = peer(name, kind, *data)
    rules = dict(kind=kind, window=AllTimes(), quantiles=QUANTILES, largest=np.inf)
    ours = method(name)(**rules).fit(*data[:2]).apply(data[2])
    np.testing.assert_allclose(ours.values, theirs.values, rtol=1e-9)
