"""x"""
import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.nets.attention import Attention
from nesym.nets.blocks import Block
from nesym.nets.convolution import Convolution
from nesym.nets.dense import Dense
from nesym.nets.embedding import NoiseEmbedding
from nesym.nets.norm import GroupNorm
from nesym.nets.resize import doubled, halved


class Levels(eqx.Module):
    embedding: NoiseEmbedding
    entrance: Convolution
    down: tuple
    attention: Attention | None
    middle: Block
    up: tuple
    norm: GroupNorm
    exit: Convolution
    boundary: tuple = eqx.field(static=True)

    @classmethod
    def make(cls, cin, cout, widths, blocks, attention, boundary, key):
        w0 = widths[0]
        E = 2 * w0
        keys = iter(jax.random.split(key, 100))
        down = []
        prev = w0
        for w in widths:
            down.append(tuple(Block.make(prev if i == 0 else w, w, E, boundary, next(keys)) for i in range(blocks)))
            prev = w
        up = []
        for w in widths[-2::-1]:
            up.append((Dense.make(prev, w, next(keys)), *(Block.make(2*w if i == 0 else w, w, E, boundary, next(keys)) for i in range(blocks))))
            prev = w
        return cls(NoiseEmbedding.make(E, next(keys)), Convolution.make(cin, w0, boundary, next(keys)), tuple(down),
            Attention.make(widths[-1], widths[-1]//widths[0], next(keys)) if attention else None,
            Block.make(widths[-1], widths[-1], E, boundary, next(keys)), tuple(up), GroupNorm.make(w0), Convolution.make(w0, cout, boundary, None), boundary)

    def __call__(self, x, noise):
        e = self.embedding(noise)
        x = self.entrance(x)
        skips = []
        for level, bs in enumerate(self.down):
            if level:
                x = halved(x, self.boundary)
            for b in bs:
                x = b(x, e)
            skips.append(x)
        skips.pop()
        if self.attention is not None:
            x = self.attention(x)
        x = self.middle(x, e)
        for d, *bs in self.up:
            s = skips.pop()
            x = jnp.concatenate([doubled(d(x), s.shape[1:3]), s], -1)
            for b in bs:
                x = b(x, e)
        return self.exit(jax.nn.silu(self.norm(x)))
