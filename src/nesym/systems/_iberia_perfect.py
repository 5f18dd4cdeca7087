"""Downscaling alone: winter rain of Iberia from its own block means, whose truth is known day by day."""

from collections.abc import Callable
from dataclasses import replace

import xarray as xr

from nesym.downscale.embedding_records import block_means
from nesym.downscale.ratio_lognormal import RatioLognormal
from nesym.downscale.shared_embedding import SharedEmbeddingDiffusion
from nesym.fields import regrid
from nesym.systems._iberia import FACTOR, Iberia
from nesym.systems._scored import scored
from nesym.verify import Claim, Table, metrics, score

OWN, RATIO, SMOOTH, BILINEAR = "diffusion", "ratio x lognormal", "smooth ratio x lognormal", "bilinear"
FAIR = "fair CRPS"
BLOCK = "10D"  # of days that are drawn together: weather lasts, and so does the rain that it brings
FIRST_WINTER = 1997


def perfect(
    method: SharedEmbeddingDiffusion, iberia: Iberia, key: int, members: int, quick: bool, progress: Callable | None
) -> list[Claim]:
    """The draws and those of its rivals from the block means of the scoring winters, or of the first of them."""
    table = scores(method, iberia, iberia.obs("score", FIRST_WINTER if quick else None), key, members)
    if progress:
        progress(1.0)

    def against(rival: str) -> str:
        return f"{table.cell(rival, FAIR).value:.3f} mm/day: {rival}"

    own = table.cell(OWN, FAIR)
    apart, beside = table.differences.cell(OWN, FAIR), table.differences.cell(SMOOTH, FAIR)
    smooth = Claim(
        "A9b", f"{FAIR}, mm/day: diffusion - ({SMOOTH})", "< 0", apart.value - beside.value, baseline=against(SMOOTH), n=own.n
    )  # fmt: skip
    gain = own.value / table.cell(BILINEAR, "MAE").value
    return [
        scored(
            "A9a", f"{FAIR}, mm/day: diffusion - ({RATIO}); diffusion {own.value:.3f}", "< 0", apart, against(RATIO),
            required=True, by="interval",
        ),
        smooth,
        Claim("A9c", "CRPS / MAE of bilinear interpolation", "<= 0.9", gain, published="0.76 / 0.90", n=own.n,
              baseline=f"{table.cell(BILINEAR, 'MAE').value:.3f} mm/day: bilinear"),
        scored("A9d", "spread-skill ratio", "in [0.8, 1.25]", table.cell(OWN, "spread-skill"),
               f"{table.cell(RATIO, 'spread-skill').value:.2f}: {RATIO}"),
    ]  # fmt: skip


def scores(
    method: SharedEmbeddingDiffusion, iberia: Iberia, truth: xr.DataArray, key: int, members: int
) -> Table:
    """The score table of all methods, with differences from the ratio times lognormal noise."""
    coarse = block_means(truth, FACTOR)
    # Block means of observations can be trusted on all scales, and need no correction.
    own = replace(method, sigma=0.0, adjuster=None)
    forecasts = {OWN: own.sample(coarse, members, key)}
    for name, smooth in {RATIO: False, SMOOTH: True}.items():
        rival = RatioLognormal(FACTOR, smooth=smooth).fit(iberia.obs("train"), choose=iberia.obs("choose"), key=key)
        forecasts[name] = rival.sample(coarse, members, key)
    forecasts[BILINEAR] = regrid(coarse, truth, "bilinear", coverage=1e-6).where(truth.notnull())
    wanted = [metrics.crps(fair=True), metrics.crps(), metrics.mae(), metrics.spread_skill()]
    return score(forecasts, truth, key=key, metrics=wanted, block=BLOCK, reference=RATIO)
