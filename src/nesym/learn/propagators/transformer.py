"""A network that looks at the last states all at once."""

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym._errors import InputError
from nesym.learn.propagators._networks import NetworkStep

LONGEST = 10_000.0  # ratio of the longest to the shortest period of the positions


def positions(length: int, size: int) -> np.ndarray:
    """sin(l / 10000^(2i/size)) and cos of the same, i < size / 2: (length, size). Vaswani et al. 2017, arXiv 1706.03762."""
    angle = np.arange(length)[:, None] / LONGEST ** (2 * np.arange(size // 2) / size)
    return np.concatenate([np.sin(angle), np.cos(angle)], axis=1).astype(np.float32)


class Block(eqx.Module):
    """x + W_o attention(norm(x)), then the same of two maps with a ReLU between: (length, n) to (length, n)."""

    norms: tuple[eqx.nn.LayerNorm, eqx.nn.LayerNorm]
    inward: eqx.nn.Linear
    outward: eqx.nn.Linear
    widen: eqx.nn.Linear
    narrow: eqx.nn.Linear
    heads: int = eqx.field(static=True)

    def __init__(self, size: int, heads: int, head: int, width: int, key: jax.Array):
        keys = jax.random.split(key, 4)
        self.norms = (eqx.nn.LayerNorm(size), eqx.nn.LayerNorm(size))
        self.inward = eqx.nn.Linear(size, 3 * heads * head, key=keys[0])
        self.outward = eqx.nn.Linear(heads * head, size, key=keys[1])
        self.widen = eqx.nn.Linear(size, width, key=keys[2])
        self.narrow = eqx.nn.Linear(width, size, key=keys[3])
        self.heads = heads

    def __call__(self, x: jax.Array, key: jax.Array | None, dropout: float) -> jax.Array:
        h = jax.vmap(self.norms[0])(x)
        q, k, v = jnp.moveaxis(jax.vmap(self.inward)(h).reshape(len(x), 3, self.heads, -1), 1, 0)
        weight = jax.nn.softmax(jnp.einsum("ihd,jhd->hij", q, k) / q.shape[-1] ** 0.5)
        seen = jax.vmap(self.outward)(jnp.einsum("hij,jhd->ihd", weight, v).reshape(len(x), -1))
        x = x + dropped(seen, key, dropout, 0)
        h = jax.nn.relu(jax.vmap(self.widen)(jax.vmap(self.norms[1])(x)))
        return x + dropped(jax.vmap(self.narrow)(h), key, dropout, 1)


def dropped(x: jax.Array, key: jax.Array | None, share: float, place: int) -> jax.Array:
    """A `share` of the numbers put to 0 and the others divided by 1 - share; all as they are without a key."""
    if key is None or share == 0:
        return x
    kept = jax.random.bernoulli(jax.random.fold_in(key, place), 1 - share, x.shape)
    return jnp.where(kept, x / (1 - share), 0)


class Encoder(eqx.Module):
    """Blocks over a sequence with its positions beside, the mean over its channels, and two layers."""

    blocks: tuple[Block, ...]
    head: eqx.nn.MLP
    length: int = eqx.field(static=True)
    places: int = eqx.field(static=True)

    def __init__(self, inputs: int, outputs: int, method: "Transformer", key: jax.Array):
        self.length, self.places = method.past + 1, method.positions
        size = inputs // self.length + method.positions
        keys = jax.random.split(key, method.blocks + 1)
        self.blocks = tuple(Block(size, method.heads, method.head, method.width, k) for k in keys[1:])
        self.head = eqx.nn.MLP(self.length, outputs, method.width, 1, key=keys[0])

    def __call__(self, row: jax.Array, key: jax.Array | None = None, dropout: float = 0.0) -> jax.Array:
        """(length n,), the latest state first, to (outputs,)."""
        x = jnp.concatenate([row.reshape(self.length, -1)[::-1], positions(self.length, self.places)], axis=1)
        for number, block in enumerate(self.blocks):
            x = block(x, None if key is None else jax.random.fold_in(key, number), dropout)
        return self.head(x.mean(1))


@dataclass(frozen=True, kw_only=True)
class Transformer(NetworkStep):
    """An encoder of the last `past` + 1 states: `blocks` of `heads` heads of `head` numbers, `positions` beside the state.

    Vaswani et al. 2017, arXiv 1706.03762, with the mean over the channels and two layers of `width` at the end, as in
    Schötz et al. 2024, arXiv 2407.20158. Attention looks at all states of the window.
    """

    past: int = 63
    blocks: int = 4
    heads: int = 4
    head: int = 16
    positions: int = 16
    width: int = 64
    dropout: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        whole = min(self.blocks, self.heads, self.head, self.width, self.positions) >= 1
        if not whole or self.positions % 2 or not 0 <= self.dropout < 1 or self.timed:
            raise InputError(
                f"{self} cannot be made.", "Give sizes from 1, an even number of positions, and even time steps."
            )

    def network(self, inputs: int, outputs: int, key: jax.Array) -> Encoder:
        """The encoder with its first weights."""
        return Encoder(inputs, outputs, self, key)

    def loss(self, model: Encoder, inputs: jax.Array, outputs: jax.Array, key: jax.Array) -> jax.Array:
        """The mean squared error of a batch, with dropout."""
        keys = jax.random.split(key, len(inputs))
        told = jax.vmap(lambda row, k: model(row, k, self.dropout))(inputs, keys)
        return jnp.mean(jnp.square(told - outputs))
