"""Down through the resolutions and up again."""

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.nets.attention import Attention
from nesym.nets.blocks import Block
from nesym.nets.convolution import Boundaries, Convolution
from nesym.nets.dense import Dense
from nesym.nets.embedding import NoiseEmbedding
from nesym.nets.norm import GroupNorm
from nesym.nets.resize import doubled, halved


class Levels(eqx.Module):
    """The layers of a U-Net in the order in which a field passes them.

    `down` and `up` hold the blocks of each level, `down` from fine to coarse, `up` from coarse to fine without the
    coarsest; `narrow` brings a coarser level to the channels of the finer one that it joins.
    """

    embedding: NoiseEmbedding
    entrance: Convolution
    down: tuple[tuple[Block, ...], ...]
    attention: Attention | None
    middle: Block
    narrow: tuple[Dense, ...]
    up: tuple[tuple[Block, ...], ...]
    norm: GroupNorm
    exit: Convolution

    @classmethod
    def make(
        cls, ends: tuple[int, int], channels: tuple[int, ...], blocks: int, attention: bool, boundary: Boundaries
    ) -> "Levels":
        """The layers before their weights are drawn: `ends` counts channels in and out, `channels` those of the levels.

        The last convolution begins at 0.
        """
        finest, coarsest = channels[0], channels[-1]
        size = 2 * finest

        def chain(entering: int, c: int) -> tuple[Block, ...]:
            return tuple(Block.make(c if i else entering, c, size, boundary) for i in range(blocks))

        steps = list(pairwise(channels))
        return cls(
            NoiseEmbedding.make(size),
            Convolution.make(ends[0], finest, boundary),
            (chain(finest, finest), *(chain(fine, coarse) for fine, coarse in steps)),
            Attention.make(coarsest, coarsest // finest) if attention else None,
            Block.make(coarsest, coarsest, size, boundary),
            tuple(Dense.make(coarse, fine) for fine, coarse in reversed(steps)),
            tuple(chain(2 * fine, fine) for fine, _ in reversed(steps)),
            GroupNorm.make(finest),
            Convolution.make(finest, ends[1], boundary, zero=True),
        )

    def __call__(self, x: jax.Array, noise: jax.Array) -> jax.Array:
        e = self.embedding(noise)
        x, *skipped = self._descend(self.entrance(x), e)
        x = self.middle(x if self.attention is None else self.attention(x), e)
        for narrow, blocks, skip in zip(self.narrow, self.up, skipped, strict=True):
            x = jnp.concatenate([doubled(narrow(x), skip.shape[1:3]), skip], -1)
            for block in blocks:
                x = block(x, e)
        return self.exit(jax.nn.silu(self.norm(x)))

    def _descend(self, x: jax.Array, e: jax.Array) -> list[jax.Array]:
        """What each level has come to, from coarse to fine."""
        reached: list[jax.Array] = []
        for level, blocks in enumerate(self.down):
            x = halved(x, self.entrance.boundary) if level else x
            for block in blocks:
                x = block(x, e)
            reached.insert(0, x)
        return reached
