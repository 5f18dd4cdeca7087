"""Does downscaling keep what a model projects? The change of the global mean, fine against coarse, of a warmer world."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from nesym import data as catalogue
from nesym import load
from nesym._errors import FileError
from nesym.downscale import ConsistencyDownscaler
from nesym.downscale.baselines import PACKAGED
from nesym.downscale.refinement import Refinement
from nesym.fields import Grid, area_weights, canonical
from nesym.verify import Claim

WORLDS = ("speedy_esm", "speedy_esm_plus3K")  # a model's present, and with its surface 3 K warmer
FACTOR = 4  # 3.75 degrees to about 0.94
# One month of each season, of two years that both worlds have whole.
MONTHS = tuple(f"{year}-{month:02d}" for year in (2001, 2002) for month in (1, 4, 7, 10))
QUICK = MONTHS[:4]
COARSE, FREE, KEPT = "coarse", "free", "kept"
RESAMPLES = 1000


def trend(data: Path | str | None, key: int, quick: bool = False) -> list[Claim]:
    """The packaged consistency model on rain of the globe; the claims say so where the data are missing."""
    text = "+3 K minus present, global mean rain: fine / coarse"
    asked = {
        "A10a": (f"{text}, no block means", "in [0.9, 1.1]"),
        "A10b": (f"{text}, with block means: |ratio - 1|", "<= 1e-6"),
    }
    try:
        worlds = [months(name, data, QUICK if quick else MONTHS) for name in WORLDS]
    except FileError as missing:
        return [Claim(id, *words, reason=missing.problem, required=True) for id, words in asked.items()]
    found = [world_means(load(PACKAGED["consistency"]), rain, key) for rain in worlds]
    which = months_of(worlds[0])
    days, published = sum(rain.sizes["time"] for rain in worlds), "trend kept without a constraint"

    def claim(id: str, name: str, of: Callable[[np.ndarray], np.ndarray] = lambda x: x) -> Claim:
        ratios = of(ratio(*(means[name] for means in found), *(means[COARSE] for means in found), which, key))
        interval = tuple(np.quantile(ratios[1:], [0.025, 0.975]))
        return Claim(id, *asked[id], float(ratios[0]), published=published, n=days, interval=interval, required=True)

    return [claim("A10a", FREE), claim("A10b", KEPT, lambda x: np.abs(x - 1))]


def months(name: str, data: Path | str | None, wanted: tuple[str, ...]) -> xr.DataArray:
    """Rain of these months, in mm/h."""
    rain = canonical(catalogue.open(name, data), "pr").load()
    return rain.isel(time=np.isin(rain["time"].dt.strftime("%Y-%m"), wanted))


def months_of(rain: xr.DataArray) -> np.ndarray:
    """The number of its month among all, for each day."""
    return np.unique(rain["time"].dt.strftime("%Y-%m").values, return_inverse=True)[1]


def world_means(model: ConsistencyDownscaler, rain: xr.DataArray, key: int) -> dict[str, np.ndarray]:
    """Global means (time,) of coarse rain, and of one member of what the model makes of it, free and with block means."""
    fine = replace(model, block_means=False).sample(rain, FACTOR, members=1, key=key).isel(member=0)
    # What the model does itself with block_means=True, without the same network calls once more.
    kept = fine.copy(data=np.asarray(Refinement.of(Grid.of(rain), FACTOR).keep_block_means(fine.values, rain.values)))
    rows = area_weights(fine).values
    return {
        COARSE: global_means(rain, rows.reshape(-1, FACTOR).sum(1)),
        FREE: global_means(fine, rows),
        KEPT: global_means(kept, rows),
    }


def global_means(rain: xr.DataArray, rows: np.ndarray) -> np.ndarray:
    """sum_ij a_i r_ij / sum_ij a_i in float64, (time,); a row of coarse cells has the area of its fine ones."""
    values = rain.transpose("time", "lat", "lon").values.astype(np.float64)
    return values.mean(-1) @ rows / rows.sum()


def ratio(
    fine: np.ndarray, warmer_fine: np.ndarray, coarse: np.ndarray, warmer: np.ndarray, month: np.ndarray, key: int
) -> np.ndarray:
    """(<f'> - <f>) / (<c'> - <c>), (1 + resamples,): first all days, then months drawn again, the same of both worlds."""
    count = month.max() + 1
    drawn = np.random.default_rng(key).multinomial(count, np.full(count, 1 / count), RESAMPLES)
    weights = np.vstack([np.ones(count), drawn])[:, month]
    means = [weights @ series / weights.sum(1) for series in (fine, warmer_fine, coarse, warmer)]
    return (means[1] - means[0]) / (means[3] - means[2])
