"""A small noisy run that its tests stop, kill and take up again; to be killed as `small_run.py FOLDER PROGRAMS`."""

import sys
import time

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from nesym.train import Fields, fit

STEPS = 40
FIELDS = np.random.default_rng(0).normal(size=(20, 12, 12)).astype(np.float32)


class Network(eqx.Module):
    """Two layers, float32 whatever the precision of the session."""

    layers: list[jax.Array]
    slope: float

    def __init__(self, width=16, slope=0.1):
        self.slope = slope
        self.layers = [jax.random.normal(jax.random.key(i), (width, width), jnp.float32) / 4 for i in range(2)]

    def __call__(self, x):
        for layer in self.layers:
            x = jax.nn.leaky_relu(x @ layer, self.slope)
        return x


def loss(model, batch, key):
    """Denoising: noise and crops come from the key of each step."""
    x = batch.reshape(len(batch), -1)
    noise = jax.random.normal(key, x.shape, x.dtype)
    return jnp.mean((model(x + 0.5 * noise) - x) ** 2), {"noise": jnp.mean(noise)}


def slowly(batches, seconds):
    """The same batches, each after a pause that leaves time to be killed in."""

    def pausing(step, key):
        time.sleep(seconds)
        return batches(step, key)

    return pausing


def run(folder=None, **how):
    fields = how.pop("batches", None) or Fields(FIELDS, batch=8, crop=4)
    model = how.pop("model", None) or Network()
    how = {"optimiser": optax.adam(1e-2), "steps": STEPS, "key": 5, "every": 5, "log_every": 4, "ema": 0.9} | how
    return fit(model, loss, fields, checkpoint=folder, **how)


if __name__ == "__main__":
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_compilation_cache_dir", sys.argv[2])
    run(sys.argv[1], batches=slowly(Fields(FIELDS, batch=8, crop=4), 0.02))
