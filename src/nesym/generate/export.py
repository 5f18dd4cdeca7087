"""Networks as ONNX files: what they compute, without JAX and without Python."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path as FilePath
from types import ModuleType

import jax
import numpy as np
from jax.export import symbolic_shape
from jax.extend.core import jaxpr_as_fun

from nesym._atomic import replacing
from nesym._errors import FileError, InputError, NesymError
from nesym._typing import Path
from nesym.generate._onnx_trial import Model, evaluated, largest_error, run, trial_inputs
from nesym.nets import UNet

OPSET = 20  # runtimes have read it since early 2024, and nothing newer is needed
LEVELS = (0.01, 0.1, 1.0, 10.0, 80.0)


def export_onnx(
    model: Model,
    path: Path,
    *,
    shape: tuple[int, int, int],
    batch: int | None = None,
    levels: Sequence[float] | None = None,
    tolerance: float = 1e-4,
) -> float:
    """Write y = model(x, s) as the ONNX file `path` if the file gives what JAX gives; returns how far it is off:

        error = max |y_onnx - y_jax| / sd(y_jax),  the largest of all samples

    `model` is an `EDM`, a `ConsistencyModel`, a bare `UNet`, or any function of x (batch, y, x, channels) and s (batch,),
    float32; what a network is told beside its field may be further channels of x. `shape` is (y, x, channels): the grid
    is fixed in the file. The batch may have any size, or just the size `batch`, which is a little faster. The file calls
    its inputs x and s and its output y; the weights are in it.

    Before it appears under its name, ONNX Runtime runs the file with x ~ N(0, 1 + s^2) for every s of `levels` (default:
    0.01 to 80; for a `UNet` ln(s) / 4 of these) and, unless `batch` is fixed, for batches of two sizes.

    Needs jax2onnx and onnxruntime: `pip install "nesym[onnx]"`. Raises `FileError` without them, for a file that cannot
    be written, and if the error exceeds `tolerance`; the old file then stays. Raises `InputError` for a model that cannot
    be expressed in ONNX, and for one with a uniform output, which would prove nothing.
    """
    target = FilePath(path).expanduser()
    converter, runtime = _packages()
    _check_request(target, shape, batch)
    if levels is None:
        levels = np.log(LEVELS) / 4 if isinstance(model, UNet) else LEVELS
    inputs = trial_inputs(shape, batch, levels)
    expected = [evaluated(model, x, s) for x, s in inputs]
    content = _converted(converter, model, shape, batch)
    try:
        with replacing(target) as temporary:
            temporary.write_bytes(content)
            error = largest_error(run(runtime, temporary, inputs), expected)
            if not error <= tolerance:
                raise _unfaithful(target, error, tolerance)
    except OSError as failure:
        if isinstance(failure, NesymError):
            raise
        raise FileError(
            f"{target} cannot be written: {failure.strerror or failure}.", "Choose a folder that is there and writable."
        ) from failure
    return error


def _packages() -> tuple[ModuleType, ModuleType]:
    try:
        import jax2onnx
        import onnxruntime
    except ImportError as error:
        raise FileError(
            f"ONNX files are written with the packages jax2onnx and onnxruntime, which cannot be imported ({error}).",
            'Install them: pip install "nesym[onnx]".',
        ) from error
    return jax2onnx, onnxruntime


def _check_request(target: FilePath, shape: tuple[int, ...], batch: int | None) -> None:
    if not target.parent.is_dir():
        raise FileError(f"There is no folder {target.parent}.", f"Make it: mkdir -p {target.parent}.")
    sizes = (*shape, 1 if batch is None else batch)
    if len(sizes) != 4 or any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in sizes):
        raise InputError(
            f"A shape (y, x, channels) and a batch, whole numbers from 1, were expected; {shape} and {batch} came.",
            "Give for example shape=(128, 128, 1), and batch=None for batches of any size.",
        )


def _converted(converter: ModuleType, model: Model, shape: tuple[int, ...], batch: int | None) -> bytes:
    """The content of the file, not yet tried."""
    try:
        with _quiet(), jax.enable_x64(False):
            (size,) = symbolic_shape("batch") if batch is None else (batch,)
            inputs = [jax.ShapeDtypeStruct(n, np.float32) for n in ((size, *shape), (size,))]
            # Traced here, since the converter puts functions of its own in the place of JAX's while it traces.
            function = jaxpr_as_fun(jax.make_jaxpr(lambda x, s: model(x, s))(*inputs))
            graph = converter.to_onnx(
                lambda x, s: function(x, s)[0],
                inputs,
                model_name="nesym",
                opset=OPSET,
                input_names=["x", "s"],
                output_names=["y"],
            )
        return graph.SerializeToString()
    except Exception as error:  # whatever a model makes the converter trip over
        raise InputError(
            f"The model could not be expressed in ONNX ({type(error).__name__}: {error}).",
            "Give batch=1, which is easier than any batch; or write the model with other functions of JAX.",
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the converter's warnings about shapes that are known only when the file is run."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _unfaithful(target: FilePath, error: float, tolerance: float) -> FileError:
    return FileError(
        f"{target} was not written: its result would be off from that of JAX by {error:.2g} standard deviations, and "
        f"{tolerance:.2g} are allowed.",
        "Give a larger `tolerance` if the difference does not matter; else try other versions of jax2onnx and onnxruntime.",
    )
