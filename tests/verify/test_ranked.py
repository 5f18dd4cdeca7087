"""Local ranks: known values, ties, gaps, and what a map of each cell's values leaves as it is."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from nesym._errors import InputError, TimeError
from nesym.verify import Scorer, dry_share, locally_ranked, metrics

DAYS = np.datetime64("2001-01-01", "ns") + np.arange(400) * np.timedelta64(1, "D")


def rain(steps=400, ny=8, nx=12, seed=0, dtype=np.float64):
    values = np.maximum(np.random.default_rng(seed).gamma(0.5, 4.0, (steps, ny, nx)) - 1.0, 0.0).astype(dtype)
    return xr.DataArray(
        values, dims=("time", "y", "x"), coords={"time": DAYS[:steps]}, name="pr", attrs={"units": "mm"}
    )


def test_ties_and_gaps():
    series = xr.DataArray([0.0, 3.0, np.nan, 0.0, 7.0, 3.0, 0.0], dims="time")
    expected = np.array([2.0, 4.5, np.nan, 2.0, 6.0, 4.5, 2.0]) - 0.5
    np.testing.assert_allclose(locally_ranked(series), expected / 6, rtol=1e-15)
    assert np.isnan(locally_ranked(series * np.nan)).all()


def test_agrees_with_scipy_at_every_cell():
    da = rain()
    expected = (rankdata(da.values, axis=0) - 0.5) / da.sizes["time"]
    ranked = locally_ranked(da)
    np.testing.assert_allclose(ranked, expected, rtol=1e-14)
    assert ranked.dims == da.dims and ranked.attrs["units"] == "1" and ranked.name == "pr"
    assert 0 < ranked.min() < ranked.max() < 1


@given(st.integers(0, 99), st.floats(0.2, 5.0))
@settings(max_examples=15, deadline=None)
def test_an_increasing_map_of_each_cell_changes_nothing(seed, power):
    da = rain(60, seed=seed)
    cells = xr.DataArray(np.random.default_rng(seed).uniform(0.5, 2.0, (8, 12)), dims=("y", "x"))
    np.testing.assert_array_equal(locally_ranked(da**power * cells), locally_ranked(da))
    assert (locally_ranked(-da) != locally_ranked(da)).any()


def test_a_map_of_each_month_changes_nothing_by_month():
    da = rain()
    mapped = da * da.time.dt.month + 2.0 * da.time.dt.month
    np.testing.assert_array_equal(locally_ranked(mapped, by="month"), locally_ranked(da, by="month"))
    assert (locally_ranked(mapped) != locally_ranked(da)).any()
    january = da.isel(time=da.time.dt.month == 1)
    np.testing.assert_array_equal(locally_ranked(da, by="month").sel(time=january.time), locally_ranked(january))


def test_a_map_that_dries_changes_nothing_above_the_common_dry_share():
    da = rain()
    drier = (da - xr.DataArray(np.linspace(0.0, 2.0, 12), dims="x")).clip(0.0)
    assert (locally_ranked(drier) != locally_ranked(da)).any()
    dry = dry_share(da, drier)
    np.testing.assert_array_equal(dry, np.maximum((da == 0).mean("time"), (drier == 0).mean("time")))
    ranked = locally_ranked(da, dry=dry)
    np.testing.assert_array_equal(locally_ranked(drier, dry=dry), ranked)
    np.testing.assert_array_equal(ranked.min("time"), dry / 2)
    np.testing.assert_array_equal(locally_ranked(da, dry=0.0), locally_ranked(da))
    gap = da.where(da["y"] > 0)
    assert np.isnan(locally_ranked(gap, dry=dry_share(gap))).sum() == gap.isnull().sum()


def test_chunks_and_parts_do_not_matter(monkeypatch):
    da = rain(dtype=np.float32)
    whole = locally_ranked(da)
    lazy = locally_ranked(da.chunk(time=90, y=3))
    assert lazy.chunks is not None and lazy.dtype == whole.dtype == np.float32
    np.testing.assert_array_equal(lazy, whole)
    monkeypatch.setattr("nesym.verify.ranked.PART", 1000)
    np.testing.assert_array_equal(locally_ranked(da), whole)


def test_quantile_mapping_cannot_change_the_spectrum_of_ranks():
    raw, obs = rain(seed=1), rain(seed=2)
    smooth = raw.copy(data=(raw.values + np.roll(raw.values, 1, -1)) / 2)
    mapped = xr.zeros_like(smooth)
    for y in range(8):  # quantiles of the observations for those of the model, cell by cell
        for x in range(12):
            order = np.argsort(np.argsort(smooth[:, y, x].values, kind="stable"), kind="stable")
            mapped[:, y, x] = np.sort(obs[:, y, x].values)[order] + 1e-9 * order
    metric = metrics.rapsd_log_error()

    def error(da, transform):
        fields = [transform(each).values for each in (da, obs)]
        return metric.value(Scorer((metric,), np.ones((8, 1))).update(fields[0][None], fields[1], np.arange(400)))

    wet = smooth + 1e-9 * np.arange(400)[:, None, None]  # without ties, which the mapping breaks in order of time
    assert error(mapped, locally_ranked) == pytest.approx(error(wet, locally_ranked), rel=1e-9)
    assert abs(error(mapped, lambda da: da) / error(smooth, lambda da: da) - 1) > 0.1


def test_bad_input():
    with pytest.raises(TimeError, match="Rename the axis of time"):
        locally_ranked(xr.DataArray(np.zeros(3), dims="day"))
    with pytest.raises(InputError, match='Write by="month"'):
        locally_ranked(rain(), by="season")


def test_bad_shares_are_refused():
    for bad in (1.5, -0.1, rain() * 0):
        with pytest.raises(InputError, match="share"):
            locally_ranked(rain(), dry=bad)
    with pytest.raises(InputError, match="one at least"):
        dry_share()
    with pytest.raises(TimeError, match="over time"):
        dry_share(rain().isel(time=0))
