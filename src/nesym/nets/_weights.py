"""How weights are kept and how they begin: float32 whatever the default precision is.

A new module holds, in place of every matrix and kernel, the standard deviation of its first weights; `drawn` then makes
all of them random at once. One long draw compiles in a fraction of the time that a draw for each layer takes.
"""

from math import prod, sqrt
from typing import Any, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

Module = TypeVar("Module")


def weights() -> Any:
    """A field of a module that holds a float32 array; NumPy's, as they come from a file, become JAX's."""
    return eqx.field(converter=lambda array: jnp.asarray(array, jnp.float32))


def spread(shape: tuple[int, ...], zero: bool = False) -> np.ndarray:
    """s = 1 / sqrt(n) everywhere, or 0, where n counts the inputs to one output: all axes of `shape` but the last.

    Outputs then vary as much as inputs do. LeCun et al. 1998, doi 10.1007/3-540-49430-8_2.
    """
    return np.full(shape, 0.0 if zero else 1 / sqrt(prod(shape[:-1])), np.float32)


@eqx.filter_jit
def drawn(module: Module, key: jax.Array) -> Module:
    """w = s z, z ~ N(0, 1): `module` with its standard deviations s, the arrays of rank 2 and more, made random."""
    spreads, rest = eqx.partition(module, lambda leaf: eqx.is_array(leaf) and leaf.ndim > 1)
    leaves, tree = jax.tree.flatten(spreads)
    ends = np.cumsum([leaf.size for leaf in leaves])
    z = jnp.split(jax.random.normal(key, (int(ends[-1]),), jnp.float32), ends[:-1])
    random = [s * part.reshape(s.shape) for s, part in zip(leaves, z, strict=True)]
    return eqx.combine(jax.tree.unflatten(tree, random), rest)
