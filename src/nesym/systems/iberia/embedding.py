"""Do observed and modelled rain look alike where the network sees them? Distances between their embeddings."""

from dataclasses import replace

import numpy as np
import xarray as xr

from nesym.downscale.embedding import DAILY, expected_rain
from nesym.downscale.shared_embedding import SharedEmbeddingDiffusion
from nesym.systems.iberia.data import Iberia
from nesym.verify import Claim


def shared(method: SharedEmbeddingDiffusion, iberia: Iberia, key: int) -> list[Claim]:
    """The distance in the calibration winters, with correction and noise against neither."""
    obs, model = method.observed_means(iberia.obs("train")).fillna(0.0), iberia.model("train")
    corrected, plain = method.coarse(model), replace(method, adjuster=None).coarse(model)
    rng = np.random.default_rng(key)
    seen = [embedding(method, coarse, 0.0, rng) for coarse in (obs, plain, corrected)]
    noised = [embedding(method, coarse, method.level, rng) for coarse in (obs, corrected)]
    raw, only = ks_distance(seen[0], seen[1]), ks_distance(seen[0], seen[2])
    found = ks_distance(*noised)
    text = f"Kolmogorov-Smirnov distance of embeddings, QDM and noise / neither; QDM and noise {found:.3f}"
    beside = f"{raw:.3f}: neither, {only:.3f}: QDM alone"
    return [Claim("A8g", text, "<= 0.5", found / raw, baseline=beside, n=obs.sizes["time"])]


def embedding(
    method: SharedEmbeddingDiffusion, coarse: xr.DataArray, sigma: float, rng: np.random.Generator
) -> np.ndarray:
    """e = T(b) + sigma n in all land cells on all days, b what is expected of coarse rain (time, Y, X)."""
    fitted = method.fitted
    expected = np.asarray(expected_rain(coarse.values, fitted.cells.places, fitted.cells.factor))
    e = fitted.transform(expected, DAILY)[:, fitted.cells.land]
    return e + sigma * rng.standard_normal(e.shape)


def ks_distance(x: np.ndarray, y: np.ndarray) -> float:
    """max |F_x - F_y| of the distributions of two samples."""
    x, y = np.sort(x, axis=None), np.sort(y, axis=None)
    at = np.concatenate([x, y])
    return float(np.abs(np.searchsorted(x, at, "right") / x.size - np.searchsorted(y, at, "right") / y.size).max())
