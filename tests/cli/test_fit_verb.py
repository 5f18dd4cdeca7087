"""`nesym fit downscale`: from fine rain to a model with its card; stopped, it goes on; what cannot work is said first."""

import errno
import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from programs import compiled_once
from safetensors.numpy import load_file
from small_files import rain, store, with_value

import nesym as library
from nesym import _store, train
from nesym.downscale import Training, learn
from nesym.downscale.told import CHANNELS
from nesym.nets import UNet

# The same steps of the denoiser everywhere: they are part of the program that is compiled.
SIZES = ("--steps", 7, "--width", 8, "--crop", 16, "--batch", 2, "--factors", 4)
STEPS = ("--distillation", 2, "--calibration", 2)
DIFFUSION = ("fit", "downscale", "fine.nc", "--out", "mine", "--method", "diffusion", *SIZES)


@pytest.fixture(scope="module", autouse=True)
def programs(tmp_path_factory):
    """Runs of one training are many here: it is compiled once."""
    with compiled_once(tmp_path_factory.mktemp("programs")):
        yield


@pytest.fixture(autouse=True)
def small_network(monkeypatch):
    """Networks of one level, checkpoints after every second step, a memory of two pairs: seconds instead of an hour."""

    def network(self, key):
        return UNet.make(1 + CHANNELS, 1, width=self.width, multipliers=(1,), patch=2, key=key)

    monkeypatch.setattr(Training, "network", network)
    monkeypatch.setattr(learn, "EVERY", 2)
    monkeypatch.setattr(learn, "PAIRS", 2)
    # The same loss again is the same program again; what calibration does is tested elsewhere.
    monkeypatch.setattr(learn, "Calibration", lambda distillation, levels: distillation)


@pytest.fixture
def fine(folder) -> Path:
    """fine.nc: 64 steps of rain on 32 x 32 cells of 1 km."""
    return store(rain(nt=64, side=32, km=1.0), folder / "fine.nc")


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def card(path: str) -> dict:
    return _store.card(path)["card"]


@pytest.mark.slow
def test_from_rain_to_a_model(nesym, fine, folder):
    said = nesym("fit", "downscale", "fine.nc", "--out", "mine", "--key", 3, *STEPS, *SIZES)
    assert said.code == 0 and said.err == ""
    assert "mine.safetensors consistency for rain of 1 km, 5 min, with a memory in time" in said.said
    assert "nesym downscale COARSE.nc --model mine.safetensors" in said.said

    about = card("mine.safetensors")
    assert about["spacing_km"] == 1.0 and about["step_seconds"] == 300 and about["units"] == "mm h-1"
    assert (
        about["licence"] == "that of the data you trained on: CC-BY-4.0" and about["attribution"] == "Weather Service"
    )
    assert about["files"] == ["fine.nc"] and about["data"] == "fine.nc (Made-up rain)" and about["key"] == 3
    assert about["periods"] == ["2018-05-10 00:00:00 to 2018-05-10 05:15:00, 64 steps, 5 min"]
    assert about["region"] == "32 x 32 cells of 1 x 1 km" and about["factors"] == [4] and about["wet_windows"] == 64
    assert about["made_by"].startswith("nesym fit downscale fine.nc --out mine --key 3 --distillation 2")
    assert 0 < about["training_seconds"] < 600

    # The checkpoints are gone; the logs say how the training went.
    logs = names(folder / "mine.training")
    assert len(logs) == 3 and all(name.endswith("/log.jsonl") for name in logs)
    rows = [json.loads(line) for line in (folder / "mine.training" / "denoiser" / "log.jsonl").read_text().splitlines()]
    assert rows[-1]["step"] == 7 and np.isfinite(rows[-1]["loss"])

    done = nesym("downscale", "good.nc", "--factor", 4, "--members", 2, "--memory", "--model", "mine", "--out", "x.nc")
    assert done.code == 0 and "noise: sigma" in done.said
    model = library.load("mine.safetensors")
    assert model.training == Training(width=8, crop=16, batch=2, steps=7, distillation=2, calibration=2)
    with xr.open_dataset("x.nc") as drawn:
        assert "ConsistencyDownscaler(" in drawn.attrs["method"] and np.isfinite(drawn.pr).all()

    again = nesym("fit", "downscale", "fine.nc", "--out", "mine.safetensors", *STEPS, *SIZES)
    assert again.code == 2 and "move it away" in again.said


@pytest.fixture(scope="module")
def whole():
    """What a training that nobody disturbs has learned; filled by the first test that asks."""
    return {}


def undisturbed(nesym, whole) -> dict[str, np.ndarray]:
    if not whole:
        assert nesym(*(word if word != "mine" else "whole" for word in DIFFUSION)).code == 0
        whole |= load_file("whole.safetensors")
    return whole


def assert_same(path: str, expected: dict[str, np.ndarray]) -> None:
    found = load_file(path)
    assert found.keys() == expected.keys() and len(found) > 10
    for name, array in found.items():
        np.testing.assert_array_equal(array, expected[name])


def test_after_ctrl_c_the_same_command_goes_on(nesym, fine, folder, whole, monkeypatch):
    expected = undisturbed(nesym, whole)
    draw = train.Fields.__call__

    def interrupted(self, step, key):
        if step == 5:
            raise KeyboardInterrupt
        return draw(self, step, key)

    with monkeypatch.context() as patch:
        patch.setattr(train.Fields, "__call__", interrupted)
        said = nesym(*DIFFUSION)
    assert said.code == 130 and not (folder / "mine.safetensors").exists()
    assert "kept in mine.training, and the same command goes on from there: nesym fit downscale fine.nc" in said.said
    assert names(folder / "mine.training") == [
        f"denoiser/{name}" for name in ("log.jsonl", "step-0000000004.safetensors", "step-0000000005.safetensors")
    ]
    refused = nesym(*DIFFUSION, "--key", 1)
    assert refused.code == 2 and "key (0 then, 1 now)" in refused.said
    assert nesym(*DIFFUSION).code == 0
    assert_same("mine.safetensors", expected)
    assert names(folder / "mine.training") == ["denoiser/log.jsonl"]


def test_a_disk_that_fills_up_leaves_the_last_checkpoint(nesym, fine, folder, whole, monkeypatch):
    expected, synced = undisturbed(nesym, whole), []

    def full(descriptor):
        synced.append(descriptor)
        if len(synced) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        said = nesym(*DIFFUSION)
    assert said.code == 2 and "Make room and run the same again" in said.said
    assert names(folder / "mine.training") == ["denoiser/log.jsonl", "denoiser/step-0000000002.safetensors"]
    assert nesym(*DIFFUSION).code == 0
    assert_same("mine.safetensors", expected)


def test_stopped_before_there_is_anything(nesym, fine, folder, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("nesym.downscale.rainfarm.RainFARM.fit", stop)
    said = nesym("fit", "downscale", "fine.nc", "--out", "mine", "--method", "rainfarm")
    assert said.code == 130 and "before there was anything to keep" in said.said
    assert names(folder) == ["fine.nc", "good.nc"]


def test_the_cascade_on_several_files(nesym, folder, monkeypatch):
    """In any order: they are one series. The factor that the fields are too small for is named."""
    monkeypatch.setattr("nesym.downscale.cascade_fit.FIELDS", 4)
    together = rain(nt=24, side=32, km=1.0)
    store(together.isel(time=slice(12)), folder / "a.nc")
    store(together.isel(time=slice(12, None)), folder / "b.nc")
    said = nesym("fit", "downscale", "b.nc", "a.nc", "--out", "mine", "--method", "cascade", "--factors", "4,8")
    assert said.code == 0 and "cascade for rain of 1 km, 5 min, with a memory in time" in said.said
    assert "too small: [8]" in said.said and not (folder / "mine.training").exists()
    direct = library.downscale.Cascade().fit(together, factors=(4,))
    assert library.load("mine.safetensors") == direct
    about = card("mine.safetensors")
    assert about["factors"] == [4] and about["data"] == "b.nc (Made-up rain); a.nc (Made-up rain)"
    assert len(about["periods"]) == 2 and about["licence"] == "that of the data you trained on: CC-BY-4.0"


def test_rain_without_a_regular_step_is_only_noted(nesym, folder):
    irregular = rain(nt=4, side=32, km=1.0)
    times = irregular["time"] + np.arange(4) ** 2 * np.timedelta64(37, "s")
    store(irregular.assign_coords(time=times), folder / "fine.nc")
    said = nesym("fit", "downscale", "fine.nc", "--out", "mine", "--method", "rainfarm")
    assert said.code == 0 and "fine.nc: no regular time step" in said.said and "no memory in time" in said.said
    assert "step_seconds" not in card("mine.safetensors")
    assert "resolution" not in nesym("models", "mine").said and "1 km," in nesym("models", "mine").said


@pytest.fixture
def refused(nesym, contents, fine, monkeypatch):
    """Run a fit that must be refused with these words, before any work."""

    def work(*_, **__):
        raise AssertionError("work had begun")

    monkeypatch.setattr(train, "fit", work)
    monkeypatch.setattr("nesym.downscale.cascade.Cascade.fit", work)
    monkeypatch.setattr("nesym.downscale.rainfarm.RainFARM.fit", work)

    def check(*args: object, remedy: str) -> None:
        before = contents()
        said = nesym("fit", "downscale", *args)
        assert said.code == 2 and remedy in said.said, said.said
        assert said.out == "" and contents() == before

    return check


CASCADE, RAINFARM = ("--method", "cascade"), ("--method", "rainfarm")


@pytest.mark.parametrize(
    ("args", "remedy"),
    [
        (("--out", "."), "--out my-model"),
        (("--out", "absent/mine"), "mkdir -p absent"),
        (("--method", "bilinear"), "--method consistency, diffusion, cascade or rainfarm"),
        (("--method", "kriging"), "Choose one of"),
        ((*CASCADE, "--steps", 5, "--width", 8), "--steps, --width came"),
        ((*RAINFARM, "--crop", 32), "use --method consistency"),
        (("--method", "diffusion", "--distillation", 5), "--distillation came"),
        (("--steps", 0), "--steps"),
        (("--width", 6), "Give width=8"),
        (("--crop", 8), "--crop"),
        (("--crop", 32, "--factors", "3"), "multiple of them all, such as 33"),
        (("--crop", 27), "such as 28"),
        (("--factors", "2,four"), "Say 2,4,8,16"),
        (("--factors", "1,2"), "2, 4, 8"),
        ((*RAINFARM, "--factors", "2"), "Leave --factors out"),
        ((*RAINFARM, "--choose", "fine.nc"), "Leave --choose out"),
        ((*CASCADE, "--missing", "keep"), "Choose refuse or fill"),
        (("--missing", "drop"), "Choose refuse or fill or keep"),
        (("--variable", "snow"), "pr"),
        (("--key", -1), "from 0 to 4294967295"),
        (("--crop", 64), "use the cascade"),
        (("absent.nc",), "Check the path"),
        (("good.nc",), "Fit a model for each spacing"),
        ((*CASCADE, "good.nc"), "Fit a model for each spacing"),
        ((*CASCADE, "--choose", "good.nc"), "Fit a model for each spacing"),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_what_cannot_work(args, remedy, refused):
    refused("fine.nc", "--out", "mine", *args, remedy=remedy)


def test_files_that_are_no_rain_or_too_little(refused, folder):
    store(with_value(np.nan), folder / "gaps.nc")
    refused("gaps.nc", "--out", "mine", *CASCADE, remedy="--missing fill")
    store(with_value(1.0).rename("heat").assign_attrs(units="W m-2"), folder / "heat.nc")
    refused("heat.nc", "--out", "mine", *CASCADE, remedy="--variable")
    store(rain(nt=63, side=32, km=1.0), folder / "short.nc")
    refused("short.nc", "--out", "mine", "--crop", 16, remedy="use the cascade")
    other = rain(nt=3, side=40, km=1.0)
    store(other.assign_coords(time=other["time"] + np.timedelta64(1, "D")), folder / "other.nc")
    refused("fine.nc", "other.nc", "--out", "mine", *CASCADE, remedy="use --method consistency")


def test_places_that_are_taken(refused, folder):
    (folder / "taken.safetensors").write_text("a model")
    refused("fine.nc", "--out", "taken", remedy="move it away")
    (folder / "mine.training").write_text("no folder")
    refused("fine.nc", "--out", "mine", remedy="Choose another name with --out")


def test_too_little_memory_or_disk(refused, monkeypatch):
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**6, 10**6, 1000))
    refused("fine.nc", "--out", "mine", *SIZES, remedy="Make room")
    monkeypatch.setattr("nesym._resources.available_memory", lambda: 10**5)
    refused("fine.nc", "--out", "mine", *SIZES, remedy="Give a shorter period")


def test_networks_can_leave_out_what_has_gaps(nesym, folder):
    gappy = rain(nt=80, side=32, km=1.0)
    gappy[::8, 3, 3] = np.nan
    store(gappy, folder / "gappy.nc")
    args = ("fit", "downscale", "gappy.nc", "--out", "mine", "--method", "diffusion", *SIZES)
    assert nesym(*args).code == 2
    assert nesym(*args, "--missing", "keep").code == 0
    assert card("mine.safetensors")["wet_windows"] == 70
