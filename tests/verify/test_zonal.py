"""Zonal profiles and tropical peaks that were put in, and those of a real model and its biased twin."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import GridError, InputError, MissingValuesError
from nesym.verify import Scorer, interval, metrics, peak_count, peak_ratio, score, zonal_mean

LAT, LON = np.arange(-58.0, 60.0, 4.0), np.arange(0.0, 360.0, 20.0)
DAY = 86400


def belts(south, north):
    """A profile with peaks of the given heights at 10 S and 10 N and storm tracks at 45."""
    tracks = 4.0 * np.exp(-(((np.abs(LAT) - 45.0) / 8.0) ** 2))
    peaks = [height * np.exp(-(((LAT - at) / 5.0) ** 2)) for height, at in ((south, -10.0), (north, 10.0))]
    return tracks + sum(peaks)


def fields(profile, steps=30, seed=0):
    """Rain (time, lat, lon) whose zonal means vary around a profile."""
    noise = np.random.default_rng(seed).gamma(2.0, 0.5, (steps, LAT.size, LON.size))
    return profile[:, None] * noise


def state(metric, ens, obs):
    weights = np.cos(np.deg2rad(LAT))[:, None]
    return Scorer((metric,), weights).update(ens, obs, np.arange(len(obs)) * DAY)


def test_ratio_and_number_of_the_peaks():
    double, single = belts(3.0, 6.0), belts(0.0, 6.0)
    assert peak_ratio(double, LAT) == pytest.approx(0.5, rel=1e-3)
    np.testing.assert_array_equal(peak_count(np.stack([double, single]), LAT), [2, 1])
    assert peak_count(double, LAT, within=60.0) == 4
    assert peak_count(belts(0.2, 6.0), LAT) == 1
    assert peak_count(belts(0.2, 6.0), LAT, prominence=0.001) == 2


@given(st.floats(0.5, 8.0), st.floats(0.5, 8.0), st.floats(0.01, 100.0))
@settings(max_examples=20, deadline=None)
def test_order_of_latitudes_and_units_do_not_matter(south, north, factor):
    profile = belts(south, north)
    ratio, count = peak_ratio(profile, LAT), peak_count(profile, LAT)
    assert peak_ratio(factor * profile[::-1], LAT[::-1]) == pytest.approx(ratio, rel=1e-12)
    assert peak_count(factor * profile[::-1], LAT[::-1]) == count
    assert peak_ratio(profile[::-1], LAT) == pytest.approx(1 / ratio, rel=1e-12)  # the other hemisphere


def test_the_equator_is_on_neither_side():
    assert peak_ratio(np.array([1.0, 9.0, 2.0]), np.array([-10.0, 0.0, 10.0])) == 0.5


def test_zonal_mean_leaves_out_what_is_missing():
    da = xr.DataArray(fields(belts(3.0, 6.0), 2), dims=("time", "lat", "lon"), coords={"lat": LAT, "lon": LON})
    da = da.assign_attrs(units="mm day-1")
    da[0, 3, :10] = np.nan
    profile = zonal_mean(da)
    assert profile.dims == ("time", "lat") and profile.attrs == da.attrs
    assert float(profile[0, 3]) == pytest.approx(float(da[0, 3, 10:].mean()))
    assert zonal_mean(da.chunk(time=1)).chunks is not None


def test_zonal_error_is_an_error_of_climate():
    obs, other = fields(belts(3.0, 6.0)), fields(belts(3.0, 6.0) + 0.5, seed=1)
    metric = metrics.zonal_error(LAT)
    error = metric.value(state(metric, np.stack([other, other + 1.0]), obs))
    profile = other.mean((0, 2)) + 0.5 - obs.mean((0, 2))
    assert error == pytest.approx(np.average(np.abs(profile), weights=np.cos(np.deg2rad(LAT))), rel=1e-3)
    shuffled = np.random.default_rng(2).permutation(obs, axis=0)
    assert metric.value(state(metric, shuffled[None], obs)) == pytest.approx(0.0, abs=1e-12)


def test_gaps_leave_their_cells_out_of_both():
    obs, other = fields(belts(3.0, 6.0)), fields(belts(6.0, 3.0), seed=3)
    obs[:, :, 4:] = np.nan
    obs[:, 0] = np.nan
    metric = metrics.zonal_error(LAT)
    cut = metrics.zonal_error(LAT[1:])
    weights = np.ones((LAT.size - 1, 1))
    without = Scorer((cut,), weights).update(other[None, :, 1:, :4], obs[:, 1:, :4], np.arange(30) * DAY)
    # The area of an outermost row ends half a step beyond it, so that only the inner rows weigh exactly the same.
    assert metric.value(state(metric, other[None], obs)) == pytest.approx(cut.value(without), rel=1e-3)


def test_ratio_beside_the_observed_one_with_intervals():
    obs, twin, near = fields(belts(3.0, 6.0)), fields(belts(6.0, 6.0), seed=4), fields(belts(3.6, 6.0), seed=5)
    ratio, error = metrics.peak_ratio(LAT), metrics.peak_ratio_error(LAT)
    states = [state(ratio, x[None], obs) for x in (twin, near)]
    assert ratio.value(states[0]) == pytest.approx(1.0, abs=0.05)
    assert ratio.truth(states[0]) == pytest.approx(0.5, abs=0.03)
    assert error.value(states[0]) == pytest.approx(ratio.value(states[0]) - ratio.truth(states[0]), rel=1e-12)
    better = interval(lambda a, b: error.combine(b) - error.combine(a), *states, key=0, block="3D")
    assert better.low < better.value < better.high < -0.2


def test_bad_input():
    with pytest.raises(GridError, match="whole tropical belt"):
        peak_ratio(np.ones(3), np.array([5.0, 10.0, 15.0]))
    with pytest.raises(InputError, match=r"prominence=0\.05"):
        peak_count(belts(3.0, 6.0), LAT, prominence=0.0)
    with pytest.raises(MissingValuesError, match="Cut the profile"):
        peak_count(np.where(LAT < 50, belts(3.0, 6.0), np.nan), LAT)
    with pytest.raises(GridError, match="Regrid"):
        zonal_mean(xr.DataArray(np.zeros((2, 2)), dims=("y", "x")))
    metric = metrics.zonal_error(LAT[1:])
    with pytest.raises(GridError, match="latitudes of the fields"):
        metric.value(state(metric, fields(belts(3.0, 6.0))[None], fields(belts(3.0, 6.0))))


def test_a_biased_twin_has_a_double_belt(real_data):
    worlds = {}
    for name in ("ref", "esm"):
        with xr.open_dataset(real_data / "speedy" / f"pr_{name}.nc") as ds:
            worlds[name] = ds["pr"].load()
    lat = worlds["ref"].lat.values
    ratios = {name: peak_ratio(zonal_mean(da).mean("time"), lat) for name, da in worlds.items()}
    assert ratios["ref"] == pytest.approx(0.63, abs=0.005)
    assert ratios["esm"] == pytest.approx(1.12, abs=0.02)
    steps = min(da.sizes["time"] for da in worlds.values())
    obs = worlds["ref"].isel(time=slice(steps))
    esm = worlds["esm"].isel(time=slice(steps)).assign_coords(time=obs.time)
    table = score({"esm": esm}, obs, key=0, metrics=[metrics.peak_ratio(lat), metrics.zonal_error(lat)], block="30D")
    assert table.cell("esm", "ITCZ peak ratio").low > table.cell("truth", "ITCZ peak ratio").high
    assert table.cell("esm", "zonal-mean error").low > 0.1
