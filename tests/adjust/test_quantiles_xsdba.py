"""The three quantile methods beside xsdba, under its own rules: the same nodes, no dry-day adaptation, no limit of ratios.

quantiles_xsdba.json is what `python tests/oracles/make_quantile_values.py` printed with xsdba 0.7.0.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from small_quantiles import KINDS, QUANTILES, records

from nesym.adjust import AllTimes, Months
from nesym.adjust.dry import WET
from nesym.adjust.methods import METHODS, method

STORED = json.loads((Path(__file__).parent / "quantiles_xsdba.json").read_text())
WINDOWS = {"all": AllTimes(), "months": Months()}
CASES = [(w, v, name) for w, rows in STORED["values"].items() for v, made in rows.items() for name in made]
CLAIMED, CLOSE = 1e-5, 1e-11  # relative


def adjusted(window: str, variable: str, name: str) -> np.ndarray:
    """Every value of which the peer's is stored."""
    obs, hist, future = records(variable)
    rules = dict(window=WINDOWS[window], quantiles=QUANTILES, largest=np.inf, adapt_dry=False)
    return method(name)(**rules).fit(obs, hist).apply(future).values[:: STORED["step"]]


@pytest.mark.parametrize(("window", "variable", "name"), CASES)
def test_values_are_those_of_xsdba(window, variable, name):
    """Of rain, what the peer leaves at 0.1 mm/day or less is a dry day here."""
    ours, peer = adjusted(window, variable, name), np.array(STORED["values"][window][variable][name])
    if variable == "pr":
        peer = np.where(peer <= WET, 0.0, peer)
        assert 10 < (peer > 0).sum() < peer.size
    np.testing.assert_allclose(ours, peer, rtol=CLAIMED)
    np.testing.assert_allclose(ours, peer, rtol=CLOSE)


def test_every_method_and_kind_is_compared():
    assert {(v, name) for _, v, name in CASES} == {(v, name) for v in KINDS for name in ("qm", "dqm", "qdm")}
    assert {"qm", "dqm", "qdm"} <= set(METHODS)


def test_methods_differ_by_more_than_the_agreement():
    """So that one method in the place of another is found out."""
    for rows in STORED["values"].values():
        for made in rows.values():
            values = [np.array(x) for x in made.values()]
            for one, other in ((0, 1), (0, 2), (1, 2)):
                assert np.abs(values[one] - values[other]).max() > 0.01 * values[one].std()
