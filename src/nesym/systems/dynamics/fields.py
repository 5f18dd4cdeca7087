"""What holding a field to a law does, without training: decay, what is left, orthogonality, drift and cost."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from nesym.constrain import Kept, Manifold, on_field
from nesym.nets.mlp import MLP
from nesym.physics import DoublePendulum, Flow, PendulumChain, PowerGrid, RigidBody, RobotArm, TwoBody
from nesym.solve.ode import integrate
from nesym.verify import Claim

SEEDS = 5
SPAN = 20.0
RATES = (16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0)


class Untrained(eqx.Module):
    """dx/dt = N(x): a random network of 2 hidden layers of 64 numbers with tanh, which knows of no law."""

    network: MLP

    @classmethod
    def of(cls, seed: int, size: int = 4) -> "Untrained":
        key = jax.random.key(seed)
        return cls(MLP.make(size, size, width=64, depth=2, activation="tanh", key=key, dtype=jnp.float64))

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        return self.network(x)


def stacked(seeds: int, key: int) -> Untrained:
    """Untrained fields, along a first axis."""
    fields = [Untrained.of(1000 * key + seed) for seed in range(seeds)]
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *fields)


def states_of(flow: Flow, count: int, key: int) -> jax.Array:
    """First states (count, n)."""
    return jax.vmap(lambda i: flow.start(jax.random.fold_in(jax.random.key(key), i)))(jnp.arange(count))


def decay(key: int) -> Claim:
    """From a start beside the manifold the residual of an exact field falls like exp(-gamma t)."""
    worst, times = 0.0, np.linspace(0.0, 2.0, 11)
    for flow in (TwoBody(), RigidBody()):
        c = flow.constraint

        def left(start, gamma, flow=flow, c=c):
            away = start * 1.02 + 0.01
            held = on_field(flow, c, gamma).keep(c.reference(start))
            found = integrate(held, away, times, tolerance=1e-12, method="dopri8")
            g = jax.vmap(lambda x: jnp.linalg.norm(c.residual(x, c.reference(start))))(found.states)
            return jnp.abs(g / g[0] - jnp.exp(-gamma * times)).max()

        starts = states_of(flow, 2 * SEEDS, key)
        found = jax.jit(jax.vmap(left))(starts, jnp.array([1.0, 5.0] * SEEDS))
        worst = max(worst, float(found.max()))
    text = "stabilised, exact field: largest difference of |g(t)| / |g(0)| from exp(-gamma t), gamma = 1 and 5"
    return Claim("S1a", text, "<= 1e-6", worst, n=4 * SEEDS, required=True)


def what_is_left(key: int) -> Claim:
    """A wrong field, stabilised, settles at a residual in proportion to 1 / gamma."""
    flow, times, rates = TwoBody(), np.linspace(0.0, SPAN, 201), np.log(RATES)
    c = flow.constraint

    def residual(field, start, gamma):
        held = on_field(field, c, gamma).keep(c.reference(start))
        states = integrate(held, start, times, tolerance=1e-9).states[50:]
        return jnp.sqrt(jnp.mean(jax.vmap(lambda x: jnp.sum(c.residual(x, c.reference(start)) ** 2))(states)))

    over = jax.vmap(jax.vmap(residual, (None, None, 0)), (0, 0, None))
    found = jax.jit(over)(stacked(SEEDS, key), states_of(flow, SEEDS, key), jnp.array(RATES))
    slopes = np.polyfit(rates, np.log(np.asarray(found)).T, 1)[0]
    text = "stabilised, random network: slope of log rms g (t > 5) in log gamma, 16 to 1024; mean over networks"
    interval = (float(slopes.min()), float(slopes.max()))
    published = "residual ~ 1/gamma"
    return Claim(
        "S1b", text, "in [-1.05, -0.95]", float(slopes.mean()), published=published, n=SEEDS, interval=interval,
        required=True,
    )  # fmt: skip


def unchanged(key: int) -> Claim:
    """On its manifold a stabilised field is the field itself."""
    worst, count = 0.0, 50
    for flow in (TwoBody(), RigidBody(), RobotArm(), DoublePendulum(), PendulumChain(8)):
        c = flow.constraint

        def change(start, noise, t, flow=flow, c=c):
            ref = c.reference(start, t)
            on = c.try_project(start + 0.02 * noise, ref, t).value
            pulls = [on_field(flow, c, 16.0, mode).keep(ref)(t, on) - flow(t, on) for mode in ("pinv", "transpose")]
            return jnp.max(jnp.abs(jnp.stack(pulls))) / (1 + jnp.linalg.norm(flow(t, on)))

        starts = states_of(flow, count, key)
        noise = jax.random.normal(jax.random.key(key + 1), starts.shape)
        found = jax.jit(jax.vmap(change))(starts, noise, jnp.linspace(0.0, 3.0, count))
        worst = max(worst, float(found.max()))
    text = "stabilised field on its manifold minus the field, relative; 5 systems, both modes"
    return Claim("S1c", text, "<= 1e-12", worst, n=5 * count, required=True)


def orthogonal(key: int) -> list[Claim]:
    """The projection annihilates gradients, is idempotent and symmetric, and has the derivatives it should have."""
    worst = np.zeros(4)
    for flow in (TwoBody(), RobotArm(), PendulumChain(8), PowerGrid()):
        c, count = flow.constraint, 50
        starts = states_of(flow, count, key)
        near, v, w, dx = jax.random.normal(jax.random.key(key + 1), (4, *starts.shape))
        t = jnp.linspace(0.0, 3.0, count)
        found = jax.jit(jax.vmap(lambda *each, c=c: _algebra(c, *each)))(starts + 0.05 * near, v, w, t)
        slopes = _differences(jax.jit(jax.vmap(lambda *each, c=c: _derivatives(c, *each))), starts, v, w, dx, t)
        worst = np.maximum(worst, [*(float(each.max()) for each in found), slopes])
    n = 4 * count
    where = "two-body, robot arm (moving), 8 pendulums (16 constraints), power grid (18)"
    return [
        Claim("P1a", f"|G P v| / (|G| |v|): {where}", "<= 1e-12", float(worst[0]), n=n, required=True),
        Claim("P1b", "|P P v - P v| / |v|", "<= 1e-12", float(worst[1]), n=n, required=True),
        Claim("P1c", "|w.P v - v.P w| / (|v| |w|)", "<= 1e-12", float(worst[2]), n=n, required=True),
        Claim(
            "P1d", "derivatives of P v, forward and reverse, minus differences of order 4, relative", "<= 1e-8",
            float(worst[3]), n=n, required=True,
        ),
    ]  # fmt: skip


def _algebra(c: Manifold, x, v, w, t) -> tuple:
    """Of the projection P itself, the dg/dt of a moving constraint left out."""
    still = Manifold(lambda x, _: c.g(x, t))
    jacobian = jax.jacrev(lambda x: c.g(x, t))(x)
    onto = lambda v: still.try_tangent(x, v).value  # noqa: E731
    pv, pw, size = onto(v), onto(w), jnp.linalg.norm(v)
    return (
        jnp.linalg.norm(jacobian @ pv) / (jnp.linalg.norm(jacobian, 2) * size),
        jnp.linalg.norm(onto(pv) - pv) / size,
        jnp.abs(w @ pv - v @ pw) / (size * jnp.linalg.norm(w)),
    )


def _derivatives(c: Manifold, x, v, w, dx, t) -> tuple:
    """w . P(x) v, its derivative in the direction (dx, w), forward and in reverse."""
    value = lambda x, v: w @ c.try_tangent(x, v, None, t).value  # noqa: E731
    here, forward = jax.jvp(value, (x, v), (dx, w))
    gx, gv = jax.grad(value, (0, 1))(x, v)
    return here, forward, gx @ dx + gv @ w


def _differences(derivatives: Callable, x, v, w, dx, t, step: float = 2e-4) -> float:
    """The largest difference of both derivatives from central differences with Richardson's extrapolation."""
    value = lambda h: derivatives(x + h * dx, v + h * w, w, dx, t)[0]  # noqa: E731
    once, twice = ((value(h) - value(-h)) / (2 * h) for h in (step, 2 * step))
    expected = (4 * once - twice) / 3
    _, forward, reverse = derivatives(x, v, w, dx, t)
    scale = jnp.abs(expected) + jnp.linalg.norm(w, axis=1) * jnp.linalg.norm(v, axis=1)
    return float(jnp.max(jnp.abs(jnp.stack([forward, reverse]) - expected) / scale))


def drift(key: int) -> list[Claim]:
    """An untrained network keeps its law to the tolerance of the solver if it is projected, and not at all if not."""
    flow, times = TwoBody(), np.linspace(0.0, SPAN, 201)
    fields, starts = stacked(SEEDS, key), states_of(flow, SEEDS, key)

    def drifts(held, tolerance):
        def one(field, start):
            field = on_field(field, flow.constraint) if held else field
            states = integrate(field, start, times, tolerance=tolerance).states
            values = jax.vmap(flow.kept_values)(states)
            return jnp.abs(values - values[0]).max()

        return np.asarray(jax.jit(jax.vmap(jax.vmap(one, (None, 0)), (0, None)))(fields, starts))

    free, loose, tight = drifts(False, 1e-6), drifts(True, 1e-6), drifts(True, 1e-10)
    text = "largest drift of angular momentum to T = 20, random networks on the two-body problem,"
    n = SEEDS * SEEDS
    return [
        Claim("P2a", f"{text} projected, tolerance 1e-6", "< 2e-4", float(loose.max()), baseline=float(free.max()),
              n=n, interval=(float(loose.min()), float(loose.max())), required=True),
        Claim("P2b", f"{text} projected, tolerance 1e-10", "< 2e-8", float(tight.max()), baseline=float(free.max()),
              n=n, interval=(float(tight.min()), float(tight.max())), required=True),
        Claim("P2c", f"{text.replace('largest', 'median')} as it is", "> 1", float(np.median(free)), n=n,
              interval=(float(free.min()), float(free.max())), required=True),
    ]  # fmt: skip


def linear(key: int) -> Claim:
    """Linear constraints are kept to rounding by every Runge-Kutta scheme, however long its steps."""
    matrix = jax.random.normal(jax.random.key(key), (2, 6))
    c, times, worst = Manifold(lambda x, t: matrix @ x), np.linspace(0.0, SPAN, 41), 0.0
    start = jax.random.normal(jax.random.key(key + 1), (6,))
    held = on_field(Untrained.of(key, 6), c)
    for method in ("rk4", "tsit5", "dopri5", "dopri8"):
        states = jax.jit(lambda x, m=method: integrate(held, x, times, step=0.25, method=m).states)(start)
        off = jnp.linalg.norm((states - start) @ matrix.T, axis=1) / jnp.linalg.norm(states, axis=1)
        worst = max(worst, float(off.max()))
    text = "2 linear constraints, random network, steps of 0.25 to T = 20 of 4 Runge-Kutta schemes: |A (x - x0)| / |x|"
    return Claim("P2d", text, "<= 1e-13", worst, n=4 * len(times), required=True)


def cost(fields: Any, what: str, key: int, id: str = "P3", required: bool = True) -> list[Claim]:
    """Evaluations of a field as it is, projected, and stabilised at a high rate; `fields` are stacked along an axis."""
    flow, times = TwoBody(), np.linspace(0.0, SPAN, 41)
    c, starts = flow.constraint, states_of(flow, SEEDS, key)

    def calls(place):
        def one(field, start):
            held = {"as it is": field, "projected": on_field(field, c), "stabilised": on_field(field, c, 256.0)}[place]
            return integrate(held, start, times, Kept(c.reference(start)), tolerance=1e-6).calls

        return np.asarray(jax.jit(jax.vmap(jax.vmap(one, (None, 0)), (0, None)))(fields, starts), float)

    free, projected, stabilised = (calls(place) for place in ("as it is", "projected", "stabilised"))
    claims = []
    for end, name, asked, each, published in (
        ("a", "projected", "in [0.7, 1.5]", projected, 0.99), ("b", "stabilised, gamma = 256", "> 4", stabilised, 8.3)
    ):  # fmt: skip
        ratios = each / free
        text = f"calls of the field to T = 20, {name} / as it is, tolerance 1e-6; {what}"
        claims.append(
            Claim(id + end, text, asked, float(np.mean(each) / np.mean(free)), baseline=f"{free.mean():.0f} calls as it is",
                  published=published, n=ratios.size, interval=(float(ratios.min()), float(ratios.max())), required=required)
        )  # fmt: skip
    return claims
