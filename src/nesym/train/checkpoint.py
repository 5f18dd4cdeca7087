"""States of a run on disk: one safetensors file each, complete or not there at all, the last two kept.

Tensors carry their path in the state as name; the JSON header holds the fingerprint of the configuration, the
versions, and the seconds that training took. A file is written beside its place and renamed into it, so a process
may be killed at any moment: what is found afterwards is the newest complete file.
"""

import errno
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nesym._atomic import UNFINISHED, replacing
from nesym._errors import FileError, InputError
from nesym._typing import Path
from nesym._version import __version__
from nesym.train.fingerprint import differences

FORMAT = 1
KEPT = 2
_START = "step-"
_END = ".safetensors"


@dataclass(frozen=True)
class Found:
    """A checkpoint that was read: arrays by name, its `step`, the `seconds` until it; fingerprints then and now."""

    path: FilePath
    step: int
    seconds: float
    tensors: dict[str, np.ndarray]
    fingerprints: tuple[dict[str, Any], dict[str, Any]]

    def restored(self, like: Any) -> Any:
        """The arrays in the structure of the state `like`; refused unless configuration, shapes and types agree."""
        paths, form = jax.tree_util.tree_flatten_with_path(like)
        named = {jax.tree_util.keystr(path): leaf for path, leaf in paths}
        now = {name: _form(leaf) for name, leaf in named.items()}
        then = {name: (tensor.dtype, tensor.shape) for name, tensor in self.tensors.items()}
        if different := differences(*self.fingerprints, then, now):
            more = f" and {len(different) - 3} more" if len(different) > 3 else ""
            raise InputError(
                f"{self.path} is of a run with another configuration; different are: {', '.join(different[:3])}{more}.",
                "Give another folder for a new run, or set the configuration back to go on with the old one.",
            )
        return jax.tree.unflatten(form, [_as_array(self.tensors[name], leaf) for name, leaf in named.items()])


class Checkpoints:
    """The checkpoints of one run in a folder of their own, which is made if it is not there."""

    def __init__(self, folder: Path, fingerprint: dict[str, Any]):
        self.folder, self._fingerprint = FilePath(folder).expanduser(), fingerprint
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritten(self.folder, error) from error

    def newest(self) -> Found | None:
        """The newest complete checkpoint, or None where there is none."""
        paths = self._paths()
        for path in reversed(paths):
            if (read := _read(path)) is not None:
                header, tensors = read
                fingerprints = (header["fingerprint"], self._fingerprint)
                return Found(path, header["step"], header["seconds"], tensors, fingerprints)
        if paths:
            raise FileError(
                f"No checkpoint in {self.folder} can be read.",
                "Give another folder, or delete this one to start from nothing.",
            )
        return None

    def save(self, state: Any, seconds: float) -> None:
        """Write `state`; then remove all but the last two, and what kills left behind.

        Raises `FileError` if it cannot be written; then the older files are as they were.
        """
        from safetensors.numpy import save

        step = int(state.step)
        header = {
            "format": FORMAT,
            "nesym_version": __version__,
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
            "step": step,
            "seconds": seconds,
            "fingerprint": self._fingerprint,
        }
        named = {jax.tree_util.keystr(path): leaf for path, leaf in jax.tree_util.tree_leaves_with_path(state)}
        tensors = {name: _as_tensor(leaf) for name, leaf in named.items()}
        self._write(f"{_START}{step:010d}{_END}", save(tensors, metadata={"nesym_training": json.dumps(header)}))
        for path in (*self._paths()[:-KEPT], *self.folder.glob(f".{_START}*{UNFINISHED}")):
            path.unlink(missing_ok=True)

    def _write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        try:
            with replacing(path, synced=True) as temporary:
                temporary.write_bytes(content)
        except OSError as error:
            raise _unwritten(path, error) from error

    def _paths(self) -> list[FilePath]:
        return sorted(self.folder.glob(f"{_START}*{_END}"))


def _read(path: FilePath) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
    """Header and tensors; None of a file that is not complete."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            header = json.loads((file.metadata() or {}).get("nesym_training", "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, OSError, ValueError):
        return None
    if header.get("format", 0) > FORMAT:
        raise FileError(
            f"{path} was written by NESYM {header['nesym_version']} in a newer format.", "Update: pip install -U nesym."
        )
    return (header, tensors) if header else None


def _as_tensor(leaf: jax.Array) -> np.ndarray:
    """A leaf as NumPy and safetensors can hold it, see `_form`."""
    plain = np.asarray(_plain(leaf))
    dtype, shape = _form(leaf)
    # safetensors takes the memory as it is, so it has to be in the order of the axes.
    return np.ascontiguousarray(plain).reshape(-1).view(dtype).reshape(shape)


def _as_array(tensor: np.ndarray, like: jax.Array) -> jax.Array:
    plain = _plain(like)
    array = jnp.asarray(tensor.reshape(-1).view(plain.dtype).reshape(plain.shape))
    return array if plain is like else jax.random.wrap_key_data(array, impl=jax.random.key_impl(like))


def _form(leaf: jax.Array) -> tuple[np.dtype, tuple[int, ...]]:
    """Type and shape of the tensor for a leaf; bfloat16 and float8 become words, complex128 pairs along a last axis."""
    plain = _plain(leaf)
    if plain.dtype == np.complex128:
        return np.dtype(np.float64), (*plain.shape, 2)
    return np.dtype(f"u{plain.dtype.itemsize}") if plain.dtype.kind == "V" else plain.dtype, plain.shape


def _plain(leaf: jax.Array) -> jax.Array:
    """The words of a key; any other leaf itself."""
    return jax.random.key_data(leaf) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else leaf


def _unwritten(path: FilePath, error: OSError) -> FileError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FileError(
            f"The disk was full before {path} was written; the checkpoints before it are unchanged.",
            "Make room and run the same again: it goes on from the last checkpoint.",
        )
    return FileError(
        f"{path} cannot be written: {error.strerror or error}.",
        "Make the folder writable and run the same again: it goes on from the last checkpoint.",
    )
