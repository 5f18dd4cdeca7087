"""The rivals of adjustment: claims on real data, and the pieces they are made of."""

import numpy as np

from nesym.systems import adjust_baselines as protocol


def test_what_is_required_holds_for_rain(real_data):
    done = []
    claims = protocol.reproduce(quick=True, data=real_data, key=0, progress=done.append)
    required = [claim for claim in claims if claim.required]
    assert len(required) == 4 and all(claim.holds for claim in required)
    ratio = required[0]
    assert ratio.interval[0] < ratio.measured < ratio.interval[1] < 0.5 and ratio.n == 6574
    assert len(claims) == 13 and len({claim.id for claim in claims}) == 13 and done == [0.5, 1.0]


def test_correlations_of_resamples_are_those_of_the_days_they_hold():
    rng = np.random.default_rng(0)
    x = rng.gamma(1.0, 1.0, (30, 3, 4)).cumsum(2)
    index, draws = np.arange(30) // 10, np.array([[1, 1, 1], [2, 0, 1]])
    found = protocol._neighbours(x, index, draws)
    days = [np.arange(30), np.r_[np.arange(10), np.arange(10), np.arange(20, 30)]]
    for row, at in zip(found, days, strict=True):
        expected = [np.corrcoef(x[at, i, j], x[at, i, j + 1])[0, 1] for i in range(3) for j in range(3)]
        expected += [np.corrcoef(x[at, i, j], x[at, i + 1, j])[0, 1] for i in range(2) for j in range(4)]
        np.testing.assert_allclose(row, expected, rtol=1e-10)
