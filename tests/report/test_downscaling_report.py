"""The report of a downscaling: the wettest step, all that was given and no more, and only that step in memory."""

import dask.array
import numpy as np
import pytest
import xarray as xr
from html_reader import assert_alone

from nesym._errors import TimeError
from nesym.data import lognormal_rain, sample
from nesym.fields.grid import coarsen
from nesym.report import Run, downscaling_report, map_panel
from nesym.verify.entries import Score
from nesym.verify.table import Table

MEMBERS, STEPS = 4, 6
RUN = Run("nesym downscale in.nc", method="cascade", key=3)


@pytest.fixture(scope="module")
def truth():
    rain = lognormal_rain((STEPS, 32, 48), 2.5, key=0)
    return rain * xr.DataArray([1.0, 1, 1, 9, 1, 1], dims="time")


@pytest.fixture(scope="module")
def fine(truth):
    members = [truth.copy(data=lognormal_rain(truth.shape, 2.5, key=k).values) for k in range(MEMBERS)]
    return xr.concat(members, "member")


@pytest.fixture(scope="module")
def curves():
    methods, wavelength = ["cascade", "truth"], 32.0 / np.arange(1, 17)
    ranks = xr.DataArray([[9.0, 11, 10, 10, 10]], {"method": ["cascade"]}, ("method", "rank"), attrs={"n": 50})
    rapsd = xr.DataArray([wavelength**2.5] * 2, {"method": methods, "wavelength": wavelength}, ("method", "wavelength"))
    lag1 = xr.DataArray([0.71, 0.84], {"method": methods}, ("method",))
    return {"rapsd": rapsd, "rank_histogram": ranks, "lag1": lag1}


def table():
    rows = [
        {"method": m, "CRPS": Score(v, v - 0.01, v + 0.01, 290)}
        for m, v in {"bilinear": 0.4321, "cascade": 0.2}.items()
    ]
    return Table("All methods", ("method", "CRPS"), tuple(rows))


def headings(reader):
    return [attrs["id"] for attrs in reader.all("h2")]


def test_the_whole_report(tmp_path, truth, fine, curves):
    extras = {"truth": truth, "table": table(), "curves": xr.Dataset(curves)}
    path = downscaling_report(tmp_path / "r.html", coarse=coarsen(truth, 8), fine=fine, run=RUN, **extras)
    reader = assert_alone(path.read_text(encoding="utf-8"))
    assert headings(reader) == ["s1", "s2", "s3", "s4", "s5", "run"]
    for words in (
        "Rain downscaled from 8 km to 1 km",
        "4 members drawn by the method cascade, at 6 time steps from",
        "2000-01-01 00:15, the time step with most rain",
        "16 km, twice its cell",
        "50 independent cases",
        "0.71",
        "0.432",
        "0.422 … 0.442",
        "All methods (n = 290)",
        "Truth, 1 km",
        "Member 3",
        "Ensemble mean",
        "Spread",
    ):
        assert words in reader.text
    images = reader.all("svg")
    assert len(images) == 10 and all(len(image["aria-label"]) > 20 for image in images)
    assert path.stat().st_size < 2e6


def test_the_maps_hold_the_shown_step(tmp_path, truth, fine, monkeypatch):
    panels = []

    def watch(layers, **options):
        panels.append({layer.title: layer.field for layer in layers})
        return map_panel(layers, **options)

    monkeypatch.setattr("nesym.report.downscaling.map_panel", watch)
    coarse = coarsen(truth, 8)
    downscaling_report(tmp_path / "r.html", coarse=coarse, fine=fine, run=RUN, truth=truth)
    shown = fine.values[:, 3]
    wanted = {"Input, 8 km": coarse.values[3], "Truth, 1 km": truth.values[3]}
    wanted |= {f"Member {k + 1}": shown[k] for k in range(3)}
    wanted |= {"Ensemble mean": shown.mean(0), "Spread": shown.std(0, ddof=1)}
    for panel in panels:
        assert set(panel) == set(wanted)
        for title, values in wanted.items():
            np.testing.assert_allclose(panel[title], values, rtol=1e-5)


@pytest.mark.parametrize("given", ["rapsd", "rank_histogram", "lag1"])
def test_what_is_not_given_is_left_out(tmp_path, truth, fine, curves, given):
    only = xr.Dataset({given: curves[given]})
    path = downscaling_report(tmp_path / "r.html", coarse=coarsen(truth, 8), fine=fine, run=RUN, curves=only)
    reader = assert_alone(path.read_text(encoding="utf-8"))
    assert headings(reader) == ["s1", "s2", "run"]
    assert "Truth, 1 km" not in reader.text


def test_a_single_forecast_has_neither_mean_nor_spread(tmp_path, truth, fine):
    one = fine.isel(member=0)
    path = downscaling_report(tmp_path / "r.html", coarse=coarsen(truth, 8), fine=one, run=RUN)
    text = assert_alone(path.read_text(encoding="utf-8")).text
    assert "Member 1" in text and "Ensemble mean" not in text and "Spread" not in text


def test_only_the_shown_step_is_computed(tmp_path, truth, fine):
    computed = []

    def watch(block, block_info=None):
        computed.append(block_info[0]["array-location"][1][0])
        return block

    lazy = dask.array.from_array(fine.values, chunks=(1, 1, -1, -1)).map_blocks(
        watch, dtype=np.float32, meta=np.empty(0)
    )
    fine = fine.copy(data=lazy)
    downscaling_report(tmp_path / "r.html", coarse=coarsen(truth, 8).chunk({"time": 1}), fine=fine, run=RUN)
    assert sorted(computed) == [3] * MEMBERS


def test_gaps_and_dry_input(tmp_path, truth, fine):
    gappy = fine.where(fine.x > 5000.0)
    dry = coarsen(xr.zeros_like(truth), 8)
    downscaling_report(tmp_path / "r.html", coarse=dry, fine=gappy, run=RUN, truth=truth.where(truth.y > 3000.0))


def test_the_step_is_found_by_its_time(tmp_path, truth, fine):
    coarse = coarsen(truth, 8)
    with pytest.raises(
        TimeError, match=r"The ensemble has no time step 2000-01-01 00:15.*at the time steps of the input"
    ):
        downscaling_report(tmp_path / "r.html", coarse=coarse, fine=fine.isel(time=[0, 1]), run=RUN)
    assert not list(tmp_path.iterdir())


def test_a_field_without_a_time(tmp_path, truth, fine):
    one = {"coarse": coarsen(truth, 8).isel(time=3, drop=True), "fine": fine.isel(time=3, drop=True)}
    path = downscaling_report(tmp_path / "r.html", **one, truth=truth.isel(time=3, drop=True), run=RUN)
    text = assert_alone(path.read_text(encoding="utf-8")).text
    assert "4 members drawn by the method cascade." in text and "time step" not in text


def test_other_calendars_and_the_globe(tmp_path):
    lat, lon = np.arange(-84.0, 90, 12), np.arange(0.0, 360, 12)
    coords = {
        "time": xr.date_range("2001-02-28", periods=3, calendar="360_day", use_cftime=True),
        "lat": ("lat", lat, {"units": "degrees_north"}),
        "lon": ("lon", lon, {"units": "degrees_east"}),
    }
    values = np.random.default_rng(0).gamma(0.3, 0.5, (3, lat.size, lon.size))
    fine = xr.DataArray(values, coords, ("time", "lat", "lon"), attrs={"units": "mm h-1"})
    path = downscaling_report(tmp_path / "r.html", coarse=coarsen(fine, 3), fine=fine, run=RUN)
    text = assert_alone(path.read_text(encoding="utf-8")).text
    assert "from 36° to 12°" in text and "2001-02-30" in text and "90°E" in text


def test_real_rain(tmp_path):
    amount = sample("radar_germany")["pr_amount"].isel(time=slice(84, 96))
    rain = (12.0 * amount.fillna(0.0)).astype(np.float32).assign_attrs(units="mm h-1")
    noise = xr.DataArray(np.random.default_rng(0).lognormal(0, 0.5, (3, *rain.shape)), dims=("member", *rain.dims))
    path = downscaling_report(
        tmp_path / "r.html", coarse=coarsen(rain, 8), fine=(rain * noise).transpose("member", ...), truth=rain, run=RUN
    )
    reader = assert_alone(path.read_text(encoding="utf-8"))
    shown = float(rain.isel(time=int(rain.mean(("y", "x")).values.argmax())).max())
    assert f"max {shown:.3g}" in reader.text
