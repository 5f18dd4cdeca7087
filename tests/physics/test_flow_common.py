"""What holds for every process model: invariants, derivatives, sizes, types, starts."""

from functools import cache

import jax
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from nesym._errors import InputError
from nesym.physics.converter import Converter
from nesym.physics.double_pendulum import DoublePendulum
from nesym.physics.fput import FPUT
from nesym.physics.lotka_volterra import LotkaVolterra
from nesym.physics.pendulum_chain import PendulumChain
from nesym.physics.power_grid import PowerGrid
from nesym.physics.quartic_potential import QuarticPotential
from nesym.physics.rigid_body import RigidBody
from nesym.physics.robot_arm import RobotArm
from nesym.physics.two_body import TwoBody

# With each model the number of its coordinates, of its constraints, and of what a network is shown.
FLOWS = {
    TwoBody(): (4, 1, 4),
    RigidBody(): (3, 1, 3),
    Converter(): (3, 1, 4),
    RobotArm(): (3, 2, 8),
    DoublePendulum(): (4, 1, 6),
    QuarticPotential(): (4, 1, 4),
    LotkaVolterra(): (2, 1, 2),
    PendulumChain(links=4): (16, 8, 16),
    FPUT(): (64, 1, 64),
    PowerGrid(): (32, 18, 32),
}
flows = pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: type(flow).__name__)


KEYS, TIME, STEP = jax.random.split(jax.random.key(11), 8), 0.7, 1e-5


@cache
def starts(flow):
    """Eight first states."""
    return np.asarray(jax.jit(jax.vmap(flow.start))(KEYS))


def moved(flow, seed):
    """A state that the constraints allow and that moves: published starts may be at rest."""
    x, noise = starts(flow)[seed], np.random.default_rng(seed).uniform(-1, 1, (2, len(flow.names)))
    if isinstance(flow, PendulumChain):
        return np.asarray(jax.jit(flow.from_angles)(2 * noise[0, : 2 * flow.links]))
    return x if flow.kept == "zero" else x * (1 + 0.2 * noise[0])


@cache
def observer(flow):
    """What a flow says of a state, as one compiled program."""

    def at(t, x, way, weight):
        f = flow(t, x)
        kept, rate = jax.jvp(flow.kept_values, (x, t), (f, 1.0))
        reverse = jax.grad(lambda x: weight @ flow(t, x))(x)
        return {"f": f, "kept": kept, "rate": rate, "slope": reverse @ way}

    return jax.jit(at)


def observed(flow, x, t=TIME):
    """f, what is kept, its rate of change, and the slope of the sum of f as all numbers grow."""
    ones = np.ones_like(x)
    return {name: np.asarray(value) for name, value in observer(flow)(np.float64(t), x, ones, ones).items()}


@flows
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sizes_and_types(flow, dtype):
    n, m, shown = FLOWS[flow]
    assert len(set(flow.names)) == n and all(name.isidentifier() for name in flow.names)
    x = jax.ShapeDtypeStruct((n,), dtype)
    for call, size in ((flow, n), (flow.inputs, shown), (lambda t, x: flow.kept_values(x, t), m)):
        result = jax.eval_shape(call, 0.3, x)
        assert (result.shape, result.dtype) == ((size,), dtype)
    assert jax.eval_shape(flow.start, jax.random.key(0)).shape == (n,)


@flows
@pytest.mark.parametrize("seed", range(4))
def test_velocities_stay_on_the_constraint(flow, seed):
    now = observed(flow, moved(flow, seed), TIME + seed)
    assert np.abs(now["rate"]).max() < 1e-12
    assert np.abs(now["f"]).max() > 0.05


@flows
def test_derivatives(flow):
    x = moved(flow, 1)
    after, before = (observed(flow, x + sign * STEP)["f"].sum() for sign in (1, -1))
    np.testing.assert_allclose(observed(flow, x)["slope"], (after - before) / (2 * STEP), rtol=1e-6, atol=1e-5)


@flows
def test_starts_come_from_the_key_and_lie_on_the_set(flow):
    assert len(np.unique(starts(flow), axis=0)) == len(KEYS)
    values = np.stack([observed(flow, x, 0.0)["kept"] for x in starts(flow)])
    assert np.isfinite(values).all()
    if flow.kept == "zero":
        assert np.abs(values).max() < 1e-13


@flows
def test_solutions_keep_their_invariants(flow):
    x, ends = moved(flow, 2), [TIME, TIME + 1.2]
    end = solve_ivp(lambda t, x: observed(flow, x, t)["f"], ends, x, "DOP853", rtol=1e-10, atol=1e-11).y[:, -1]
    assert np.abs(end - x).max() > 1e-2
    kept, first = observed(flow, end, ends[1])["kept"], observed(flow, x, ends[0])["kept"]
    np.testing.assert_allclose(kept, first, atol=1e-8, rtol=1e-8)


@flows
def test_states_of_another_size_are_refused(flow):
    n, *_ = FLOWS[flow]
    for call in (lambda x: flow(0.0, x), flow.kept_values):
        for wrong in ((n + 1,), (n - 1,), (1, n)):
            with pytest.raises(InputError) as caught:
                jax.eval_shape(call, jax.ShapeDtypeStruct(wrong, float))
            assert "jax.vmap" in caught.value.remedy and str(n) in caught.value.problem
