"""What a latent stochastic differential equation is trained on: to follow the data freely, with noise enough."""

import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.learn.noise.latent_networks import LatentNetworks, softplus

BLUR = 2  # number of its key: a split takes 0 and 1, and noise that is that of the paths would teach another drift
MOST = 5.0  # of the multiplier: no error of the noise may push it further


class Followed(eqx.Module):
    """Paths `z` (time, batch, latent), their drift `f` and noise `g` before each step, and q(z_0) as (mean, log spread)."""

    z: jax.Array
    f: jax.Array
    g: jax.Array
    begin: tuple[jax.Array, jax.Array]


def follow(networks: LatentNetworks, x: jax.Array, step: jax.Array, key: jax.Array) -> Followed:
    """z_{k+1} = z_k + f(z_k, c_{k+1}, x_{k+1} - z_k) d + q g(z_k) sqrt(d) xi along series x (time, batch) of step d."""
    context = networks.encoder(x)
    latent = networks.first.shape[-1]
    mean, log_spread = jnp.split(networks.begin(context[0]), [latent], -1)
    first_key, key = jax.random.split(key)
    z = mean + jnp.exp(log_spread) * jax.random.normal(first_key, mean.shape, x.dtype)
    first = networks.posterior.first
    # All that does not depend on z is one wide product before the loop.
    told = jnp.concatenate([context[1:], x[1:, :, None]], -1) @ first.matrix[latent:] + first.bias
    by_state = first.matrix[:latent].at[0].add(-first.matrix[-1])
    quiet = jnp.exp(-softplus(networks.calm))
    xi = jnp.sqrt(step) * quiet * jax.random.normal(key, (x.shape[0] - 1, *z.shape), x.dtype)

    def ahead(z: jax.Array, given: tuple[jax.Array, jax.Array]):
        told, xi = given
        f, g = networks.posterior.ahead(told + z @ by_state), networks.noise(z)
        return z + f * step + g * xi, (z, f, g)

    last, (z, f, g) = jax.lax.scan(ahead, z, (told, xi))
    return Followed(jnp.concatenate([z, last[None]]), f, g, (mean, log_spread))


class Evidence(eqx.Module):
    """L = -L_E + L_KL - lambda L_G of a batch of series x (batch, time) of step d, in parts of their span.

        L_E = -sum (x - z_1)^2 d / (2 r),    L_KL = KL(q(z_0) | p(z_0)) + `path_divergence`,    L_G = sum g_1 d

    on paths z of the posterior: the evidence bound of a chain of steps (Li et al. 2020, arXiv 2001.01328). r is the intensity
    of the white noise that stands between z and x, published as beta s^2 with L_E = d sum log N(x; z, s^2) and a weight beta
    of L_KL. The series are shown with new errors of standard deviation `blur` each time. The weights of L_KL and L_G rise from
    0 over `ramp` steps.

    lambda = l / sqrt(r). `weight` is l, or None for the l that makes the rate of the quadratic variation 1: after each step

        l <- l + gain (1 - <g_1^2>) within [-5, 5],    used: l + push (1 - <g_1^2>)

    a method of multipliers (Platt and Barr 1987) for the condition <g_1^2> = 1, which the units of x and t make that of the
    data. Too much noise lowers l as too little raises it, so it cannot run away, though the penalty has no lower bound. l
    comes to rest near 0 if the series have the errors that r says, and at 1/4 if they have none and steps are small.
    """

    step: jax.Array
    intensity: jax.Array
    blur: jax.Array
    weight: float | None = eqx.field(static=True)
    ramp: int = eqx.field(static=True)
    gain: float = eqx.field(static=True)
    push: float = eqx.field(static=True)

    def __call__(self, networks: LatentNetworks, x: jax.Array, key: jax.Array, carry: tuple[jax.Array, jax.Array]):
        multiplier, number = carry
        x = x.T + self.blur * jax.random.normal(jax.random.fold_in(key, BLUR), x.T.shape, x.dtype)
        path = follow(networks, x, self.step, key)
        span = self.step * (x.shape[0] - 1)
        apart = jnp.mean(jnp.sum((x - path.z[..., 0]) ** 2, 0)) * self.step / (2 * self.intensity * span)
        pushed = path_divergence(path.f, networks.prior(path.z[:-1]), path.g, softplus(networks.calm), self.step)
        divergence = (pushed + _divergence(path.begin, networks.first)) / span
        noise = path.g[..., 0]
        missing = 1 - jax.lax.stop_gradient(jnp.mean(noise**2))
        used = multiplier + self.push * missing if self.weight is None else jnp.float32(self.weight)
        ramp = jnp.minimum(1, (number + 1) / self.ramp)
        loss = apart + ramp * (divergence - used / jnp.sqrt(self.intensity) * jnp.mean(noise))
        told = {"apart": apart, "divergence": divergence, "noise": jnp.sqrt(1 - missing), "multiplier": used}
        multiplier = jnp.clip(multiplier + self.gain * missing, -MOST, MOST)
        return loss, told, (multiplier, number + 1)


def path_divergence(f: jax.Array, h: jax.Array, g: jax.Array, calm: jax.Array, step: jax.Array) -> jax.Array:
    """KL of chains with drift f and noise q g from chains with drift h and noise g, q = exp(-calm), mean over the batch:

        sum_k |(f - h) / g|^2 d / 2 + sum_i (q_i^2 - 1) / 2 - log q_i

    f, h, g (steps, batch, latent) on paths of the former, calm (latent,), d the step. As d goes to 0, q must go to 1, and
    the first part is that of Girsanov. With q = 1 at steps of some length a path cannot come as near to the data as it
    should, and drift and noise are taken for others.
    """
    pushed = jnp.mean(jnp.sum(((f - h) / g) ** 2, (0, 2))) * step / 2
    return pushed + f.shape[0] * jnp.sum(calm + jnp.expm1(-2 * calm) / 2)


def _divergence(begin: tuple[jax.Array, jax.Array], first: jax.Array) -> jax.Array:
    """KL(N(m, s^2) | N(m_0, s_0^2)), summed over the latent numbers, mean over the batch."""
    (mean, log_spread), (mean_0, log_0) = begin, first
    square = jnp.exp(2 * (log_spread - log_0)) + ((mean - mean_0) * jnp.exp(-log_0)) ** 2
    return jnp.mean(jnp.sum(log_0 - log_spread + (square - 1) / 2, -1))
