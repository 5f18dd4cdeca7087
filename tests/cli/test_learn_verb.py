"""`nesym learn` and `nesym forecast`: an equation of one's own data that keeps a law, and what is refused."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from small_orbits import LAW, TIMES, circles

import nesym as package
from nesym._errors import TrainingError
from nesym.cli.learning import LearningJob, configured, run_learn
from nesym.learn.equations.neural_ode import NeuralODE
from nesym.verify import Table


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The file of a small network held to the law, hardly trained, by the verb's own way through everything."""
    folder = tmp_path_factory.mktemp("trained")
    circles().to_netcdf(folder / "circles.nc")
    blank = configured(known=None, epochs=1, chunk=None, width=4, depth=1)
    target = folder / "mine.safetensors"
    run_learn(LearningJob((folder / "circles.nc",), blank, (LAW,), None, target, None, None, 1, True, False, None))
    assert not list(folder.glob("mine.training/*/step-*"))
    return target


@pytest.fixture(scope="module")
def equation(trained):
    """The same in Python."""
    return package.load(trained)


@pytest.fixture
def orbits(folder, trained):
    """A working folder with the data, and the model in a file."""
    circles().to_netcdf(folder / "circles.nc")
    shutil.copy(trained, folder / "mine.safetensors")
    return folder


def test_what_is_learned_keeps_its_law(orbits, nesym, equation):
    listed = nesym("models", "mine.safetensors", "--card").said
    assert LAW in listed and "circles.nc" in listed and "span 3" in listed
    assert equation.conserve == (LAW,) and equation.fitted.names == ("x", "y")
    result = nesym("forecast", "mine.safetensors", "circles.nc", "--until", 8, "--out", "f.nc")
    assert (
        result.code == 0
        and "6 trajectories, 51 times" in result.said
        and "From the last states of 6 at time 3 to time 8" in result.said
    )
    with xr.open_dataset(orbits / "f.nc") as ds:
        assert ds["x"].dtype == np.float64 and ds["x"].dims == ("member", "trajectory", "time")
        radius = (ds["x"] ** 2 + ds["y"] ** 2).values
        np.testing.assert_allclose(radius, np.broadcast_to(radius[..., :1], radius.shape), rtol=1e-6)
        np.testing.assert_array_equal(ds["x"].isel(member=0, time=0), circles()["x"].isel(time=-1))
        assert "nesym" in ds.attrs["history"]


def test_what_is_seen_is_said(orbits, nesym, equation, monkeypatch):
    monkeypatch.setattr(NeuralODE, "fit", lambda self, *_, **__: equation)
    found = nesym("learn", "circles.nc", "--conserve", LAW, "--out", "kept", "--no-compare")
    assert found.code == 0 and LAW in found.said and "yes" in found.said
    assert "6 trajectories of x, y: 31 samples each, 0.1 apart, over 3 units of time." in found.said
    assert "5 to train on, 1 to choose the weights by, none to judge by" in found.said
    assert "nesym forecast kept.safetensors START.nc --until 6" in found.said


def test_what_is_learned_is_compared_on_trajectories_kept_apart(orbits, nesym, equation, monkeypatch):
    """The rivals and the report, with trainings that are over at once."""
    fits, compared = [], []

    def fit(self, data, key=0, *, folder=None, progress=None, validate=None):
        fits.append((self.conserve, self.gamma, len(data), folder.name, key))
        return replace(self, fitted=equation.fitted)

    def compare(learner, data, key, *, test, folder, progress):
        compared.append((len(data), len(test), folder.name, key))
        rows = ({"method": "as given", "state error": 0.5, "law error": 1e-9}, {"method": "without the law"})
        return Table("Scores of both", ("method", "state error", "law error"), rows)

    monkeypatch.setattr(NeuralODE, "fit", fit)
    monkeypatch.setattr("nesym.learn.equations.comparison.compare", compare)
    monkeypatch.setattr("nesym.cli.learned_page._forecast", lambda model, truth: truth * 1.01)
    found = nesym(
        "learn", "circles.nc", "--conserve", LAW, "--gamma", 8, "--key", 3, "--report", "r.html", "--out", "m"
    )
    assert found.code == 0 and "Scores of both" in found.said
    assert "4 to train on, 1 to choose the weights by, 1 to judge by" in found.said
    assert compared == [(5, 1, "m.training", 3)]
    assert fits == [((LAW,), 8.0, 5, "as-given", 3), (None, None, 5, "without-the-law", 3)]
    page = (orbits / "r.html").read_text()
    for words in (
        "How the law is kept",
        "drawn back to its first value",
        "at the rate 8",
        "without the law",
        "1.0 × 10⁻⁹",
    ):
        assert words in page


@pytest.mark.parametrize("trouble, code", [(TrainingError("It grew.", "Use tanh."), 0), (KeyboardInterrupt(), 130)])
def test_the_model_is_kept_where_a_comparison_fails(orbits, nesym, equation, monkeypatch, trouble, code):
    def compare(*_, **__):
        raise trouble

    monkeypatch.setattr(NeuralODE, "fit", lambda self, *_, **__: equation)
    monkeypatch.setattr("nesym.learn.equations.comparison.compare", compare)
    found = nesym("learn", "circles.nc", "--conserve", LAW, "--out", "m")
    assert found.code == code and (orbits / "m.safetensors").exists()
    assert ("No comparison with the baselines: It grew." in found.said) == (code == 0)
    assert ("The model is in m.safetensors" in found.said) == (code == 130)


def test_an_interruption_says_how_to_go_on(orbits, nesym, monkeypatch):
    def stopped(self, data, key=0, *, folder=None, progress=None):
        folder.mkdir(parents=True)
        (folder / "step-00000001.safetensors").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(NeuralODE, "fit", stopped)
    found = nesym("learn", "circles.nc", "--conserve", LAW, "--out", "m")
    assert found.code == 130 and "goes on from there: nesym learn circles.nc" in found.said
    assert not (orbits / "m.safetensors").exists()


def test_two_bodies_are_learned_where_no_file_is_named(orbits, nesym, equation, monkeypatch):
    seen = []
    monkeypatch.setattr(NeuralODE, "fit", lambda self, data, *_, **__: seen.append((self, data)) or equation)
    found = nesym("learn", "--no-compare", "--out", "m")
    assert found.code == 0 and "24 trajectories of q1, q2, p1, p2" in found.said
    model, data = seen[0]
    assert model.conserve == ("q1 * p2 - q2 * p1",) and data.names == ("q1", "q2", "p1", "p2")


def test_options_come_to_the_model(orbits, nesym, equation, monkeypatch):
    seen = []
    monkeypatch.setattr(NeuralODE, "fit", lambda self, data, *_, **__: seen.append((self, data)) or equation)
    options = (
        "--known",
        "two-body",
        "--variables",
        "y,x",
        "--cut",
        3,
        "--members",
        2,
        "--chunk",
        5,
        "--width",
        8,
        "--order",
        2,
    )
    found = nesym("learn", "circles.nc", *options, "--no-compare", "--out", "m")
    assert found.code == 0 and "held to no law" in found.said
    model, data = seen[0]
    assert (model.members, model.training.chunk, model.width, model.order) == (2, 5, 8, 2)
    assert type(model.known).__name__ == "TwoBody" and data.names == ("y", "x") and len(data) == 18
    lenient = nesym("learn", "circles.nc", "--conserve", "x + 0.1*y", "--no-check", "--no-compare", "--out", "n")
    assert lenient.code == 0 and "no" in lenient.said and seen[1][0].conserve == ("x + 0.1*y",)


def test_a_law_that_the_data_do_not_keep_is_imposed_if_asked(orbits, nesym):
    """In earnest: the training has a check of its own."""
    options = ("--conserve", "x + 0.1*y", "--epochs", 1, "--width", 4, "--no-compare", "--out", "line")
    assert nesym("learn", "circles.nc", *options).code == 2
    found = nesym("learn", "circles.nc", *options, "--no-check")
    assert found.code == 0, found.said
    ahead = package.load(orbits / "line.safetensors").forecast(circles().isel(time=0), until=1.0)
    kept = (ahead["x"] + 0.1 * ahead["y"]).values
    np.testing.assert_allclose(kept, np.broadcast_to(kept[..., :1], kept.shape), atol=1e-6)


def test_a_forecast_is_that_of_python(orbits, nesym, equation):
    assert nesym("forecast", "mine.safetensors", "circles.nc", "--until", 8, "--step", 0.1).code == 0
    expected = equation.forecast(circles(), until=8.0)
    with xr.open_dataset(orbits / "forecast.nc") as ds:
        np.testing.assert_allclose(ds["x"], expected["x"], rtol=1e-12)


def test_a_forecast_from_the_first_states_is_shown_beside_what_happened(orbits, nesym):
    found = nesym("forecast", "mine.safetensors", "circles.nc", "--until", 5, "--from", "first", "--report", "r.html")
    assert found.code == 0 and "From the first states of 6 at time 0 to time 5" in found.said
    assert "1.67 times as far as the longest trajectory" in found.said
    assert "How the error grows" in (orbits / "r.html").read_text()
    with xr.open_dataset(orbits / "forecast.nc") as ds:
        np.testing.assert_array_equal(ds["time"][: TIMES.size], TIMES)


def test_starts_without_a_time_begin_at_zero(orbits, nesym):
    circles().isel(time=3).drop_vars("time").to_netcdf(orbits / "start.nc")
    found = nesym("forecast", "mine.safetensors", "start.nc", "--until", 5)
    assert found.code == 0 and "at time 0 to time 5" in found.said


def test_what_ends_early_is_written_and_said(orbits, nesym, equation, monkeypatch):
    def ended(self, start, *, times, tolerance):
        states = circles(times=times).expand_dims("member").copy(deep=True)
        for name in ("x", "y"):
            states[name][0, 2, 5:] = np.nan
        reasons, reached = np.full((1, 6), "", dtype="U20"), np.full((1, 6), times[-1])
        reasons[0, 2], reached[0, 2] = "The field is stiff.", times[4]
        labels = {"reason": (("member", "trajectory"), reasons), "reached": (("member", "trajectory"), reached)}
        return states.assign(labels).assign_coords(trajectory=np.arange(6), member=[0])

    monkeypatch.setattr(NeuralODE, "forecast", ended)
    found = nesym("forecast", "mine.safetensors", "circles.nc", "--until", 8, "--report", "r.html")
    assert found.code == 0 and "Trajectory 2 ended at time 3.4. The field is stiff." in found.said
    assert "1 of 6 solutions of neural ODE ended early. The field is stiff." in " ".join(
        (orbits / "r.html").read_text().split()
    )
    with xr.open_dataset(orbits / "forecast.nc") as ds:
        assert ds["reason"].values[0].tolist() == ["", "", "The field is stiff.", "", "", ""]
        assert np.isnan(ds["x"].values[0, 2, 5:]).all() and np.isfinite(ds["x"].values[0, 3]).all()


REFUSED = {
    "before the start": (("--until", 2), "ends after its start", "--from first"),
    "no time": (("--until", "soon"), "no time that this model knows", "--until 30"),
    "no netCDF": (("--until", 9, "--out", "f.zarr"), "netCDF", ".nc"),
    "its own input": (("--until", 9, "--out", "circles.nc"), "its own input", "another name"),
    "members": (("--until", 9, "--members", 5), "draws none", "Leave --members"),
    "a middle": (("--until", 9, "--from", "middle"), "not a choice", "first or last"),
    "a step of nothing": (("--until", 9, "--step", 0), "above 0", "--step 0.1"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_forecast_is_refused(case, orbits, nesym, contents):
    options, problem, remedy = REFUSED[case]
    before = contents()
    found = nesym("forecast", "mine.safetensors", "circles.nc", *options)
    assert found.code == 2 and problem in found.said and remedy in found.said
    assert contents() == before


def test_other_coordinates_and_other_models_are_refused(orbits, nesym):
    circles().rename(x="u").to_netcdf(orbits / "other.nc")
    found = nesym("forecast", "mine.safetensors", "other.nc", "--until", 9)
    assert found.code == 2 and "has no x" in found.said and "ds.rename" in found.said
    package.downscale.RainFARM().save(orbits / "rain.safetensors")
    found = nesym("forecast", "rain.safetensors", "circles.nc", "--until", 9)
    assert found.code == 2 and "no learned equation" in found.said
