"""Downscaling alone: winter rain of Iberia from its own block means, whose truth is known day by day."""

from collections.abc import Callable
from dataclasses import replace

import xarray as xr

from nesym.downscale.embedding_records import block_means
from nesym.downscale.ratio_lognormal import RatioLognormal
from nesym.downscale.shared_embedding import SharedEmbeddingDiffusion
from nesym.fields import regrid
from nesym.systems._scored import scored
from nesym.systems.iberia.data import FACTOR, Iberia
from nesym.verify import Claim, Table, metrics, score

OWN, RATIO, SMOOTH, BILINEAR = "diffusion", "ratio x lognormal", "smooth ratio x lognormal", "bilinear"
FAIR = "fair CRPS"
BLOCK = "10D"  # of days that are drawn together: weather lasts, and so does the rain that it brings
FIRST_WINTER = 1997


def perfect(
    method: SharedEmbeddingDiffusion, iberia: Iberia, key: int, members: int, quick: bool, progress: Callable | None
) -> list[Claim]:
    """The draws and those of its rivals from the block means of the scoring winters, or of the first of them."""
    truth = iberia.obs("score", FIRST_WINTER if quick else None)
    forecasts = ensembles(method, iberia, truth, key, members)
    if progress:
        progress(1.0)
    table = scores(forecasts, truth, key)
    smooth = scores({name: forecasts[name] for name in (OWN, SMOOTH)}, truth, key, reference=SMOOTH)
    own, mae = table.cell(OWN, FAIR), table.cell(BILINEAR, "MAE").value

    def against(rival: str) -> str:
        return f"{table.cell(rival, FAIR).value:.3f} mm/day: {rival}"

    return [
        scored(
            "A9a", f"{FAIR}, mm/day: diffusion - ({RATIO}); diffusion {own.value:.3f}", "< 0",
            table.differences.cell(OWN, FAIR), against(RATIO), required=True, by="interval",
        ),
        scored(
            "A9b", f"{FAIR}, mm/day: diffusion - ({SMOOTH})", "< 0", smooth.differences.cell(OWN, FAIR), against(SMOOTH),
            by="interval",
        ),
        Claim("A9c", "CRPS / MAE of bilinear interpolation", "<= 0.9", own.value / mae, published="0.76 / 0.90", n=own.n,
              baseline=f"{mae:.3f} mm/day: bilinear"),
        scored("A9d", "spread-skill ratio", "in [0.8, 1.25]", table.cell(OWN, "spread-skill"),
               f"{table.cell(RATIO, 'spread-skill').value:.2f}: {RATIO}"),
    ]  # fmt: skip


def ensembles(
    method: SharedEmbeddingDiffusion, iberia: Iberia, truth: xr.DataArray, key: int, members: int
) -> dict[str, xr.DataArray]:
    """What each method makes of the block means of `truth`; the rivals' noise is tuned on 1995/96."""
    coarse = block_means(truth, FACTOR)
    # Block means of observations can be trusted on all scales, and need no correction.
    own = replace(method, sigma=0.0, adjuster=None)
    forecasts = {OWN: own.sample(coarse, members, key)}
    for name, smooth in {RATIO: False, SMOOTH: True}.items():
        rival = RatioLognormal(FACTOR, smooth=smooth).fit(iberia.obs("train"), choose=iberia.obs("choose"), key=key)
        forecasts[name] = rival.sample(coarse, members, key)
    forecasts[BILINEAR] = regrid(coarse, truth, "bilinear", coverage=1e-6).where(truth.notnull())
    return forecasts


def scores(forecasts: dict[str, xr.DataArray], truth: xr.DataArray, key: int, reference: str = RATIO) -> Table:
    """The score table, with differences from the `reference`."""
    wanted = [metrics.crps(fair=True), metrics.mae(), metrics.spread_skill()]
    return score(forecasts, truth, key=key, metrics=wanted, block=BLOCK, reference=reference)
