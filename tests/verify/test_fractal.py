"""Box counting on sets of known dimension, and what the fractal error sees and does not see."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import GridError, InputError, MissingValuesError
from nesym.data import lognormal_rain
from nesym.verify import Blocks, Scorer, field_quantiles, fractal_dimension, metrics, tabulate

LEVELS = np.arange(0.30, 0.96, 0.05)
DAY = 86400


def rough(steps, slope, seed, side=48):
    """Gaussian fields (time, side, 2 side) with the power |k|^-slope."""
    rng = np.random.default_rng(seed)
    k = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(2 * side) * 2)
    k[0, 0] = np.inf
    return np.fft.irfft2(np.fft.rfft2(rng.normal(size=(steps, side, 2 * side))) * k ** (-slope / 2), (side, 2 * side))


def state(metric, ens, obs):
    scorer = Scorer((metric,), np.ones((obs.shape[1], 1)))
    return scorer.update(ens, obs, np.arange(len(obs)) * DAY)


def own(ens, obs, **name):
    """The fractal error with the quantiles of either side."""
    quantiles = [np.quantile(values, LEVELS) for values in (ens, obs)]
    return metrics.fractal_error(*quantiles, **name)


def test_a_sierpinski_triangle():
    rows, columns = np.indices((128, 128))
    triangle = (rows & columns) == 0
    dimension = fractal_dimension(np.where(triangle, 0.0, 1.0)[None], [0.5])
    assert dimension[0, 0] == pytest.approx(np.log(3) / np.log(2), rel=1e-12)


def test_a_straight_edge_and_noise():
    edge = np.broadcast_to(np.arange(96.0), (1, 48, 96))
    noise = np.random.default_rng(0).normal(size=(1, 48, 96))
    assert fractal_dimension(edge, [29.5])[0, 0] == pytest.approx(1.0, abs=0.05)
    assert fractal_dimension(edge[:, :32, :64], [29.5])[0, 0] == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(fractal_dimension(noise, [-0.1, 0.0, 0.1]), 2.0, atol=1e-12)


def test_is_the_slope_of_plain_counts_where_boxes_fill_the_field():
    fields, thresholds = rough(3, 3.0, 1, side=64), np.array([-0.01, 0.0, 0.02])
    for field, found in zip(fields, fractal_dimension(fields, thresholds), strict=True):
        for threshold, dimension in zip(thresholds, found, strict=True):
            counts, sizes = [], [4, 8, 16, 32, 64]
            for k in sizes:
                inside = (field < threshold).reshape(64 // k, k, 128 // k, k).sum((1, 3))
                counts.append(((inside > 0) & (inside < k * k)).sum())
            assert dimension == pytest.approx(-np.polyfit(np.log(sizes), np.log(counts), 1)[0], rel=1e-10)


@given(st.integers(8, 30), st.integers(8, 50), st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_mirror_images_and_increasing_maps_have_the_same_dimension(ny, nx, seed):
    field, thresholds = np.random.default_rng(seed).gamma(0.5, 1.0, (2, ny, nx)), np.array([0.1, 0.4])
    expected = fractal_dimension(field, thresholds)
    for same in (field[:, ::-1], field[:, :, ::-1], field.swapaxes(1, 2)):
        np.testing.assert_allclose(fractal_dimension(same, thresholds), expected, rtol=1e-12)
    np.testing.assert_allclose(fractal_dimension(np.exp(3 * field), np.exp(3 * thresholds)), expected, rtol=1e-12)


def test_no_cell_is_left_out():
    """48 x 96 holds three whole boxes of 32 cells from either end of its rows: an edge in any row is seen."""
    for row in (1, 20, 46):
        field = np.zeros((1, 48, 96))
        field[:, :row] = 1.0
        assert np.isfinite(fractal_dimension(field, [0.5])[0, 0]) == (row % 4 != 0)


def test_the_distribution_does_not_count_with_quantiles_of_its_own():
    obs = rough(20, 3.0, 2)
    metric = own(np.exp(9 * obs), obs)
    assert metric.value(state(metric, np.exp(9 * obs)[None], obs)) == pytest.approx(0.0, abs=1e-12)


def test_rougher_fields_are_told_in_one_table():
    obs, same, noisy = rough(40, 3.0, 3), rough(40, 3.0, 4), rough(40, 2.0, 5)
    states = {name: state(own(x, obs), x[None], obs) for name, x in (("same", same), ("noisy", noisy))}
    metric = own(same, obs)
    blocks = Blocks.of(states["same"].stamps, "5D", key=0, resamples=200)
    table = tabulate(states, (metric,), blocks, reference="same")
    difference = table.differences.cell("noisy", "fractal error")
    assert 0.1 < difference.low < difference.value < difference.high
    assert table.cell("same", "fractal error").value < 0.05


def test_members_are_averaged_and_gaps_do_not_count():
    ens, obs = np.stack([rough(6, 3.0, seed) for seed in (6, 7)]), rough(6, 3.0, 8)
    metric = metrics.fractal_error([0.0], [0.0])
    obs[2, 0, 0] = np.nan
    whole = [0, 1, 3, 4, 5]
    members = np.mean([fractal_dimension(x[whole], [0.0]).mean() for x in ens])
    expected = abs(members - fractal_dimension(obs[whole], [0.0]).mean())
    scored = state(metric, ens, obs)
    assert metric.value(scored) == pytest.approx(expected, rel=1e-10)
    assert scored.steps(metric) == 5


def test_quantiles_below_which_there_is_nothing_do_not_count():
    rain = [np.maximum(rough(5, 3.0, seed), 0.0) for seed in (9, 10)]  # half of the cells are dry
    all_levels = own(*rain)
    wet = metrics.fractal_error(*(np.quantile(values, LEVELS[LEVELS > 0.52]) for values in rain))
    value = all_levels.value(state(all_levels, rain[0][None], rain[1]))
    assert value == pytest.approx(wet.value(state(wet, rain[0][None], rain[1])), rel=1e-12)
    dry = metrics.fractal_error([0.0], [0.0])
    assert np.isnan(dry.value(state(dry, rain[0][None], rain[1])))


def test_field_quantiles():
    rain = lognormal_rain((6, 16, 20), slope=3.0, key=0)
    rain[2, 3, 4] = np.nan
    before = rain.values.copy()
    expected = np.nanquantile(before.astype(np.float64), [0.7, 0.95])
    np.testing.assert_allclose(field_quantiles(rain, (0.7, 0.95)), expected, rtol=1e-6)
    np.testing.assert_array_equal(field_quantiles(rain.chunk(time=2), (0.7, 0.95)), field_quantiles(rain, (0.7, 0.95)))
    np.testing.assert_array_equal(rain.values, before)
    assert field_quantiles(rain).shape == (14,)


def test_bad_input():
    with pytest.raises(GridError, match="Give the whole field"):
        fractal_dimension(np.zeros((1, 7, 64)), [0.5])
    with pytest.raises(MissingValuesError, match="leave out the steps"):
        fractal_dimension(np.full((1, 16, 16), np.nan), [0.5])
    with pytest.raises(InputError, match="with the same q"):
        metrics.fractal_error([0.5, 0.6], [0.5])
    with pytest.raises(MissingValuesError, match="Leave out"):
        field_quantiles(xr.DataArray(np.full(3, np.nan)))
