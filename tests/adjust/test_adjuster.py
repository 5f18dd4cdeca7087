"""The protocol: labels, periods, members, chunks, files, and input that is refused."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import labelled, rain, temperature

import nesym
from nesym._errors import GridError, InputError, NotFittedError, RangeError, TimeError, UnitError, VariableError
from nesym.adjust import (
    LOCI,
    AllTimes,
    DeltaChange,
    DetrendedQuantileMapping,
    LinearScaling,
    MovingWindow,
    QuantileDelta,
    QuantileMapping,
)

METHODS = (QuantileMapping, DetrendedQuantileMapping, QuantileDelta, LinearScaling, LOCI, DeltaChange)
OBS, HIST = rain(3, 0.4, 5.0, 0), rain(3, 0.6, 3.0, 1)
FUTURE = rain(4, 0.5, 4.0, 2, "2050-01-01")


@settings(max_examples=10, deadline=None)
@given(st.sampled_from(METHODS), st.integers(1, 3), st.integers(1, 2), st.sampled_from([400, 1460]))
def test_chunks_change_nothing(method, lat, lon, time):
    whole = method().fit(OBS, HIST).apply(FUTURE)
    pieces = method().fit(OBS.chunk(lat=lat, time=time), HIST.chunk(lat=lat, lon=lon, time=-1))
    lazy = pieces.apply(FUTURE.chunk(lat=lat, lon=lon, time=time))
    assert lazy.chunks is not None
    np.testing.assert_array_equal(lazy.compute(), whole)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_save_and_load(method, tmp_path):
    fitted = method(window=MovingWindow(61, step=31)).fit(OBS, HIST, key=3)
    fitted.save(tmp_path / "fixed.safetensors", data="small")
    again = nesym.load(tmp_path / "fixed.safetensors")
    xr.testing.assert_identical(again.apply(FUTURE), fitted.apply(FUTURE))


def test_places_alone_and_stations():
    one = QuantileDelta().fit(OBS[:, 0, 0], HIST[:, 0, 0]).apply(FUTURE[:, 0, 0])
    np.testing.assert_allclose(one, QuantileDelta().fit(OBS, HIST).apply(FUTURE)[:, 0, 0])
    obs, hist, future = (
        da.stack(station=("lat", "lon")).drop_vars(["station", "lat", "lon"]).assign_coords(station=list("abcdef"))
        for da in (OBS, HIST, FUTURE)
    )
    fixed = QuantileDelta().fit(obs, hist)
    shuffled = future.isel(station=[3, 1, 0, 2, 5, 4])
    out = fixed.apply(shuffled)
    assert list(out.station.values) == list("dbacfe")
    np.testing.assert_array_equal(out.sel(station=list("abcdef")), fixed.apply(future))


def test_orientation_and_longitudes_may_differ():
    usual = QuantileMapping().fit(OBS, HIST).apply(FUTURE)
    turned = FUTURE.isel(lat=slice(None, None, -1)).assign_coords(lon=[360.0, 15.0])
    out = QuantileMapping().fit(OBS, HIST.isel(lat=[2, 1, 0])).apply(turned.transpose("lon", "time", "lat"))
    assert out.dims == ("lon", "time", "lat") and list(out.lat.values) == [30.0, 20.0, 10.0]
    np.testing.assert_array_equal(out.transpose("time", "lat", "lon")[:, ::-1], usual)


def test_units_are_brought_together():
    seconds = (HIST / 86_400).assign_attrs(units="kg m-2 s-1")
    six = (FUTURE / 4).assign_attrs(units="mm (6 h)-1")
    np.testing.assert_allclose(
        QuantileDelta().fit(OBS, seconds).apply(six), QuantileDelta().fit(OBS, HIST).apply(FUTURE), rtol=1e-5, atol=1e-9
    )
    warm = temperature(3, 285.0, 3.0, 3)
    celsius = (warm - 273.15).assign_attrs(units="degC")
    assert float(abs(LinearScaling().fit(warm, celsius).apply(celsius) - warm).max()) < 1e-4


def test_calendars_may_differ():
    """One season of a model with months of 30 days lies where the observed one does."""
    obs = temperature(5, 285.0, 1.0, 4)
    time = xr.date_range("1980-01-01", periods=1800, freq="D", calendar="360_day", use_cftime=True)
    cycle = 10 * np.sin(2 * np.pi * (np.arange(1800) % 360) / 360)
    hist = labelled(288.0 + cycle + np.random.default_rng(5).standard_normal(1800), "1980-01-01", "tas", "K")
    hist = hist.assign_coords(time=time)
    for window in (MovingWindow(31), AllTimes()):
        fixed = LinearScaling(window=window).fit(obs[:, 0, 0], hist, reference="all").apply(hist)
        assert float(abs(fixed - hist + 3.0).max()) < 0.6


@pytest.mark.parametrize("method", [QuantileDelta, QuantileMapping])
def test_members_share_a_mapping_or_have_their_own(method):
    members = xr.concat([HIST, 2 * HIST], "member")
    future = xr.concat([FUTURE, 2 * FUTURE], "member")
    blank = method(adapt_dry=False, largest=1e9)
    own = blank.fit(OBS, members, members="each").apply(future)
    np.testing.assert_allclose(own.isel(member=0), own.isel(member=1), rtol=1e-5)
    np.testing.assert_allclose(own.isel(member=0), blank.fit(OBS, HIST).apply(FUTURE), rtol=1e-5)
    pooled = method().fit(OBS, members)
    both = pooled.apply(future)
    assert both.dims == future.dims and float((both.isel(member=1) - both.isel(member=0)).mean()) > 0.5
    np.testing.assert_array_equal(both.isel(member=[0]), pooled.apply(future.isel(member=[0])))


def test_the_reference_period_is_common_or_named():
    long = rain(6, 0.4, 5.0, 6, "1978-01-01")
    fitted = QuantileMapping().fit(long, HIST)
    assert fitted.fitted.period() == "1980 to 1982" and len(fitted.fitted.obs_times) == 3 * 365
    named = QuantileMapping().fit(long, HIST, reference="1981/1982")
    assert set(named.fitted.obs_times.year) == {1981, 1982} == set(named.fitted.hist_times.year)
    assert named.apply(FUTURE).attrs["adjustment_reference"] == "1981 to 1982"


def test_one_missing_value_does_not_poison_its_window():
    holed, record = OBS.copy(), HIST.copy()
    holed[100, 0, 0] = record[200, 1, 1] = np.nan
    whole, some = QuantileDelta().fit(OBS, HIST).apply(FUTURE), QuantileDelta().fit(holed, record).apply(FUTURE)
    assert np.isfinite(some).all()
    assert float(abs(some - whole).mean()) < 0.05
    gap = FUTURE.copy()
    gap[50, 2, 1] = np.nan
    out = QuantileDelta().fit(OBS, HIST).apply(gap)
    assert np.isnan(out[50, 2, 1]) and int(np.isnan(out).sum()) == 1


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_cells_without_observations_stay_missing_and_odd_ones_do_no_harm(method):
    obs, hist, future = OBS.copy(), HIST.copy(), FUTURE.copy()
    obs[:, 0, 0] = np.nan  # sea
    hist[:, 0, 1] = 0.0  # a model that never rains
    future[:, 0, 1] = 0.0
    obs[:, 1, 0] = 0.0  # a desert
    obs[:, 1, 1] = hist[:, 1, 1] = 2.0  # constant
    out = method().fit(obs, hist).apply(future)
    assert np.isnan(out[:, 0, 0]).all() and np.isfinite(out[:, 1:]).all() and np.isfinite(out[:, 0, 1]).all()
    # Of the desert, local intensity scaling keeps what exceeds all that the model has ever rained there.
    assert float((out[:, 1, 0] > 0).mean()) <= (0.05 if method is LOCI else 0.0) and float(out.min()) >= 0.0


def test_what_lies_beyond_the_calibrated_range_is_said():
    fitted = QuantileMapping().fit(OBS, HIST)
    assert "beyond_calibration" not in fitted.apply(HIST).attrs
    assert "lie beyond" in fitted.apply(3 * HIST).attrs["beyond_calibration"]
    assert "beyond" in fitted.apply(HIST.chunk()).attrs["beyond_calibration"]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda o, h: (o, h.assign_attrs(units="mm per day!")), UnitError, "units"),
        (lambda o, h: (o, h.assign_attrs(units="K")), UnitError, "units"),
        (lambda o, h: (o, h - 1.0), RangeError, "negative"),
        (lambda o, h: (o, h.where(h < 20, np.inf)), RangeError, "infinite"),
        (lambda o, h: (o, h.isel(lat=[0, 1])), GridError, "regrid"),
        (lambda o, h: (o, h.assign_coords(lat=[11.0, 21.0, 31.0])), GridError, "regrid"),
        (lambda o, h: (o, h.isel(time=0)), TimeError, "time axis"),
        (lambda o, h: (o, h.assign_coords(time=FUTURE.time[: h.sizes["time"]])), TimeError, "no time in common"),
        (lambda o, h: (o, h.isel(time=slice(None, None, -1))), TimeError, "increase"),
        (lambda o, h: (o.isel(time=slice(0, 100)), h), TimeError, "needs 25"),
        (lambda o, h: tuple(da.rename("wxyz").assign_attrs(units="kg") for da in (o, h)), InputError, "kind="),
        (lambda o, h: (xr.Dataset({"a": o.assign_attrs(units="K"), "b": o}), h), VariableError, "variable="),
        (lambda o, h: (o.expand_dims(member=2), h), InputError, "members"),
        (lambda o, h: (o.values, h), InputError, "xarray"),
    ],
)  # fmt: skip
def test_input_that_does_not_fit_is_refused_with_its_remedy(change, error, words):
    with pytest.raises(error, match=words):
        QuantileMapping().fit(*change(OBS, HIST))


def test_scenarios_that_do_not_fit_are_refused():
    winter = OBS.sel(time=OBS.time.dt.month.isin([12, 1, 2]))
    fitted = QuantileMapping().fit(winter, HIST.sel(time=winter.time))
    with pytest.raises(TimeError, match="month 3"):
        fitted.apply(FUTURE)
    assert fitted.apply(FUTURE.sel(time=FUTURE.time.dt.month == 1)).notnull().all()
    with pytest.raises(TimeError, match="ranks"):
        QuantileDelta().fit(OBS, HIST).apply(FUTURE.isel(time=slice(0, 10)))
    assert QuantileMapping().fit(OBS, HIST).apply(FUTURE.isel(time=slice(0, 10))).notnull().all()
    with pytest.raises(NotFittedError, match="fit"):
        QuantileMapping().apply(FUTURE)
    with pytest.raises(InputError, match="LOCI"):
        LOCI().fit(temperature(2, 280.0, 2.0, 0), temperature(2, 280.0, 2.0, 0))
    with pytest.raises(InputError, match="seasons"):
        DeltaChange().fit(OBS, HIST).apply(FUTURE.isel(time=slice(0, 100)))


def test_options_are_checked():
    for wrong in (lambda: QuantileMapping(quantiles=1), lambda: QuantileDelta(largest=0.5)):
        with pytest.raises(InputError, match="quantiles"):
            wrong()
    for days, step in ((30, 1), (31, 2), (3, 5), (400, 1)):
        with pytest.raises(InputError, match="moving window"):
            MovingWindow(days, step)
    with pytest.raises(InputError, match="pooled"):
        QuantileMapping().fit(OBS, HIST, members="both")
    with pytest.raises(TimeError, match="1983/1995"):
        QuantileMapping().fit(OBS, HIST, reference="1983")
