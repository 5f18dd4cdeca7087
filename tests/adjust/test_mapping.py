"""What each method promises, on records whose distributions are known."""

import numpy as np
import pytest
import xarray as xr
from small_runs import rain, temperature

from nesym.adjust import (
    LOCI,
    AllTimes,
    DeltaChange,
    DetrendedQuantileMapping,
    LinearScaling,
    Months,
    MovingWindow,
    QuantileDelta,
    QuantileMapping,
)

QUANTILES = (QuantileMapping, DetrendedQuantileMapping, QuantileDelta)
METHODS = (*QUANTILES, LinearScaling)
WINDOWS = (Months(), MovingWindow(31), MovingWindow(61, step=5), AllTimes())
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: type(w).__name__ + str(getattr(w, "step", "")))
@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_a_perfect_model_is_left_as_it_is(method, window):
    for record in (temperature(3, 285.0, 3.0, 0), rain(3, 0.4, 4.0, 0)):
        fixed = method(window=window).fit(record, record).apply(record)
        np.testing.assert_allclose(fixed, record, rtol=1e-6)


@pytest.mark.parametrize("method", QUANTILES, ids=lambda m: m.name)
def test_the_past_gets_the_observed_distribution_month_by_month(method):
    obs, hist = temperature(20, 285.0, 3.0, 1), temperature(20, 288.0, 5.0, 2)
    fixed = method().fit(obs, hist).apply(hist)
    for month in (1, 7):
        wanted, found, raw = (
            da.sel(time=da.time.dt.month == month).quantile(LEVELS, "time") for da in (obs, fixed, hist)
        )
        assert abs(found - wanted).max() < 0.08 < 1.0 < abs(raw - wanted).max()


@pytest.mark.parametrize("method", QUANTILES, ids=lambda m: m.name)
def test_rain_gets_the_observed_frequency_and_intensity(method):
    """Also where the model is too dry, which no ratio of quantiles could mend."""
    obs = rain(20, 0.4, 5.0, 3)
    for dry, mean in ((0.6, 3.0), (0.2, 2.0)):
        fixed = method().fit(obs, rain(20, dry, mean, 4)).apply(rain(20, dry, mean, 4))
        assert fixed.attrs["units"] == "mm day-1"
        wet = [float((da > 0.1).mean()) for da in (fixed, obs)]
        assert wet[0] == pytest.approx(wet[1], abs=0.02)
        heavy = [da.where(da > 0.1).quantile(LEVELS, skipna=True) for da in (fixed, obs)]
        np.testing.assert_allclose(heavy[0], heavy[1], rtol=0.08, atol=0.05)


def test_quantile_delta_keeps_the_change_of_every_quantile():
    obs, hist = temperature(10, 285.0, 3.0, 5), temperature(10, 288.0, 5.0, 6)
    warm = hist + 3.0 + 0.1 * (hist - 288.0)
    fixed = QuantileDelta(window=AllTimes()).fit(obs, hist)
    # Every value has the same rank in both runs, and so the same correction: its change is the projected one.
    np.testing.assert_allclose(fixed.apply(warm) - fixed.apply(hist), warm - hist, atol=1e-9)
    wet = rain(10, 0.3, 3.0, 7)
    fixed = QuantileDelta(window=AllTimes(), adapt_dry=False).fit(rain(10, 0.3, 5.0, 8), wet)
    factor = 1.37
    np.testing.assert_allclose(fixed.apply(factor * wet).sum(), factor * fixed.apply(wet).sum(), rtol=2e-3)


def test_quantile_mapping_bends_the_change_and_detrended_mapping_keeps_its_mean():
    obs, hist = temperature(10, 285.0, 3.0, 9), temperature(10, 288.0, 6.0, 10)
    warm = hist + 4.0
    changes = {}
    for method in (QuantileMapping, DetrendedQuantileMapping):
        fixed = method().fit(obs, hist)
        changes[method] = float((fixed.apply(warm) - fixed.apply(hist)).mean())
    assert changes[DetrendedQuantileMapping] == pytest.approx(4.0, abs=1e-6)
    assert changes[QuantileMapping] < 3.0


def test_tails_take_the_correction_of_the_last_quantile():
    obs, hist = temperature(10, 285.0, 3.0, 11), temperature(10, 288.0, 5.0, 12)
    fixed = QuantileMapping(window=AllTimes(), quantiles=20).fit(obs, hist)
    shift = [fixed.apply(xr.full_like(hist, value)) - value for value in (330.0, 400.0)]
    np.testing.assert_allclose(shift[0], shift[1], atol=1e-3)
    assert (np.abs(shift[1]) < 20).all()


def test_ratios_are_limited_where_the_model_hardly_rains():
    obs, hist = rain(5, 0.1, 5.0, 13), 1e-4 * rain(5, 0.1, 5.0, 14)
    for method in METHODS:
        fixed = method(largest=10.0, **({"adapt_dry": False} if method in QUANTILES else {})).fit(obs, hist).apply(hist)
        assert float(fixed.max()) <= 10.0 * float(hist.max()) * (1 + 1e-9)


def test_linear_scaling_mends_the_mean_alone():
    obs, hist = rain(10, 0.4, 5.0, 15), rain(10, 0.4, 2.5, 16)
    fixed = LinearScaling().fit(obs, hist).apply(hist)
    by_month = [da.groupby("time.month").mean("time") for da in (fixed, obs)]
    np.testing.assert_allclose(by_month[0], by_month[1], rtol=1e-6)


def test_local_intensity_scaling_mends_wet_days_and_their_mean():
    obs, hist = rain(20, 0.5, 6.0, 17), 0.3 + rain(20, 0.2, 3.0, 18)
    fixed = LOCI(wet=1.0).fit(obs, hist).apply(hist)
    assert float((fixed >= 1.0).mean()) == pytest.approx(float((obs >= 1.0).mean()), abs=2e-3)
    assert float(fixed.where(fixed >= 1).mean()) == pytest.approx(float(obs.where(obs >= 1).mean()), rel=5e-3)
    assert float(fixed.min()) >= 0


def test_delta_change_puts_the_change_onto_the_observed_days():
    obs, hist = temperature(4, 285.0, 3.0, 19), temperature(4, 288.0, 5.0, 20)
    future = (hist + 2.5).assign_coords(time=temperature(4, 0.0, 0.0, 0, "2080-01-01").time)
    changed = DeltaChange().fit(obs, hist).apply(future)
    np.testing.assert_allclose(changed, obs + 2.5, atol=1e-5)
    wetter = DeltaChange().fit(rain(4, 0.4, 5.0, 21), rain(4, 0.4, 3.0, 22)).apply(1.2 * rain(4, 0.4, 3.0, 22))
    np.testing.assert_allclose(wetter, 1.2 * rain(4, 0.4, 5.0, 21), rtol=1e-6)
    assert wetter.dims == ("time", "lat", "lon")


def test_rain_is_scaled_and_temperature_shifted_unless_asked():
    obs, hist = rain(3, 0.0, 5.0, 23), rain(3, 0.0, 3.0, 24)
    for kind in (None, "ratio"):
        assert float(LinearScaling(kind=kind).fit(obs, hist).apply(hist).min()) > 0
    added = LinearScaling(kind="difference").fit(hist, obs).apply(hist)
    assert float(added.min()) < 0
    assert (
        QuantileMapping().fit(temperature(2, 280.0, 2.0, 0), temperature(2, 282.0, 2.0, 1)).fitted.kind == "difference"
    )
