"""Rx1day and R95p, from arrays and streaming."""

import cftime
import numpy as np
import pytest
import xarray as xr

from nesym._errors import InputError
from nesym.verify import Scorer, daily_sums, metrics, r95p, rx1day, wet_day_threshold
from nesym.verify.daily import DailyMaximum

DAY = 86400


def rate(times, seed=0):
    values = np.random.default_rng(seed).gamma(0.3, 3.0, (len(times), 3, 4))
    return xr.DataArray(values, dims=("time", "y", "x"), coords={"time": times}, attrs={"units": "mm h-1"}, name="pr")


def test_streamed_rx1day_is_that_of_the_daily_sums():
    hours = np.flatnonzero(np.random.default_rng(1).random(24 * 5) < 0.7)  # gaps, days of different length
    times = np.datetime64("2018-05-10", "ns") + hours * np.timedelta64(1, "h")
    obs, members = rate(times, 2), [rate(times, seed) for seed in (3, 4)]
    metric, state = metrics.rx1day(), None
    scorer = Scorer((metric,), np.ones((3, 4)), step_seconds=3600.0)
    stamps = times.astype("datetime64[s]").astype(np.int64)
    for part in (slice(0, 1), slice(1, 30), slice(30, None)):
        ens = np.stack([m.values[part] for m in members])
        state = scorer.update(ens, obs.values[part], stamps[part], state)
    assert metric.truth(state) == pytest.approx(float(rx1day(daily_sums(obs, 1.0)).mean()))
    expected = np.mean([rx1day(daily_sums(m, 1.0)).mean() for m in members])
    assert metric.value(state) == pytest.approx(expected)


def test_a_divided_day_is_put_together_from_either_side():
    amounts = np.arange(1.0, 9.0).reshape(8, 1, 1, 1)
    stamps = np.array([0, 1, 2, 3, 4, 5, 6, 7]) * DAY // 2  # two steps a day
    ones = np.ones((1, 1))
    parts = [DailyMaximum.of(a, s, ones) for a, s in zip(amounts, stamps, strict=True)]
    forward = ((parts[0] + parts[1]) + (parts[2] + parts[3])) + ((parts[4] + parts[5]) + (parts[6] + parts[7]))
    odd = (parts[0] + (parts[1] + parts[2])) + ((parts[3] + parts[4]) + (parts[5] + (parts[6] + parts[7])))
    for total in (forward, odd):
        assert total.maximum.item() == 15.0
        assert total.days == (0, 3)
    assert (parts[4] + parts[3] + parts[2]).maximum.item() == 7.0
    with pytest.raises(InputError, match="follow each other"):
        (parts[0] + parts[6]) + parts[3]


def test_missing_observations_take_their_cells_out_of_all_series():
    obs = np.ones((2, 1, 2))
    obs[1, 0, 0] = np.nan
    ens = np.array([[[[9.0, 2.0]], [[9.0, 3.0]]]])
    metric = metrics.rx1day()
    state = Scorer((metric,), np.ones((1, 2)), step_seconds=3600.0).update(ens, obs, [0, 3600])
    assert (metric.value(state), metric.truth(state)) == (5.0, 2.0)


@pytest.mark.parametrize("lazy", [False, True])
def test_r95p_counts_the_heavy_days_of_each_year(lazy):
    times = xr.date_range("2001-12-22", periods=20, freq="D")
    rain = np.zeros((20, 1, 1))
    rain[:, 0, 0] = [0, 2, 4, 0.5, 6, 8, 0, 10, 12, 14, 1, 1, 30, 0, 0, 20, 0, 0, 0, 40]
    daily = xr.DataArray(rain, dims=("time", "y", "x"), coords={"time": times}, name="pr")
    threshold = wet_day_threshold(daily, q=0.75)
    wet = rain[rain >= 1]
    assert threshold.item() == pytest.approx(np.quantile(wet, 0.75))
    total = r95p(daily.chunk(time=7) if lazy else daily, threshold)
    assert (total.chunks is not None) == lazy
    total = total.compute()
    assert total.sel(year=2001).item() == 0.0
    assert total.sel(year=2002).item() == 30.0 + 20.0 + 40.0
    assert total.attrs["units"] == "mm"


def test_a_cell_whose_reference_is_dry_has_no_heavy_days_and_missing_stays_missing():
    times = xr.date_range("2001-01-01", periods=3, freq="D")
    daily = xr.DataArray([[[0.0, 5.0]], [[0.5, np.nan]], [[0.0, 7.0]]], dims=("time", "y", "x"), coords={"time": times})
    total = r95p(daily, wet_day_threshold(daily))
    assert total.sel(year=2001).values[0, 0] == 0.0
    assert np.isnan(total.sel(year=2001).values[0, 1])


def test_daily_sums_in_a_360_day_calendar_and_lazily():
    times = xr.date_range("2001-02-29", periods=8, freq="6h", calendar="360_day", use_cftime=True)
    field = rate(times)
    daily = daily_sums(field, 6.0)
    assert daily["time"].values[1] == cftime.Datetime360Day(2001, 2, 30)
    np.testing.assert_allclose(daily.values, field.values.reshape(2, 4, 3, 4).sum(1) * 6.0)
    lazy = daily_sums(field.chunk(time=3), 6.0)
    assert lazy.chunks is not None
    xr.testing.assert_allclose(lazy.compute(), daily)
    assert daily.dims == ("time", "y", "x")
