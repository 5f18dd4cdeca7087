"""States of a run on disk: one safetensors file each, complete or not there at all, the last two kept.

Tensors carry their path in the state as name; the JSON header holds the fingerprint of the configuration, the
versions, and the seconds that training took. A file is written beside its place and renamed into it, so a process
may be killed at any moment: what is found afterwards is the newest complete file.
"""

import errno
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

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
    """A checkpoint that was read: `tensors` by name, the number of its `step`, the `seconds` until then."""

    path: FilePath
    step: int
    seconds: float
    tensors: dict[str, np.ndarray]

    def restored(self, like: Any) -> Any:
        """The tensors in the structure of the state `like`, all of which must be there with its shapes and types."""
        paths, form = jax.tree_util.tree_flatten_with_path(like)
        named = {jax.tree_util.keystr(path): leaf for path, leaf in paths}
        strange = [name for name in {*named, *self.tensors} if not _fits(self.tensors.get(name), named.get(name))]
        if strange:
            raise _other_configuration(self.path, [f"the array {name}" for name in sorted(strange)])
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
        """The newest complete checkpoint, or None in a folder without any. Refused if it is of another configuration."""
        paths = self._paths()
        for path in reversed(paths):
            if (read := _read(path)) is not None:
                header, tensors = read
                if different := differences(header["fingerprint"], self._fingerprint):
                    raise _other_configuration(path, different)
                return Found(path, header["step"], header["seconds"], tensors)
        if paths:
            raise FileError(
                f"No checkpoint in {self.folder} can be read.",
                "Give another folder, or delete this one to start from nothing.",
            )
        return None

    def save(self, state: Any, seconds: float) -> None:
        """Write `state`; then remove all but the last two. Raises `FileError`, with the older files as they were."""
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
        for path in self._paths()[:-KEPT]:
            path.unlink(missing_ok=True)

    def _write(self, name: str, content: bytes) -> None:
        temporary = self.folder / f".{name}.unfinished"
        try:
            with temporary.open("wb") as file:
                file.write(content)
                file.flush()
                # Renamed before its content has reached the disk, a file could be empty after a power cut.
                os.fsync(file.fileno())
            temporary.replace(self.folder / name)
        except OSError as error:
            raise _unwritten(self.folder / name, error) from error
        finally:
            with suppress(OSError):
                temporary.unlink()

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
    """A leaf as NumPy knows it and safetensors can hold it: the words of a key, the parts of what has no name there."""
    if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        leaf = jax.random.key_data(leaf)
    array = np.ascontiguousarray(leaf).reshape(np.shape(leaf))
    return array if _held_as(array.dtype) == array.dtype else np.atleast_1d(array).view(_held_as(array.dtype))


def _as_array(tensor: np.ndarray, like: jax.Array) -> jax.Array:
    if jnp.issubdtype(like.dtype, jax.dtypes.prng_key):
        return jax.random.wrap_key_data(jnp.asarray(tensor), impl=jax.random.key_impl(like))
    return jnp.asarray(tensor.view(like.dtype).reshape(like.shape))


def _fits(tensor: np.ndarray | None, like: jax.Array | None) -> bool:
    """Whether a tensor is what `_as_tensor` makes of a leaf like this one."""
    if tensor is None or like is None:
        return False
    if jnp.issubdtype(like.dtype, jax.dtypes.prng_key):
        like = jax.random.key_data(like)
    same_shape = tensor.shape == like.shape if _held_as(like.dtype) == like.dtype else tensor.nbytes == like.nbytes
    return tensor.dtype == _held_as(like.dtype) and same_shape


def _held_as(dtype: np.dtype) -> np.dtype:
    """The type under which safetensors' NumPy half keeps `dtype`: float8 and bfloat16 as words, complex128 in two parts."""
    if dtype == np.complex128:
        return np.dtype(np.float64)
    return np.dtype(f"u{dtype.itemsize}") if dtype.kind == "V" else dtype


def _other_configuration(path: FilePath, different: list[str]) -> InputError:
    more = f" and {len(different) - 3} more" if len(different) > 3 else ""
    return InputError(
        f"{path} is of a run with another configuration; different are: {', '.join(different[:3])}{more}.",
        "Give another folder for a new run, set the configuration back to go on with the old one, or delete the folder.",
    )


def _unwritten(path: FilePath, error: OSError) -> FileError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FileError(
            f"The disk was full before {path} was written; the checkpoints before it are unchanged.",
            "Make room and run the same again: it goes on from the last checkpoint.",
        )
    return FileError(
        f"{path} cannot be written: {error.strerror or error}.",
        "Make the folder writable and run the same again (it goes on from the last checkpoint), or give another folder.",
    )
