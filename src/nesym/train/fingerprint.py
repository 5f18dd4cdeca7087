"""What makes a run the same run: its configuration as strict JSON, compared before a checkpoint is taken up.

Arrays are compared elsewhere, by name, shape and type. Here are the numbers that they do not show: of the run itself,
of the model and the loss (their fields that are no arrays), of the batches, of the optimiser. The optimiser's are read
off the programs of its start and its update, since optax keeps learning rates and schedules inside functions. Programs
and structures are printed differently by other versions of JAX, so they count only between equal versions.
"""

import json
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from importlib.metadata import version
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from nesym._errors import InputError

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def fingerprint(
    model: Any, loss: Callable, batches: Callable, optimiser: optax.GradientTransformation, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """The configuration of a run; `settings` are its own numbers and what the caller adds.

    An object that makes batches may say what defines it as `configuration`, a dict.
    """
    found = {
        "settings": dict(settings),
        "batches": getattr(batches, "configuration", {}),
        "model": _structure(model),
        "loss": _structure(loss),
        "optimiser": _program(optimiser, eqx.filter(model, eqx.is_inexact_array)),
        "versions": {name: version(name) for name in ("jax", "equinox", "optax")},
    }
    try:
        return json.loads(json.dumps(found, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise InputError(
            f"The configuration of a run is kept as strict JSON, which cannot hold all of this ({error}).",
            "Give text, finite numbers, True, False, None, and lists and dicts of them.",
        ) from error


def differences(
    then: Mapping[str, Any], now: Mapping[str, Any], arrays_then: Mapping, arrays_now: Mapping
) -> list[str]:
    """What is not the same in two fingerprints, or in the types and shapes of the arrays of two states, in words."""
    numbers = [
        f"{name} ({_short(then[part].get(name))} then, {_short(now[part].get(name))} now)"
        for part in ("settings", "batches")
        for name in sorted({*then[part], *now[part]})
        if then[part].get(name) != now[part].get(name)
    ]
    arrays = [
        f"the array {name} ({_array(arrays_then.get(name))} then, {_array(arrays_now.get(name))} now)"
        for name in sorted({*arrays_then, *arrays_now})
        if arrays_then.get(name) != arrays_now.get(name)
    ]
    # Where arrays differ, so do the programs on them; and numbers that differ may be why arrays do.
    if arrays or then["versions"] != now["versions"]:
        return numbers or arrays
    words = {"model": "the structure of the model", "loss": "the structure of the loss", "optimiser": "the optimiser"}
    return numbers + [text for part, text in words.items() if then[part] != now[part]]


def _structure(tree: Any) -> str:
    """Digest of classes, static fields, and leaves that are numbers or text."""
    leaves, form = jax.tree_util.tree_flatten_with_path(tree)
    plain = [
        (jax.tree_util.keystr(path), repr(x)) for path, x in leaves if isinstance(x, bool | int | float | complex | str)
    ]
    return _digest(f"{form} {plain}")


def _program(optimiser: optax.GradientTransformation, trained: Any) -> str:
    """Digest of start and update of `optimiser`: every rate, decay and schedule in it is a number in these programs."""
    update = optax.with_extra_args_support(optimiser).update

    def probe(gradient, state, trained):
        return update(gradient, state, trained, value=jnp.float32(0), grad=gradient, value_fn=lambda _: jnp.float32(0))

    shapes = jax.eval_shape(lambda tree: tree, trained)
    state = jax.eval_shape(optimiser.init, shapes)
    programs = [jax.make_jaxpr(optimiser.init)(shapes), jax.make_jaxpr(probe)(shapes, state, shapes)]
    return _digest(
        "".join(str(p.jaxpr) for p in programs), *(np.asarray(x).tobytes() for p in programs for x in p.consts)
    )


def _digest(text: str, *more: bytes) -> str:
    return sha256(b"\0".join((_ADDRESS.sub("", text).encode(), *more))).hexdigest()[:16]


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _array(form: tuple[np.dtype, tuple[int, ...]] | None) -> str:
    return "none" if form is None else f"{form[0]} {form[1]}"
