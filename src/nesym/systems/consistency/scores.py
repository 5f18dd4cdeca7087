"""What the consistency model's draws are worth: beside its teacher, beside the cascade, at home and abroad."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from nesym import verify
from nesym._errors import FileError
from nesym.downscale import Bilinear, Cascade, ConsistencyDownscaler
from nesym.downscale.cascade_fit import evenly
from nesym.downscale.compare import compare
from nesym.fields.grid import coarsen
from nesym.systems import rain_baselines as protocol
from nesym.systems._scored import LAG, counted, remembered, scored
from nesym.verify import Claim

SPECTRAL, FAIR = "RAPSD log error", "fair CRPS"
FIXED_FIELDS, FIXED_MEMBERS = 24, 8
FREE, MEMORY, TEACHER = "consistency, free", "consistency, memory", "diffusion"
# Radar of mountains that no model was fitted to or chosen on.
UNSEEN = ("mch_switzerland_2015", "mch_switzerland_2016")
# Radar that the models were trained on, beside the German days: whether one network can serve several instruments.
TRAINED = ("fmi_finland", "knmi_netherlands")
CELLS = 256


def evenly_spread(field: xr.DataArray, steps: int) -> xr.DataArray:
    """At most so many time steps, from the first to the last."""
    return field.isel(time=evenly(np.arange(field.sizes["time"]), steps))


def against_teacher(fitted, truth: xr.DataArray, key: int) -> list[Claim]:
    """One call beside 35, on the same fields and from the same noise level."""
    truth = evenly_spread(truth, FIXED_FIELDS)
    table = compare(
        fitted["consistency"], coarsen(truth, protocol.FACTOR), truth,
        members=FIXED_MEMBERS, key=key, rivals={TEACHER: fitted["diffusion"]}, reference=TEACHER, block=protocol.BLOCK_HOURS,
    )  # fmt: skip

    def claim(id: str, metric: str, asked: str) -> Claim:
        ratio, own = table.ratios.cell("consistency", metric), table.cell(TEACHER, metric)
        text = f"{metric}, consistency (1 call) / diffusion (35 calls)"
        return scored(id, text, asked, ratio, f"{own.value:.4g}: diffusion", required=True)

    return [claim("D2a", FAIR, "<= 1.1"), claim("D2b", SPECTRAL, "<= 1.5")]


def against_cascade(
    method: ConsistencyDownscaler, cascade: Cascade, truth: xr.DataArray, key: int, progress: Callable | None
) -> list[Claim]:
    """All scored steps with 20 members, beside the tuned cascade."""
    rivals = {
        protocol.PLAIN: Bilinear(block_means=False),
        "cascade": cascade,
        FREE: replace(method, block_means=False),
        MEMORY: replace(method, memory=True),
    }
    table = compare(
        method, coarsen(truth, protocol.FACTOR), truth,
        members=protocol.MEMBERS, key=key, rivals=rivals, reference="cascade", block=protocol.BLOCK_HOURS,
        progress=counted(progress, (len(rivals) + 1) * truth.sizes["time"]),
    )  # fmt: skip
    return [
        *_beside_cascade(table, "D3", "", required=True),
        _spread(table, "D5", "", required=True),
        *_reported(table),
    ]


def abroad(
    method: ConsistencyDownscaler, cascade: Cascade, data: Path | str | None, key: int, unseen_only: bool = False
) -> list[Claim]:
    """The same on other radar: events in mountains, and two that were trained on; the claims say where data are missing."""
    numbered = [(f"D9.{number}", name, "") for number, name in enumerate(UNSEEN, start=1)]
    if not unseen_only:
        numbered += [(f"D8.{number}", name, ", trained on") for number, name in enumerate(TRAINED, start=1)]
    claims = []
    for id, name, how in numbered:
        where = f"{name}{how}: "
        try:
            truth = protocol.wet_window(name, CELLS, data)
        except FileError as missing:
            claims.append(Claim(id, f"{where}CRPS - that of the cascade", "< 0", reason=missing.problem))
            continue
        table = compare(
            method, coarsen(truth, protocol.FACTOR), truth,
            members=protocol.MEMBERS, key=key, rivals={"cascade": cascade}, reference="cascade", block=0.5,
        )  # fmt: skip
        claims += [*_beside_cascade(table, id, where, required=False), _spread(table, f"{id}c", where, required=False)]
    return claims


def _beside_cascade(table: verify.Table, id: str, where: str, required: bool) -> list[Claim]:
    crps, own = table.differences.cell("consistency", "CRPS"), table.cell("cascade", "CRPS")
    spectra = table.differences.cell("consistency", SPECTRAL)
    beside, error = f"{own.value:.4g} mm/h: cascade", f"{table.cell('cascade', SPECTRAL).value:.3g}: cascade"
    return [
        scored(
            f"{id}a", f"{where}CRPS - that of the cascade, mm/h", "< 0", crps, beside, required=required, by="interval"
        ),
        scored(f"{id}b", f"{where}{SPECTRAL} - that of the cascade", "<= 0", spectra, error, required=required),
    ]


def _spread(table: verify.Table, id: str, where: str, required: bool) -> Claim:
    own, beside = (
        table.cell("consistency", "spread-skill"),
        f"{table.cell('cascade', 'spread-skill').value:.2f}: cascade",
    )
    return scored(id, f"{where}spread-skill ratio", "in [0.8, 1.25]", own, beside, required=required)


def _reported(table: verify.Table) -> list[Claim]:
    """The worth of the block means, and of memory in time."""
    free, kept = table.cell(FREE, "CRPS"), table.cell("consistency", "CRPS")
    return [
        Claim("D8a", "CRPS without block means - with them, mm/h", "> 0", free.value - kept.value,
              baseline=f"{kept.value:.4g} mm/h: with them", n=kept.n),
        remembered("D8b", f"{LAG} with memory - that of the truth", table, "consistency", MEMORY),
    ]  # fmt: skip
