"""`nesym models`, and models that the command line must not use."""

import json
import struct

import pytest
from small_models import CARD, learned, store_model

from nesym import _store
from nesym.downscale import Bilinear
from nesym.fields.memory import Memory

DRAW = ("downscale", "good.nc", "--factor", 4, "--members", 2)


def test_packaged_models(nesym):
    said = nesym("models")
    assert said.code == 0
    for words in ("cascade-dwd-1km Cascade, 1 km, 5 min", "rainfarm-dwd-1km RainFARM", "fitted on DWD", "--model ID"):
        assert words in said.said


def test_files_folders_and_ids(nesym, folder):
    (folder / "kept").mkdir()
    store_model(folder / "kept" / "mine.safetensors")
    Bilinear().save(folder / "kept" / "bare.safetensors")
    (folder / "kept" / "other.safetensors").write_bytes(b"of another program")
    said = nesym("models", "kept", "cascade-dwd-1km", "kept/mine")
    assert said.code == 0 and said.said.count("mine.safetensors ConsistencyDownscaler, 1 km, 5 min,") == 1
    assert "kept/mine ConsistencyDownscaler" in said.said and "cascade-dwd-1km Cascade" in said.said
    assert "bare.safetensors Bilinear, resolution not stated" in said.said and "other" not in said.said


def test_a_whole_card(nesym, folder):
    store_model(
        folder / "mine.safetensors", periods=["May", "June"], made_by="[hand]", wet_windows=77, spacing_km="1 km"
    )
    said = nesym("models", "mine.safetensors", "--card")
    assert said.code == 0 and "1 km" in said.said
    for words in ("periods May, June", "made by [hand]", "wet windows 77", "sigma none, zero_shot no", "by NESYM"):
        assert words in said.said
    assert "resolution not stated" not in said.said and "5 min" not in said.said


@pytest.mark.parametrize(("place", "words"), [("absent", "cascade-dwd-1km"), (".", "nesym fit"), ("good.nc", "save")])
def test_places_without_models(place, words, nesym):
    said = nesym("models", place)
    assert said.code == 2 and words in said.said and said.out == ""


def header(path) -> dict:
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["nesym"])


def forged(path, **changes):
    """A model file without tensors, with another header."""
    content = json.dumps({"__metadata__": {"nesym": json.dumps(header(path) | {"checksum": None} | changes)}}).encode()
    path.write_bytes(struct.pack("<Q", len(content)) + content)


def flipped(path):
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-7]), "fetch it again"),
        (flipped, "Fetch it again"),
        (lambda path: forged(path, format=99), "pip install -U nesym"),
        (lambda path: forged(path, model={"class": "SomethingNew"}), "pip install -U nesym"),
        (lambda path: forged(path, model={"class": "ConsistencyDownscaler", "sigma": -1.0}), "sigma=1.0"),
        (lambda path: forged(path, model={"class": "RainNetwork"}), "fetch it again"),
        (lambda path: _store.save(Memory(70.0, 300), path, CARD), "Give a fitted downscaler"),
        (lambda path: store_model(path, variable="tas", units="K"), "Give a model for rain"),
        (lambda path: store_model(path, units="mm day-1"), "Give a model for rain"),
        (lambda path: store_model(path, spacing_km=4.0), "--force"),
        (lambda path: store_model(path, step_seconds=3600), "--force"),
        (lambda path: store_model(path, learned().__class__()), "nesym models"),
    ],
)
def test_models_that_cannot_be_used(spoil, words, nesym, folder, contents):
    spoil(store_model(folder / "mine.safetensors"))
    before = contents()
    said = nesym(*DRAW, "--model", "mine.safetensors")
    assert said.code == 2 and words in said.said and contents() == before
