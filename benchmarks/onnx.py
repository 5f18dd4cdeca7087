"""A network as an ONNX file beside the same network compiled by JAX: one 128 x 128 field, one thread each.

    python -m benchmarks.onnx

Threads are a setting of the process that JAX starts in, so the measurement has a process of its own. The weights are
random, which is all the same to the clock.
"""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.turns import in_turn
from nesym.generate import ConsistencyModel, export_onnx
from nesym.nets import UNet
from nesym.verify import Table

SIDE, ROUNDS = 128, 15
ONE_THREAD = {"NPROC": "1", "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}


def network() -> ConsistencyModel:
    """A U-Net of the default size, with weights that leave no part of it silent."""
    unet, rng = UNet.make(1, 1, key=0), np.random.default_rng(0)

    def moved(w: jax.Array) -> jax.Array:
        return w + jnp.asarray(rng.standard_normal(w.shape) / np.sqrt(max(1, np.prod(w.shape[:-1]))), jnp.float32)

    return ConsistencyModel(jax.tree.map(moved, unet), 1.0)


def measured(rounds: int) -> dict:
    """Seconds of every round for both, and the error of the file."""
    import onnxruntime

    model, options = network(), onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    x, s = np.random.default_rng(1).standard_normal((1, SIDE, SIDE, 1), np.float32), np.ones(1, np.float32)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        error = export_onnx(model, path, shape=(SIDE, SIDE, 1))
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    compiled = jax.jit(lambda x, s: model(x, s))
    calls = {
        "jax.jit": lambda: compiled(x, s).block_until_ready(),
        "ONNX Runtime": lambda: session.run(["y"], {"x": x, "s": s}),
    }
    in_turn(calls, 2)  # compiles, and warms up
    return {"seconds": in_turn(calls, rounds), "error": error}


def run(rounds: int = ROUNDS) -> Table:
    """One row for each: seconds (median), spread of the rounds, time relative to JAX. Empty without `nesym[onnx]`."""
    title = (
        f"A U-Net of the default size as an ONNX file, one {SIDE} x {SIDE} field, one thread, {rounds} rounds in turn"
    )
    columns = ("library", "seconds", "fastest", "slowest", "time / jax.jit's")
    if not (find_spec("jax2onnx") and find_spec("onnxruntime")):
        return Table(title, columns, (), "Not measured: nesym[onnx] is not installed.")
    command = [sys.executable, "-m", "benchmarks.onnx", str(rounds)]
    done = subprocess.run(command, env=os.environ | ONE_THREAD, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    middle = {name: median(took) for name, took in found["seconds"].items()}
    rows = tuple(
        dict(zip(columns, (name, middle[name], min(took), max(took), middle[name] / middle["jax.jit"]), strict=True))
        for name, took in found["seconds"].items()
    )
    return Table(
        title, columns, rows, f"The results differ by {found['error']:.2g} of their standard deviation at most."
    )


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]))) if len(sys.argv) > 1 else run())
