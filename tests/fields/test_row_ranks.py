"""Ranks of many rows at once, beside SciPy's."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from nesym.fields.ranks import counted, ranks


@given(st.integers(0, 999), st.integers(1, 30), st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_ranks_are_scipys_with_ties_and_gaps(seed, length, values):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, values, (4, length)).astype(np.float32)
    x[rng.random(x.shape) < 0.2] = np.nan
    rank, count = ranks(x)
    np.testing.assert_array_equal(rank, rankdata(x, axis=1, nan_policy="omit"))
    np.testing.assert_array_equal(count[:, 0], np.isfinite(x).sum(1))
    np.testing.assert_array_equal(counted(np.sort(x, 1)), count)


def test_rows_without_values():
    rank, count = ranks(np.full((2, 3), np.nan))
    assert np.isnan(rank).all() and (count == 0).all()
    assert ranks(np.empty((2, 0)))[0].shape == (2, 0)
