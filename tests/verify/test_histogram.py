"""Histograms: merging, quantiles and distances within their stated bounds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import wasserstein_distance

from nesym._errors import InputError, RangeError
from nesym.verify import Bins, Histogram, wasserstein1
from nesym.verify.histogram import quantiles_of_counts

LINEAR = Bins(-3.0, 5.0, 16)
LOG = Bins(0.1, 100.0, 30, "log")
samples = arrays(np.float64, st.integers(1, 40), elements=st.floats(-10, 10))
rain = arrays(np.float64, st.integers(1, 40), elements=st.one_of(st.just(0.0), st.floats(0, 300)))
levels = st.integers(0, 64).map(lambda k: k / 64)  # exact in binary, so that q n is exact as well


@given(st.one_of(st.tuples(samples, st.just(LINEAR)), st.tuples(rain, st.just(LOG))), levels)
@settings(max_examples=150, deadline=None)
def test_quantile_is_within_its_bound(case, q):
    values, bins = case
    histogram = Histogram.of(values, bins)
    exact = np.quantile(values, q, method="inverted_cdf")
    assert abs(histogram.quantile(q) - exact) <= histogram.quantile_error(q) * (1 + 1e-9) + 1e-12


@given(st.one_of(st.tuples(samples, samples, st.just(LINEAR)), st.tuples(rain, rain, st.just(LOG))))
@settings(max_examples=150, deadline=None)
def test_distance_is_within_its_bound(case):
    a, b, bins = case
    distance, error = wasserstein1(Histogram.of(a, bins), Histogram.of(b, bins))
    assert abs(distance - wasserstein_distance(a, b)) <= error * (1 + 1e-9) + 1e-9


@given(samples, samples)
@settings(max_examples=40, deadline=None)
def test_joining_is_the_histogram_of_both(a, b):
    joined, both = Histogram.of(a, LINEAR) + Histogram.of(b, LINEAR), Histogram.of(np.concatenate([a, b]), LINEAR)
    np.testing.assert_array_equal(joined.counts, both.counts)
    assert (joined.least, joined.most) == (both.least, both.most)


def test_every_value_is_in_one_bin():
    values = np.array([-9.0, -3.0, -2.51, -2.5, 4.99, 5.0, 7.0])
    counts = LINEAR.counts(values)
    assert counts.sum() == 7
    assert counts[[0, 1, 2, 16, 17]].tolist() == [1, 2, 1, 1, 2]


def test_weights_count_as_repetition():
    values, times = np.array([0.0, 0.5, 3.0, 200.0]), np.array([3, 1, 2, 1])
    np.testing.assert_array_equal(LOG.counts(values, times), LOG.counts(np.repeat(values, times)))


def test_bounds_are_small_for_many_values():
    values = np.random.default_rng(0).gamma(0.4, 3.0, 100_000)
    fine = Histogram.of(values, Bins(0.01, 1000.0, 250, "log"))
    np.testing.assert_allclose(fine.quantile([0.9, 0.99]), np.quantile(values, [0.9, 0.99]), rtol=0.005)
    assert (fine.quantile_error([0.9, 0.99]) < 0.048 * fine.quantile([0.9, 0.99])).all()
    distance, error = wasserstein1(fine, Histogram.of(1.5 * values, fine.bins))
    assert distance == pytest.approx(0.5 * values.mean(), rel=0.001)
    assert error < 0.12 * distance


def test_missing_values_are_left_out():
    assert Histogram.of([0.0, np.nan, 1.0], LINEAR).counts.sum() == 2


def test_a_quantile_beyond_the_bins_is_not_made_up():
    counts = LOG.counts(np.array([0.0, 1.0, 2.0, 500.0]))
    assert np.isnan(quantiles_of_counts(counts, LOG.outer_edges(), np.array([0.99])))[0]
    assert quantiles_of_counts(np.zeros((2, 32)), LOG.outer_edges(), np.array([0.5])).shape == (2, 1)


def test_bad_input():
    with pytest.raises(RangeError, match="linear bins"):
        LOG.counts(np.array([-1.0]))
    with pytest.raises(InputError, match="Write Bins"):
        Bins(1.0, 1.0, 10)
    with pytest.raises(InputError, match="small positive low"):
        Bins(0.0, 1.0, 10, "log")
    with pytest.raises(InputError, match="same Bins"):
        Histogram.of([1.0], LINEAR) + Histogram.of([1.0], LOG)
    with pytest.raises(InputError, match="Leave out the empty part"):
        Histogram.of([np.nan], LINEAR)
