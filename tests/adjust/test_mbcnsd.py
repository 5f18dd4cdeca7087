"""MBCnSD: what it keeps, what it gives to the fine cells, and what it refuses."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

import nesym
from nesym._errors import GridError, InputError, NotFittedError, TimeError
from nesym.adjust import ISIMIP_SETTINGS, AllTimes, MBCnSD, MovingWindow
from nesym.adjust._transfer import mean_of, rotations, transferred, with_mean
from nesym.fields import area_weights, coarsen, refine_bilinear

BERLIN = "gcm_bias/isimip3basd_berlin/obs_hist_fine_1979-2014.nc"
SCORED = ["pr", "rsds", "sfcWind", "tasrange", "hurs"]


def fields(variable: str = "pr", years: int = 3, seed: int = 0, start: str = "2001-01-01") -> xr.DataArray:
    """Four by six fine cells that go together, the more the nearer, and differ in their means; rain with dry days."""
    rng = np.random.default_rng(seed)
    place = np.arange(24) // 6, np.arange(24) % 6
    near = np.exp(-np.hypot(*(p[:, None] - p[None] for p in place)) / 4)
    z = rng.standard_normal((365 * years, 24)) @ np.linalg.cholesky(near).T
    values = {"pr": np.maximum(z, 0) ** 2 * 5, "tas": 280 + 3 * z, "hurs": np.clip(75 + 20 * z, 0, 100)}[variable]
    values = values * np.linspace(0.8, 1.2, 24) if variable == "pr" else values
    time = xr.date_range(start, periods=365 * years, freq="D", calendar="noleap", use_cftime=True)
    coords = {"time": time, "lat": 50.0 + np.arange(4), "lon": 10.0 + np.arange(6)}
    units = ISIMIP_SETTINGS[variable].units
    return xr.DataArray(values.reshape(-1, 4, 6), coords, ("time", "lat", "lon"), variable, {"units": units})


def neighbours(x: np.ndarray) -> np.ndarray:
    """Correlations in time of each cell with the next one in both directions."""
    pairs = [(x[:, :, :-1], x[:, :, 1:]), (x[:, :-1], x[:, 1:])]
    found = []
    for one, other in pairs:
        one, other = (y.reshape(len(x), -1) - y.reshape(len(x), -1).mean(0) for y in (one, other))
        found.append((one * other).mean(0) / one.std(0) / other.std(0))
    return np.concatenate(found)


def coarse_means(fine: xr.DataArray, factor: int) -> np.ndarray:
    """Means by area, in double precision."""
    return coarsen(fine.astype(np.float64), factor).values


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("variable", ["pr", "tas", "hurs"])
def test_coarse_values_are_kept(variable, dtype):
    fine, run = fields(variable).astype(dtype), coarsen(fields(variable, seed=1), 2).astype(dtype)
    run = run * 1.3 if variable == "pr" else run + 2.0
    run = run.clip(0, 100) if variable == "hurs" else run
    out = MBCnSD(rotations=5).fit(fine).apply(run.assign_attrs(units=fine.units))
    assert out.dtype == dtype and out.dims == ("time", "lat", "lon")
    np.testing.assert_allclose(coarse_means(out, 2), run, rtol=1e-6 if dtype == np.float32 else 1e-12)
    row = ISIMIP_SETTINGS[variable]
    assert row.lower is None or float(out.min()) >= row.lower[0]
    assert row.upper is None or float(out.max()) <= row.upper[0]


@pytest.mark.parametrize("variable", SCORED)
def test_real_fields_go_together_as_observed(variable, real_data):
    """Fitted on 1979-1996, scored on 1997-2014: the coarse means of those years come in, their fine fields are the truth."""
    record = xr.open_dataset(real_data / BERLIN)[variable].load()
    early, late = record.sel(time=slice("1979", "1996")), record.sel(time=slice("1997", "2014"))
    run = coarsen(late, 2)
    out = MBCnSD().fit(early).apply(run)
    scale = 86_400 if variable == "pr" else 1
    truth, ours = scale * late.values.astype(np.float64), out.values.astype(np.float64)
    smooth = refine_bilinear(scale * run.values.astype(np.float64), 2)
    weights = area_weights(late).values[:, None]
    np.testing.assert_allclose(coarse_means(out, 2), scale * coarse_means(late, 2), rtol=2e-6, atol=1e-6)
    for score in (lambda x: x, lambda x: rankdata(x, axis=0)):
        errors = [np.abs(neighbours(score(x)) - neighbours(score(truth))).mean() for x in (ours, smooth)]
        assert errors[0] < 0.5 * errors[1]
    error = [np.abs((x.mean(0) / truth.mean(0) - 1) * weights).mean() for x in (ours, smooth)]
    assert error[0] < 0.5 * error[1]
    # The order in time is that of the run: exactly on its own cells, and nearly so within them.
    assert min(spearmanr(ours[:, i, j], smooth[:, i, j])[0] for i in range(4) for j in range(4)) > 0.9


def test_the_order_in_time_of_the_coarse_run_is_kept():
    run = coarsen(fields(seed=1), 2)
    out = MBCnSD().fit(fields()).apply(run)
    np.testing.assert_array_equal(*(rankdata(x.round(9), axis=0) for x in (coarse_means(out, 2), run.values)))


def test_fine_cells_get_the_observed_distribution():
    fine, truth = fields(years=6), fields(years=6, seed=1)
    out = MBCnSD(window=AllTimes()).fit(fine).apply(coarsen(truth, 2))
    levels = [0.7, 0.9, 0.98]
    np.testing.assert_allclose(*(np.quantile(x, levels) for x in (out, truth)), rtol=0.15)
    np.testing.assert_allclose((out == 0).mean("time"), (truth == 0).mean("time"), atol=0.1)
    smooth = refine_bilinear(coarsen(truth, 2).values, 2)
    errors = [np.abs(neighbours(np.asarray(x)) - neighbours(truth.values)).mean() for x in (out, smooth)]
    assert errors[0] < 0.4 * errors[1]


def test_one_factor_for_blocks_of_nine():
    time = xr.date_range("2001-01-01", periods=1095, freq="D", calendar="noleap", use_cftime=True)
    values = np.random.default_rng(0).gamma(2.0, 1.0, (1095, 6, 9))
    coords = {
        "time": time,
        "y": ("y", 1e3 * np.arange(6), {"units": "m"}),
        "x": ("x", 1e3 * np.arange(9), {"units": "m"}),
    }
    fine = xr.DataArray(values, coords, ("time", "y", "x"), "sfcWind", {"units": "m s-1"})
    out = MBCnSD(rotations=2, window=AllTimes()).fit(fine).apply(coarsen(fine, 3))
    np.testing.assert_allclose(coarse_means(out, 3), coarse_means(fine, 3), rtol=1e-12)
    assert out.std() > 0.8 * fine.std()


@settings(max_examples=5, deadline=None)
@given(st.integers(1, 2), st.integers(1, 3), st.sampled_from([200, 1095]))
def test_chunks_and_members_change_nothing(lat, lon, time):
    run = coarsen(fields(seed=1), 2)
    members = xr.concat([run, 1.1 * run], "member").assign_coords(member=[3, 7])
    fitted = MBCnSD(rotations=3).fit(fields().chunk(time=300))
    whole = fitted.apply(members)
    lazy = fitted.apply(members.chunk(lat=lat, lon=lon, time=time))
    assert lazy.chunks is not None and whole.dims == members.dims
    np.testing.assert_array_equal(lazy.compute(), whole)
    np.testing.assert_array_equal(fitted.apply(run), whole[0])
    assert list(whole.member.values) == [3, 7]


def test_orientation_and_longitudes_may_differ():
    run, fitted = coarsen(fields(seed=1), 2), MBCnSD(rotations=3).fit(fields())
    turned = run[:, ::-1].assign_coords(lon=run.lon.values - 360).transpose("lat", "lon", "time")
    out = fitted.apply(turned)
    assert out.dims == ("lat", "lon", "time")
    np.testing.assert_array_equal(out.transpose("time", "lat", "lon"), fitted.apply(run))


def test_what_was_said_of_the_adjustment_stays():
    run = coarsen(fields(seed=1), 2).assign_attrs(adjustment="QuantileDelta()", beyond_calibration="1.00%", history="x")
    attrs = MBCnSD(rotations=1).fit(fields()).apply(run).attrs
    assert {"adjustment", "beyond_calibration", "downscaling", "units"} == set(attrs) - {
        "standard_name",
        "cell_methods",
    }


def test_save_and_load(tmp_path):
    fitted = MBCnSD(rotations=3, window=MovingWindow(31, step=31)).fit(fields(), key=5)
    fitted.save(tmp_path / "fine.safetensors")
    run = coarsen(fields(seed=1), 2)
    xr.testing.assert_identical(nesym.load(tmp_path / "fine.safetensors").apply(run), fitted.apply(run))
    other = MBCnSD(rotations=3, window=MovingWindow(31, step=31)).fit(fields(), key=6).apply(run)
    assert not np.array_equal(other, fitted.apply(run))


def test_hard_records():
    """Cells that were never observed, one gap, a dry and a constant record, a missing and a dry run."""
    fine, run = fields(), coarsen(fields(seed=1), 2)
    fine[:, 0, 0] = np.nan
    fine[:, 2:, 4:] = np.nan
    fine[7, 3, 3] = np.nan
    fine[:, 2:, :2] = 0.0
    fine[:, :2, 2:4] = 1.0
    run[10, 0, 0] = np.nan
    run[:, 0, 2] = 0.0
    out = MBCnSD(rotations=3).fit(fine).apply(run)
    gone = np.zeros((4, 6), bool)
    gone[0, 0] = gone[2:, 4:] = True
    assert np.isnan(out.values[:, gone]).all() and (out.values[:, :2, 4:] == 0).all()
    missing = np.isnan(out.values) & ~gone
    assert missing[10].sum() == 3 and missing.sum() == 3
    assert np.isfinite(out.values[:, 2:, :4]).all()
    np.testing.assert_allclose(coarse_means(out, 2)[:, 0, 1], run[:, 0, 1], rtol=1e-12)
    whole = MBCnSD(rotations=3).fit(fields()).apply(run)
    assert float(abs(out - whole)[:, 2:, 2:4].mean()) < 0.2 * float(whole[:, 2:, 2:4].mean())


def test_rotations_are_rotations():
    turns = rotations(4, 5, 3)
    np.testing.assert_allclose(turns @ turns.transpose(0, 2, 1), np.broadcast_to(np.eye(5), (4, 5, 5)), atol=1e-12)
    np.testing.assert_array_equal(turns, rotations(4, 5, 3))
    assert not np.array_equal(turns, rotations(4, 5, 4))


@settings(max_examples=40, deadline=None)
@given(st.floats(0.01, 0.99), st.sampled_from([(None, None), (0.0, None), (None, 1.0), (0.0, 1.0)]), st.integers(0, 99))
def test_means_are_moved_within_the_ends(wanted, ends, seed):
    rng = np.random.default_rng(seed)
    x, weights = rng.random((2, 4, 3)), rng.random((2, 4)) + 0.1
    x[0, :, 0] = ends[0] if ends[0] is not None else 0.5
    found = with_mean(x, mean_of(x, weights), np.full((2, 1, 3), wanted), ends)
    np.testing.assert_allclose(mean_of(found, weights), wanted, rtol=1e-12)
    assert ends[0] is None or found.min() >= 0
    assert ends[1] is None or found.max() <= 1


def test_a_transfer_to_oneself_changes_nothing():
    """Fields that have the distribution of the observed ones already stay where they are."""
    rng = np.random.default_rng(0)
    x, weights = rng.standard_normal((2, 4, 500)), np.ones((2, 4))
    found = transferred(x, mean_of(x, weights)[:, 0], x, weights, rotations(6, 4, 0), (None, None))
    np.testing.assert_allclose(found, x, atol=1e-12)


def test_input_that_is_refused():
    fine, run = fields(), coarsen(fields(seed=1), 2)
    with pytest.raises(NotFittedError, match="has not been fitted"):
        MBCnSD().apply(run)
    with pytest.raises(InputError, match="whole number from 1"):
        MBCnSD(rotations=0)
    fitted = MBCnSD(rotations=1).fit(fine)
    with pytest.raises(GridError, match="f from 2"):
        fitted.apply(fields(seed=1))
    with pytest.raises(GridError, match="f from 2"):
        fitted.apply(run.isel(lon=[0, 1]))
    with pytest.raises(GridError, match="another grid"):
        fitted.apply(run.assign_coords(lat=run.lat + 0.5))
    with pytest.raises(GridError, match="further dimension 'member'"):
        MBCnSD().fit(fine.expand_dims(member=2))
    with pytest.raises(TimeError, match="are needed") as refused:
        fitted.apply(run.isel(time=slice(10)))
    assert refused.value.remedy.endswith(".")
    with pytest.raises(InputError, match="no settings for 'soil'"):
        MBCnSD().fit(fields("tas").rename("soil"))
