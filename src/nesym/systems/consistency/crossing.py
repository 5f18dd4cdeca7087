"""Coarse rain of a model that never was: right on large scales, lost on small ones, from a ring that is known."""

import numpy as np
import xarray as xr

from nesym.fields.canonical import canonical
from nesym.fields.grid import Grid, coarsen
from nesym.fields.rain import RATE_UNITS
from nesym.fields.transforms import Root, Transform

POWER = 0.3


def constructed_crossing(
    observed, factor: int, ring: int, key: int, *, power: float = POWER, transform: Transform | None = None
) -> xr.DataArray:
    """Coarsened `observed` rain (time, y, x) whose spectrum is another one from a `ring` on: (time, Y, X) in mm h-1.

        c = max(T^-1(G T(C o)), 0),    G = sqrt(power) exp(i phi) at the rings r >= `ring`, else 1

    C is the mean over `factor` x `factor` cells, T the cube root unless a `transform` is given, phi the phases of white
    noise drawn with `key`: scales smaller than those of the ring keep that share of their power and lose their places.
    What falls below zero is dry, so that in the end a little less is left of them, and some of the power above.
    """
    transform = Root() if transform is None else transform
    coarse = coarsen(canonical(observed, "pr"), factor)
    fields = transform(coarse.values.astype(np.float64), RATE_UNITS)
    noise = np.fft.rfft2(np.random.default_rng(key).standard_normal(fields.shape))
    lost = np.sqrt(power) * np.fft.rfft2(fields) * noise / np.abs(noise)
    mixed = np.where(_ring(Grid.of(coarse)) >= ring, lost, np.fft.rfft2(fields))
    lowest = transform(np.zeros(1), RATE_UNITS)
    rain = transform.inverse(np.maximum(np.fft.irfft2(mixed, s=fields.shape[-2:]), lowest))
    return coarse.copy(data=np.maximum(rain, 0).astype(np.float32))


def _ring(grid: Grid) -> np.ndarray:
    """The ring of every mode that `rfft2` stores, as `nesym.verify.Rings` counts them: (ky, kx)."""
    (ny, nx), (dy, dx) = grid.shape, grid.spacing_km
    length = max(ny * dy, nx * dx)
    return (length * np.hypot(np.fft.fftfreq(ny, dy)[:, None], np.fft.rfftfreq(nx, dx))).round()
