"""What a network is told of coarse rain: what to expect, and why."""

from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.downscale.refinement import Refinement
from nesym.fields.rain import RATE_UNITS
from nesym.fields.transforms import Chain
from nesym.generate import Conditioned

CHANNELS = 4  # beside the one of the noised field
LEAST = 0.15  # spread that is expected where neighbouring blocks are alike; radar has half to twice as much there


class Told(eqx.Module):
    """What to expect of transformed rain z on the fine grid: (batch or 1, y, x, 1), and `channels` for the network.

    `mean` is interpolated coarse rain, `spread` how far neighbouring blocks depart from their common mean: the scales
    within a block vary with those between blocks, in showers as in steady rain, and a denoiser that reckons with that
    (`nesym.generate.EDM`) has a network with the same task in both. Who is told nothing expects what the transform makes
    of all rain: mean 0 and spread 1.
    """

    mean: jax.Array
    spread: jax.Array
    channels: jax.Array

    @classmethod
    def nothing(cls, fields: jax.Array) -> "Told":
        """For fields (batch, y, x, 1) of which nothing is known."""
        return cls(
            jnp.zeros_like(fields), jnp.ones_like(fields), jnp.zeros((*fields.shape[:3], CHANNELS), fields.dtype)
        )

    def model(self, kind: Callable, network: Callable) -> eqx.Module:
        """`EDM` or `ConsistencyModel` of a network that is told."""
        return kind(Conditioned(network, self.channels), self.spread, self.mean)


def tell(transform: Chain, rain: jax.Array, refinement: Refinement, told: jax.Array | float) -> Told:
    """Of coarse rain (..., Y, X); `told` is 1 or 0, () or (..., 1, 1, 1).

    The channels are T(interpolated), (T(repeated) - T(interpolated)) / spread, ln(spread) and 1, all times `told`: what
    the eye would expect, where the blocks are and what their means, how rough it is here, and that something is known.
    """
    mean, blocks = (transform(way(rain), RATE_UNITS) for way in (refinement.interpolate, refinement.repeat))
    spread = refinement.interpolate(departures(transform(rain, RATE_UNITS), refinement.periodic_x))
    channels = jnp.stack([mean, (blocks - mean) / spread, jnp.log(spread), jnp.ones_like(mean)], -1) * told
    return Told(told * mean[..., None], 1 + told * (spread[..., None] - 1), channels)


def joined(parts: Sequence[Told]) -> Told:
    """One of several that tell of different fields of a batch, each of which is told of once or not at all."""
    mean, spread, channels = (sum(getattr(part, name) for part in parts) for name in ("mean", "spread", "channels"))
    return Told(mean, spread - (len(parts) - 1), channels)


def departures(z: jax.Array, periodic_x: bool) -> jax.Array:
    """sqrt(v + LEAST^2), v the variance of each 3 x 3 cells about their mean: (..., Y, X); edges are repeated outwards."""
    still = [(0, 0)] * (z.ndim - 2)
    z = jnp.pad(z, [*still, (1, 1), (0, 0)], mode="edge")
    z = jnp.pad(z, [*still, (0, 0), (1, 1)], mode="wrap" if periodic_x else "edge")
    ny, nx = z.shape[-2] - 2, z.shape[-1] - 2
    around = jnp.stack([z[..., i : i + ny, j : j + nx] for i in range(3) for j in range(3)])
    return jnp.sqrt(around.var(0) + LEAST**2)
