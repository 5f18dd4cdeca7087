"""The report of an adjustment: its numbers are those of the records, on every kind of grid, and it asks for what it needs."""

from functools import partial
from html import escape

import numpy as np
import pytest
import xarray as xr
from html_reader import assert_alone
from matplotlib.text import Text

from nesym._errors import GridError, InputError, TimeError, UnitError
from nesym.adjust import AllTimes, QuantileDelta
from nesym.report import Run, adjusted_means
from nesym.report.adjusted_records import records
from nesym.report.adjustment import adjustment_report, shorter
from nesym.report.climate_maps import map_rows
from nesym.report.distribution import sample
from nesym.report.scores import digits
from nesym.verify import Score, Table

RUN = Run("nesym adjust obs.nc hist.nc", method="qdm", key=3)
AXES = {
    "globe": {
        "lat": ("lat", np.arange(-75.0, 76, 30), {"units": "degrees_north"}),
        "lon": ("lon", np.arange(0.0, 360, 45), {"units": "degrees_east"}),
    },
    "region": {
        "lat": ("lat", np.arange(48.0, 45, -1), {"units": "degrees_north"}),
        "lon": ("lon", np.arange(6.0, 10), {"units": "degrees_east"}),
    },
    "plane": {
        "y": ("y", np.arange(3) * 1000.0, {"units": "m"}),
        "x": ("x", np.arange(4) * 1000.0, {"units": "m"}),
    },
    "stations": {"station": ("station", ["Bern", "Lugano", "Basel"])},
    "one": {},
}
PLACES = {"globe": "48 cells", "region": "12 cells", "plane": "12 cells", "stations": "3 stations", "one": "one place"}


def rain(places, key, factor=1.0, start="1990-01-01", days=730, **attrs):
    coords = AXES[places]
    shape = (days, *(len(axis[1]) for axis in coords.values()))
    values = factor * np.random.default_rng(key).gamma(0.4, 6.0, shape).astype(np.float32)
    time = {"time": xr.date_range(start, periods=days)}
    return xr.DataArray(values, time | coords, ("time", *coords), "pr", {"units": "mm day-1"} | attrs)


def warmth(places, key, shift=0.0, **options):
    values = rain(places, key, **options)
    return (260.0 + shift + values).rename("tas").assign_attrs(units="K")


def drawn_page(tmp_path, *records, **options):
    path = adjustment_report(*records, tmp_path / "r.html", RUN, **options)
    return assert_alone(path.read_text(encoding="utf-8"))


@pytest.fixture
def page(tmp_path, monkeypatch):
    """Writes a page whose figures are there by their words alone, which takes a tenth of the time."""

    def words(figure, alt):
        found = dict.fromkeys(text.get_text() for text in figure.findobj(Text))
        return f"<p>{escape(' '.join(found))}</p>"

    monkeypatch.setattr("nesym.report.svg.inline_svg", words)
    return partial(drawn_page, tmp_path)


def headings(reader):
    words = reader.text.split("In numbers", 1)[1].split("What was run")[0]
    return [name for name in ("The mean", "The projected change", "Seasonal cycle", "Distribution") if name in words]


def area_mean(da, keep=None):
    """Mean over times and cells, these by the sine of their edges: written out, for 30 degrees a row."""
    values = da.mean([dim for dim in ("time", "member") if dim in da.dims]).values.astype(np.float64)
    weights = np.ones(values.shape)
    if "lat" in da.dims:
        step = abs(float(da.lat[1] - da.lat[0])) / 2
        edges = np.sin(np.deg2rad([da.lat.values - step, da.lat.values + step]))
        weights = weights * np.abs(edges[1] - edges[0])[:, None]
    if keep is not None:
        weights = weights * keep
    return float(np.nansum(values * weights) / weights.sum())


@pytest.fixture
def maps(monkeypatch):
    seen = []

    def watch(rows, *options):
        seen.append({title: field for row in rows for title, field, _ in row.maps})
        return map_rows(rows, *options)

    monkeypatch.setattr(adjusted_means, "map_rows", watch)
    return seen


@pytest.mark.parametrize("places", list(AXES))
def test_the_past_beside_the_observations(page, maps, places):
    obs, before, after = rain(places, 0), rain(places, 1, 1.5), rain(places, 2, 1.01)
    reader = page(before, after, obs=obs, hist=before)
    assert f"pr of {PLACES[places]}, 730 times from 1990-01-01 to 1991-12-31." in reader.text
    for record in (obs, before, after):
        assert digits(area_mean(record)) in reader.text
    for record in (before, after):
        assert digits(area_mean(record) - area_mean(obs)) in reader.text
    drawn = places in ("globe", "region", "plane")
    with_figure = [] if places == "one" else ["The mean"]
    assert headings(reader) == [*with_figure, "Seasonal cycle", "Distribution"]
    assert len(maps) == (2 if drawn else 0)
    for panel in maps:
        wanted = {"observed": obs, "before": before, "after": after}
        wanted = {name: da.mean("time", dtype=np.float64) for name, da in wanted.items()}
        wanted |= {f"{name} − observed": wanted[name] - wanted["observed"] for name in ("before", "after")}
        assert list(panel) == list(wanted)
        for name, field in wanted.items():
            np.testing.assert_allclose(panel[name], field, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("places", ["globe", "stations"])
def test_a_scenario_shows_its_change_as_a_ratio(page, maps, places):
    hist, before = rain(places, 1), rain(places, 3, 1.3, "2080-01-01")
    hist_after, after = 0.8 * hist.assign_attrs(units="mm day-1"), rain(places, 4, 1.1, "2080-01-01")
    hist_after.attrs["units"] = "mm day-1"
    reader = page(before, after, obs=rain(places, 0), hist=hist, hist_after=hist_after)
    change = [100 * (area_mean(b) / area_mean(a) - 1) for a, b in ((hist, before), (hist_after, after))]
    said = " before, ".join(f"{value:.1f} %" for value in change).replace("-", "−")
    assert reader.text.count(f"Change signal {said} after.") == 1
    assert f"{said} after. It is the change" in reader.text
    assert all(digits(value) in reader.text for value in change)
    if places in ("globe", "region", "plane"):
        shown = maps[-1]
        cells = [100 * (b.mean("time") / a.mean("time") - 1) for a, b in ((hist, before), (hist_after, after))]
        np.testing.assert_allclose(shown["before"], cells[0], rtol=1e-3)
        np.testing.assert_allclose(shown["after − before"], cells[1] - cells[0], atol=0.05)
    elif places == "stations":
        assert "Bern" in reader.text and not maps


def test_temperature_changes_by_a_difference(page, maps):
    hist, before = warmth("region", 1), warmth("region", 1, 4.0)
    hist_after, after = warmth("region", 1, -2.0), warmth("region", 1, 1.5)
    reader = page(before, after, obs=warmth("region", 0), hist=hist, hist_after=hist_after)
    assert "Change signal 4 K before, 3.5 K after." in reader.text
    assert "Change of the mean (K)" in reader.text and "P(X > x)" not in reader.text
    np.testing.assert_allclose(maps[-1]["after − before"], -0.5, atol=1e-4)
    ratio = page(before, after, hist=hist, hist_after=hist_after, kind="ratio")
    assert "Change of the mean (%)" in ratio.text


@pytest.mark.parametrize("make", [rain, warmth])
def test_a_saved_adjuster_shows_what_it_did(page, maps, make):
    before, after = make("region", 1), make("region", 2)
    reader = page(before, after)
    assert list(maps[0]) == ["before", "after", "after − before"]
    assert "observations that it was fitted on are not at hand" in reader.text
    assert "minus observed" not in reader.text and "Change signal" not in reader.text


def test_cells_without_values_count_nowhere(page, maps):
    obs, before, after = (rain("globe", key) for key in range(3))
    keep = np.ones((6, 8))
    keep[2, 3] = 0
    obs, after = obs.where(keep == 1), after.where(keep == 1)
    before = before.where(before["time"] != before["time"][5])
    reader = page(before, after, obs=obs)
    assert "1 of 48 cells lack values" in reader.text
    assert digits(area_mean(before, keep)) in reader.text
    assert np.isnan(maps[0]["observed"][2, 3]) and not np.isnan(maps[0]["before"][2, 3])


def test_members_and_lazy_records_give_the_same_page(page):
    obs, after = rain("region", 0), rain("region", 9)
    before = xr.concat([rain("region", 1), rain("region", 2, 2.0)], "member")
    eager = page(before, after, obs=obs).text
    assert digits(area_mean(before)) in eager and "2 members, 730 times" in eager
    lazy = [da.chunk({"time": 100}) for da in (before, after, obs)]
    assert page(*lazy[:2], obs=lazy[2]).text == eager


def test_the_order_of_cells_does_not_matter(page):
    obs, before, after = (rain("region", key) for key in range(3))
    plain = page(before, after, obs=obs).text
    turned = before.isel(lat=slice(None, None, -1)).transpose("lon", "time", "lat")
    assert page(turned, after.isel(lon=[2, 0, 1, 3]), obs=obs).text == plain


def test_years_that_both_have_are_compared(page):
    obs = rain("region", 0, start="1991-01-01")
    before, after = rain("region", 1, start="1990-01-01"), rain("region", 2, start="1990-01-01")
    text = page(before, after, obs=obs).text
    assert digits(area_mean(obs.sel(time="1991"))) in text and digits(area_mean(before.sel(time="1991"))) in text
    assert text.count("1991 to 1991") == 3
    elsewhere = page(before, after, obs=rain("region", 0, start="1950-01-01")).text
    assert "1950 to 1951" in elsewhere and "1990 to 1991" in elsewhere


def test_a_record_of_one_season_shows_its_months_alone(page):
    winters = [da.isel(time=np.isin(da.time.dt.month, (12, 1, 2))) for da in (rain("region", k) for k in range(3))]
    text = page(*winters[1:], obs=winters[0]).text
    assert "Dec Jan Feb" in text and "Jun" not in text and "Only the months" not in text
    mixed = page(rain("region", 1), rain("region", 2), obs=winters[0]).text
    assert "Only the months that all records have" in mixed
    assert digits(area_mean(winters[1])) in mixed


def test_incomplete_years_are_told(page):
    obs, before, after = (rain("stations", key, days=days) for key, days in ((0, 730), (1, 730), (2, 460)))
    assert "Some months count more" not in page(before, before, obs=obs).text
    assert "incomplete years or gaps: after. Compare" in page(before, after, obs=obs).text


@pytest.mark.parametrize(
    ("units", "said"),
    [("mm day-1", "mm day⁻¹"), ("W m-2", "W m⁻²"), ("degC", "°C"), ("kg kg-1", "kg kg⁻¹"), ("1", "1")],
)
def test_units_are_set_as_in_print(units, said):
    da = warmth("one", 0).assign_attrs(units=units)
    assert records(da, da, None, None, None, None).units == said


def table():
    columns = ("method", "error of the mean, mm day-1", "error of the share of wet days", "projected change, %")
    values = {"raw": 0.7, "qm": 0.3, "qdm": 0.2}
    rows = [
        {
            columns[0]: m,
            columns[1]: Score(v, v - 0.1, v + 0.1, 300),
            columns[2]: Score(v / 10, 0, v, 300),
            columns[3]: 9.5,
        }
        for m, v in values.items()
    ]
    return Table("Fitted on 1990 to 1990, scored on 1991 to 1991", columns, tuple(rows))


def test_scores_and_limits_are_there(page):
    said = {"adjustment": "QuantileDelta()", "adjustment_reference": "1990 to 1991"}
    after = rain("region", 2, **said, beyond_calibration="0.35% of the values lie beyond")
    text = page(rain("region", 1), after, obs=rain("region", 0), table=table(), selected="qdm").text
    for words in ("0.200", "0.100 … 0.300", "wet days error", "mean error", "projected change, %"):
        assert words in text
    assert (
        "The method is QuantileDelta(), fitted on 1990 to 1991." in text and "0.35% of the values lie beyond." in text
    )
    plain = page(rain("region", 1), rain("region", 2, **said), obs=rain("region", 0)).text
    assert "No value of the run lies beyond" in plain and "Scores of all methods" not in plain
    assert shorter("error of the 95th percentile, mm day-1") == "95th pct. error"


def test_what_is_beyond_the_past_is_counted(page):
    hist = rain("stations", 1)
    before = hist.assign_coords(time=xr.date_range("2080-01-01", periods=730)).copy()
    before[:73, 0] = 1000.0
    after = before.assign_attrs(beyond_calibration="corrected as its ends are")
    text = page(before, after, hist=hist, hist_after=hist).text
    assert f"{100 * 73 / (3 * 730):.2g} % of the values lie above the largest and 0 % below" in text


def test_long_records_are_sampled_and_it_is_said(page, monkeypatch):
    monkeypatch.setattr("nesym.report.adjusted_shapes.sample", partial(sample, most=2000))
    text = page(rain("region", 1), rain("region", 2)).text
    assert "regular subsample in time and space" in text


def test_a_fitted_adjuster_from_end_to_end(tmp_path):
    obs, hist = rain("stations", 0, days=1461), rain("stations", 1, 1.7, days=1461)
    fitted = QuantileDelta(window=AllTimes()).fit(obs, hist)
    text = drawn_page(tmp_path, hist, fitted.apply(hist), obs=obs, hist=hist).text
    assert "Pr, corrected by qdm" in text and "QuantileDelta(" in text and "Lugano" in text


def bad():
    one, other = rain("region", 1), rain("region", 2)
    future = rain("region", 3, start="2080-01-01")
    yield (one, other.to_dataset()), {}, InputError, "after is a Dataset"
    yield (one.isel(time=0), other), {}, TimeError, "before has no times"
    yield (one, other.isel(time=[])), {}, TimeError, "after has no times"
    yield (one, other.assign_attrs(units="mm h-1")), {}, UnitError, "'mm day-1' and after in 'mm h-1'"
    yield (one, other), {"hist_after": one}, InputError, "without hist"
    yield (future, future), {"obs": one, "hist": other}, InputError, "hist_after is missing"
    yield (one, other), {"obs": rain("globe", 0)}, GridError, "another grid"
    yield (one, other), {"obs": rain("stations", 0)}, GridError, "station"


@pytest.mark.parametrize(("given", "options", "error", "words"), list(bad()))
def test_records_that_do_not_fit_are_refused(tmp_path, page, given, options, error, words):
    with pytest.raises(error, match=words) as raised:
        page(*given, **options)
    assert raised.value.remedy.endswith(".") and not list(tmp_path.iterdir())
