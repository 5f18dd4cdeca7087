"""Our scores beside those of scores, scoringrules and pysteps.

The stored values are what `python tests/oracles/make_verify_values.py` printed with scores 2.7.0, scoringrules 0.10.0
and pysteps 1.21.5; the test marked `oracle` runs the peers again.
"""

import numpy as np
import pytest
from make_verify_values import MEMBERS, STEPS, fields, peer_values

from nesym.verify import metrics
from nesym.verify.crps import crps_parts, fair_factor
from nesym.verify.ranks import rank_counts
from nesym.verify.scorer import Scorer
from nesym.verify.similarity import correlation, moments
from nesym.verify.spectra import rapsd

# fmt: off
STORED = {
    "crps ecdf scores": [0.4233617782, 0.08526973646, 0.2836159466, 0.1449139511, 0.3101991902],
    "crps fair scores": [0.3828102889, 0.05027425967, 0.2381776232, 0.119837532, 0.2446469056],
    "crps qd scoringrules": [0.4233617782, 0.08526973646, 0.2836159466, 0.1449139511, 0.3101991902],
    "crps fair scoringrules": [0.3828102889, 0.05027425967, 0.2381776232, 0.119837532, 0.2446469056],
    "spread-skill pysteps, scores": [0.7406127074],
    "rapsd even pysteps": [
        116.8821042, 3.19072133, 3.443900092, 1.105392696, 1.425731865,
        0.8348765289, 0.9371437148, 0.8266646078,
    ],
    "rapsd odd pysteps": [
        111.8363012, 2.737499448, 2.898409185, 1.433163761, 1.482575523,
        0.9302678862, 0.9940581509, 0.7066831329,
    ],
    "ranks scores": [
        0.1482910156, 0.1355957031, 0.1199707031, 0.104671224, 0.118343099,
        0.1060384115, 0.1145019531, 0.1525878906,
    ],
    "correlation scores": [0.7385363216],
}
# fmt: on


def test_crps():
    ens, obs = fields()
    distance, spread = crps_parts(ens, obs)
    for fair, names in ((False, ("ecdf scores", "qd scoringrules")), (True, ("fair scores", "fair scoringrules"))):
        crps = distance - spread * (fair_factor(MEMBERS) if fair else 1.0)
        ours = [crps.mean(), *crps[1, 2, :4]]
        for name in names:
            np.testing.assert_allclose(ours, STORED[f"crps {name}"], rtol=1e-6, atol=1e-12)


def test_float32_fields_keep_the_accuracy():
    ens, obs = (field.astype(np.float32) for field in fields())
    distance, spread = crps_parts(ens, obs)
    np.testing.assert_allclose((distance - spread).mean(), STORED["crps ecdf scores"][0], rtol=1e-6)


def test_spread_skill():
    ens, obs = fields()
    metric = metrics.spread_skill()
    state = Scorer((metric,), np.ones(obs.shape[1:])).update(ens, obs, np.arange(STEPS))
    np.testing.assert_allclose(metric.value(state), STORED["spread-skill pysteps, scores"][0], rtol=1e-6)


@pytest.mark.parametrize(("name", "cut"), [("even", slice(None)), ("odd", slice(None, -1))])
def test_rapsd_of_square_fields(name, cut):
    _, power = rapsd(fields()[1][0, cut, cut])
    np.testing.assert_allclose(power, STORED[f"rapsd {name} pysteps"], rtol=1e-6)


def test_rank_histogram_with_ties():
    ens, obs = fields()
    assert (obs == 0).any()
    np.testing.assert_allclose(rank_counts(ens, obs) / obs.size, STORED["ranks scores"], rtol=1e-6)


def test_correlation():
    ens, obs = fields()
    means = moments(ens.mean(0), obs).reshape(5, -1).mean(-1)
    np.testing.assert_allclose(correlation(means), STORED["correlation scores"][0], rtol=1e-6)


@pytest.mark.oracle
def test_peers_still_say_the_same():
    for peer in ("scores", "scoringrules", "pysteps"):
        pytest.importorskip(peer)
    now = peer_values()
    assert now.keys() == STORED.keys()
    for name, numbers in now.items():
        np.testing.assert_allclose(numbers, STORED[name], rtol=1e-8, atol=1e-12, err_msg=name)
