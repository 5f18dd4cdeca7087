"""Consistency models: one call from any noise level to the clean field, learned from a teacher or from data."""

import math
from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym.generate.edm import EDM, network_call
from nesym.solve.consistency import SIGMA_MIN
from nesym.solve.diffusion import heun_step
from nesym.solve.schedules import karras


class ConsistencyModel(eqx.Module):
    """f(x, s) = m + cskip (x - m) + cout F(cin (x - m), cnoise),  e = 0.002, S = `sigma_data`, m = `mean`:

        cskip = S^2 / ((s - e)^2 + S^2),  cout = S (s - e) / sqrt(s^2 + S^2),  cin = 1 / sqrt(s^2 + S^2),  cnoise = ln(s) / 4

    so that f(x, e) = x exactly. Song et al. 2023, appendix C (arXiv 2303.01469). Shapes, S and m as in `EDM`.
    """

    network: Callable
    sigma_data: float | jax.Array
    mean: float | jax.Array = 0.0

    def __call__(self, x: jax.Array, sigma: jax.Array) -> jax.Array:
        s, total, found = network_call(self.network, x - self.mean, sigma, self.sigma_data)
        above = s - SIGMA_MIN
        skip, out = self.sigma_data**2 / (above**2 + self.sigma_data**2), self.sigma_data * above / jnp.sqrt(total)
        return skip * x + (1 - skip) * self.mean + out * found


def pseudo_huber(difference: jax.Array, c: float) -> jax.Array:
    """sqrt(|d|^2 + c^2) - c over each sample: (batch, ...) -> (batch,)."""
    square = (difference**2).reshape(difference.shape[0], -1).sum(-1)
    return jnp.sqrt(square + c**2) - c


def _pair(levels: np.ndarray, key: jax.Array, n: int) -> tuple[jax.Array, jax.Array]:
    """Neighbouring levels (n,), (n,), the higher first, drawn evenly from a descending schedule without its zero."""
    start = jax.random.randint(key, (n,), 0, len(levels) - 1)
    table = jnp.asarray(levels, jnp.float32)
    return table[start], table[start + 1]


def consistency_distillation(
    student: ConsistencyModel,
    target: ConsistencyModel,
    teacher: EDM,
    clean: jax.Array,
    key: jax.Array,
    levels: np.ndarray,
) -> tuple[jax.Array, dict]:
    """E d(f(x_s, s), f_target(x_t, t)),  x_s = clean + s n,  x_t one Heun step of the teacher from level s to t < s.

    d is pseudo-Huber with c = 0.00054 sqrt(size), over sqrt(size) (Song and Dhariwal 2023, arXiv 2310.14189); the target,
    the student itself or an average of past ones, gets no gradient. `levels` descends from the largest noise to `SIGMA_MIN`.
    """
    key_level, key_noise = jax.random.split(key)
    high, low = _pair(levels, key_level, clean.shape[0])
    noised = clean + high[:, None, None, None] * jax.random.normal(key_noise, clean.shape, clean.dtype)
    ahead = jax.lax.stop_gradient(heun_step(teacher, noised, high, low))
    goal = jax.lax.stop_gradient(target(ahead, low))
    return _loss(student(noised, high), goal, clean), {}


def consistency_training(
    student: ConsistencyModel, clean: jax.Array, key: jax.Array, levels: np.ndarray
) -> tuple[jax.Array, dict]:
    """E d(f(x + s n, s), stop f(x + t n, t)) / (s - t), the same noise n at neighbouring levels s > t: no teacher needed.

    Improved consistency training: no average of past students, weights 1 / (s - t) (arXiv 2310.14189).
    """
    key_level, key_noise = jax.random.split(key)
    high, low = _pair(levels, key_level, clean.shape[0])
    s, t = high[:, None, None, None], low[:, None, None, None]
    noise = jax.random.normal(key_noise, clean.shape, clean.dtype)
    goal = jax.lax.stop_gradient(student(clean + t * noise, low))
    return _loss(student(clean + s * noise, high), goal, clean, 1 / (high - low)), {}


def _loss(found: jax.Array, goal: jax.Array, clean: jax.Array, weight: jax.Array | float = 1.0) -> jax.Array:
    root = math.sqrt(clean.size // clean.shape[0])  # a plain number, which takes part in any precision
    return (weight * pseudo_huber(found - goal, 0.00054 * root)).mean() / root


def consistency_levels(steps: int, sigma_max: float) -> np.ndarray:
    """Descending levels between which a consistency model is made consistent: (steps,), the last is `SIGMA_MIN`."""
    return karras(steps, SIGMA_MIN, sigma_max)[:-1]
