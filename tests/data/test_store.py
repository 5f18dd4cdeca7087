"""Fitted objects on disk: what was saved comes back, and nothing else does."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from nesym import _store, load
from nesym._errors import FileError, InputError, NesymError
from nesym._version import __version__
from nesym.downscale import Bilinear, Cascade, Conservative, RainFARM
from nesym.downscale.cascade import CascadeFit
from nesym.fields.memory import Memory

MEMORY = Memory(efold=402.8, step=300)
FIT = CascadeFit((2, 4), (2.5, 3.0), (1.5, 2.0123), (0.3, 0.45))
MODELS = {
    "bilinear": Bilinear(),
    "free bilinear": Bilinear(block_means=False),
    "conservative": Conservative(),
    "rainfarm": RainFARM(),
    "rainfarm of its own slope": RainFARM(slope=0.1 + 0.2, memory=True, fitted_memory=MEMORY),
    "cascade to be fitted": Cascade(outer=6.0),
    "cascade": Cascade(fitted=FIT, fitted_memory=MEMORY, memory=True),
}


def rain() -> xr.DataArray:
    values = np.random.default_rng(0).gamma(1, 2, (2, 8, 8)).astype(np.float32)
    km = 4.0 * np.arange(8)
    coords = {
        "time": np.array(["2018-05-10T00:00", "2018-05-10T00:05"], "datetime64[ns]"),
        "y": ("y", km, {"units": "km"}),
        "x": ("x", km, {"units": "km"}),
    }
    return xr.DataArray(values, coords, ("time", "y", "x"), "pr", {"units": "mm h-1"})


def container(path: Path, metadata: dict[str, str] | None, tail: bytes = b"") -> Path:
    """A safetensors file without tensors, with any metadata."""
    content = json.dumps({"__metadata__": metadata} if metadata is not None else {}).encode()
    path.write_bytes(struct.pack("<Q", len(content)) + content + tail)
    return path


def forged(path: Path, **changes) -> Path:
    """A model file whose header says something else."""
    header = {"format": 1, "nesym_version": "9.9", "written": "", "card": {}, "model": {"class": "Bilinear"}}
    return container(path, {"nesym": json.dumps(header | changes)})


@pytest.mark.parametrize("name", MODELS)
def test_what_is_saved_comes_back(name, tmp_path):
    MODELS[name].save(tmp_path / "model.safetensors", data="made up")
    back = load(tmp_path / "model.safetensors")
    assert type(back) is type(MODELS[name]) and back == MODELS[name]
    assert back.describe() == MODELS[name].describe()


@pytest.mark.parametrize("name", ["rainfarm of its own slope", "cascade"])
def test_and_draws_the_same_bits(name, tmp_path):
    MODELS[name].save(tmp_path / "model.safetensors")
    back = load(str(tmp_path / "model.safetensors"))
    np.testing.assert_array_equal(back.sample(rain(), 4, 2, key=3), MODELS[name].sample(rain(), 4, 2, key=3))


def test_the_header_can_be_read_by_anyone(tmp_path):
    path = tmp_path / "model.safetensors"
    MODELS["cascade"].save(path, data="DWD", spacing_km=1.0)
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["nesym"])
    assert header == _store.card(path)
    assert header["card"] == {"data": "DWD", "spacing_km": 1.0}
    assert header["format"] == 1 and header["nesym_version"] == __version__
    assert header["model"]["class"] == "Cascade" and header["model"]["fitted"]["slope"] == [2.5, 3.0]


def test_a_model_and_its_card_come_from_one_reading(tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    MODELS["cascade"].save(path, data="DWD")
    read, names = _store._read, []
    monkeypatch.setattr(_store, "_read", lambda name: names.append(name) or read(name))
    assert _store.load_with_card(path) == (MODELS["cascade"], {"data": "DWD"})
    assert names == [path]


def test_a_model_without_a_card_is_a_model(tmp_path):
    assert _store.load_with_card(forged(tmp_path / "model.safetensors", card=None)) == (Bilinear(), {})


def test_arrays_are_tensors(tmp_path):
    """Numbers of NumPy keep dtype and value."""
    RainFARM(slope=np.float32(2.1)).save(tmp_path / "model.safetensors")
    back = load(tmp_path / "model.safetensors")
    assert back.slope.dtype == np.float32 and back.slope == np.float32(2.1)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), np.float32(1), {1, 2}])
def test_cards_are_strict_json(value, tmp_path):
    with pytest.raises(InputError, match="strict JSON"):
        Bilinear().save(tmp_path / "model.safetensors", score=value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("model", [object(), [Bilinear(), print], Path("x")])
def test_only_what_is_known_can_be_saved(model, tmp_path):
    with pytest.raises(TypeError, match="no place in a model file"):
        _store.save(model, tmp_path / "model.safetensors", {})
    assert list(tmp_path.iterdir()) == []


def test_packaged_models_are_there():
    assert {"cascade-dwd-1km", "rainfarm-dwd-1km"} <= set(_store.packaged())
    for name in _store.packaged():
        header = _store.card(name)
        assert {"data", "licence", "region", "made_by"} <= header["card"].keys()
        assert ({"spacing_km", "step_seconds"} <= header["card"].keys()) != name.startswith("gan")
        assert type(load(name)).__name__ == header["model"]["class"]


def test_unknown_names_say_which_there_are():
    with pytest.raises(FileError, match="cascade-dwd-1km") as caught:
        load("cascade-dwd-2km")
    assert "cascade-dwd-2km" in caught.value.problem


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x89HDF\r\n\x1a\n" + bytes(100), b"\x80\x04\x95" + bytes(50), bytes(200), b"\xff" * 64]
)
def test_other_files(content, tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(FileError, match="not a NESYM model file") as caught:
        load(path)
    assert "save" in caught.value.remedy


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, -1])
def test_truncated_files(keep, tmp_path):
    path = tmp_path / "model.safetensors"
    RainFARM(slope=np.float32(2.1)).save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content)) if keep > 0 else -1])
    with pytest.raises(FileError, match="fetch it again"):
        load(path)


def test_turned_bits_are_noticed(tmp_path):
    path = tmp_path / "model.safetensors"
    RainFARM(slope=np.float32(2.1)).save(path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(FileError, match="damaged"):
        load(path)


def test_the_ending_may_be_left_out(tmp_path):
    Bilinear().save(tmp_path / "mine.safetensors")
    assert load(tmp_path / "mine") == Bilinear()
    with pytest.raises(FileError, match="no model file"):
        load(tmp_path / "min")


@pytest.mark.parametrize("metadata", [None, {}, {"format": "pt"}, {"nesym": "{"}, {"nesym": "[]"}, {"nesym": "{}"}])
def test_files_of_other_programs(metadata, tmp_path):
    with pytest.raises(FileError, match="not a NESYM model file"):
        load(container(tmp_path / "model.safetensors", metadata))


def test_newer_formats(tmp_path):
    with pytest.raises(FileError, match=r"written by NESYM 9\.9 in a newer format") as caught:
        load(forged(tmp_path / "model.safetensors", format=2))
    assert "pip install -U nesym" in caught.value.remedy


@pytest.mark.parametrize("name", ["os", "system", "Popen", "Path", "builtins.eval", "nesym.cli.app", "__import__", ""])
def test_no_class_but_those_listed(name, tmp_path):
    with pytest.raises(FileError, match="does not know"):
        load(forged(tmp_path / "model.safetensors", model={"class": name, "command": "true"}))
    nested = {"class": "Cascade", "fitted": {"class": name}}
    with pytest.raises(FileError, match="does not know"):
        load(forged(tmp_path / "model.safetensors", model=nested))


@pytest.mark.parametrize(
    "model",
    [
        {"class": "Bilinear", "unheard_of": 1},
        {"class": ["os", "system"]},
        {"slope": 2.0},
        {"class": "RainFARM", "slope": {"tensor": "absent"}},
        {"class": "RainFARM", "slope": "steep"},
    ],
)
def test_headers_that_make_no_sense(model, tmp_path):
    with pytest.raises(FileError, match="does not describe a model"):
        load(forged(tmp_path / "model.safetensors", model=model))


def test_impossible_numbers_are_refused_as_ever(tmp_path):
    with pytest.raises(NesymError, match="outer=4"):
        load(forged(tmp_path / "model.safetensors", model={"class": "Cascade", "outer": 0.5}))


def test_every_listed_class_is_there():
    from importlib import import_module

    for name, module in _store.CLASSES.items():
        assert getattr(import_module(module), name).__name__ == name


@pytest.mark.parametrize("step", ["write_bytes", "replace"])
def test_a_failure_leaves_the_old_file(step, tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    Bilinear().save(path)
    before = path.read_bytes()

    def full(self, *_):
        if step == "write_bytes":
            self.write_text("half")  # some of it got there
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, step, full)
    with pytest.raises(FileError, match="No space left on device") as caught:
        MODELS["cascade"].save(path)
    assert "writable" in caught.value.remedy
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_folders_that_are_none(tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "absent" / "m", tmp_path / "file" / "m"):
        with pytest.raises(FileError, match="Choose a folder"):
            Bilinear().save(place)
    with pytest.raises(FileError, match="cannot be written"):
        Bilinear().save(tmp_path)  # a folder, not a file
    with pytest.raises(FileError, match="no model file"):
        load(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_unreadable_files(tmp_path, monkeypatch):
    import safetensors

    path = tmp_path / "model.safetensors"
    Bilinear().save(path)

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(safetensors, "safe_open", denied)
    with pytest.raises(FileError, match="Permission denied"):
        load(path)
