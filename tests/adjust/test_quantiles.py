"""Order statistics against NumPy's and SciPy's own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from nesym.adjust import _quantiles as q


def rows(seed: int, n: int = 40, missing: float = 0.2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = np.round(rng.gamma(1.0, 2.0, (5, n)), 1)  # with ties
    x[rng.random(x.shape) < missing] = np.nan
    return x


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_quantiles_are_those_of_numpy_without_the_missing(seed):
    x, levels = rows(seed), q.nodes(7)
    expected = np.stack([np.quantile(row[~np.isnan(row)], levels) for row in x])
    np.testing.assert_allclose(q.quantiles(x, levels), expected, rtol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_ranks_share_the_mean_among_ties(seed):
    x = rows(seed)
    for found, row in zip(q.ranks(x), x, strict=True):
        known = ~np.isnan(row)
        expected = (rankdata(row[known]) - 1) / (known.sum() - 1)
        np.testing.assert_allclose(found[known], expected, atol=1e-12)
        assert np.isnan(found[~known]).all()
    part = x[:, 3:9]
    np.testing.assert_allclose(q.ranks_among(part, np.sort(x, 1)), q.ranks(x)[:, 3:9], atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.2]))
def test_reading_in_order_of_size_is_reading_by_ranks(seed, missing):
    x, table = rows(seed, missing=missing), np.random.default_rng(seed).normal(size=(5, 7))
    np.testing.assert_allclose(q.read_at_ranks(table, x), q.read_even(table, q.ranks(x)), rtol=1e-12, atol=1e-12)
    few = x[:, :1]
    np.testing.assert_array_equal(q.read_at_ranks(table, few), q.read_even(table, q.ranks(few)))


def test_the_quantile_of_a_rank_is_the_value():
    x = np.random.default_rng(0).standard_normal((3, 31))
    np.testing.assert_allclose(q.quantiles(x, q.ranks(x)), x, atol=1e-12)


def test_rows_without_values_stay_missing():
    x = np.full((2, 6), np.nan)
    x[1, 2] = 4.0
    assert np.isnan(q.quantiles(x, q.nodes(3))[0]).all() and (q.quantiles(x, q.nodes(3))[1] == 4.0).all()
    assert np.isnan(q.ranks(x)[0]).all()
    assert np.isnan(q.share_at_most(np.sort(x, 1), 5.0)[0, 0]) and q.share_at_most(np.sort(x, 1), 5.0)[1, 0] == 1.0


def test_tables_are_linear_between_nodes_and_constant_beyond():
    table = np.array([[1.0, 3.0, 7.0, 7.0]])
    at = np.array([[0.0, 0.125, 0.25, 0.5, 0.875, 1.0, np.nan]])
    np.testing.assert_allclose(q.read_even(table, at), [[1.0, 1.0, 2.0, 5.0, 7.0, 7.0, np.nan]])
    np.testing.assert_allclose(
        q.read(np.array([[0.0, 1.0, 2.0, 4.0]]), table, np.array([[-1.0, 0.5, 3.0, 9.0]])), [[1, 2, 7, 7]]
    )


@pytest.mark.parametrize("value", [0.0, 1.0, 2.5])
def test_shares_count_what_is_at_most(value):
    ordered = np.array([[0.0, 0.0, 1.0, 2.0], [1.0, 2.0, 3.0, np.nan]])
    expected = [[np.mean(np.array([0, 0, 1, 2]) <= value)], [np.mean(np.array([1, 2, 3]) <= value)]]
    np.testing.assert_allclose(q.share_at_most(ordered, value), expected)
