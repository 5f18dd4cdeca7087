"""Print tests/downscale/rainfarm_pysteps.json: spectra of rain downscaled by pysteps' RainFARM.

    pip install "nesym[oracles]" && python tests/oracles/make_rainfarm_values.py > tests/downscale/rainfarm_pysteps.json

A made-up coarse field of 16 x 16 cells becomes 64 x 64, with the slope prescribed. pysteps draws from NumPy's global
generator, so that it is seeded here, and scales the noise of every field to a standard deviation of exactly one.
"""

import json
import sys
from contextlib import redirect_stdout

import numpy as np

SIDE, FACTOR, DRAWS, SLOPES, SEED = 16, 4, 400, (2.0, 3.0, 4.0), 1


def coarse_field() -> np.ndarray:
    """Rain with a spectrum of its own and some dry cells: (16, 16), in mm/h, to four digits."""
    noise = np.random.default_rng(20180520).normal(size=(SIDE, SIDE))
    k = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.fftfreq(SIDE)[None, :])
    k[0, 0] = np.inf
    g = np.fft.ifft2(np.fft.fft2(noise) * k**-1.25).real
    return np.maximum(np.exp(1.2 * g / g.std()) - 0.5, 0).round(4)


def peer_values() -> dict:
    """The coarse field, and for each slope log10 of the mean power on every ring k >= 1 with its standard error."""
    from pysteps.downscaling.rainfarm import downscale
    from pysteps.utils.spectral import rapsd

    rain, values = coarse_field(), {}
    for slope in SLOPES:
        np.random.seed(SEED)  # noqa: NPY002 (the generator that pysteps uses)
        power = np.array([rapsd(downscale(rain, FACTOR, alpha=slope), np.fft)[1:] for _ in range(DRAWS)])
        error = power.std(0, ddof=1) / np.sqrt(DRAWS) / power.mean(0) / np.log(10)
        values[str(slope)] = {"power": np.log10(power.mean(0)).round(5).tolist(), "error": error.round(5).tolist()}
    return {"coarse": rain.tolist(), "factor": FACTOR, "draws": DRAWS, "slopes": values}


if __name__ == "__main__":
    with redirect_stdout(sys.stderr):  # pysteps says where its configuration lies
        values = peer_values()
    print(json.dumps(values, separators=(",", ":")).replace('],"', '],\n"').replace('},"', '},\n"'))
