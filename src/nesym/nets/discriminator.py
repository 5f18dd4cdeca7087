"""The judge of pieces: a score for every piece of a field that says whether it looks real."""

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym._errors import InputError
from nesym.nets._weights import drawn
from nesym.nets.convolution import Boundaries, Convolution, check_boundary
from nesym.nets.resize import halved, packed
from nesym.nets.translator import SIDE, with_known

SLOPE = 0.2


class PatchDiscriminator(eqx.Module):
    """s = D(x, k): convolutions with leaky slopes on ever coarser grids, and one score for each cell of the coarsest.

    Isola et al. 2017 (PatchGAN, arXiv 1611.07004): a score judges the piece of the field that its cell can see, 24 x 24
    cells for one `downs`. Pieces of 2 x 2 cells enter as one; resolutions are halved by means over 2 x 2, so that no cell
    is passed over; the channels double. Unlike there nothing is normalised: how much it rains, and how rough rain is, counts.

    x (batch, y, x, 1), k (1 or batch, y, x, `known`) and `boundary` as in `Translator`.
    """

    known: int = eqx.field(static=True)
    width: int = eqx.field(static=True)
    downs: int = eqx.field(static=True)
    entrance: Convolution = eqx.field(repr=False)
    down: tuple[Convolution, ...] = eqx.field(repr=False)
    exit: Convolution = eqx.field(repr=False)

    @classmethod
    def make(
        cls,
        known: int = 0,
        *,
        width: int = 32,
        downs: int = 1,
        boundary: Boundaries = ("reflect", "circular"),
        key: int,
    ) -> "PatchDiscriminator":
        """A network with random weights of that `key`. Raises `InputError` for sizes and boundaries that cannot be."""
        if any(isinstance(n, bool) or not isinstance(n, int) or n < 0 for n in (known, width - 1, downs)):
            raise InputError(
                f"Sizes of a judge are whole numbers, its width at least 1; known {known}, width {width}, downs {downs} came.",
                "Give for example PatchDiscriminator.make(14, width=32, downs=1, key=0).",
            )
        check_boundary(boundary)
        boundary = tuple(boundary)
        network = cls(
            known,
            width,
            downs,
            Convolution.make((1 + known) * SIDE**2, width, boundary),
            tuple(Convolution.make(width * 2**n, width * 2 ** (n + 1), boundary) for n in range(downs)),
            Convolution.make(width * 2**downs, 1, boundary),
        )
        return drawn(network, jax.random.key(key))

    @property
    def parameters(self) -> int:
        """The number of weights."""
        return sum(leaf.size for leaf in jax.tree.leaves(self))

    def __call__(self, x: jax.Array, known: jax.Array | None = None) -> jax.Array:
        """Scores (batch, y', x', 1), y' and x' half of y and x `downs` times. Raises as `Translator` does."""
        x = with_known(jnp.asarray(x, jnp.float32), known, self.known, SIDE * 2**self.downs)
        x = jax.nn.leaky_relu(self.entrance(packed(x, SIDE, self.exit.boundary)), SLOPE)
        for down in self.down:
            x = jax.nn.leaky_relu(down(halved(x, self.exit.boundary)), SLOPE)
        return self.exit(x)
