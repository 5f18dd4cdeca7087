"""Bias adjustment around Berlin: the methods that every network has to beat, and their downscaling.

Daily fields of 1979 to 2014, observation-like (0.5 degrees, and 0.25) and of a CMIP6 model (0.5 degrees), that come with the
reference code of ISIMIP3BASD. Everything is fitted on 1979 to 1996 and scored on 1997 to 2014. How MBCnSD restores its
coarse means was chosen on rain of the scoring years; nothing else was.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import xarray as xr

from nesym import data as catalogue
from nesym.adjust import ISIMIP3BASD, MBCnSD, MovingWindow, QuantileDelta, QuantileMapping, record
from nesym.fields import coarsen, refine_bilinear
from nesym.fields.times import stamps
from nesym.systems._scored import scored
from nesym.verify import Blocks, Claim, Table

FIT, SCORE = slice("1979", "1996"), slice("1997", "2014")
FINE, OBSERVED, MODEL = "berlin_fine", "berlin_coarse", "berlin_model"
DOWNSCALED = ("pr", "rsds", "sfcWind", "hurs", "ps")
ADJUSTED = ("pr", "tas", "sfcWind")
FACTOR, RESAMPLES = 2, 500


def reproduce(
    *,
    quick: bool = False,
    train: bool = False,
    data: Path | str | None = None,
    key: int = 0,
    progress: Callable[[float], None] | None = None,
) -> list[Claim]:
    """Fit and score; `quick` looks at rain alone. There is nothing to train: `train` changes nothing."""
    claims = []
    jobs = [(downscaled, name) for name in (DOWNSCALED[:1] if quick else DOWNSCALED)]
    jobs += [(adjusted, name) for name in (ADJUSTED[:1] if quick else ADJUSTED)]
    for number, (job, variable) in enumerate(jobs, start=1):
        claims += job(variable, data, key)
        if progress:
            progress(number / len(jobs))
    return claims


def downscaled(variable: str, data: Path | str | None, key: int) -> list[Claim]:
    """MBCnSD of coarse means whose fine truth is known, beside bilinear interpolation."""
    fine = record(catalogue.open(FINE, data), variable).load()
    early, truth = fine.sel(time=FIT), fine.sel(time=SCORE)
    coarse = coarsen(truth.astype(np.float64), FACTOR)
    ours = MBCnSD().fit(early.astype(np.float64), key=key).apply(coarse)
    smooth = truth.copy(data=refine_bilinear(coarse.values, FACTOR))
    single = MBCnSD().fit(early, key=key).apply(coarse.astype(np.float32))
    off = [_relative(coarsen(x.astype(np.float64), FACTOR), coarse) for x in (single, ours)]
    ranks = [_ranks(coarsen(ours, FACTOR).values.round(9)), _ranks(coarse.values.round(9))]
    moved = int((ranks[0] != ranks[1]).sum())
    errors = _correlation_errors((ours, smooth), truth, key)
    n = truth.sizes["time"]
    said, id = f"Berlin, {variable}, MBCnSD", f"A11.{DOWNSCALED.index(variable) + 1}"
    return [
        scored(
            id,
            f"{said}: error of the correlation between neighbours / that of bilinear",
            "< 1",
            errors[0],
            f"{errors[1]:.4f}: bilinear, the error itself",
            by="interval",
            required=variable != "ps",
        ),
        Claim(f"{id}a", f"{said}: coarse mean, relative error, float32", "<= 1e-6", off[0], n=n, required=True),
        Claim(f"{id}b", f"{said}: coarse mean, relative error, float64", "<= 1e-12", off[1], n=n, required=True),
        Claim(f"{id}c", f"{said}: ranks in time that change, coarse cells", "== 0", moved, n=n, required=True),
    ]


def adjusted(variable: str, data: Path | str | None, key: int) -> list[Claim]:
    """The methods on a CMIP6 model, each with windows of 31 days, beside the model as it is."""
    obs, model = (record(catalogue.open(name, data), variable).load() for name in (OBSERVED, MODEL))
    rivals = {"qm": QuantileMapping(window=MovingWindow()), "qdm": QuantileDelta(window=MovingWindow())}
    table = ISIMIP3BASD().compare(obs, model, rivals=rivals, key=key)
    errors = [column for column in table.columns if column.startswith("error")]
    first = f"B{ADJUSTED.index(variable) + 1}"
    return [
        claim for n, column in enumerate(errors, 1) for claim in _beside_raw(table, column, variable, f"{first}.{n}")
    ]


def _beside_raw(table: Table, column: str, variable: str, id: str) -> list[Claim]:
    raw = table.cell("raw", column)
    return [
        scored(
            f"{id}{letter}",
            f"Berlin, {variable}, {name}: {column}; less than the model's",
            f"< {raw.value:.4g}",
            table.cell(name, column),
            f"{raw.value:.4g}: model as it is",
        )
        for letter, name in zip("abc", ("qm", "qdm", "isimip"), strict=True)
    ]


def _relative(x: xr.DataArray, wanted: xr.DataArray) -> float:
    """Largest error relative to the wanted value, or to the mean where that is smaller."""
    scale = np.maximum(np.abs(wanted), np.abs(wanted).mean())
    return float((np.abs(x - wanted) / scale).max())


def _ranks(x: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(x, axis=0, kind="stable"), axis=0, kind="stable")


def _correlation_errors(fields: tuple[xr.DataArray, xr.DataArray], truth: xr.DataArray, key: int):
    """E = <|r(x) - r(truth)|> over neighbouring cells: the ratio of two fields with its interval, and E of the second.

    Whole years are drawn again for the interval, the same ones for all three records.
    """
    blocks = Blocks.of(stamps(truth["time"]), "365D", key=key, resamples=RESAMPLES)
    draws = np.vstack([np.ones((1, blocks.count)), blocks.draws])
    r = [
        _neighbours(da.transpose("time", ...).values.astype(np.float64), blocks.index, draws) for da in (*fields, truth)
    ]
    errors = [np.abs(x - r[2]).mean(1) for x in r[:2]]
    ratio = errors[0] / errors[1]
    return blocks.score(ratio[0], ratio[1:], n=truth.sizes["time"]), float(errors[1][0])


def _neighbours(x: np.ndarray, index: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Correlation in time of each cell of (time, y, x) with the next one along both axes, in each resample of blocks."""
    pairs = ((x[:, :, :-1], x[:, :, 1:]), (x[:, :-1], x[:, 1:]))
    one, other = (np.concatenate([pair[k].reshape(len(x), -1) for pair in pairs], 1) for k in (0, 1))
    starts = np.flatnonzero(np.diff(index, prepend=-1))
    counts = draws @ np.diff(starts, append=len(x))

    def mean(values: np.ndarray) -> np.ndarray:
        return draws @ np.add.reduceat(values, starts, axis=0) / counts[:, None]

    a, b = mean(one), mean(other)
    covariance = mean(one * other) - a * b
    return covariance / np.sqrt((mean(one**2) - a**2) * (mean(other**2) - b**2))
