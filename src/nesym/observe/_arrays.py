"""One kernel for NumPy and JAX: which of the two an array belongs to, and what it must be to enter."""

from types import ModuleType
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from nesym._errors import GridError, InputError

Array: TypeAlias = np.ndarray | jax.Array
Shape: TypeAlias = tuple[int, ...]


def namespace(*arrays: Any) -> ModuleType:
    """`jax.numpy` if any of the arrays is JAX's (traced ones included), else `numpy`."""
    return jnp if any(isinstance(array, jax.Array) for array in arrays) else np


def floating(x: Any) -> Array:
    """The array itself if it holds real numbers, else its copy in the default precision; float32 stays float32.

    Raises `InputError` for labelled data, whose units and coordinates would be lost without a word.
    """
    if hasattr(x, "coords"):
        raise InputError(
            "A plain array was expected, and labelled data came.",
            "Use nesym.constrain.apply(constraint, data, ref), which checks labels and units, or give `data.values`.",
        )
    xp = namespace(x)
    x = xp.asarray(x)
    return x if xp.issubdtype(x.dtype, xp.inexact) else x.astype(float)


def horizontal(shape: Shape) -> tuple[int, int]:
    """The last two axes (ny, nx) of a field's shape. Raises `GridError` if there are fewer than two."""
    if len(shape) < 2:
        raise GridError(
            f"A field needs two horizontal axes, its last two, and an array of shape {tuple(shape)} came.",
            "Give an array of shape (..., y, x).",
        )
    return shape[-2], shape[-1]
