"""The space in which observed and modelled rain look alike: coarse rain on the fine grid, under noise of a known level."""

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.constrain import Budget
from nesym.fields.blocks import block_mean, block_repeat
from nesym.fields.interpolation import refine_bilinear
from nesym.fields.transforms import Chain
from nesym.generate import EDM
from nesym.nets import UNet
from nesym.observe import Coarsen

DAILY = "mm day-1"
CHANNELS = 7  # that the network sees beside the noised field
DRIEST = 1e-3  # mm/day: a climate drier than this has no ratio to its neighbours


class Places(eqx.Module):
    """What is known of the cells, each (y, x): `land` 1 where there are observations, else 0; `area`, relative; `climate`,
    the mean rain in mm/day (0 at sea); `spread`, how far T(rain) usually lies from T(expected rain)."""

    land: jax.Array
    area: jax.Array
    climate: jax.Array
    spread: jax.Array

    @classmethod
    def of(cls, stacked: jax.Array) -> "Places":
        """From channels (..., 4): for many fields at once, to be taken apart by `jax.vmap`."""
        return cls(*(stacked[..., i] for i in range(4)))

    def coarse(self, factor: int) -> jax.Array:
        """1 for the blocks with land, (Y, X)."""
        return (block_mean(self.land, factor) > 0).astype(self.land.dtype)

    def coarsen(self, factor: int) -> Coarsen:
        """Means over the land of each block; a block of sea alone is averaged over all of it."""
        open_sea = 1 - block_repeat(self.coarse(factor), factor)
        return Coarsen(factor, self.area * (self.land + open_sea))

    def means(self, rain: jax.Array, factor: int) -> jax.Array:
        """Mean rain over the land of each block, 0 where there is none: (..., y, x) -> (..., Y, X)."""
        return self.coarsen(factor)(rain * self.land)

    def scaled(self, fine: jax.Array, coarse: jax.Array, factor: int) -> jax.Array:
        """Fine rain (..., y, x) times a number for each block, such that the mean over its land is `coarse`; 0 at sea."""
        return Budget(self.coarsen(factor), how="ratio").project(fine, coarse) * self.land


def expected_rain(coarse: jax.Array, places: Places, factor: int) -> jax.Array:
    """b_i = k_i I(C)_i, scaled so that the mean over the land of each block I is C_I: (..., Y, X) -> (..., y, x).

        k = c / I(mean of c)    c the climate, I bilinear interpolation between the blocks with land

    A coarse field with the climate's own structure on fine scales, as in spatial disaggregation by ratios (Wood et al.
    2004, doi 10.1023/B:CLIM.0000013685.99609.9e). 0 at sea.
    """
    known = places.coarse(factor)
    share = jnp.maximum(refine_bilinear(known, factor), jnp.finfo(known.dtype).tiny)

    def interpolated(field: jax.Array) -> jax.Array:
        return refine_bilinear(field * known, factor) / share

    usual = interpolated(places.means(places.climate, factor))
    ratio = jnp.where(usual > DRIEST, places.climate / jnp.maximum(usual, DRIEST), 1.0)
    return places.scaled(ratio * interpolated(coarse), coarse, factor)


class Embedded(eqx.Module):
    """What a denoiser of z = T(rain) is told of coarse rain: the noised embedding, and what follows from it.

        e = T(b) + sigma n,    z ~ m, S:   m = e / (1 + sigma^2),   S^2 = s^2 + sigma^2 / (1 + sigma^2)

    b the `expected_rain` and s the spread of z about T(b): the mean and the spread of z given e, if T(b), of zero mean
    and unit variance, were Gaussian. `embedding`, `mean`, `spread` and `land` are (..., y, x, 1), `known` (..., 7).
    """

    embedding: jax.Array
    mean: jax.Array
    spread: jax.Array
    land: jax.Array
    known: jax.Array

    @classmethod
    def of(
        cls, coarse: jax.Array, places: Places, factor: int, transform: Chain, sigma: jax.Array, noise: jax.Array
    ) -> "Embedded":
        """Of one field of coarse rain (Y, X), a noise level () and white noise (y, x)."""
        expected = transform(expected_rain(coarse, places, factor), DAILY)
        e = (expected + sigma * noise) * places.land
        shrunk = 1 / (1 + sigma**2)
        spread = jnp.sqrt(places.spread**2 + sigma**2 * shrunk)
        blocks = block_repeat(places.means(e, factor), factor) - e
        level = jnp.broadcast_to(sigma * jnp.sqrt(shrunk), e.shape)
        climate = transform(places.climate, DAILY)
        channels = (e, blocks, level, jnp.log(spread), climate, jnp.log(places.spread), jnp.ones_like(e))
        known = jnp.stack(channels, -1) * places.land[..., None]
        return cls(*(field[..., None] for field in (e, e * shrunk, spread, places.land)), known)

    def denoiser(self, network: UNet) -> EDM:
        """The EDM denoiser that reckons with mean and spread; on what it finds at sea nothing depends."""
        return EDM(OnLand(network, self.known, self.land), self.spread, self.mean)


class OnLand(eqx.Module):
    """F(x, c | k) = land * network([land * x, k], c): a network that neither sees nor says anything at sea."""

    network: UNet
    known: jax.Array
    land: jax.Array

    def __call__(self, x: jax.Array, noise: jax.Array) -> jax.Array:
        return self.land * self.network(jnp.concatenate([self.land * x, self.known], -1), noise)
