"""The translator: a field of one kind in, the same field as one of another kind out."""

from itertools import pairwise

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym._errors import GridError, InputError
from nesym.nets._weights import drawn
from nesym.nets.convolution import Boundaries, Convolution, check_boundary, surrounded
from nesym.nets.norm import InstanceNorm
from nesym.nets.resize import doubled, halved, packed, unpacked

SIDE = 2  # cells that are taken together, each in channels of its own: small convolutions of whole fields are slow
STEP = 0.1  # how much of F counts: beside the identity, a small step of its last layer has to be a small change


class Normed(eqx.Module):
    """y = n(conv(x)), n an instance norm."""

    convolution: Convolution
    norm: InstanceNorm

    @classmethod
    def make(cls, channels_in: int, channels_out: int, boundary: Boundaries) -> "Normed":
        """The layer before its weights are drawn."""
        return cls(Convolution.make(channels_in, channels_out, boundary), InstanceNorm.make(channels_out))

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.norm(self.convolution(x))


class Translator(eqx.Module):
    """y = (1 + tanh a) x + b m,  (a, b) = F(x, k) / 10: x is scaled here and there, and rain put where there was none.

    m is the mean of x over 3 x 3 cells, taken twice: rain is put near rain, and where it is dry all around it stays so.

    F is the generator of Zhu et al. 2017 (CycleGAN, arXiv 1703.10593): a convolution of pieces of 2 x 2 cells to `width`
    channels, `downs` times half the resolution and twice the channels, `blocks` residual blocks, and back up by
    repetition and convolution; here each resolution on the way up also gets what it was on the way down. Instance norms
    see relative patterns, and the factor 1 + tanh a, from 0 to 2, lets what is stronger than all that was seen stay so:
    the output has no ceiling. F is 0 before training, so that y = x. Nothing is cut at 0, where a cell could not learn
    to be wet again: who uses y as rain takes what is below 0 for none.

    x and y are (batch, y, x, 1); k (1 or batch, y, x, `known`) what is known of the cells, such as
    `places`. `boundary` of (y, x) as in `UNet`; any grid will do that has a cell at the coarsest level. Weights and
    result are float32. `Translator.make` makes a new network.
    """

    known: int = eqx.field(static=True)
    width: int = eqx.field(static=True)
    downs: int = eqx.field(static=True)
    entrance: Normed = eqx.field(repr=False)
    down: tuple[Normed, ...] = eqx.field(repr=False)
    blocks: tuple[tuple[Normed, Normed], ...] = eqx.field(repr=False)
    up: tuple[Normed, ...] = eqx.field(repr=False)
    exit: Convolution = eqx.field(repr=False)

    @classmethod
    def make(
        cls,
        known: int = 0,
        *,
        width: int = 32,
        downs: int = 1,
        blocks: int = 2,
        boundary: Boundaries = ("reflect", "circular"),
        key: int,
    ) -> "Translator":
        """A network with random weights of that `key`. Raises `InputError` for sizes and boundaries that cannot be."""
        _check_sizes(known, width, downs, blocks)
        check_boundary(boundary)
        boundary, channels = tuple(boundary), [width * 2**level for level in range(downs + 1)]
        levels = list(pairwise(channels))
        network = cls(
            known,
            width,
            downs,
            Normed.make((1 + known) * SIDE**2, width, boundary),
            tuple(Normed.make(fine, coarse, boundary) for fine, coarse in levels),
            tuple(tuple(Normed.make(channels[-1], channels[-1], boundary) for _ in "12") for _ in range(blocks)),
            tuple(Normed.make(coarse, fine, boundary) for fine, coarse in reversed(levels)),
            Convolution.make(width, 2 * SIDE**2, boundary, zero=True),
        )
        return drawn(network, jax.random.key(key))

    @property
    def parameters(self) -> int:
        """The number of weights."""
        return sum(leaf.size for leaf in jax.tree.leaves(self))

    def __call__(self, x: jax.Array, known: jax.Array | None = None) -> jax.Array:
        """y of the shape of x. Raises `InputError` for other shapes, `GridError` for too few cells."""
        x = jnp.asarray(x, jnp.float32)
        a, b = jnp.split(STEP * self._inner(with_known(x, known, self.known, SIDE * 2**self.downs)), 2, -1)
        return (1 + jnp.tanh(a)) * x + b * around(around(x, self.exit.boundary), self.exit.boundary)

    def _inner(self, x: jax.Array) -> jax.Array:
        """F: (batch, y, x, 1 + known) -> (batch, y, x, 2)."""
        boundary, shape = self.exit.boundary, x.shape[1:3]
        x = jax.nn.relu(self.entrance(packed(x, SIDE, boundary)))
        passed = [x]
        for down in self.down:
            x = jax.nn.relu(down(halved(x, boundary)))
            passed.append(x)
        for first, second in self.blocks:
            x = x + second(jax.nn.relu(first(x)))
        for up, fine in zip(self.up, reversed(passed[:-1]), strict=True):
            x = fine + jax.nn.relu(up(doubled(x, fine.shape[1:3])))
        return unpacked(self.exit(x), SIDE, shape)


def around(x: jax.Array, boundary: Boundaries) -> jax.Array:
    """Mean over 3 x 3 cells, those beyond the edges as in `Convolution`: (batch, y, x, 1)."""
    ny, nx = x.shape[1:3]
    wide = surrounded(x, boundary)
    rows = sum(wide[:, lag : lag + ny] for lag in range(3)) / 3
    return sum(rows[:, :, lag : lag + nx] for lag in range(3)) / 3


def with_known(x: jax.Array, known: jax.Array | None, channels: int, smallest: int) -> jax.Array:
    """x and what is known of its cells as one array; refused unless the shapes fit."""
    shape = None if known is None else jnp.shape(known)
    told = 0 if shape is None else shape[-1]
    fits = x.ndim == 4 and x.shape[-1] == 1 and told == channels
    if not fits or (shape is not None and (shape[0] not in (1, x.shape[0]) or shape[1:3] != x.shape[1:3])):
        raise InputError(
            f"Arrays of shape (batch, y, x, 1) and (1 or batch, y, x, {channels}) were expected; {x.shape} and {shape} came.",
            "Put the channels last, and give what is known on the grid of the field.",
        )
    if min(x.shape[1:3]) < smallest:
        raise GridError(
            f"This network needs {smallest} x {smallest} cells at least; {x.shape[1]} x {x.shape[2]} came.",
            "Give a larger piece of the grid, or make the network with fewer `downs`.",
        )
    if known is None:
        return x
    return jnp.concatenate([x, jnp.broadcast_to(jnp.asarray(known, x.dtype), (*x.shape[:3], told))], -1)


def _check_sizes(known: int, width: int, downs: int, blocks: int) -> None:
    counts = {"known": (known, 0), "width": (width, 1), "downs": (downs, 0), "blocks": (blocks, 0)}
    if any(isinstance(n, bool) or not isinstance(n, int) or n < least for n, least in counts.values()):
        raise InputError(
            "Sizes of a translator are whole numbers, its width at least 1; "
            f"known {known}, width {width}, downs {downs}, blocks {blocks} came.",
            "Give for example Translator.make(14, width=32, downs=1, blocks=2, key=0).",
        )
