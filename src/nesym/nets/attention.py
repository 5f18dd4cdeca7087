"""Every cell looks at every other one."""

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.nets.dense import Dense
from nesym.nets.norm import GroupNorm


class Attention(eqx.Module):
    norm: GroupNorm
    inward: Dense
    outward: Dense
    heads: int = eqx.field(static=True)

    @classmethod
    def make(cls, channels: int, heads: int, key: jax.Array) -> "Attention":
        return cls(GroupNorm.make(channels), Dense.make(channels, 3 * channels, key), Dense.make(channels, channels, None), heads)

    def __call__(self, x: jax.Array) -> jax.Array:
        batch, ny, nx, channels = x.shape
        h = self.inward(self.norm(x)).reshape(batch, ny * nx, 3, self.heads, -1)
        query, key, value = h[:, :, 0], h[:, :, 1], h[:, :, 2]
        score = jnp.einsum("bihc,bjhc->bhij", query, key) / query.shape[-1] ** 0.5
        h = jnp.einsum("bhij,bjhc->bihc", jax.nn.softmax(score), value)
        return x + self.outward(h.reshape(batch, ny, nx, channels))
