"""The U-Net: a field in, a field out, and a noise level that says how to read it."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym._errors import GridError, InputError
from nesym.nets._weights import drawn
from nesym.nets.convolution import Boundaries, Convolution, check_boundary
from nesym.nets.levels import Levels
from nesym.nets.norm import GROUP
from nesym.nets.resize import packed, unpacked


class UNet(eqx.Module):
    """y = F(x, c): residual blocks on ever coarser grids and back, each level joined to its like by concatenation.

    Ronneberger et al. 2015, arXiv 1505.04597, with noise levels as in Karras et al. 2022, arXiv 2206.00364. Level l has
    width * multipliers[l] channels and cells 2^l times as wide; a level down is a mean over 2 x 2 cells, a level up a
    repetition, and `attention` lets the cells of the coarsest level see each other. F is 0 before training.

    With `patch` above 1 the finest level has one cell for patch x patch cells of the field, whose values enter and leave
    as channels (Shi et al. 2016, arXiv 1609.05158): at equal width about patch^2 times fewer operations.

    `boundary` of (y, x): "reflect" mirrors the field at the outer faces, "circular" joins the ends. Any grid will do
    that has a cell at the coarsest level; where a circular axis is not divisible by patch 2^(levels - 1), its seam shows
    on the coarser levels. Means and variances are taken over the grid: what a cell gets depends, weakly, on all of it.

    Weights and result are float32. `UNet.make` makes a new network; `layers` are those of one that is there.
    """

    channels_in: int = eqx.field(static=True)
    channels_out: int = eqx.field(static=True)
    width: int = eqx.field(static=True)
    multipliers: tuple[int, ...] = eqx.field(static=True)
    blocks: int = eqx.field(static=True)
    attention: bool = eqx.field(static=True)
    boundary: Boundaries = eqx.field(static=True)
    patch: int = eqx.field(static=True)
    layers: Levels = eqx.field(repr=False)

    @classmethod
    def make(
        cls,
        channels_in: int,
        channels_out: int,
        *,
        width: int = 32,
        multipliers: tuple[int, ...] = (1, 2, 3),
        blocks: int = 1,
        attention: bool = False,
        boundary: Boundaries = ("reflect", "reflect"),
        patch: int = 1,
        key: int,
    ) -> "UNet":
        """A network with random weights of that `key`. Raises `InputError` for sizes and boundaries that cannot be."""
        multipliers = tuple(multipliers)
        _check_sizes(channels_in, channels_out, width, multipliers, blocks, patch)
        check_boundary(boundary)
        channels, ends = tuple(width * m for m in multipliers), (channels_in * patch**2, channels_out * patch**2)
        layers = Levels.make(ends, channels, blocks, attention, tuple(boundary))
        layers = drawn(layers, jax.random.key(key))
        return cls(channels_in, channels_out, width, multipliers, blocks, attention, tuple(boundary), patch, layers)

    def bounded(self, boundary: Boundaries) -> "UNet":
        """The same weights between other boundaries: a network trained on pieces of the globe, used around it."""
        check_boundary(boundary)

        def replaced(layer):
            return replace(layer, boundary=tuple(boundary)) if isinstance(layer, Convolution) else layer

        layers = jax.tree.map(replaced, self.layers, is_leaf=lambda layer: isinstance(layer, Convolution))
        return replace(self, boundary=tuple(boundary), layers=layers)

    @property
    def parameters(self) -> int:
        """The number of weights."""
        return sum(leaf.size for leaf in jax.tree.leaves(self.layers))

    def __call__(self, x: jax.Array, noise: jax.Array) -> jax.Array:
        """F(x, c): x (batch, y, x, channels in) and c (batch,) to (batch, y, x, channels out).

        c is the noise level in a form of order 1, such as ln(sigma) / 4. Raises `InputError` for other shapes and
        `GridError` for a grid with less than one cell at the coarsest level.
        """
        x, noise = jnp.asarray(x, jnp.float32), jnp.asarray(noise, jnp.float32)
        if x.ndim != 4 or x.shape[-1] != self.channels_in or noise.shape != x.shape[:1]:
            raise InputError(
                f"Arrays of shape (batch, y, x, {self.channels_in}) and (batch,) were expected; "
                f"{x.shape} and {noise.shape} came.",
                "Put the channels last, and give one noise level for each field of the batch.",
            )
        smallest = self.patch * 2 ** (len(self.multipliers) - 1)
        if min(x.shape[1:3]) < smallest:
            raise GridError(
                f"A U-Net of {len(self.multipliers)} levels needs {smallest} x {smallest} cells at least; "
                f"{x.shape[1]} x {x.shape[2]} came.",
                "Give a larger piece of the grid, or make the network with fewer multipliers.",
            )
        if self.patch == 1:
            return self.layers(x, noise)
        return unpacked(self.layers(packed(x, self.patch, self.boundary), noise), self.patch, x.shape[1:3])


def _check_sizes(
    channels_in: int, channels_out: int, width: int, multipliers: tuple[int, ...], blocks: int, patch: int
) -> None:
    counts = (channels_in, channels_out, width, blocks, patch, *multipliers)
    if not multipliers or any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in counts):
        raise InputError(
            "Channels, width, blocks, patch and multipliers are whole numbers from 1, with one multiplier or more; channels "
            f"{channels_in} and {channels_out}, width {width}, blocks {blocks}, patch {patch}, multipliers {multipliers} came.",
            "Give for example UNet.make(3, 1, width=32, multipliers=(1, 2, 3), blocks=1, key=0).",
        )
    if width % GROUP:
        raise InputError(
            f"Channels are normalised in groups of {GROUP}, and a width of {width} is not a multiple of that.",
            f"Give width={GROUP * max(1, round(width / GROUP))}.",
        )
