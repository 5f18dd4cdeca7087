"""Fitted objects on disk: safetensors with a JSON header, nothing executable.

The header holds the class, its configuration and a card (data, splits, licence, scores, versions); arrays are tensors.
Only the classes listed here can come back from a file.
"""

import json
import os
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from importlib import import_module, resources
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from nesym._errors import FileError
from nesym._typing import Path
from nesym._version import __version__

FORMAT = 1

# What a file may hold: class name -> the module that defines it.
CLASSES = {
    "Bilinear": "nesym.downscale.interpolation",
    "Conservative": "nesym.downscale.interpolation",
    "RainFARM": "nesym.downscale.rainfarm",
    "Cascade": "nesym.downscale.cascade",
    "CascadeFit": "nesym.downscale.cascade",
    "Memory": "nesym.fields.memory",
}


def save(model: Any, path: Path, card: dict[str, Any]) -> None:
    """Write `model` and its `card` to `path`: a temporary file first, then one rename."""
    from safetensors.numpy import save as to_bytes

    tensors: dict[str, np.ndarray] = {}
    header = {
        "format": FORMAT,
        "nesym_version": __version__,
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "card": card,
        "model": _encode(model, "", tensors),
    }
    target = FilePath(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        temporary.write_bytes(to_bytes(tensors, metadata={"nesym": json.dumps(header)}))
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise FileError(f"{target} cannot be written: {error}.", "Choose a folder that is there and writable.") from error


def load(name: Path) -> Any:
    """The fitted model in a file, or the packaged one of that id (`nesym models` lists them)."""
    header, tensors = _read(name)
    return _decode(header["model"], "", tensors)


def card(name: Path) -> dict[str, Any]:
    """The header of a model file: card, configuration and version, without building the model."""
    return _read(name)[0]


def packaged() -> list[str]:
    """Ids of the models that come with the package."""
    folder = resources.files("nesym.data") / "weights"
    return sorted(file.name.removesuffix(".safetensors") for file in folder.iterdir() if file.name.endswith(".safetensors"))


def _read(name: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    from safetensors import SafetensorError, safe_open

    path = FilePath(name)
    if not path.exists() and str(name) in packaged():
        path = FilePath(str(resources.files("nesym.data") / "weights" / f"{name}.safetensors"))
    if not path.is_file():
        raise FileError(
            f"There is no model file {name}, and no packaged model of that name.",
            f"Packaged models: {', '.join(packaged())}.",
        )
    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {})["nesym"])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    except (SafetensorError, KeyError, ValueError) as error:
        raise FileError(
            f"{path} is not a NESYM model file ({error}).", "Give a file written by `save` or `nesym fit`."
        ) from error
    if header["format"] > FORMAT:
        raise FileError(
            f"{path} was written by NESYM {header['nesym_version']} in a newer format.", "Update: pip install -U nesym."
        )
    return header, tensors


def _encode(value: Any, place: str, tensors: dict[str, np.ndarray]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return [_encode(item, f"{place}.{i}", tensors) for i, item in enumerate(value)]
    if is_dataclass(value) and type(value).__name__ in CLASSES:
        kept = {f.name: _encode(getattr(value, f.name), f"{place}.{f.name}".lstrip("."), tensors) for f in fields(value)}
        return {"class": type(value).__name__, **kept}
    if hasattr(value, "__array__"):
        tensors[place] = np.ascontiguousarray(value)
        return {"tensor": place}
    raise TypeError(f"{type(value).__name__} at {place or 'the top'} has no place in a model file.")


def _decode(value: Any, place: str, tensors: dict[str, np.ndarray]) -> Any:
    if isinstance(value, list):
        return tuple(_decode(item, place, tensors) for item in value)
    if not isinstance(value, dict):
        return value
    if "tensor" in value:
        return tensors[value["tensor"]]
    name = value["class"]
    if name not in CLASSES:
        raise FileError(
            f"The file holds a {name}, which this NESYM {__version__} does not know.", "Update: pip install -U nesym."
        )
    kept = {key: _decode(item, place, tensors) for key, item in value.items() if key != "class"}
    return getattr(import_module(CLASSES[name]), name)(**kept)
