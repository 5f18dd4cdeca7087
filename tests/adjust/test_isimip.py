"""ISIMIP3BASD beside ibicus, its rules one by one, and records that are hard on it.

isimip_ibicus.json is what `python tests/oracles/make_isimip_values.py` printed with ibicus 1.3.1.
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from small_isimip import UNITS, YEARS, PeerWindow, records

import nesym
from nesym._errors import InputError, TimeError, UnitError
from nesym.adjust import ISIMIP3BASD, ISIMIP_SETTINGS, AllTimes, ISIMIPSettings, Months, MovingWindow

STORED = json.loads((Path(__file__).parent / "isimip_ibicus.json").read_text())
CASES = [(case, variable) for case, values in STORED["values"].items() for variable in values]
COARSE = MovingWindow(61, step=61)  # few windows: quick
BOUNDED = [name for name, row in ISIMIP_SETTINGS.items() if row.bounded]


@pytest.mark.parametrize(("case", "variable"), CASES)
def test_values_are_those_of_ibicus(case, variable):
    row = ISIMIP_SETTINGS[variable]
    changes = {"odds": {"event_likelihood": True}, "beta": {"distribution": "beta"}}.get(case)
    own = replace(row, **changes) if changes else None
    method = ISIMIP3BASD(window=PeerWindow() if case == "windows" else Months(), settings=own)
    obs, hist, future = records(variable)
    ours = method.fit(obs, hist).apply(future).values[:: STORED["step"]]
    peer = np.array(STORED["values"][case][variable])
    # Its Weibull distributions are found by a simplex, and it draws values beyond the thresholds of humidity at random.
    close = 2e-4 if row.distribution == "weibull" or variable == "hurs" else 1e-6
    np.testing.assert_allclose(ours[:, 0], peer, rtol=1e-6, atol=close * peer.std())
    np.testing.assert_array_equal(ours[:, 0] == peer.min(), ours[:, 1] == peer.min())


@pytest.mark.parametrize("variable", sorted(UNITS))
def test_a_perfect_model_is_left_as_it_is(variable):
    """To the last digit where there are no bounds; else in its quantiles, as far as both records have as many values."""
    obs, _, future = records(variable)
    out = ISIMIP3BASD(window=COARSE).fit(obs, obs).apply(future)
    assert out.dims == future.dims and out.attrs["units"] == UNITS[variable]
    assert "ISIMIP3BASD" in out.attrs["adjustment"]
    if not ISIMIP_SETTINGS[variable].bounded:
        np.testing.assert_allclose(out, future, rtol=1e-9)
    elif ISIMIP_SETTINGS[variable].adjust_frequency:
        levels = [0.4, 0.5, 0.7, 0.9, 0.97]
        np.testing.assert_allclose(*(np.quantile(x, levels) for x in (out, future)), rtol=0.03)


@pytest.mark.parametrize("variable", ["tas", "rlds", "psl"])
def test_the_change_of_the_mean_is_kept(variable):
    obs, hist, future = records(variable)
    out = ISIMIP3BASD(window=COARSE).fit(obs, hist).apply(future)
    change, kept = float(future.mean() - hist.mean()), float(out.mean() - obs.mean())
    assert kept == pytest.approx(change, abs=0.02 * float(hist.std()))


def test_the_trend_within_the_scenario_is_kept():
    """0.4 K a year, which is no variability: neither widened nor narrowed by the mapping."""
    obs, hist, future = records("tas")
    means = ISIMIP3BASD(window=COARSE).fit(obs, hist).apply(future).groupby("time.year").mean()
    slope = np.polyfit(means.year, means[:, 0], 1)[0]
    assert slope == pytest.approx(np.polyfit(means.year, future.groupby("time.year").mean()[:, 0], 1)[0], abs=0.02)


def test_dry_days_come_as_often_as_observed_with_their_change():
    obs, hist, future = records("pr")
    out = ISIMIP3BASD(window=AllTimes()).fit(obs, hist).apply(future)
    dry = [float((x <= 0.1).mean()) for x in (obs, hist, future)]
    wanted = 1 - (1 - dry[0]) * (1 - dry[2]) / (1 - dry[1])
    assert float((out == 0).mean()) == pytest.approx(wanted, abs=1e-3)
    assert float(out.where(out > 0).min()) > 0.1
    # And where the model has too many of them, dry days become wet: in the order of chance, which is that of the key.
    wetter = ISIMIP3BASD(window=AllTimes()).fit(hist, obs)
    more = wetter.apply(obs)
    assert float((more == 0).mean()) == pytest.approx(dry[1], abs=1e-3)
    other = ISIMIP3BASD(window=AllTimes()).fit(hist, obs, key=1).apply(obs)
    assert not np.array_equal(more, other) and not np.array_equal(more[:, 0], more[:, 1])
    np.testing.assert_allclose(np.sort(more[:, 0]), np.sort(other[:, 1]), rtol=1e-6)


@settings(max_examples=6, deadline=None)
@given(st.sampled_from(["pr", "tas", "hurs", "sfcWind", "rsds"]), st.sampled_from([np.float32, np.float64]))
def test_chunks_change_nothing(variable, dtype):
    obs, hist, future = (da.isel(time=slice(1460)) for da in records(variable, dtype))
    fixed = ISIMIP3BASD(window=COARSE).fit(obs, hist)
    whole, lazy = fixed.apply(future), fixed.apply(future.chunk(place=1, time=400))
    assert lazy.chunks is not None and whole.dtype == dtype
    np.testing.assert_array_equal(lazy.compute(), whole)


def test_save_and_load(tmp_path):
    obs, hist, future = records("hurs")
    own = replace(ISIMIP_SETTINGS["hurs"], adjust_frequency=True)
    fitted = ISIMIP3BASD(window=COARSE, settings=own).fit(obs, hist, key=2)
    fitted.save(tmp_path / "fixed.safetensors")
    again = nesym.load(tmp_path / "fixed.safetensors")
    assert again.settings == own
    xr.testing.assert_identical(again.apply(future), fitted.apply(future))


def test_members_share_one_past():
    obs, hist, future = records("tas")
    members = xr.concat([hist, hist + 1.0], "member")
    pooled = ISIMIP3BASD(window=COARSE).fit(obs, members)
    out = pooled.apply(xr.concat([future, future + 1.0], "member"))
    assert float((out[1] - out[0]).mean()) == pytest.approx(1.0, abs=0.05)
    single = ISIMIP3BASD(window=COARSE).fit(obs, hist)
    assert float((out[0] - single.apply(future)).mean()) == pytest.approx(-0.5, abs=0.05)


@pytest.mark.parametrize("variable", sorted(UNITS))
def test_hard_records(variable):
    """Holes, cells without observations, constant ones and ones that lie at a bound throughout: each alone."""
    obs, hist, future = (da.isel(time=slice(1825), place=[0] * 8).drop_vars("place").copy() for da in records(variable))
    calm = float(obs.mean())
    bound = ISIMIP_SETTINGS[variable].lower[0] if ISIMIP_SETTINGS[variable].lower else calm
    obs[:, 1], hist[:, 2], future[:, 3] = np.nan, np.nan, np.nan
    obs[::7, 4], hist[3::9, 4], future[5::11, 4] = np.nan, np.nan, np.nan
    obs[:, 5] = hist[:, 6] = bound
    obs[:, 7] = hist[:, 7] = future[:, 7] = calm
    out = ISIMIP3BASD(window=COARSE).fit(obs, hist).apply(future).values
    assert np.isnan(out[:, [1, 2, 3]]).all()
    assert np.isfinite(out[:, [0, 5, 6, 7]]).all()
    filled = ISIMIP_SETTINGS[variable].impute
    np.testing.assert_array_equal(np.isnan(out[:, 4]), np.isnan(future[:, 4]) & (not filled))
    assert abs(np.nanmean(out[:, 4]) - out[:, 0].mean()) < 0.1 * out[:, 0].std()
    np.testing.assert_allclose(out[:, 7], calm, rtol=1e-6)
    if variable in BOUNDED and variable != "rsds":
        top = (ISIMIP_SETTINGS[variable].upper or (np.inf,))[0]
        assert np.nanmin(out) >= bound and np.nanmax(out) <= top


def test_missing_snow_ratios_are_filled_unless_told_otherwise():
    obs, hist, future = records("prsnratio")
    holed = future.where(future["time"].dt.day % 3 > 0)
    filled = ISIMIP3BASD(window=COARSE).fit(obs, hist).apply(holed)
    kept = replace(ISIMIP_SETTINGS["prsnratio"], impute=False)
    left = ISIMIP3BASD(window=COARSE, settings=kept).fit(obs, hist).apply(holed)
    gaps = np.isnan(holed.values)
    assert np.isfinite(filled).all() and np.isnan(left.values[gaps]).all()
    np.testing.assert_array_equal(filled.values[~gaps], left.values[~gaps])
    assert filled.values[gaps].mean() == pytest.approx(filled.values[~gaps].mean(), abs=0.01)


def test_the_polar_night_stays_dark():
    obs, hist, future = records("rsds")
    obs, hist, future = (da.where(abs(da["time"].dt.dayofyear - 182) < 123, 0.0) for da in (obs, hist, future))
    out = ISIMIP3BASD(window=MovingWindow(31, step=31)).fit(obs, hist).apply(future)
    deep = (out["time"].dt.dayofyear < 25) | (out["time"].dt.dayofyear > 340)
    assert (out.values[deep.values] == 0).all() and float(out.min()) >= 0
    assert float(out.max()) < 1.1 * float(obs.max())


def test_units_of_the_record_count():
    obs, hist, future = records("hurs")
    parts = [(da / 100).assign_attrs(units="1") for da in (obs, hist, future)]
    percent = ISIMIP3BASD(window=COARSE).fit(obs, hist).apply(future)
    np.testing.assert_allclose(100 * ISIMIP3BASD(window=COARSE).fit(*parts[:2]).apply(parts[2]), percent, atol=1e-6)


def test_the_variable_is_told_by_its_name_or_said():
    obs, hist, future = (da.rename("wind") for da in records("sfcWind"))
    with pytest.raises(InputError, match="no settings for 'wind'") as refused:
        ISIMIP3BASD().fit(obs, hist)
    assert "ISIMIP3BASD(variable=...)" in refused.value.remedy
    said = ISIMIP3BASD(window=COARSE, variable="sfcWind").fit(obs, hist).apply(future)
    usual = ISIMIP3BASD(window=COARSE).fit(obs.rename("sfcwind"), hist).apply(future)
    np.testing.assert_array_equal(said, usual)
    with pytest.raises(UnitError, match="settings are in 'W m-2'"):
        ISIMIP3BASD(variable="rsds").fit(obs, hist)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (dict(kind="ratio"), "in its own way"),
        (dict(variable="ice"), "no settings for 'ice'"),
    ],
)
def test_constructors_that_are_refused(given, words):
    with pytest.raises(InputError, match=words) as refused:
        ISIMIP3BASD(**given)
    assert refused.value.remedy.endswith(".")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (dict(trend="linear"), "is not a choice"),
        (dict(distribution="rice"), "is not a choice"),
        (dict(trend="bounded"), "needs bounds"),
        (dict(distribution="gamma"), "needs bounds"),
        (dict(lower=(0.0, 0.0)), "within its bound"),
        (dict(upper=(1.0, 1.1)), "within its bound"),
    ],
)
def test_settings_that_are_refused(given, words):
    with pytest.raises(InputError, match=words):
        ISIMIPSettings(**({"units": "1", "trend": "additive"} | given))


def test_a_scenario_shorter_than_its_ranks():
    obs, hist, future = records("tas")
    with pytest.raises(TimeError, match="ranks the scenario"):
        ISIMIP3BASD(window=MovingWindow(5)).fit(obs, hist).apply(future.isel(time=slice(365)))


def test_one_season_alone():
    winter = [da.isel(time=da["time"].dt.month.isin([12, 1, 2])) for da in records("rsds")]
    out = ISIMIP3BASD(window=MovingWindow(31)).fit(*winter[:2]).apply(winter[2])
    assert np.isfinite(out).all() and out.sizes == winter[2].sizes
    assert YEARS * 90 == out.sizes["time"]
