"""An ONNX file on trial: the same inputs through JAX and through ONNX Runtime."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import equinox as eqx
import jax
import numpy as np

from nesym._errors import FileError, InputError

Model = Callable[[jax.Array, jax.Array], jax.Array]
Inputs = list[tuple[np.ndarray, np.ndarray]]


def trial_inputs(shape: tuple[int, ...], batch: int | None, levels: Sequence[float]) -> Inputs:
    """Pairs x, s that begin with each of the `levels` in turn; the last pair has another batch, if that is free."""
    if not len(levels):
        raise InputError(
            "No level was given at which to try the file.", "Give some, for example levels=(0.1, 1.0, 10.0)."
        )
    rng = np.random.default_rng(0)
    sizes = [1] * len(levels) + [2] if batch is None else [batch] * len(levels)
    pairs = []
    for turn, size in enumerate(sizes):
        s = np.resize(np.roll(np.asarray(levels, np.float32), -turn), size)
        x = rng.standard_normal((size, *shape), np.float32) * np.hypot(1, s).reshape(-1, 1, 1, 1)
        pairs.append((x, s))
    return pairs


def evaluated(model: Model, x: np.ndarray, s: np.ndarray) -> np.ndarray:
    """What JAX gives; refused where it could not tell a right file from a wrong one."""
    # Accelerators round the factors of products to fewer digits unless they are told not to.
    with jax.default_matmul_precision("highest"):
        y = np.asarray(_jitted(model, x, s))
    if y.shape[:1] != s.shape or not (np.isfinite(y).all() and (_flat(y).std(1) > 0).all()):
        raise InputError(
            f"The model's output should be finite, differ from cell to cell, and have the batch of its input, {s.size}. "
            f"For s = {s} its shape is {y.shape} and its values go from {y.min():.3g} to {y.max():.3g}.",
            "Train the network first (a new one gives 0), or give `levels` at which it is defined.",
        )
    return y


@eqx.filter_jit
def _jitted(model: Model, x: np.ndarray, s: np.ndarray) -> jax.Array:
    return model(x, s)


def run(runtime: ModuleType, path: Path, inputs: Inputs) -> list[np.ndarray]:
    """What the file gives, one array for each pair of inputs."""
    try:
        session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        return [session.run(["y"], {"x": x, "s": s})[0] for x, s in inputs]
    except Exception as error:  # the runtime's own have no class in common
        raise FileError(
            f"Nothing was written: ONNX Runtime could not run the model ({error}).",
            "Give batch=1, which is easier than any batch; or try other versions of jax2onnx and onnxruntime.",
        ) from error


def largest_error(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> float:
    """max |found - expected| / sd(expected) of the worst sample; infinite for another shape, NaN where there is one."""
    if any(f.shape != e.shape for f, e in zip(found, expected, strict=True)):
        return float("inf")
    errors = [_flat(np.abs(f - e)).max(1) / _flat(e).std(1) for f, e in zip(found, expected, strict=True)]
    return float(np.max(np.concatenate(errors)))


def _flat(y: np.ndarray) -> np.ndarray:
    return y.reshape(len(y), -1)
