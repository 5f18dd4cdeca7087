"""Which method `nesym downscale` draws with, and what it says about that."""

import shutil
from importlib import resources
from types import SimpleNamespace

import numpy as np
import pytest
from small_files import rain, store
from small_models import learned, store_model

from nesym import _store
from nesym.fields import open_dataset

ARGS = ("downscale", "good.nc", "--members", 2)


@pytest.fixture
def weights(tmp_path_factory, monkeypatch):
    """The folder of packaged models, with the two statistical ones in it."""
    package = tmp_path_factory.mktemp("package")
    folder = package / "weights"
    folder.mkdir()
    for name in ("cascade-dwd-1km", "rainfarm-dwd-1km"):
        shutil.copy(str(resources.files("nesym.data") / "weights" / f"{name}.safetensors"), folder)
    monkeypatch.setattr(_store, "resources", SimpleNamespace(files=lambda _: package))
    return folder


@pytest.fixture
def consistency(weights):
    """A packaged consistency model."""
    return store_model(weights / "consistency-dwd-1km.safetensors")


def drawn_with() -> str:
    with open_dataset("fine.nc") as ds:
        return ds.attrs["method"]


def test_the_consistency_model_where_it_suits(nesym, consistency):
    said = nesym(*ARGS, "--factor", 4)
    assert (
        said.code == 0 and "method consistency: the packaged model consistency-dwd-1km, for rain of 1 km" in said.said
    )
    assert drawn_with().startswith("ConsistencyDownscaler(")


def test_the_cascade_where_the_consistency_model_does_not_suit(nesym, weights):
    store_model(weights / "consistency-dwd-1km.safetensors", spacing_km=4.0)
    said = nesym(*ARGS, "--factor", 4)
    assert said.code == 0 and drawn_with().startswith("Cascade(")
    assert "method cascade: the packaged consistency model is for rain of 4 km and 5 min" in said.said


@pytest.mark.parametrize("there", [True, False])
def test_rainfarm_where_no_packaged_model_suits(there, nesym, weights):
    if there:
        store_model(weights / "consistency-dwd-1km.safetensors")
    said = nesym(*ARGS, "--factor", 2)
    assert said.code == 0 and drawn_with().startswith("RainFARM(")
    name = "consistency" if there else "cascade"
    assert f"method rainfarm, which needs no fit: the packaged {name} model is for rain of 1 km and 5 min" in said.said


def test_a_memory_is_not_made_up(nesym, weights):
    refused = nesym(*ARGS, "--factor", 2, "--memory")
    assert refused.code == 2 and "--method rainfarm --fit FINE.nc" in refused.said
    assert nesym(*ARGS, "--factor", 2, "--memory", "--force").code == 0
    assert drawn_with().startswith("Cascade(") and "memory=True" in drawn_with()


def test_what_was_named_is_taken_or_refused_and_not_replaced(nesym, consistency):
    for method in ("consistency", "cascade"):
        refused = nesym(*ARGS, "--factor", 2, "--method", method)
        assert refused.code == 2 and "--force" in refused.said
    said = nesym(*ARGS, "--factor", 4, "--method", "cascade")
    assert said.code == 0 and "method" not in said.out and drawn_with().startswith("Cascade(")


def test_methods_whose_model_is_not_packaged(nesym, weights):
    for method in ("consistency", "diffusion"):
        refused = nesym(*ARGS, "--factor", 4, "--method", method)
        assert refused.code == 2 and f"nesym fit downscale FINE.nc --method {method} --out my-model" in refused.said


def test_the_demo_takes_the_same_choice(nesym, consistency, monkeypatch):
    chosen = []
    monkeypatch.setattr("nesym.cli.job.run_job", chosen.append)
    assert nesym("demo", "--out", "demo").code == 0
    (job,) = chosen
    assert job.method.name == "consistency" and job.method.memory and "consistency-dwd-1km" in job.notes[0]
    consistency.unlink()
    assert nesym("demo", "--out", "demo").code == 0
    assert chosen[1].method.name == "cascade"


@pytest.mark.parametrize(
    ("options", "sigma", "words"),
    [
        ((), 0.8, "fitted for wavelengths below 8 km, twice the coarse grid spacing"),
        (("--noise", "auto"), 0.8, "8 km"),
        (("--noise", "0.45"), 0.45, "as asked for"),
        (("--zero-shot",), 0.8, "told nothing"),
    ],
)
def test_noise_levels(options, sigma, words, nesym, folder):
    store_model(folder / "mine.safetensors")
    said = nesym(*ARGS, "--factor", 4, "--model", "mine", *options)
    assert said.code == 0 and f"noise: sigma {sigma:g}" in said.said and words in said.said
    assert f"sigma={sigma:g}" in drawn_with() and f"zero_shot={'--zero-shot' in options}" in drawn_with()
    method = learned(sigma=sigma, zero_shot="--zero-shot" in options)
    with open_dataset("fine.nc") as ds:
        np.testing.assert_array_equal(ds.pr, method.sample(rain(), 4, 2, key=0))


def test_a_level_that_a_model_was_saved_with_gives_way_to_auto(nesym, folder):
    store_model(folder / "mine.safetensors", learned(sigma=0.6))
    assert "noise: sigma 0.6, as the model was saved with" in nesym(*ARGS, "--factor", 4, "--model", "mine").said
    assert "noise: sigma 0.8" in nesym(*ARGS, "--factor", 4, "--model", "mine", "--noise", "auto").said


@pytest.mark.parametrize("crossing", [True, False])
def test_the_noise_moves_to_where_spectra_part(crossing, nesym, folder, monkeypatch):
    from nesym.downscale import noise_level

    asked = {}

    def found(observed, coarse, *, factor, transform):
        asked.update(shape=observed.shape, coarse=coarse.shape, factor=factor, transform=transform)
        return noise_level.NoiseLevel(3.0, 10.67, 1.234, crossing)

    monkeypatch.setattr(noise_level, "spectral_noise_level", found)
    store_model(folder / "mine.safetensors")
    store(rain(side=32, km=1.0), folder / "seen.nc")
    said = nesym(*ARGS, "--factor", 4, "--model", "mine", "--observed", "seen.nc")
    assert said.code == 0
    assert asked == {"shape": (3, 32, 32), "coarse": (3, 8, 8), "factor": 4, "transform": learned().fitted.transform}
    words = "sigma 1.23, for wavelengths below 10.67 km" if crossing else "above it, the two spectra do not part"
    assert words in said.said and ("sigma=1.234" if crossing else "sigma=0.8") in drawn_with()


def test_observed_rain_that_tells_too_little(nesym, folder):
    store_model(folder / "mine.safetensors")
    store(rain(side=32, km=1.0), folder / "seen.nc")
    refused = nesym(*ARGS, "--factor", 4, "--model", "mine", "--observed", "seen.nc")
    assert refused.code == 2 and "longer or rainier period" in refused.said
