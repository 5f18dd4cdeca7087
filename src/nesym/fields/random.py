"""Gaussian random fields with a power-law spectrum, each draw named by key, member and time.

A field is white noise filtered in Fourier space: its power falls as k^-slope from the longest wavelength to the grid
scale and is nothing beyond, with unit variance at every point. White noise is drawn by counter (threefry), so a
member at a time stamp has the same draw whatever else is asked for; the filter acts on each field alone.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import scipy.fft


def padded_shape(shape: tuple[int, int], margin: int, periodic_x: bool) -> tuple[int, int]:
    """A shape whose fast Fourier transform is quick and whose wrap-around stays `margin` cells away from the domain.

    Filtering wraps at the edges. That is right for longitudes around the globe (`periodic_x`) and wrong elsewhere:
    without the margin the first and the last row of a region would carry the same noise.
    """
    ny, nx = shape
    wide = nx if periodic_x else scipy.fft.next_fast_len(nx + margin, real=True)
    return scipy.fft.next_fast_len(ny + margin, real=True), wide


def amplitude(shape: tuple[int, int], slope: jax.Array, longest: float) -> jax.Array:
    """Filter |k|^(-slope/2) for k >= 1/longest, else 0, on the half-plane of `rfft2`; unit variance for white input.

    `slope` is that of the two-dimensional power spectrum; wavenumbers in cycles per cell, `longest` in cells.
    """
    k = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :])
    band = (k >= 1.0 / longest) & (k > 0)
    power = jnp.where(band, jnp.exp(-slope * jnp.log(jnp.asarray(np.where(band, k, 1.0), jnp.float32))), 0.0)
    # Columns strictly between zero and the Nyquist wavenumber stand for two conjugate coefficients each.
    twice = np.full(k.shape[1], 2.0)
    twice[0] = 1.0
    if shape[1] % 2 == 0:
        twice[-1] = 1.0
    variance = (power * jnp.asarray(twice, jnp.float32)[None, :]).sum() / (shape[0] * shape[1])
    return jnp.sqrt(power / variance)


def _white(key: jax.Array, names: jax.Array, weights: jax.Array, shape: tuple[int, int]) -> jax.Array:
    """Weighted sum of the named standard normal fields, added in path order: (draw, 3), (draw,) -> (y, x)."""

    def add(total, draw):
        name, weight = draw
        named = jax.random.fold_in(jax.random.fold_in(jax.random.fold_in(key, name[0]), name[1]), name[2])
        return total + weight * jax.random.normal(named, shape, jnp.float32), None

    return jax.lax.scan(add, jnp.zeros(shape, jnp.float32), (names, weights))[0]


@partial(jax.jit, static_argnames=("shape", "longest", "margin", "periodic_x"))
def gaussian_fields(
    key: jax.Array,
    members: jax.Array,
    names: jax.Array,
    weights: jax.Array,
    slope: jax.Array,
    *,
    shape: tuple[int, int],
    longest: float,
    margin: int,
    periodic_x: bool = False,
) -> jax.Array:
    """Noise of one time step for each member number: (member, y, x) float32, zero mean and unit variance.

    `names`, `weights` are one time step of `nesym.fields.memory.Draws`; `longest` is the outer scale in cells,
    `margin` the number of cells that keep the periodic images of the domain apart.
    """
    wide = padded_shape(shape, margin, periodic_x)
    filter_ = amplitude(wide, slope, longest)

    def one(member):
        spectrum = jnp.fft.rfft2(_white(jax.random.fold_in(key, member), names, weights, wide))
        return jnp.fft.irfft2(spectrum * filter_, s=wide)[: shape[0], : shape[1]].astype(jnp.float32)

    return jax.vmap(one)(members)


@partial(jax.jit, static_argnames="shape")
def white_fields(
    key: jax.Array, members: jax.Array, names: jax.Array, weights: jax.Array, *, shape: tuple[int, int]
) -> jax.Array:
    """White noise of one time step for each member number: (member, y, x) float32, independent standard normal cells.

    `names`, `weights` are one time step of `nesym.fields.memory.Draws`.
    """
    return jax.vmap(lambda member: _white(jax.random.fold_in(key, member), names, weights, shape))(members)
