"""The doors on real files: radar composites, a general circulation model, reanalyses, station lists."""

import numpy as np
import pytest

from nesym._errors import GridError, UnitError, VariableError
from nesym.fields import Grid, area_weights, canonical, coarsen, inspect, open_dataset, regrid, write

RADAR = "packaged/dwd_yw_5min_128x128_2018-05-19_20.nc"


def test_radar_amounts_become_rates(real_data):
    ds = open_dataset(real_data / RADAR)
    rain = canonical(ds)
    assert Grid.of(rain) == Grid("plane", ("y", "x"), (128, 128), (1.0, 1.0))
    np.testing.assert_allclose(rain, ds["pr_amount"] * 12, rtol=1e-6, atol=1e-6)


def test_radar_there_and_back(real_data, tmp_path):
    coarse = coarsen(canonical(open_dataset(real_data / RADAR, chunks={"time": 48})), 8)
    again = canonical(open_dataset(write(coarse, tmp_path / "coarse.nc")))
    np.testing.assert_array_equal(again, coarse)


def test_gaps_of_a_radar_composite_are_filled_if_asked(real_data):
    path = real_data / "radar/dwd_yw_germany_20180510-20_5min_1km.nc"
    if not path.exists():
        pytest.skip(f"needs {path.name}")
    ds = open_dataset(path, chunks={"time": 24}).isel(time=slice(0, 48))
    kept, filled = canonical(ds, missing="keep").compute(), canonical(ds, missing="fill").compute()
    assert kept.isnull().any()
    assert not filled.isnull().any()
    np.testing.assert_array_equal(filled.values[kept.notnull().values], kept.values[kept.notnull().values])


def test_a_circulation_model_keeps_its_global_rain(real_data):
    rain = canonical(open_dataset(real_data / "speedy/pr_ref.nc").isel(time=slice(0, 30))).astype(np.float64)
    assert Grid.of(rain).periodic
    target = {"lat": np.arange(-88.75, 90, 2.5), "lon": np.arange(-178.75, 180, 2.5)}
    out = regrid(rain, target, "conservative")
    before, after = (da.weighted(area_weights(da)).mean(("lat", "lon")) for da in (rain, out))
    np.testing.assert_allclose(after, before, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "error", "remedy"),
    [
        ("gcm_bias/iberia_djf/cordex_racmo22e_pr_historical_1983-2002.nc", GridError, "rotated"),
        ("gcm_bias/canada_3sites/ahccd_stations_1950-2013.nc", GridError, "gridded variable"),
        ("gcm_bias/seasonal_south_asia/imd_jjas_rainfall_0p25deg_1982-2019.nc", UnitError, "CF form"),
        ("sst/cesm_fosi_sst_eastern_pacific_annual_1948-2015.nc", VariableError, "--variable"),
    ],
)
def test_what_real_files_lack_is_said(real_data, name, error, remedy):
    if not (real_data / name).exists():
        pytest.skip(f"needs {name}")
    ds = open_dataset(real_data / name)
    with pytest.raises(error) as caught:
        canonical(ds)
    assert remedy in caught.value.remedy
    assert any(finding.remedy == caught.value.remedy for finding in inspect(real_data / name, "pr").findings)


def test_weekly_totals_of_a_real_record(real_data):
    seen = inspect(real_data / "packaged/cpc_weekly_westus_1deg_1990-2017.nc")
    assert (seen.variable, seen.time_step, seen.units) == ("precip", "7 days", "mm h-1")
    assert seen.missing == pytest.approx(0.279, abs=1e-3)
