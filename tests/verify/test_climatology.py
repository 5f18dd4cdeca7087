"""Means and quantiles of resamples, beside those of records that are really put together again."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym.verify.climatology import resampled_means, resampled_quantiles, seasonal_blocks


def resampled(values, index, draws, function):
    """`function` of each record that is made of whole blocks, as often as they are drawn."""
    found = []
    for draw in draws:
        record = np.concatenate([values[index == b] for b, times in enumerate(draw) for _ in range(times)])
        found.append([function(series[~np.isnan(series)]) for series in record.T])
    return np.array(found)


@given(st.integers(0, 999), st.booleans())
@settings(max_examples=25, deadline=None)
def test_are_those_of_the_records_put_together(seed, gaps):
    rng = np.random.default_rng(seed)
    values = np.maximum(rng.gamma(0.5, 4.0, (90, 5)) - 1.0, 0.0)  # many ties at 0
    values[:, 0] = np.where(np.arange(90) < 6, 10.0, 0.0)  # all its rain lies in one block
    if gaps:
        values[rng.random(values.shape) < 0.2] = np.nan
    index = np.sort(rng.integers(0, 9, 90))
    index = np.unique(index, return_inverse=True)[1]
    blocks = index.max() + 1
    draws = np.stack([np.bincount(rng.integers(blocks, size=blocks), minlength=blocks) for _ in range(12)])
    np.testing.assert_allclose(
        resampled_means(values, index, draws), resampled(values, index, draws, np.mean), rtol=1e-12
    )
    for q in (0.95, 0.5):
        direct = resampled(values, index, draws, lambda v, q=q: np.quantile(v, q, method="inverted_cdf"))
        np.testing.assert_array_equal(resampled_quantiles(values, index, draws, q), direct)


def test_a_cell_without_values_has_none():
    values = np.full((20, 2), np.nan)
    values[:, 1] = np.arange(20.0)
    index, draws = np.repeat([0, 1], 10), np.array([[1, 1], [2, 0]])
    for found in (resampled_means(values, index, draws), resampled_quantiles(values, index, draws, 0.95)):
        assert np.isnan(found[:, 0]).all() and np.isfinite(found[:, 1]).all()
    assert resampled_means(values, index, draws)[:, 1] == pytest.approx([9.5, 4.5])
    assert resampled_quantiles(values, index, draws, 0.95)[:, 1] == pytest.approx([18.0, 9.0])


def days(start, count):
    return xr.DataArray(np.datetime64(start, "ns") + np.arange(count) * np.timedelta64(1, "D"), dims="time")


def test_a_resample_has_the_seasons_of_the_record():
    time = days("2001-01-01", 6 * 365)
    blocks = seasonal_blocks(time, "10D", key=0, resamples=300)
    first = np.flatnonzero(np.diff(blocks.index, prepend=-1))
    season = time.dt.month.values[first] % 12 // 3
    for each in range(4):
        assert (blocks.draws[:, season == each].sum(1) == (season == each).sum()).all()
    assert blocks.draws.mean() == pytest.approx(1.0) and blocks.draws.std() == pytest.approx(1.0, abs=0.02)
    cycle = np.cos(2 * np.pi * time.dt.dayofyear.values / 365.25)[:, None]
    drawn = np.random.default_rng(0).integers(blocks.count, size=(300, blocks.count))
    all_seasons = np.stack([np.bincount(draw, minlength=blocks.count) for draw in drawn])
    spread = [resampled_means(cycle, blocks.index, draws).std() for draws in (blocks.draws, all_seasons)]
    assert spread[0] < 0.5 * spread[1]


@pytest.mark.parametrize(("count", "block"), [(100, "20D"), (6 * 365, "365D")])
def test_blocks_of_few_seasons_are_drawn_together(count, block):
    blocks = seasonal_blocks(days("2001-01-01", count), block, key=0, resamples=200)
    assert (blocks.draws.sum(1) == blocks.count).all()
    assert blocks.draws.std(0).min() > 0.5


def test_draws_depend_on_the_key_alone():
    time = days("2001-01-01", 1000)
    first, again, other = (seasonal_blocks(time, "10D", key=key, resamples=20).draws for key in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
