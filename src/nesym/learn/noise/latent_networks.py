"""The networks of a latent stochastic differential equation: what sees the data, what moves freely, and their noise."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym.nets._weights import drawn, weights
from nesym.nets.dense import Dense

SHARP = 3.0  # of the first bends of a drift
FLOOR = 1e-2  # of the diffusion, in parts of that of the series: the control is divided by it


class SeriesEncoder(eqx.Module):
    """c_k = W h_k + b with h a gated recurrent unit run from the end of a series to its beginning.

        h_k = (1 - u) * n + u * h_{k+1},  (r, u) = sigmoid(A x_k + B h_{k+1}),  n = tanh(C x_k + r * D h_{k+1})

    so that c_k knows x_k and all that follows. Cho et al. 2014, arXiv 1406.1078.
    """

    given: Dense
    state: Dense
    out: Dense

    @classmethod
    def make(cls, width: int, context: int) -> "SeriesEncoder":
        """Before its weights are drawn."""
        return cls(Dense.make(1, 3 * width), Dense.make(width, 3 * width), Dense.make(width, context))

    def __call__(self, x: jax.Array) -> jax.Array:
        """Contexts (time, batch, context) of series (time, batch)."""
        given = self.given(x[..., None])
        width = given.shape[-1] // 3

        def step(h: jax.Array, given: jax.Array) -> tuple[jax.Array, jax.Array]:
            state = self.state(h)
            gates = jax.nn.sigmoid(given[:, : 2 * width] + state[:, : 2 * width])
            new = jnp.tanh(given[:, 2 * width :] + gates[:, :width] * state[:, 2 * width :])
            h = new + gates[:, width:] * (h - new)
            return h, h

        _, h = jax.lax.scan(step, jnp.zeros((x.shape[1], width), x.dtype), given, reverse=True)
        return self.out(h)


class LatentDrift(eqx.Module):
    """y = C s(B s(A x)), s(x) = log(1 + e^x): affine maps on the last axis."""

    first: Dense
    second: Dense
    last: Dense

    @classmethod
    def make(cls, given: int, width: int, out: int) -> "LatentDrift":
        """Before its weights are drawn."""
        return cls(Dense.make(given, width), Dense.make(width, width), Dense.make(width, out))

    def __call__(self, x: jax.Array) -> jax.Array:
        return self.ahead(self.first(x))

    def ahead(self, hidden: jax.Array) -> jax.Array:
        """From what the first map gives."""
        return self.last(softplus(self.second(softplus(hidden))))


class LatentNoise(eqx.Module):
    """g_i(z_i) = floor + s(a_i sigmoid(v_i . s(w_i z_i + b_i) + c_i) + d_i), s(x) = log(1 + e^x): positive, and bounded.

    Each latent number has a diffusion of its own, of itself alone; arrays are (latent, width) or (latent,).
    """

    weight: jax.Array = weights()
    bias: jax.Array = weights()
    out: jax.Array = weights()
    shift: jax.Array = weights()
    scale: jax.Array = weights()
    level: jax.Array = weights()

    @classmethod
    def make(cls, latent: int, width: int) -> "LatentNoise":
        """Before its weights are drawn: (latent, width) arrays hold their standard deviations."""
        each = np.zeros(latent)
        wide, narrow = np.ones((latent, width)), np.full((latent, width), width**-0.5)
        return cls(wide, wide, narrow, each, each + 1, each - 0.5)

    def __call__(self, z: jax.Array) -> jax.Array:
        """(..., latent) -> (..., latent), per root of the unit of time."""
        inner = jnp.sum(softplus(z[..., None] * self.weight + self.bias) * self.out, -1) + self.shift
        return FLOOR + softplus(self.scale * jax.nn.sigmoid(inner) + self.level)


class LatentNetworks(eqx.Module):
    """`encoder`, `begin` (mean and log of the spread of q(z_0) from c_0), posterior and prior drift, and their noise.

    The posterior drift sees (z, c, x - z_1), x the observation ahead; the prior drift z alone. `first` (2, latent) holds
    mean and log of the spread of p(z_0). The posterior's noise is e^-s(calm) times g. Numbers are in standard deviations of
    the series, and time in the unit in which its quadratic variation is 1.
    """

    encoder: SeriesEncoder
    begin: Dense
    posterior: LatentDrift
    prior: LatentDrift
    noise: LatentNoise
    first: jax.Array = weights()
    calm: jax.Array = weights()

    @classmethod
    def make(cls, latent: int, width: int, context: int, key: int, quiet: float = 0.9) -> "LatentNetworks":
        """New networks with random weights; the posterior's noise begins as `quiet` < 1 of that of the prior."""
        new = cls(
            SeriesEncoder.make(width, context),
            Dense.make(context, 2 * latent),
            LatentDrift.make(latent + context + 1, width, latent),
            LatentDrift.make(latent, width, latent),
            LatentNoise.make(latent, width),
            np.zeros((2, latent)),
            np.full(latent, np.log(np.expm1(-np.log(quiet)))),
        )
        # `first` is a matrix, and stays at zero: its standard deviations are none.
        new = drawn(new, jax.random.key(key))
        return eqx.tree_at(
            lambda n: (n.prior.first, n.posterior.first),
            new,
            (_spread(new.prior.first, latent), _spread(new.posterior.first, latent)),
        )


def _spread(first: Dense, latent: int) -> Dense:
    """The map with its bends over the range of the series: what depends on z alone bends at -2 ... 2, and sharply.

    Without biases all bend at 0, and a drift that turns elsewhere takes thousands of steps to learn.
    """
    own = SHARP * first.matrix[:latent] * jnp.sqrt(first.matrix.shape[0])
    bends = jnp.linspace(-2.0, 2.0, own.shape[1], dtype=own.dtype) * jnp.linalg.norm(own, axis=0)
    return Dense(first.matrix.at[:latent].set(own), bends)


@jax.custom_jvp
def softplus(x: jax.Array) -> jax.Array:
    """log(1 + e^x), whose slope is the logistic function at every x."""
    return jnp.maximum(x, 0) + jnp.log1p(jnp.exp(-jnp.abs(x)))


@softplus.defjvp
def _softplus_slope(x: tuple[jax.Array], along: tuple[jax.Array]) -> tuple[jax.Array, jax.Array]:
    # Written by hand, since a loop that is run backwards would keep all the terms of the sum above.
    return softplus(x[0]), along[0] * jax.nn.sigmoid(x[0])
