"""Fields whose statistics are known because they were put in."""

from statistics import NormalDist

import numpy as np
import xarray as xr

from nesym._errors import InputError


def lognormal_rain(
    shape: tuple[int, int, int],
    slope: float,
    key: int,
    *,
    wet: float = 0.4,
    sigma: float = 1.0,
    lag1: float = 0.9,
    spacing_km: float = 1.0,
    step_minutes: float = 5.0,
) -> xr.DataArray:
    """Rain-like sequences of known spectrum, wet area, distribution and memory: (time, y, x) in mm h-1, float32.

    r = exp(sigma g) where g > Phi^-1(1 - wet), else 0. g is a periodic Gaussian field of mean 0 and variance 1,
    isotropic with power |k|^-slope at the horizontal wavenumber k and none at k = 0, that follows
    g(t) = lag1 g(t - 1) + sqrt(1 - lag1^2) e(t) with e of the same law.

    shape: (time, y, x). `wet` is the expected share of cells with rain, 0 < wet <= 1. The same `key` gives the same
    sequence, and a longer one begins with the shorter one. The parameters are kept as attributes. Raises
    `InputError` for values that no such field has.
    """
    if not 0.0 < wet <= 1.0 or not 0.0 <= lag1 < 1.0 or sigma < 0.0 or len(shape) != 3 or min(shape[1:]) < 2:
        raise InputError(
            f"Rain needs 0 < wet <= 1, 0 <= lag1 < 1, sigma >= 0 and a shape (time, y, x) with at least 2 x 2 cells; "
            f"wet={wet}, lag1={lag1}, sigma={sigma}, shape={shape} came.",
            "Give, for example, shape=(24, 64, 64), wet=0.4, sigma=1.0, lag1=0.9.",
        )
    fields = _memory(_noise(shape, slope, np.random.default_rng(key)), lag1)
    dry = -np.inf if wet == 1.0 else NormalDist().inv_cdf(1.0 - wet)
    rain = np.where(fields > dry, np.exp(sigma * fields), 0.0).astype(np.float32)
    known = {"slope": slope, "wet": wet, "sigma": sigma, "lag1": lag1, "key": key}
    attrs = {"units": "mm h-1", "standard_name": "lwe_precipitation_rate", "long_name": "lognormal rain", **known}
    return xr.DataArray(rain, _coordinates(shape, spacing_km, step_minutes), ("time", "y", "x"), "pr", attrs)


def _noise(shape: tuple[int, int, int], slope: float, rng: np.random.Generator) -> np.ndarray:
    """Independent Gaussian fields of variance 1 with the power |k|^-slope."""
    _, ny, nx = shape
    k = np.hypot(np.fft.fftfreq(ny)[:, None], np.fft.fftfreq(nx))
    amplitude = np.zeros_like(k)
    amplitude[k > 0] = k[k > 0] ** (-slope / 2.0)
    amplitude /= np.sqrt(np.mean(amplitude**2))
    white = np.fft.rfft2(rng.standard_normal(shape))
    return np.fft.irfft2(white * amplitude[:, : nx // 2 + 1], s=(ny, nx))


def _memory(noise: np.ndarray, lag1: float) -> np.ndarray:
    fields = noise.copy()
    for t in range(1, len(fields)):
        fields[t] = lag1 * fields[t - 1] + np.sqrt(1.0 - lag1**2) * noise[t]
    return fields


def _coordinates(shape: tuple[int, int, int], spacing_km: float, step_minutes: float) -> dict[str, tuple]:
    steps = (np.arange(shape[0]) * step_minutes * 60e9).astype("timedelta64[ns]")
    places = {}
    for name, n in zip(("y", "x"), shape[1:], strict=True):
        attrs = {"units": "m", "standard_name": f"projection_{name}_coordinate"}
        places[name] = (name, np.arange(n) * spacing_km * 1000.0, attrs)
    return {"time": ("time", np.datetime64("2000-01-01", "ns") + steps), **places}
