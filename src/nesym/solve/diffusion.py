"""Reverse diffusion by Heun's method, deterministic and stochastic.

A denoiser D(x, sigma) estimates the clean field in x = clean + sigma n. The probability-flow equation
dx/dsigma = (x - D(x, sigma)) / sigma carries a noised field back to a clean one (Karras et al. 2022, arXiv 2206.00364).
"""

from collections.abc import Callable
from typing import TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

Denoiser: TypeAlias = Callable[[jax.Array, jax.Array], jax.Array]  # x (..., y, x, channel), sigma () -> clean estimate


def heun(denoise: Denoiser, x: jax.Array, sigmas: np.ndarray) -> jax.Array:
    """Carry `x`, noised at sigmas[0], down the levels `sigmas` (steps + 1,) to sigmas[-1] = 0.

        d = (x - D(x, s)) / s,  x' = x + (s' - s) d,  d' = (x' - D(x', s')) / s',  x <- x + (s' - s) (d + d') / 2

    and Euler's x' in the last step, where s' = 0: 2 steps - 1 calls of the denoiser. Algorithm 1 of Karras et al. 2022.
    """
    return _heun(denoise, x, sigmas, jnp.zeros(len(sigmas) - 1, x.dtype), None, 1.0)


def heun_step(denoise: Denoiser, x: jax.Array, sigma: jax.Array, following: jax.Array) -> jax.Array:
    """One step of `heun` from level `sigma` to `following` > 0; levels () or one for each sample, (batch,)."""
    s, t = (level.reshape(level.shape + (1,) * (x.ndim - level.ndim)) for level in (sigma, following))
    slope = (x - denoise(x, sigma)) / s
    ahead = x + (t - s) * slope
    corrected = (ahead - denoise(ahead, following)) / t
    return x + (t - s) * (slope + corrected) / 2


def stochastic_heun(
    denoise: Denoiser,
    x: jax.Array,
    sigmas: np.ndarray,
    key: jax.Array,
    *,
    churn: float,
    noise: float = 1.0,
    between: tuple[float, float] = (0.0, np.inf),
) -> jax.Array:
    """Heun's method with fresh noise in every step whose level lies `between` two bounds.

        gamma = min(churn / steps, sqrt(2) - 1),  s^ = s (1 + gamma),  x^ = x + sqrt(s^^2 - s^2) noise n,  then Heun from s^

    Algorithm 2 of Karras et al. 2022. Without churn it is `heun`, to the bit.
    """
    levels, steps = np.asarray(sigmas)[:-1], len(sigmas) - 1
    gamma = np.where((levels >= between[0]) & (levels <= between[1]), min(churn / steps, np.sqrt(2) - 1), 0.0)
    return _heun(denoise, x, sigmas, jnp.asarray(gamma, x.dtype), key, noise)


def _heun(denoise: Denoiser, x: jax.Array, sigmas, gammas: jax.Array, key: jax.Array | None, noise: float) -> jax.Array:
    sigmas = jnp.asarray(sigmas, x.dtype)
    numbers = jnp.arange(len(gammas))

    def churned(x, sigma, gamma, number):
        if key is None:
            return x, sigma
        fresh = jax.random.normal(jax.random.fold_in(key, number), x.shape, x.dtype)
        # sqrt(s^2 (1 + gamma)^2 - s^2), written so that rounding cannot make it the root of a negative number.
        added = sigma * jnp.sqrt(gamma * (2 + gamma))
        return x + added * noise * fresh, sigma * (1 + gamma)

    def step(x, level):
        sigma, following, gamma, number = level
        x, sigma = churned(x, sigma, gamma, number)
        return heun_step(denoise, x, sigma, following), None

    x, _ = jax.lax.scan(step, x, (sigmas[:-2], sigmas[1:-1], gammas[:-1], numbers[:-1]))
    # The last step goes to no noise at all: it is Euler's, and it lands on the denoised field.
    x, sigma = churned(x, sigmas[-2], gammas[-1], numbers[-1])
    return denoise(x, sigma)
