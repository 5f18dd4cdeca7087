"""What adversaries remember from step to step: old fakes, and how they changed what they were made from."""

import equinox as eqx
import jax
import jax.numpy as jnp

KEEPS = 0.97  # of the running means at each step: what looks far back answers late, and makes a training swing


class Pool(eqx.Module):
    """The last fakes that a judge has seen, `fields` (n, y, x, 1), of which `count` are there.

    Shrivastava et al. 2017, arXiv 1612.07828: a judge that forgets lets translators go round in circles.
    """

    fields: jax.Array
    count: jax.Array

    @classmethod
    def empty(cls, size: int, shape: tuple[int, int]) -> "Pool":
        """Room for `size` fields of `shape` (y, x)."""
        return cls(jnp.zeros((size, *shape, 1), jnp.float32), jnp.int32(0))

    def exchanged(self, fresh: jax.Array, key: jax.Array) -> tuple[jax.Array, "Pool"]:
        """What the judge is shown in place of `fresh` (batch, y, x, 1), and the pool afterwards.

        While there is room, a field is kept and shown; then it is shown, or with probability 1/2 put in the place of a
        random one of the pool, which is shown instead.
        """
        size = len(self.fields)

        def one(pool: Pool, given: tuple[jax.Array, jax.Array]) -> tuple[Pool, jax.Array]:
            field, key = given
            key_coin, key_slot = jax.random.split(key)
            filling = pool.count < size
            slot = jnp.where(filling, pool.count, jax.random.randint(key_slot, (), 0, size, jnp.int32))
            put = filling | jax.random.bernoulli(key_coin)
            old = pool.fields[slot]
            fields = pool.fields.at[slot].set(jnp.where(put, field, old))
            return Pool(fields, jnp.minimum(pool.count + 1, size)), jnp.where(put & ~filling, old, field)

        pool, seen = jax.lax.scan(one, self, (fresh, jax.random.split(key, len(fresh))))
        return seen, pool


class Memory(eqx.Module):
    """A `Pool` of the fakes of one kind, and `change` (y, x, c): what was measured in them less in what they came from.

    The change is a running mean over steps, in each cell; it begins at 0, as a translator does that changes nothing.
    """

    pool: Pool
    change: jax.Array

    @classmethod
    def empty(cls, size: int, shape: tuple[int, int], quantities: int = 1) -> "Memory":
        """Nothing yet, with room for `size` fakes of `shape` (y, x), of which `quantities` are measured."""
        return cls(Pool.empty(size, shape), jnp.zeros((*shape, quantities), jnp.float32))

    def after(self, fresh: jax.Array, change: jax.Array, key: jax.Array) -> tuple[jax.Array, "Memory"]:
        """What the judge is shown in place of the fakes `fresh`, and the memory with them and their `change` (y, x, c)."""
        seen, pool = self.pool.exchanged(fresh, key)
        return seen, Memory(pool, self.change + (1 - KEEPS) * (change - self.change))
