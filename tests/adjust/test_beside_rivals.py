"""A method beside its rivals: fitted on earlier years, scored on later ones, by area, with the projected change."""

import numpy as np
import pytest
import xarray as xr
from small_runs import rain, temperature

from nesym._errors import TimeError
from nesym.adjust import DeltaChange, LinearScaling, Months, QuantileDelta, QuantileMapping
from nesym.adjust.compare import as_grid, thinned, whole_years
from nesym.fields.seasons import Seasons

MEAN, TAIL, WET = (
    f"error of the {what}" for what in ("mean, mm day-1", "95th percentile, mm day-1", "share of wet days")
)


@pytest.fixture(scope="module")
def table():
    obs, hist, future = rain(6, 0.5, 4.0, 1), rain(6, 0.3, 5.0, 2), rain(6, 0.3, 6.0, 3, "2080-01-01")
    return QuantileDelta().compare(obs, hist, future, key=0), (obs, hist, future)


def test_every_method_is_scored_on_years_it_was_not_fitted_on(table):
    table, (obs, hist, _) = table
    assert [row["method"] for row in table.rows] == ["raw", "scaling", "qm", "dqm", "qdm"]
    assert table.title == "Fitted on 1980 to 1982, scored on 1983 to 1985"
    late, early = slice("1983", "1985"), slice("1980", "1982")
    fixed = QuantileDelta().fit(obs.sel(time=early), hist.sel(time=early)).apply(hist)
    weights = np.cos(np.deg2rad(obs.lat))
    for name, run in (("raw", hist), ("qdm", fixed)):
        apart = abs(run.sel(time=late).mean("time") - obs.sel(time=late).mean("time"))
        score = table.cell(name, MEAN)
        assert score.value == pytest.approx(
            float(apart.weighted(weights).mean()), rel=2e-3
        )  # areas of bands, not cosines
        assert score.low < score.value < score.high and score.n == 3 * 365
    for column in (MEAN, TAIL, WET):
        assert table.cell("qdm", column).value < 0.5 * table.cell("raw", column).value


def test_the_change_is_that_of_area_means(table):
    table, (obs, hist, future) = table
    weights = np.cos(np.deg2rad(obs.lat))
    means = [float(run.mean("time").weighted(weights).mean()) for run in (hist, future)]
    assert table.cell("raw", "projected change, %") == pytest.approx(100 * (means[1] / means[0] - 1), rel=0.01)
    assert abs(table.cell("qdm", "projected change, %") - table.cell("raw", "projected change, %")) < 3


def test_temperature_has_no_wet_days_and_changes_in_kelvin():
    obs, hist, future = temperature(4, 288, 3, 1), temperature(4, 286, 2, 2), temperature(4, 290, 2, 3, "2080-01-01")
    table = QuantileMapping().compare(obs, hist, future, rivals={"scaling": LinearScaling(), "delta": DeltaChange()})
    assert not any("wet" in column for column in table.columns)
    assert table.cell("raw", "projected change, K") == pytest.approx(4.0, abs=0.05)
    assert table.cell("scaling", "projected change, K") == pytest.approx(4.0, abs=0.05)
    delta = next(row for row in table.rows if row["method"] == "delta")
    assert "error of the mean, K" not in delta  # it has no past of its own to be scored


def test_winters_stay_whole():
    time = xr.date_range("1982-12-01", "1990-02-28", freq="D")
    winters = Seasons.of(xr.DataArray(time[np.isin(time.month, (12, 1, 2))], dims="time"))
    years = whole_years(winters)
    np.testing.assert_array_equal(years, winters.year + (winters.month == 12))
    whole = Seasons.of(xr.DataArray(time, dims="time"))
    np.testing.assert_array_equal(whole_years(whole), whole.year)
    summer = Seasons.of(xr.DataArray(time[np.isin(time.month, (6, 7))], dims="time"))
    np.testing.assert_array_equal(whole_years(summer), summer.year)


def test_stations_are_cells_of_equal_weight():
    obs, hist = (rain(4, d, m, s).stack(station=("lat", "lon")).reset_index("station", drop=True) for d, m, s in
                 ((0.5, 4.0, 1), (0.3, 5.0, 2)))  # fmt: skip
    obs, hist = (da.transpose("time", "station") for da in (obs, hist))
    assert as_grid(obs).shape == (4 * 365, 1, 6) and as_grid(obs[:, 0]).shape == (4 * 365, 1, 1)
    table = LinearScaling(window=Months()).compare(obs, hist, rivals={})
    assert table.cell("scaling", MEAN).value < table.cell("raw", MEAN).value


def test_large_grids_are_thinned_evenly():
    da = xr.DataArray(np.zeros((2, 40, 60)), dims=("time", "lat", "lon"))
    part, every = thinned(da, 100)
    assert every == 5 and part.shape == (2, 8, 12)
    assert thinned(da, 2400)[1] == 1
    obs, hist = rain(4, 0.5, 4.0, 1), rain(4, 0.3, 5.0, 2)
    assert "one cell in 2" in QuantileDelta().compare(obs, hist, rivals={}, cells=2).title


def test_short_records_are_refused():
    with pytest.raises(TimeError, match="need 4 years that both records have; there are 3"):
        QuantileDelta().compare(rain(3, 0.5, 4.0, 1), rain(3, 0.3, 5.0, 2))
