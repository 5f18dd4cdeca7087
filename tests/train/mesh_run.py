"""The small run on one device and over a mesh of two; prints how far apart they end, as JSON."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import optax
from small_run import FIELDS, Network, loss, run

from nesym._errors import InputError
from nesym.train import Fields, fit


def refused(**how):
    try:
        run(steps=1, **how)
    except InputError as error:
        return error.remedy


mesh = jax.make_mesh((2,), ("batch",))
one, two = run(), run(mesh=mesh)
seen = []


def watched(model, batch, key):
    jax.debug.inspect_array_sharding(batch["x"], callback=lambda sharding: seen.append(sharding.shard_shape((8, 4, 4))))
    value, parts = loss(model, batch["x"], key)
    return value * batch["scale"], parts


fields = Fields(FIELDS, batch=8, crop=4)
fit(
    Network(), watched, lambda step, key: {"x": fields(step, key), "scale": np.float32(2)},
    optimiser=optax.adam(1e-2), steps=1, key=0, mesh=mesh,
)  # fmt: skip
apart = jax.tree.map(lambda a, b: float(jnp.abs(a - b).max() / jnp.abs(a).max()), one.model.layers, two.model.layers)
moved = jax.tree.map(lambda a, b: float(jnp.abs(a - b).max() / jnp.abs(a).max()), one.model.layers, Network().layers)
print(
    json.dumps(
        {
            "apart": max(apart),
            "moved": min(moved),
            "losses": [abs(a["loss"] / b["loss"] - 1) for a, b in zip(one.log, two.log, strict=True)],
            "shares": seen,
            "devices_after": len(two.model.layers[0].devices()),
            "uneven": refused(mesh=mesh, batches=Fields(FIELDS, batch=7, crop=4)),
            "axes": refused(mesh=jax.make_mesh((2,), ("devices",))),
        }
    )
)
