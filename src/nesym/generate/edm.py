"""The EDM denoiser: a network whose inputs and targets have unit variance at every noise level, and its loss."""

from collections.abc import Callable

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np


def sigma_data(fields: np.ndarray) -> float:
    """Standard deviation of transformed fields about zero mean, measured over all of them."""
    return float(np.asarray(fields, np.float64).std())


class EDM(eqx.Module):
    """D(x; s) = m + cskip (x - m) + cout F(cin (x - m), cnoise),  F the network, S = `sigma_data`, m = `mean`:

        cskip = S^2 / (s^2 + S^2),  cout = s S / sqrt(s^2 + S^2),  cin = 1 / sqrt(s^2 + S^2),  cnoise = ln(s) / 4

    Karras et al. 2022, table 1 (arXiv 2206.00364). x (batch, y, x, channel); s () or (batch,). The network is called as
    network(x, cnoise (batch,)). S and m are those of all data, or, where something is known of a field, what that lets
    expect of it: arrays that x can be broadcast with.
    """

    network: Callable
    sigma_data: float | jax.Array
    mean: float | jax.Array = 0.0

    def __call__(self, x: jax.Array, sigma: jax.Array) -> jax.Array:
        s, total, found = network_call(self.network, x - self.mean, sigma, self.sigma_data)
        skip, out = self.sigma_data**2 / total, s * self.sigma_data / jnp.sqrt(total)
        return skip * x + (1 - skip) * self.mean + out * found


def network_call(
    network: Callable, x: jax.Array, sigma: jax.Array, sigma_data: float | jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """What denoisers of any skip and output scale share: s (batch, 1, 1, 1), s^2 + S^2, and F(cin x, cnoise) of `EDM`."""
    s = jnp.broadcast_to(jnp.asarray(sigma, x.dtype), x.shape[:1])
    wide = s[:, None, None, None]
    total = wide**2 + sigma_data**2
    return wide, total, network(1 / jnp.sqrt(total) * x, jnp.log(s) / 4)


class NoiseLevels(eqx.Module):
    """Levels that training draws: ln s ~ N(`mean`, `sd`^2). The published choice for images in [-1, 1] is (-1.2, 1.2)."""

    mean: float = -1.2
    sd: float = 1.2

    def draw(self, key: jax.Array, n: int) -> jax.Array:
        """(n,) levels; evenly spread quantiles with one random shift, so that every batch sees all of them."""
        quantile = (jnp.arange(n, dtype=jnp.float32) + jax.random.uniform(key, (), jnp.float32)) / n
        return jnp.exp(self.mean + self.sd * jax.scipy.stats.norm.ppf(jnp.clip(quantile, 1e-4, 1 - 1e-4)))


def denoising_loss(model: EDM, clean: jax.Array, key: jax.Array, levels: NoiseLevels) -> tuple[jax.Array, dict]:
    """E w(s) |D(x + s n; s) - x|^2,  w = (s^2 + S^2) / (s S)^2: the network's own error has weight one at every level.

    `clean` (batch, y, x, channel). Karras et al. 2022, eq. 2 and table 1.
    """
    key_levels, key_noise = jax.random.split(key)
    s = levels.draw(key_levels, clean.shape[0])
    wide = s[:, None, None, None].astype(clean.dtype)
    noised = clean + wide * jax.random.normal(key_noise, clean.shape, clean.dtype)
    weight = (wide**2 + model.sigma_data**2) / (wide * model.sigma_data) ** 2
    loss = (weight * (model(noised, s.astype(clean.dtype)) - clean) ** 2).mean()
    return loss, {}
