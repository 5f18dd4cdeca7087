"""Large inputs in little memory: 2 GB of coarse rain are downscaled within 1 GB resident."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json
import dask.array as da, numpy as np, xarray as xr
import nesym
from nesym._resources import peak_memory

# 2.1 GB of float32 rain that is never in memory as a whole: a shower that moves, step by step.
steps, ny, nx = 8192, 256, 256
shower = np.maximum(np.random.default_rng(0).gamma(0.3, 2.0, (ny, nx)) - 0.5, 0).astype("f4")
roll = lambda block_info: np.stack([np.roll(shower, s, 1) for s in range(*block_info[None]["array-location"][0])])
values = da.map_blocks(roll, chunks=((32,) * (steps // 32), ny, nx), dtype="f4", meta=np.empty((0, 0, 0), "f4"))
rain = xr.DataArray(
    values, dims=("time", "y", "x"), name="pr", attrs={"units": "mm h-1"},
    coords={"time": np.datetime64("2018-05-01", "ns") + np.arange(steps) * np.timedelta64(5, "m"),
            "y": ("y", np.arange(ny) * 2000.0, {"units": "m"}), "x": ("x", np.arange(nx) * 2000.0, {"units": "m"})},
)
fine = nesym.load("cascade-dwd-1km").sample(rain, factor=2, members=1, key=0)
assert fine.chunks is not None
mean = float(fine.mean().compute())
sizes = {"input": rain.nbytes, "output": fine.nbytes, "peak": peak_memory()}
print(json.dumps(sizes | {"mean": mean, "coarse": float(shower.mean())}))
"""


@pytest.mark.slow
def test_two_gigabytes_of_rain_within_one_of_memory():
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=1200)
    assert run.returncode == 0, run.stderr[-2000:]
    seen = json.loads(run.stdout)
    assert seen["input"] > 2e9 and seen["output"] > 8e9
    assert seen["peak"] < 1e9, f"{seen['peak'] / 1e9:.2f} GB resident"
    # The budget holds over all of it, to the rounding of a mean of two thousand million float32 numbers.
    assert seen["mean"] == pytest.approx(seen["coarse"], rel=1e-4)
