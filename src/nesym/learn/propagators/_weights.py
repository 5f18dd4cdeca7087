"""Arrays of a network in a safetensors file, and back into a network of the same form."""

import json
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import numpy as np

from nesym._atomic import replacing


def keep(path: Path, tree: Any, **header: Any) -> None:
    """Write the arrays of a tree under their paths in it; the header is JSON."""
    from safetensors.numpy import save

    named, _ = jax.tree_util.tree_flatten_with_path(eqx.filter(tree, _is_array))
    tensors = {jax.tree_util.keystr(place): np.ascontiguousarray(leaf) for place, leaf in named}
    content = save(tensors, metadata={"nesym": json.dumps(header)})
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def kept(path: Path) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The arrays of a file by their paths in the tree, and the header."""
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, json.loads(file.metadata()["nesym"])


def restored(tensors: dict[str, np.ndarray], like: Any, under: str = "") -> Any:
    """The tree `like` with the arrays that were kept, of those whose path begins with `under`."""
    arrays, rest = eqx.partition(like, _is_array)
    found = jax.tree_util.tree_map_with_path(lambda place, _: tensors[under + jax.tree_util.keystr(place)], arrays)
    return eqx.combine(found, rest)


def _is_array(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array | np.ndarray)
