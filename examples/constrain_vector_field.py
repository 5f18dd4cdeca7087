"""An untrained network that keeps energy and angular momentum.

    python examples/constrain_vector_field.py

Two bodies, and a network that adds a force of its own to their attraction. Three ways to solve it: free, projected
(the invariants hold to the tolerance of the solver), and stabilised (states are drawn back at a rate gamma).
"""

import diffrax
import equinox as eqx
import jax
import jax.numpy as jnp

from nesym.constrain import Manifold, on_field

jax.config.update("jax_enable_x64", True)  # invariants to 1e-10 need double precision

START = jnp.array([0.4, 0.0, 0.0, 2.0])  # q1, q2, p1, p2: an ellipse of eccentricity 0.6
END = 20.0  # a little more than three orbits


def invariants(u, t):
    """Energy and angular momentum."""
    q, p = u[:2], u[2:]
    return jnp.stack([p @ p / 2 - 1 / jnp.sqrt(q @ q), q[0] * p[1] - q[1] * p[0]])


class Field(eqx.Module):
    """dq/dt = p, dp/dt = -q / |q|^3 + a force that a network makes up."""

    force: eqx.nn.MLP

    def __call__(self, t, u, args):
        q, p = u[:2], u[2:]
        return jnp.concatenate([p, -q / (q @ q) ** 1.5 + 0.1 * self.force(u)])


@eqx.filter_jit
def drift(field) -> jax.Array:
    """How far energy and angular momentum are, at worst, from where they started: (2,)."""
    path = diffrax.diffeqsolve(
        diffrax.ODETerm(field),
        diffrax.Tsit5(),
        t0=0.0,
        t1=END,
        dt0=None,
        y0=START,
        saveat=diffrax.SaveAt(ts=jnp.linspace(0.0, END, 201)),
        stepsize_controller=diffrax.PIDController(rtol=1e-10, atol=1e-10),
        max_steps=100_000,
    ).ys
    values = jax.vmap(invariants, (0, None))(path, 0.0)
    return jnp.abs(values - values[0]).max(0)


def main() -> None:
    """Print the drift of all three."""
    free = Field(eqx.nn.MLP(4, 2, 32, 2, jnp.tanh, key=jax.random.key(0)))
    kept = Manifold(invariants)
    fields = {
        "free": free,
        "projected": on_field(free, kept),
        # A stabilised field needs to know what to come back to: here, what the start has.
        "stabilised, gamma = 8": on_field(free, kept, gamma=8.0).at(START),
    }
    drifts = {name: drift(field) for name, field in fields.items()}
    print(f"{'':24}{'energy':>10}{'angular momentum':>20}")
    for name, (energy, momentum) in drifts.items():
        print(f"{name:24}{float(energy):10.1e}{float(momentum):20.1e}")
    assert drifts["projected"].max() < 1e-8 < drifts["stabilised, gamma = 8"].max() < drifts["free"].max()


if __name__ == "__main__":
    main()
