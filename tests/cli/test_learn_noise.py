"""`nesym learn --method latent-sde` and its draws: a noisy series of one's own, and what is refused."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from nesym.cli.forecasting_noise import times_of
from nesym.cli.learning_noise import apart
from nesym.learn.noise.latent_sde import LatentSDE
from nesym.verify import Table


def walks(count=5, length=300):
    """Series that are pushed and come back."""
    x, rng = np.zeros((count, length)), np.random.default_rng(0)
    for k in range(1, length):
        x[:, k] = 0.95 * x[:, k - 1] + 0.1 * rng.normal(size=count)
    return xr.Dataset({"x": (("trajectory", "time"), x)}, {"time": 0.5 * np.arange(length)})


@pytest.fixture
def model(monkeypatch):
    """A stochastic equation whose training and draws take no time, and what they were asked for."""
    asked = {}

    def fit(self, series, key=0, folder=None, progress=None):
        asked["fit"] = series, key, self.training, folder.name
        return self

    def compare(self, held, key=0):
        asked["held"] = held
        return Table("Beside its rivals", ("model",), ({"model": "linear"},))

    def sample(self, times, members, key=0, start=None):
        asked["sample"] = times, members, key, start
        drawn = start + np.arange(float(members))[:, None] * np.linspace(0, 1, times.size)
        return xr.DataArray(
            drawn, {"time": times}, ("member", "time"), "x", {"ended": "1 of 3 members left the numbers"}
        )

    monkeypatch.setattr(LatentSDE, "fit", fit)
    monkeypatch.setattr(LatentSDE, "compare", compare)
    monkeypatch.setattr(LatentSDE, "sample", sample)
    monkeypatch.setattr(LatentSDE, "save", lambda self, path, **card: path.write_text(card["made_by"]))
    fitted = SimpleNamespace(series=SimpleNamespace(name="x", step=0.5))
    monkeypatch.setattr("nesym.load", lambda name: LatentSDE(fitted=fitted), raising=False)
    return asked


def test_a_series_is_learned_from_its_first_part_and_judged_by_the_rest(folder, nesym, model):
    walks().to_netcdf(folder / "series.nc")
    options = ("--method", "latent-sde", "--steps", 30, "--width", 8, "--key", 4, "--out", "noise")
    found = nesym("learn", "series.nc", *options)
    assert (
        found.code == 0 and "5 series of x: 300 values each. 1,200 values to train on, 300 to judge by." in found.said
    )
    assert "Beside its rivals" in found.said and "nesym forecast noise.safetensors START.nc" in found.said
    series, key, training, where = model["fit"]
    assert series.sizes["trajectory"] == 4 and key == 4 and (training.steps, training.width) == (30, 8)
    assert where == "latent-sde" and model["held"].sizes["trajectory"] == 1
    assert (folder / "noise.safetensors").exists()


def test_one_series_is_parted_in_time():
    first, last = apart(walks(1)["x"].isel(trajectory=0))
    assert first.sizes["time"] == 240 and last.sizes["time"] == 60 and last["time"][0] > first["time"][-1]


def test_members_are_drawn_from_the_last_value(folder, nesym, model):
    series = walks(1)
    series.to_netcdf(folder / "series.nc")
    found = nesym("forecast", "noise", "series.nc", "--until", 152, "--members", 3, "--key", 7)
    times, members, key, start = model["sample"]
    assert found.code == 0 and members == 3 and key == 7 and start == series["x"].values[0, -1]
    assert times.tolist() == [149.5, 150.0, 150.5, 151.0, 151.5, 152.0]
    assert "1 of 3 members left the numbers" in found.said and "members differ by 0.816" in found.said
    with xr.open_dataset(folder / "forecast.nc") as ds:
        assert ds["x"].dims == ("member", "time") and ds["x"].dtype == np.float64
        assert "nesym" in ds["x"].attrs["history"]


def test_a_step_of_ones_own_and_an_end_between_steps():
    assert times_of(0.0, "1", 0.25).tolist() == [0, 0.25, 0.5, 0.75, 1.0]
    assert times_of(1.0, "1.6", 0.5).tolist() == [1.0, 1.5, 2.0]


@pytest.mark.parametrize(
    "options, data, problem, remedy",
    [
        (("--until", 9), walks(1), "ends after its start", "later time"),
        (("--until", "soon"), walks(1), "not a number", "--until 30"),
        (("--until", 900), walks(2), "One value to start from", "isel"),
        (("--until", 900), walks(1).rename(x="y"), "has no x", "ds.rename"),
        (("--until", 900, "--report", "r.html"), walks(1), "no report", "--report out"),
    ],
)
def test_what_cannot_be_drawn_is_refused(folder, nesym, model, contents, options, data, problem, remedy):
    data.to_netcdf(folder / "series.nc")
    before = contents()
    found = nesym("forecast", "noise", "series.nc", *options)
    assert found.code == 2 and problem in found.said and remedy in found.said
    assert contents() == before


def test_several_files_are_refused(folder, nesym, contents):
    before = contents()
    found = nesym("learn", "good.nc", "good.nc", "--method", "latent-sde")
    assert found.code == 2 and "2 files came" in found.said and contents() == before
