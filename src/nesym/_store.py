"""Fitted objects on disk: safetensors with a JSON header, nothing executable.

The header holds the class, its configuration and a card (data, splits, licence, scores, versions); arrays are tensors.
Only the classes that `nesym._classes` lists can come back from a file.
"""

import json
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from importlib import import_module, resources
from pathlib import Path as FilePath
from typing import Any
from zlib import crc32

import numpy as np

from nesym._atomic import replacing
from nesym._classes import CLASSES
from nesym._errors import FileError, InputError
from nesym._typing import Path
from nesym._version import __version__

FORMAT = 1
ENDING = ".safetensors"
UPDATE = "Update: pip install -U nesym."


def save(model: Any, path: Path, card: dict[str, Any]) -> None:
    """Write `model` and its `card` to `path`: a temporary file first, then one rename.

    Raises `FileError` if that fails, with the old file as it was, and `InputError` for what strict JSON cannot hold.
    """
    from safetensors.numpy import save as to_bytes

    tensors: dict[str, np.ndarray] = {}
    encoded = _encode(model, "", tensors)
    header = {
        "format": FORMAT,
        "nesym_version": __version__,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "card": card,
        "checksum": _checksum(tensors),
        "model": encoded,
    }
    content = to_bytes(tensors, metadata={"nesym": _strict_json(header)})
    target = FilePath(path).expanduser()
    try:
        with replacing(target) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise FileError(
            f"{target} cannot be written: {error.strerror or error}.", "Choose a folder that is there and writable."
        ) from error


def load(name: Path) -> Any:
    """The fitted model in a file, or the packaged one of that id (`nesym models` lists them)."""
    return load_with_card(name)[0]


def load_with_card(name: Path) -> tuple[Any, dict[str, Any]]:
    """The fitted model and its card, from one reading of the file."""
    header, tensors = _read(name)
    try:
        return _decode(header["model"], tensors), header.get("card") or {}
    except (KeyError, TypeError, AttributeError) as error:
        raise _no_model(name, f"its header does not describe a model: {_words(error)}") from error


def card(name: Path) -> dict[str, Any]:
    """The header of a model file: card, configuration and version, without building the model."""
    return _read(name)[0]


def packaged() -> list[str]:
    """Ids of the models that come with the package."""
    folder = resources.files("nesym.data") / "weights"
    return sorted(file.name.removesuffix(ENDING) for file in folder.iterdir() if file.name.endswith(ENDING))


def place(name: Path) -> FilePath:
    """The file of that path, with or without its ending; or else of the packaged model of that id."""
    path = FilePath(name).expanduser()
    for found in (path, FilePath(f"{path}{ENDING}")):
        if found.is_file():
            return found
    if str(name) in packaged():
        return FilePath(str(resources.files("nesym.data") / "weights" / f"{name}{ENDING}"))
    raise FileError(
        f"There is no model file {name}, and no packaged model of that name.",
        f"Give the path of a file, or one of: {', '.join(packaged())}.",
    )


def _read(name: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    from safetensors import SafetensorError, safe_open

    path = place(name)
    try:
        with safe_open(path, framework="numpy") as file:
            written = (file.metadata() or {}).get("nesym")
            tensors = {key: file.get_tensor(key) for key in file.keys()}
    except (SafetensorError, OSError) as error:
        raise _no_model(path, _words(error)) from error
    if written is None:
        raise _no_model(path, "it has no NESYM header")
    try:
        header = json.loads(written)
        newer, by = header["format"] > FORMAT, header["nesym_version"]
        whole = header.get("checksum") in (None, _checksum(tensors))
    except (ValueError, KeyError, TypeError) as error:
        raise _no_model(path, f"its header cannot be read: {_words(error)}") from error
    if newer:
        raise FileError(f"{path} was written by NESYM {by} in a newer format.", UPDATE)
    if not whole:
        raise FileError(f"The numbers in {path} are not those that were written: it is damaged.", "Fetch it again.")
    return header, tensors


def _checksum(tensors: dict[str, np.ndarray]) -> int:
    """Of names and bytes: the file format itself notices no bit that has turned."""
    found = 0
    for name in sorted(tensors):
        found = crc32(tensors[name], crc32(name.encode(), found))
    return found


def _no_model(path: Path, why: str) -> FileError:
    return FileError(
        f"{path} is not a NESYM model file ({why}).",
        "Give a file that a model's `save` has written; if it came over a network, fetch it again.",
    )


def _words(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _strict_json(header: dict[str, Any]) -> str:
    try:
        return json.dumps(header, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"A model and its card are kept as strict JSON, which cannot hold all of this ({error}).",
            "Give text, finite numbers, True, False, None, and lists and dicts of them.",
        ) from error


def _encode(value: Any, place: str, tensors: dict[str, np.ndarray]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return [_encode(item, f"{place}.{i}", tensors) for i, item in enumerate(value)]
    if is_dataclass(value) and type(value).__name__ in CLASSES:
        kept = {
            f.name: _encode(getattr(value, f.name), f"{place}.{f.name}".lstrip("."), tensors) for f in fields(value)
        }
        return {"class": type(value).__name__, **kept}
    if hasattr(value, "__array__"):
        tensors[place] = np.ascontiguousarray(value)
        return {"tensor": place}
    raise TypeError(f"{type(value).__name__} at {place or 'the top'} has no place in a model file.")


def _decode(value: Any, tensors: dict[str, np.ndarray]) -> Any:
    if isinstance(value, list):
        return tuple(_decode(item, tensors) for item in value)
    if not isinstance(value, dict):
        return value
    if "tensor" in value:
        return tensors[value["tensor"]]
    name = value["class"]
    if name not in CLASSES:
        raise FileError(f"The file holds a {name}, which this NESYM {__version__} does not know.", UPDATE)
    kept = {key: _decode(item, tensors) for key, item in value.items() if key != "class"}
    return getattr(import_module(CLASSES[name]), name)(**kept)
