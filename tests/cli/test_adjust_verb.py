"""`nesym adjust` and `nesym fit adjust`: runs of one's own corrected, adjusters kept and applied again, bad input refused."""

import numpy as np
import pytest
import xarray as xr

import nesym as package
from nesym.adjust import QuantileDelta


def run(
    years: int, dry: float, mean: float, seed: int, start: str = "1980-01-01", units: str = "mm day-1"
) -> xr.Dataset:
    """Daily rain on 3 x 4 cells."""
    rng = np.random.default_rng(seed)
    time = xr.date_range(start, periods=365 * years, freq="D", calendar="noleap", use_cftime=True)
    shape = (time.size, 3, 4)
    values = np.where(rng.random(shape) < dry, 0.0, 0.2 + rng.gamma(0.8, mean / 0.8, shape)).astype("f4")
    coords = {"time": time, "lat": [10.0, 12.0, 14.0], "lon": [0.0, 2.0, 4.0, 6.0]}
    return xr.Dataset({"pr": (("time", "lat", "lon"), values, {"units": units})}, coords)


@pytest.fixture
def records(folder):
    """Four years observed and modelled, and a wetter scenario in other units."""
    run(4, 0.5, 4.0, 1).to_netcdf(folder / "obs.nc")
    run(4, 0.3, 3.0, 2).to_netcdf(folder / "hist.nc")
    future = run(4, 0.3, 3.6, 3, "2080-01-01")
    (future / 86400).assign(pr=(future.pr / 86400).assign_attrs(units="kg m-2 s-1")).to_netcdf(folder / "future.nc")
    return folder


def test_a_scenario_is_corrected_as_in_python(records, nesym):
    wide = nesym("adjust", "obs.nc", "hist.nc", "future.nc", "--out", "wide.nc", "--no-compare").said
    assert "A month has 112 values here" in wide and "windows of 91 days" in wide
    said = nesym(
        "adjust", "obs.nc", "hist.nc", "future.nc", "--out", "fixed.nc", "--save", "mine", "--window", "months"
    ).said
    assert "fixed.nc pr, 1460 times, 3 x 4 cells" in said and "mine.safetensors the fitted adjuster" in said
    obs, hist, future = (xr.open_dataset(records / f"{name}.nc")["pr"] for name in ("obs", "hist", "future"))
    expected = QuantileDelta().fit(obs, hist).apply(future)
    with xr.open_dataset(records / "fixed.nc") as out:
        np.testing.assert_array_equal(out["pr"], expected)
        assert out["pr"].attrs["units"] == "mm day-1" and "QuantileDelta" in out["pr"].attrs["adjustment"]
        assert "nesym" in out.attrs["history"]
    again = nesym("adjust", "future.nc", "--model", "mine", "--out", "again.nc")
    assert again.code == 0
    with xr.open_dataset(records / "again.nc") as out:
        np.testing.assert_array_equal(out["pr"], expected)
    assert package.load(records / "mine.safetensors").fitted.variable == "pr"


def test_the_methods_stand_beside_each_other(records, nesym):
    said = nesym("adjust", "obs.nc", "hist.nc", "future.nc", "--method", "qm", "--window", "all").said
    for method in ("raw", "scaling", "qm", "dqm", "qdm"):
        assert method in said
    assert "Fitted on 1980 to 1981, scored on 1982 to 1983" in said and "projected change, %" in said
    quiet = nesym("adjust", "obs.nc", "hist.nc", "--no-compare", "--window", "31").said
    assert "scaling" not in quiet and "1460 times" in quiet


def test_short_records_are_corrected_without_a_comparison(records, nesym):
    for name in ("obs", "hist"):
        with xr.open_dataset(records / f"{name}.nc") as ds:
            ds.isel(time=slice(0, 730)).to_netcdf(records / f"{name}2.nc")
    found = nesym("adjust", "obs2.nc", "hist2.nc", "--window", "all")
    assert found.code == 0 and "No comparison with other methods" in found.said and "need 4 years" in found.said


def test_another_grid_is_refused_or_brought_over(records, nesym):
    with xr.open_dataset(records / "hist.nc") as ds:
        ds.isel(lat=[0, 2]).assign_coords(lat=[10.5, 13.5]).to_netcdf(records / "coarse.nc")
    refused = nesym("adjust", "obs.nc", "coarse.nc")
    assert refused.code == 2 and "another grid" in refused.said and "--regrid" in refused.said
    assert not (records / "adjusted.nc").exists()
    found = nesym("adjust", "obs.nc", "coarse.nc", "--regrid", "--no-compare")
    assert found.code == 0 and "3 x 4 cells" in found.said


def test_the_sample_is_corrected_and_reported(folder, nesym):
    found = nesym("adjust", "--window", "all", "--report", "report.html")
    assert found.code == 0 and "1160 times, 12 x 35 cells" in found.said
    page = (folder / "report.html").read_text()
    assert "JCM" in page and "qdm" in page


def test_an_adjuster_is_fitted_and_listed(records, nesym):
    found = nesym("fit", "adjust", "obs.nc", "hist.nc", "--out", "mine", "--window", "31", "--quantiles", "20")
    assert found.code == 0 and "nesym adjust SCENARIO.nc --model mine.safetensors" in found.said
    listed = nesym("models", "mine.safetensors").said
    assert "QuantileDelta" in listed and "obs.nc; hist.nc" in listed and "nesym adjust" in listed
    assert package.load(records / "mine").quantiles == 20
    assert "already a model" in nesym("fit", "adjust", "obs.nc", "hist.nc", "--out", "mine").said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("obs.nc",), ("1 file came", "nesym adjust OBS.nc HIST.nc")),
        (("obs.nc", "hist.nc", "--method", "magic"), ("no adjustment method 'magic'", "Choose one of")),
        (("obs.nc", "hist.nc", "--method", "gan"), ("trained first", "nesym fit adjust")),
        (("obs.nc", "hist.nc", "--window", "weekly"), ("--window weekly", "months, all")),
        (("obs.nc", "hist.nc", "--window", "30"), ("odd number of days",)),
        (("obs.nc", "hist.nc", "--kind", "additive"), ("--kind additive", "ratio or difference")),
        (("obs.nc", "hist.nc", "--method", "scaling", "--quantiles", "20"), ("no quantiles to choose",)),
        (("obs.nc", "hist.nc", "--members", "some"), ("members='some'", "pooled")),
        (("obs.nc", "hist.nc", "--reference", "1900/1910"), ("nothing in the reference period",)),
        (("obs.nc", "future.nc"), ("no time in common", "--reference all")),
        (("obs.nc", "hist.nc", "--variable", "rain"), ("no variable 'rain'", "pr")),
        (("obs.nc", "missing.nc"), ("no file missing.nc",)),
        (("obs.nc", "hist.nc", "--out", "obs.nc"), ("replace its own input",)),
        (("obs.nc", "hist.nc", "--out", "fixed.txt"), ("ending '.txt'",)),
        (("obs.nc", "hist.nc", "--model", "mine"), ("one file is corrected, and 2 came",)),
        (("future.nc", "--model", "cascade-dwd-1km"), ("corrects no model run",)),
    ],
)
def test_bad_calls_say_what_to_do(records, nesym, arguments, words):
    found = nesym("adjust", *arguments)
    assert found.code == 2, found.said
    for word in words:
        assert word in found.said, found.said
    assert not (records / "adjusted.nc").exists()


def test_prose_units_are_refused(records, nesym):
    with xr.open_dataset(records / "hist.nc") as ds:
        ds.assign(pr=ds.pr.assign_attrs(units="rain per day")).to_netcdf(records / "prose.nc")
    found = nesym("adjust", "obs.nc", "prose.nc")
    assert found.code == 2 and "rain per day" in found.said
