"""Sampling with a consistency model: one call from noise to a clean field, or a few that refine it."""

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np

from nesym.solve.diffusion import Denoiser

SIGMA_MIN = 0.002  # where a consistency model is the identity


def consistency_sample(
    f: Denoiser,
    x: jax.Array,
    sigma: float | jax.Array,
    *,
    refine: Sequence[float] = (),
    fresh: Callable[[int], jax.Array] | None = None,
) -> jax.Array:
    """x0 = f(x, sigma), then for every level t of `refine`, in descending order: x0 = f(x0 + sqrt(t^2 - e^2) n, t).

    `x` is a field noised at `sigma`; e = `SIGMA_MIN`. Algorithm 1 of Song et al. 2023 (arXiv 2303.01469), with the time
    of each level as it is. n is `fresh(number)`, standard normal noise in the shape of x, another for every level.
    """
    clean = f(x, jnp.asarray(sigma, x.dtype))
    for number, level in enumerate(refine):
        noised = clean + np.sqrt(level**2 - SIGMA_MIN**2).astype(x.dtype) * fresh(number)
        clean = f(noised, jnp.asarray(level, x.dtype))
    return clean
