"""Statistical downscaling of German radar rain: the rivals that every network has to beat, and what they reach.

Rain of 5 minutes at 1 km (RADOLAN-YW, Deutscher Wetterdienst), coarsened to 8 km and drawn back. Fitted on 10, 13, 14
and 16 May 2018, the slope chosen on the 15th, scored on 17, 19 and 20 May: every time step at which a tenth of all
pixels of the composite has 0.12 mm/h or more.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from nesym import data as catalogue
from nesym import verify
from nesym.downscale import Bilinear, Cascade, Conservative, RainFARM
from nesym.downscale.baselines import PACKAGED
from nesym.downscale.compare import compare
from nesym.fields.blocks import block_mean
from nesym.fields.canonical import canonical
from nesym.fields.grid import coarsen
from nesym.systems._scored import LAG, counted, remembered, scored
from nesym.verify import Claim

DATASET = "dwd_yw_germany"
FIT, CHOOSE, SCORE = (10, 13, 14, 16), (15,), (17, 19, 20)
FACTOR, MEMBERS, BLOCK_HOURS = 8, 20, 3.0
# The largest window of whole 8 x 8 blocks that the radar composite always covers.
WINDOW = {"y": slice(2, 186), "x": slice(4, 220)}
WET, WET_SHARE = 0.12, 0.1  # mm/h, and the share of all pixels
# Radar of other countries, 5 minutes and 1 km, on which nothing was fitted or chosen: windows that are always covered,
# those with most rain on a raster of 32 cells.
ELSEWHERE = {"fmi_finland": 384, "knmi_netherlands": 256}
PLAIN, REMEMBERING = "plain bilinear", "cascade, memory"


def rain(data: Path | str | None = None) -> tuple[xr.DataArray, xr.DataArray]:
    """Rain in the window (time, y, x), 393 missing values of one step filled, and which steps are wet (time,)."""
    amounts = catalogue.open(DATASET, data)
    everywhere = canonical(amounts, "pr", missing="keep").load()
    wet = (everywhere >= WET).mean(("y", "x")) >= WET_SHARE
    return canonical(everywhere.isel(WINDOW), "pr", missing="fill"), wet


def on(days: tuple[int, ...], field: xr.DataArray) -> xr.DataArray:
    """The time steps of these days of May 2018."""
    return field.isel(time=np.isin(field["time"].dt.day, days))


def fit(data: Path | str | None = None, key: int = 0) -> dict[str, RainFARM | Cascade]:
    """The two stochastic rivals, fitted and chosen as the protocol says."""
    field, _ = rain(data)
    return {
        "rainfarm": RainFARM().fit(on(FIT, field), key=key),
        "cascade": Cascade().fit(on(FIT, field), choose=on(CHOOSE, field), key=key),
    }


def write_models(folder: Path | str, data: Path | str | None = None) -> None:
    """Fit both and save them, with their cards, to `folder`: how the packaged files were made."""
    card = {
        "data": "DWD RADOLAN-YW, Germany, 10, 13, 14, 16 May 2018; slope chosen on 15 May",
        "region": "190 x 228 km in Germany",
        **terms(DATASET),
        "made_by": "python -m nesym.systems.rain_baselines FOLDER",
        "scores": "nesym reproduce rain-baselines",
    }
    for name, model in fit(data).items():
        model.save(Path(folder) / f"{PACKAGED[name]}.safetensors", **card)


def terms(*datasets: str) -> dict[str, str | float]:
    """What the cards of models of 5-minute rain at 1 km share, with the licences of the data they were fitted on."""
    entries = [catalogue.entry(name) for name in datasets]
    return {
        "spacing_km": 1.0,
        "step_seconds": 300,
        "units": "mm h-1",
        "licence": "CC0-1.0 (numbers); data: " + "; ".join(entry.licence for entry in entries),
        "attribution": ", ".join(entry.attribution for entry in entries),
    }


def reproduce(
    *,
    quick: bool = False,
    train: bool = False,
    data: Path | str | None = None,
    key: int = 0,
    progress: Callable[[float], None] | None = None,
) -> list[Claim]:
    """Score all methods on the scoring days (the 17th alone if `quick`) and hold them to what is asked of them."""
    from nesym import load

    field, wet = rain(data)
    truth = on(SCORE[:1] if quick else SCORE, field.isel(time=wet.values))
    coarse = coarsen(truth, FACTOR)
    fitted = fit(data, key) if train else {name: load(PACKAGED[name]) for name in ("rainfarm", "cascade")}
    table = scores(fitted, coarse, truth, key, progress)
    abroad = [
        claim for name, cells in ELSEWHERE.items() for claim in _elsewhere(name, cells, fitted["cascade"], data, key)
    ]
    return [*_claims(table), *_budget_claims(fitted["cascade"], coarse, key), *abroad]


def scores(fitted, coarse: xr.DataArray, truth: xr.DataArray, key: int, progress=None) -> verify.Table:
    """The score table of all rivals, with ratios to plain bilinear interpolation."""
    rivals = {
        PLAIN: Bilinear(block_means=False),
        "bilinear": Bilinear(),
        "conservative": Conservative(),
        "rainfarm": fitted["rainfarm"],
        REMEMBERING: replace(fitted["cascade"], memory=True),
    }
    return compare(
        fitted["cascade"],
        coarse,
        truth,
        members=MEMBERS,
        key=key,
        rivals=rivals,
        reference=PLAIN,
        block=BLOCK_HOURS,
        progress=counted(progress, (len(rivals) + 1) * truth.sizes["time"]),
    )


def _claims(table: verify.Table) -> list[Claim]:
    """What is asked of the cascade and of RainFARM, most of it relative to plain bilinear interpolation."""

    def ratio(id: str, name: str, metric: str, text: str, asked: str) -> Claim:
        beside = f"{table.ratios.cell('bilinear', metric).value:.3f}: bilinear, block means"
        return scored(id, text, asked, table.ratios.cell(name, metric), beside, required=True)

    spread = table.cell("cascade", "spread-skill")
    rainfarm = f"{table.cell('rainfarm', 'spread-skill').value:.2f}: RainFARM"
    return [
        ratio("H1a", "cascade", "CRPS", "cascade, CRPS / MAE of bilinear", "<= 0.70"),
        ratio("H1b", "cascade", "RAPSD log error", "cascade, spectral error / that of bilinear", "<= 0.15"),
        scored("H1c", "cascade, spread-skill ratio", "in [0.8, 1.25]", spread, rainfarm, required=True),
        ratio("H2a", "rainfarm", "CRPS", "RainFARM, CRPS / MAE of bilinear", "<= 0.78"),
        remembered("H5", f"cascade with memory, {LAG} - that of the truth", table, "cascade", REMEMBERING),
    ]


def _budget_claims(method: Cascade, coarse: xr.DataArray, key: int) -> list[Claim]:
    """What holds exactly: block means, signs, dry blocks."""
    coarse = coarse.isel(time=slice(0, None, 10))
    fine, blocks = method.sample(coarse, FACTOR, MEMBERS, key).values, coarse.values
    wet, n = blocks > 0, coarse.sizes["time"]
    off = np.abs(block_mean(fine.astype(np.float64), FACTOR) - blocks)[:, wet] / blocks[wet]
    in_dry = block_mean(fine, FACTOR)[:, ~wet]
    wrong = int((~(fine >= 0)).sum())
    return [
        Claim("H3a", "cascade, block means: largest relative error", "<= 1e-6", float(off.max()), n=n, required=True),
        Claim("H3b", "cascade, negative or missing values", "== 0", float(wrong), n=n, required=True),
        Claim("H3c", "cascade, most rain in a dry block", "== 0", float(in_dry.max(initial=0.0)), n=n, required=True),
    ]


def _elsewhere(name: str, cells: int, method: Cascade, data: Path | str | None, key: int) -> list[Claim]:
    """The same scores on every second wet step of another country's radar; reported, and required of nobody."""
    truth = wet_window(name, cells, data)
    rivals = {PLAIN: Bilinear(block_means=False), "rainfarm": RainFARM()}
    table = compare(
        method, coarsen(truth, FACTOR), truth, members=MEMBERS, key=key, rivals=rivals, reference=PLAIN, block=0.5
    )

    def claim(id: str, metric: str, text: str, asked: str) -> Claim:
        score, beside = table.ratios.cell("cascade", metric), table.ratios.cell("rainfarm", metric)
        note = f"{beside.value:.3f}: RainFARM"
        return scored(id, f"{name}: {text}", asked, score, note)

    spread, rainfarm = table.cell("cascade", "spread-skill"), table.cell("rainfarm", "spread-skill")
    return [
        claim("H1a'", "CRPS", "cascade, CRPS / MAE of bilinear", "<= 0.70"),
        claim("H1b'", "RAPSD log error", "cascade, spectral error / that of bilinear", "<= 0.15"),
        scored(
            "H1c'", f"{name}: cascade, spread-skill ratio", "in [0.8, 1.25]", spread, f"{rainfarm.value:.2f}: RainFARM"
        ),
    ]


def wet_window(name: str, cells: int, data: Path | str | None = None) -> xr.DataArray:
    """Every second wet step of another data set, in its wettest window of `cells` x `cells`: (time, y, x)."""
    window = _wettest_window(canonical(catalogue.open(name, data), "pr", missing="keep").load(), cells)
    wet = (window >= WET).mean(("y", "x")) >= WET_SHARE
    return window.isel(time=np.flatnonzero(wet.values)[::2])


def _wettest_window(field: xr.DataArray, cells: int) -> xr.DataArray:
    """The `cells` x `cells` window without gaps that has most rain, on a raster of 32 cells."""
    gaps, total = field.isnull().any("time").values, field.fillna(0).mean("time").values
    corners = [
        (total[y : y + cells, x : x + cells].mean(), y, x)
        for y in range(0, field.sizes["y"] - cells + 1, 32)
        for x in range(0, field.sizes["x"] - cells + 1, 32)
        if not gaps[y : y + cells, x : x + cells].any()
    ]
    _, y, x = max(corners)
    return field.isel(y=slice(y, y + cells), x=slice(x, x + cells))


if __name__ == "__main__":
    import sys

    write_models(sys.argv[1])
