"""What holds for the consistency model whatever it is worth: its speed, its dial, its cost, and that keys decide."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr
from scipy.stats import spearmanr

from nesym import load
from nesym.downscale import ConsistencyDownscaler, DiffusionDownscaler, spectral_noise_level
from nesym.downscale.compare import compare
from nesym.downscale.told import Told
from nesym.fields.grid import coarsen
from nesym.generate import EDM, ConsistencyModel
from nesym.solve import consistency_sample, heun
from nesym.systems import rain_baselines as protocol
from nesym.systems.consistency.crossing import constructed_crossing
from nesym.systems.consistency.scores import SPECTRAL, evenly_spread
from nesym.verify import Claim

SIDE, BATCH, ROUNDS = 128, 8, 7  # of the timed sampler
DIAL = (0.2, 0.33, 0.52, 0.8, 1.1)
DIAL_FIELDS, DIAL_MEMBERS = 24, 4
RINGS = (4, 5, 6, 7, 8, 9)  # where crossings are constructed
CODE = """
import time
start = time.perf_counter()
import nesym
from nesym.fields import coarsen
from nesym._resources import peak_memory
from nesym.systems.consistency.checks import two_hours
nesym.load("{model}").sample(two_hours(), {factor}, members=20, key=0)
print(time.perf_counter() - start, peak_memory())
"""


def speed(fitted: dict, key: int) -> list[Claim]:
    """Network calls and warm times of the two samplers, in turn, for one batch."""
    student: ConsistencyDownscaler = fitted["consistency"]
    teacher: DiffusionDownscaler = fitted["diffusion"]
    sigma = student.noise_level(protocol.FACTOR)
    levels = teacher.levels(sigma).astype(np.float32)
    x = sigma * jax.random.normal(jax.random.key(key), (BATCH, SIDE, SIDE, 1), jnp.float32)

    @jax.jit
    def once(network, x):
        return consistency_sample(Told.nothing(x).model(ConsistencyModel, network), x, sigma)

    @jax.jit
    def often(network, x):
        return heun(Told.nothing(x).model(EDM, network), x, levels)

    networks = [jax.tree.map(jnp.asarray, m.fitted.network) for m in (student, teacher)]
    calls = [_calls(lambda f, x: consistency_sample(f, x, sigma)), _calls(lambda f, x: heun(f, x, levels))]
    seconds = np.array(
        [[_timed(run, n, x) for run, n in zip((once, often), networks, strict=True)] for _ in range(ROUNDS)]
    )
    short, long = np.median(seconds[1:], 0)
    ratio = float(np.median(seconds[1:, 1] / seconds[1:, 0]))
    text = f"time, diffusion / consistency, {BATCH} fields of {SIDE} x {SIDE}, warm, sampler alone"
    return [
        Claim("D1a", "network calls for each member", "== 1", calls[0], "1", f"{calls[1]}: diffusion", required=True),
        Claim("D1b", text, f">= {0.7 * calls[1]:g}", ratio, "about 400 against a 500-step SDE",
              f"{long:.3g} s against {short:.3g} s", ROUNDS - 1, required=True),
    ]  # fmt: skip


def _calls(sample: Callable) -> int:
    """How often a sampler calls its denoiser."""
    count = 0

    def denoiser(x, sigma):
        nonlocal count
        count += 1
        return 0 * x

    with jax.disable_jit():
        sample(denoiser, jnp.ones((1, 2, 2, 1), jnp.float32))
    return count


def _timed(run: Callable, *args) -> float:
    start = time.perf_counter()
    jax.block_until_ready(run(*args))
    return time.perf_counter() - start


def dial(method: ConsistencyDownscaler, truth: xr.DataArray, key: int) -> list[Claim]:
    """Zero-shot and without constraint: with more noise the spectrum is better and less of the input is left."""
    free = replace(method, zero_shot=True, block_means=False)
    rivals = {f"{sigma}": replace(free, sigma=sigma) for sigma in DIAL}
    fields = evenly_spread(truth, DIAL_FIELDS)
    table = compare(
        rivals.popitem()[1], coarsen(fields, protocol.FACTOR), fields,
        members=DIAL_MEMBERS, key=key, rivals=rivals, block=protocol.BLOCK_HOURS,
    )  # fmt: skip
    names = (*rivals, method.name)
    correlation = [table.cell(name, f"correlation ({protocol.FACTOR} x {protocol.FACTOR})").value for name in names]
    error = [table.cell(name, SPECTRAL).value for name in names]

    def claim(id: str, what: str, values: list[float]) -> Claim:
        text = f"zero-shot, Spearman correlation of sigma in {DIAL} with the {what}"
        rank = float(spearmanr(DIAL, values).statistic)
        return Claim(
            id, text, "== -1", round(rank, 6), None, ", ".join(f"{v:.3f}" for v in values), len(DIAL), required=True
        )

    return [
        claim("D4a", "correlation of its block means with the input", correlation),
        claim("D4b", "spectral error", error),
        _crossings(truth, key),
    ]


def _crossings(truth: xr.DataArray, key: int) -> Claim:
    """Foreign rain whose spectrum departs from a known ring on: how far off is the ring that is found?"""
    found = [
        spectral_noise_level(
            truth, constructed_crossing(truth, protocol.FACTOR, ring, key + ring), factor=protocol.FACTOR
        )
        for ring in RINGS
    ]
    off = max(abs(level.k - ring) if level.crossing else np.inf for level, ring in zip(found, RINGS, strict=True))
    own = spectral_noise_level(truth, coarsen(truth, protocol.FACTOR), factor=protocol.FACTOR)
    beside = "none found in undisturbed rain" if not own.crossing else f"ring {own.k:g} found in undisturbed rain"
    text = f"constructed spectral crossing, rings between it and the one found, at worst of rings {RINGS}"
    return Claim("D4c", text, "<= 1", float(off), None, beside, len(RINGS), required=True)


def two_hours() -> xr.DataArray:
    """Coarse rain of the packaged sample, 24 steps of 16 x 16 cells."""
    from nesym import data
    from nesym.fields.canonical import canonical

    return coarsen(canonical(data.sample("radar_germany"), "pr").isel(time=slice(0, 24)).load(), protocol.FACTOR)


def cost(fitted: dict) -> list[Claim]:
    """A fresh process with an empty compilation cache: 24 steps, 20 members, fields of 128 x 128; and what training took."""
    from nesym.downscale.baselines import PACKAGED

    code = CODE.format(model=PACKAGED["consistency"], factor=protocol.FACTOR)
    with tempfile.TemporaryDirectory() as cache:
        environment = os.environ | {"JAX_COMPILATION_CACHE_DIR": cache}
        cold, again = (
            [
                float(word)
                for word in subprocess.run(
                    [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
                ).stdout.split()
            ]
            for _ in range(2)
        )
    text = f"24 x 20 fields of {SIDE} x {SIDE} in a new process, imports and compilation included"
    cores = f"{os.cpu_count()} cores"
    return [
        Claim(
            "D6a", f"{text}, s", "<= 60", cold[0], None, f"{again[0]:.1f} s once compiled; {cores}", 480, required=True
        ),
        Claim("D6b", f"{text}, peak memory in GB", "<= 2", cold[1] / 1e9, None, None, 480, required=True),
        Claim("D8c", "training, hours on two cores", "<= 3", fitted["consistency"].fitted.seconds / 3600,
              "one GPU", f"{fitted['diffusion'].fitted.seconds / 3600:.2f}: teacher alone"),
    ]  # fmt: skip


def same(method: ConsistencyDownscaler, truth: xr.DataArray, key: int) -> list[Claim]:
    """One key, one result: rerun, in pieces, fewer members, saved and loaded."""
    coarse = coarsen(truth.isel(time=slice(0, 4)), protocol.FACTOR)
    whole = method.sample(coarse, protocol.FACTOR, 5, key)
    pieces = method.sample(coarse.chunk(time=1), protocol.FACTOR, 5, key).compute()
    few = method.sample(coarse.isel(time=[2]), protocol.FACTOR, 2, key)
    with tempfile.TemporaryDirectory() as folder:
        method.save(Path(folder) / "model.safetensors")
        loaded = load(Path(folder) / "model.safetensors").sample(coarse, protocol.FACTOR, 5, key)
    rerun = method.sample(coarse, protocol.FACTOR, 5, key)
    off = {
        "rerun": np.abs(rerun - whole).max(),
        "chunks of one step": np.abs(pieces - whole).max(),
        "one step and two members": np.abs(few - whole.isel(time=[2], member=[0, 1])).max(),
        "saved and loaded": np.abs(loaded - whole).max(),
    }
    worst = float(max(off.values()))
    text = f"same key: largest difference, mm/h ({', '.join(off)})"
    return [Claim("D7", text, "== 0", worst, None, None, whole.sizes["time"], required=True)]
