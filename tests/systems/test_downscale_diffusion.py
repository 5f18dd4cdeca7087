"""Correction and downscaling over Iberia, and the trend on the globe: splits, scores of a climate, and, slowly, the claims."""

import numpy as np
import pytest
import xarray as xr

from nesym.downscale import RainFARM
from nesym.fields import area_weights, canonical
from nesym.systems import downscale_diffusion as system
from nesym.systems.iberia import data as protocol
from nesym.systems.iberia import trend
from nesym.systems.iberia.climate import HEAVY, MEAN, MOST, TAIL, Climate, cell_areas, errors, thresholds
from nesym.systems.iberia.embedding import ks_distance

LAT, LON = np.array([40.0, 41.0]), np.array([0.0, 1.0, 2.0])


def winters(seed: int = 0, members: int = 0, scale: float = 1.0) -> xr.DataArray:
    """Daily rain of two winters, a cell of them at sea: ([member,] time, lat, lon)."""
    days = np.concatenate([np.arange(f"{y}-12-01", f"{y + 1}-03-01", dtype="datetime64[D]") for y in (1996, 1997)])
    shape = ((members,) if members else ()) + (days.size, 2, 3)
    rain = scale * np.random.default_rng(seed).gamma(0.6, 6.0, shape)
    rain[..., 0, 0] = np.nan
    dims = (("member",) if members else ()) + ("time", "lat", "lon")
    coords = {"time": days.astype("datetime64[ns]"), "lat": LAT, "lon": LON}
    return xr.DataArray(rain, coords, dims, "pr", {"units": "mm day-1"})


def test_no_winter_is_in_two_parts_and_later_ones_are_left_alone():
    first, last = np.array(list(protocol.WINTERS.values())).T
    assert (first[1:] > last[:-1]).all() and last.max() == 2000


def test_climates_are_those_of_winters_not_of_years():
    rain = winters()
    limit = thresholds(rain)
    climate = Climate.of(rain, limit)
    assert climate.winters == 2
    found = climate.yearly[MOST][0]
    np.testing.assert_allclose(found[:, 1:], rain.sel(time=slice("1996-12", "1997-02")).max("time")[:, 1:])
    last = rain.sel(time=slice("1997-12", "1998-02"))
    heavy = last.where(last > limit).sum("time")
    np.testing.assert_allclose(climate.yearly[HEAVY][1][:, 1:], heavy[:, 1:])


@pytest.mark.parametrize("statistic", [MEAN, TAIL, HEAVY, MOST])
def test_errors_are_mean_distances_of_maps_and_none_for_the_truth(statistic):
    rain, wet = winters(), winters(scale=1.5)
    limit, area = thresholds(rain), cell_areas(rain)
    truth = Climate.of(rain, limit)
    found = errors({"same": truth, "wet": Climate.of(wet, limit)}, truth, statistic, area, 0)
    assert found["same"][0] == 0 and found["wet"][0] > 0.1
    if statistic == MEAN:
        # A record of two winters: the mean over winters, weighed by area, of half the rain.
        by_winter = [rain.sel(time=slice(f"{y}-12", f"{y + 1}-02")).mean("time") for y in (1996, 1997)]
        half = (0.5 * sum(by_winter) / 2).fillna(0).values
        assert found["wet"][0] == pytest.approx((half * area).sum() / area.sum())


def test_members_count_as_one_climate():
    rain, ensemble = winters(), winters(seed=3, members=4)
    limit, area = thresholds(rain), cell_areas(rain)
    truth = Climate.of(rain, limit)
    whole = Climate.of(ensemble, limit)
    each = [Climate.of(member, limit) for member in ensemble]
    once = np.ones((1, 2))
    for statistic in (MEAN, TAIL, HEAVY, MOST):
        mean = np.mean([one.maps(statistic, once)[0] for one in each], 0)
        np.testing.assert_allclose(whole.maps(statistic, once)[0][:, 1:], mean[:, 1:])
        assert np.isfinite(errors({"it": whole}, truth, statistic, area, 0)["it"]).all()


def test_the_distance_of_distributions_is_the_largest_between_their_steps():
    assert ks_distance(np.arange(10.0), np.arange(10.0)) == 0
    assert ks_distance(np.arange(10.0), np.arange(10.0) + 3) == pytest.approx(0.3)
    assert ks_distance(np.zeros(4), np.ones(7)) == 1


def test_global_means_are_by_area_of_the_fine_rows():
    rain = xr.DataArray(np.arange(12.0).reshape(1, 3, 4), dims=("time", "lat", "lon"))
    rows = np.array([1.0, 2.0, 1.0])
    expected = np.average(rain.values[0].mean(1), weights=rows)
    np.testing.assert_allclose(trend.global_means(rain, rows), [expected])


def test_the_ratio_of_trends_is_that_of_differences_in_every_resample():
    rng = np.random.default_rng(0)
    coarse, warmer = rng.random(40), 1 + rng.random(40)
    month = np.arange(40) // 10
    found = trend.ratio(0.9 * coarse, 0.9 * warmer, coarse, warmer, month, 0)
    np.testing.assert_allclose(found, 0.9)
    shifted = trend.ratio(coarse, warmer + 0.5, coarse, warmer, month, 0)
    assert shifted[0] == pytest.approx(1 + 0.5 / (warmer.mean() - coarse.mean()))


def test_what_is_kept_is_what_the_method_keeps_itself():
    rng = np.random.default_rng(0)
    time = np.datetime64("2001-01-01", "ns") + np.arange(3) * np.timedelta64(1, "D")
    coords = {"time": time, "lat": np.linspace(-60, 60, 5), "lon": 30.0 * np.arange(12)}
    rain = canonical(xr.DataArray(rng.gamma(0.6, 0.3, (3, 5, 12)), coords, name="pr", attrs={"units": "mm h-1"}))
    found = trend.world_means(RainFARM(), rain, 4)
    fine = RainFARM().sample(rain, trend.FACTOR, members=1, key=4).isel(member=0)
    rows = area_weights(fine).values
    np.testing.assert_allclose(found[trend.KEPT], trend.global_means(fine, rows), rtol=1e-7)
    np.testing.assert_allclose(found[trend.KEPT], found[trend.COARSE], rtol=1e-6)
    assert (abs(found[trend.FREE] - found[trend.COARSE]) > 1e-3 * found[trend.COARSE]).all()


def test_the_months_hold_every_season_alike():
    months = [int(name[-2:]) for name in trend.MONTHS]
    assert sorted(set(months)) == [1, 4, 7, 10] and len({months.count(m) for m in months}) == 1
    assert set(trend.QUICK) < set(trend.MONTHS)


def test_rows_without_their_data_say_so(tmp_path):
    claims = system.reproduce(data=tmp_path)
    assert {claim.id for claim in claims} == {"A8", "A9", "A10a", "A10b"}
    assert all(claim.holds is None and claim.measured is None for claim in claims)
    assert all("file" in claim.reason for claim in claims)


def test_the_crop_has_no_cell_that_comes_and_goes(real_data):
    iberia = protocol.Iberia.read(real_data)
    known = iberia.observed.notnull().mean("time").values
    assert iberia.observed.shape[1:] == (18, 27) and set(np.unique(known)) == {0.0, 1.0}
    assert [iberia.obs(part).sizes["time"] for part in protocol.WINTERS] == [1173, 91, 361]
    assert [iberia.model(part).sizes["time"] for part in protocol.WINTERS] == [1173, 91, 361]
    assert iberia.obs("score", 1997).sizes["time"] == 90


@pytest.mark.slow
def test_the_claims_hold(real_data):
    claims = system.reproduce(quick=True, data=real_data)
    assert [claim.id for claim in claims if claim.required and not claim.holds] == []
