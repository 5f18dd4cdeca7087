"""Every cell looks at every other one, however far."""

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.nets.dense import Dense
from nesym.nets.norm import GroupNorm


class Attention(eqx.Module):
    """y_i = x_i + W_o sum_j softmax_j(q_i . k_j / sqrt(d)) v_j,  (q, k, v) = W norm(x),  in `heads` parts of d channels.

    Vaswani et al. 2017, arXiv 1706.03762. i and j are cells; x is (batch, y, x, channels). W_o begins at 0: y = x.
    Memory grows with the square of the number of cells: heads x 4 MB a sample for 32 x 32 of them.
    """

    norm: GroupNorm
    inward: Dense
    outward: Dense
    heads: int = eqx.field(static=True)

    @classmethod
    def make(cls, channels: int, heads: int) -> "Attention":
        """The layer before its weights are drawn; `heads` divides `channels`."""
        return cls(
            GroupNorm.make(channels),
            Dense.make(channels, 3 * channels),
            Dense.make(channels, channels, zero=True),
            heads,
        )

    def __call__(self, x: jax.Array) -> jax.Array:
        h = self.inward(self.norm(x)).reshape(x.shape[0], x.shape[1] * x.shape[2], 3, self.heads, -1)
        q, k, v = h[:, :, 0], h[:, :, 1], h[:, :, 2]
        weight = jax.nn.softmax(jnp.einsum("bihd,bjhd->bhij", q, k) / q.shape[-1] ** 0.5)
        return x + self.outward(jnp.einsum("bhij,bjhd->bihd", weight, v).reshape(x.shape))
