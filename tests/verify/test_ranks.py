"""Rank histograms and their ties."""

import numpy as np

from nesym.verify import rank_counts


def test_ranks_without_ties():
    ens = np.array([[1.0, 1.0, 1.0], [3.0, 3.0, 3.0]])
    np.testing.assert_array_equal(rank_counts(ens, np.array([0.0, 2.0, 4.0])), [1.0, 1.0, 1.0])


def test_ties_are_shared_by_the_ranks_they_could_have():
    ens = np.array([[0.0], [0.0], [0.0], [2.0]])
    np.testing.assert_allclose(rank_counts(ens, np.array([0.0])), [0.25, 0.25, 0.25, 0.25, 0.0], atol=1e-15)
    np.testing.assert_allclose(rank_counts(ens, np.array([2.0])), [0, 0, 0, 0.5, 0.5], atol=1e-15)


def test_a_calibrated_ensemble_with_many_dry_cells_is_flat():
    rng = np.random.default_rng(0)
    all_of_them = np.maximum(rng.normal(size=(11, 200_000)), 0.4)
    frequencies = rank_counts(all_of_them[1:], all_of_them[0]) / 200_000
    np.testing.assert_allclose(frequencies, 1 / 11, atol=0.003)


def test_weights_and_missing_observations():
    ens = np.array([[1.0, 1.0, 1.0], [3.0, 3.0, 3.0]])
    counts = rank_counts(ens, np.array([0.0, np.nan, 4.0]), np.array([2.0, 5.0, 0.5]))
    np.testing.assert_allclose(counts, [2.0, 0.0, 0.5], atol=1e-15)
