"""A network of layers, for states of a few numbers."""

from math import sqrt
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym._errors import InputError

ACTIVATIONS = {"relu": jax.nn.relu, "gelu": jax.nn.gelu, "swish": jax.nn.swish, "tanh": jnp.tanh}


class MLP(eqx.Module):
    """h_0 = x,  h_k = a(h_(k-1) W_k + b_k),  y = h_depth W + b: x (inputs,) to y (outputs,).

    Hidden layers have `width` numbers. `activation` a is "relu", "gelu" (Hendrycks and Gimpel 2016, arXiv 1606.08415),
    "swish" (Ramachandran et al. 2017, arXiv 1710.05941) or "tanh". Arrays keep the type they have, float64 too, and may
    have a leading axis of members, of which `jax.vmap` then takes one each.
    """

    matrices: tuple[Any, ...]
    biases: tuple[Any, ...]
    activation: str = eqx.field(static=True, default="tanh")

    @classmethod
    def make(
        cls, inputs: int, outputs: int, *, width: int, depth: int, activation: str, key: jax.Array, dtype: Any = None
    ) -> "MLP":
        """New weights w ~ N(0, g / n), n the inputs of a layer, g = 1 for "tanh" and the last layer, else 2; biases 0.

        The variance of the hidden numbers then stays through the layers: He et al. 2015, arXiv 1502.01852. `dtype` None
        is JAX's default. Raises `InputError` for an activation that there is not, or a width or depth below 1.
        """
        check_sizes(width, depth, activation)
        sizes = (inputs, *(width,) * depth, outputs)
        dtype = jnp.result_type(float) if dtype is None else dtype
        gains = [1.0 if activation == "tanh" else 2.0] * depth + [1.0]
        matrices = tuple(
            sqrt(gain / n) * jax.random.normal(jax.random.fold_in(key, layer), (n, m), dtype)
            for layer, (gain, n, m) in enumerate(zip(gains, sizes[:-1], sizes[1:], strict=True))
        )
        return cls(matrices, tuple(jnp.zeros(m, dtype) for m in sizes[1:]), activation)

    def __call__(self, x: jax.Array) -> jax.Array:
        act = ACTIVATIONS[self.activation]
        for matrix, bias in zip(self.matrices[:-1], self.biases[:-1], strict=True):
            x = act(x @ matrix + bias)
        return x @ self.matrices[-1] + self.biases[-1]


def check_sizes(width: int, depth: int, activation: str) -> None:
    """Raise `InputError` for sizes that no network has."""
    whole = all(isinstance(n, int) and not isinstance(n, bool) and n >= 1 for n in (width, depth))
    if not whole or activation not in ACTIVATIONS:
        raise InputError(
            f"A network of width {width!r}, depth {depth!r} and activation {activation!r} cannot be made.",
            f"Give whole numbers from 1, and one of {', '.join(ACTIVATIONS)}.",
        )
