"""How weights are made and kept: float32 whatever the default precision is."""

from math import prod

import equinox as eqx
import jax
import jax.numpy as jnp


def weights():
    """A field of a module that holds a float32 array; arrays from a file become JAX's own."""
    return eqx.field(converter=lambda array: jnp.asarray(array, jnp.float32))


def drawn(shape: tuple[int, ...], key: jax.Array | None) -> jax.Array:
    """w ~ N(0, 1 / n), n the inputs to one output (all axes but the last), so that variance is kept; without a key, 0.

    LeCun et al. 1998, doi 10.1007/3-540-49430-8_2.
    """
    if key is None:
        return jnp.zeros(shape, jnp.float32)
    return jax.random.normal(key, shape, jnp.float32) / prod(shape[:-1]) ** 0.5


fold = jax.random.fold_in
