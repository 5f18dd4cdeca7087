"""RainFARM beside pysteps' RainFARM, and the slope that it takes from a field.

rainfarm_pysteps.json is what `python tests/oracles/make_rainfarm_values.py` printed with pysteps 1.21.5.
"""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from small_rain import make_coarse

from nesym.downscale import RainFARM
from nesym.downscale.noise import Noise
from nesym.downscale.rainfarm import SLOPE_RANGE, SLOPE_WITHOUT_STRUCTURE, spectral_slope
from nesym.downscale.refinement import Refinement
from nesym.fields.memory import independent
from nesym.verify.spectra import rapsd

STORED = json.loads((Path(__file__).parent / "rainfarm_pysteps.json").read_text())
COARSE = np.array(STORED["coarse"], np.float32)
DRAWS, FACTOR = 400, STORED["factor"]


def log_power(fine) -> np.ndarray:
    """log10 of the mean power on every ring k >= 1."""
    return np.log10(rapsd(np.asarray(fine))[1].mean(0))[1:]


@pytest.mark.parametrize("slope", STORED["slopes"])
def test_the_noise_on_the_same_torus_is_that_of_pysteps(slope):
    """Its noise wraps around the edges of the domain, and has a standard deviation of one in every single field."""
    draws, refinement = independent(np.array([0])), Refinement(FACTOR)
    noise = Noise(jax.random.key(0), np.arange(DRAWS), draws.names[0], draws.weights[0])

    @jax.jit
    def downscale(rain, slope):
        g = noise.fields(slope, (64, 64), longest=64.0, margin=0)
        w = jnp.exp(g / g.std((1, 2), keepdims=True))
        return refinement.keep_block_means(refinement.repeat(rain)[None] * w, rain)

    fine = downscale(COARSE, np.float32(slope))
    peer = STORED["slopes"][slope]
    # Two means over 400 draws each: four standard errors of their difference.
    assert (np.abs(log_power(fine) - peer["power"]) < 4 * np.sqrt(2) * np.array(peer["error"]) + 1e-4).all()


@pytest.mark.parametrize(("slope", "ring", "mean"), [("2.0", 0.06, 0.03), ("3.0", 0.13, 0.06), ("4.0", 0.13, 0.05)])
def test_spectra_are_those_of_pysteps(slope, ring, mean):
    """Ours does not wrap around and has unit variance in the mean over draws, which moves power by a tenth or so."""
    km = 4.0 * np.arange(16)
    coords = {name: (name, km, {"units": "km"}) for name in ("y", "x")}
    rain = xr.DataArray(COARSE, coords, ("y", "x"), "pr", {"units": "mm h-1"})
    fine = RainFARM(slope=float(slope)).sample(rain, FACTOR, DRAWS, key=0)
    off = log_power(fine) - STORED["slopes"][slope]["power"]
    assert np.abs(off).max() < ring
    assert np.abs(off).mean() < mean


def power_law_fields(slope: float, side: int, n: int) -> np.ndarray:
    """Fields (n, side, side) from 0 up whose two-dimensional spectrum falls as k^-slope."""
    k = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side)[None, :])
    k[0, 0] = np.inf
    white = np.random.default_rng(1).normal(size=(n, side, side))
    fields = np.fft.ifft2(np.fft.fft2(white) * k ** (-slope / 2)).real
    return (fields - fields.min((1, 2), keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("slope", [1.5, 2.5, 3.5])
def test_slope_of_a_field_with_a_known_one(slope):
    fields = power_law_fields(slope, 64, 20)
    found = [spectral_slope(field) for field in fields]
    # Averages over rings of whole width flatten steep spectra by a few hundredths.
    assert np.mean(found) == pytest.approx(slope, abs=0.15)
    assert spectral_slope(1000 * fields[0]) == pytest.approx(found[0], abs=1e-4)


def test_slope_where_there_is_none():
    assert spectral_slope(np.zeros((8, 8), np.float32)) == SLOPE_WITHOUT_STRUCTURE
    assert spectral_slope(np.full((8, 8), 2.0, np.float32)) == SLOPE_WITHOUT_STRUCTURE
    assert spectral_slope(np.ones((2, 2), np.float32)) == SLOPE_WITHOUT_STRUCTURE
    one_cell = np.zeros((16, 16))
    one_cell[3, 4] = 5  # white: as flat as the range allows
    assert spectral_slope(one_cell) == SLOPE_RANGE[0]
    wave = np.sin(2 * np.pi * np.arange(32) / 32)[:, None] + np.zeros(32)
    assert SLOPE_RANGE[0] <= spectral_slope(wave + 1) <= SLOPE_RANGE[1]


def test_the_slope_is_taken_from_each_field():
    """Two fields in one file: each is drawn as if it were alone, with its own slope."""
    rain = make_coarse(nt=2).copy(data=np.stack([power_law_fields(b, 8, 1)[0] for b in (1.5, 3.5)]))
    slopes = [RainFARM().parameters(field, 4)[0] for field in rain.values]
    assert slopes[0] < slopes[1]
    fine = RainFARM().sample(rain, 4, 1, key=2)
    for step in (0, 1):
        alone = RainFARM(slope=float(slopes[step])).sample(rain.isel(time=[step]), 4, 1, key=2)
        np.testing.assert_array_equal(alone.isel(time=0), fine.isel(time=step))
