"""A power grid: machines that swing against each other, and loads that draw a constant power."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from nesym.physics._flow import Flow
from nesym.physics._ieee14 import ACTIVE, BUSES, LOADS, MACHINES, REACTIVE, admittance, operating_point

NEWTON_STEPS = 6
ANGLES, SPEEDS = 0.1, 1.0  # rad and rad/s: how far starts are from the operating point
M, L = np.array(MACHINES), np.array(LOADS)
LOAD_PARTS = np.concatenate([L, BUSES + L])


class PowerGrid(Flow):
    """The IEEE 14-bus network, x = (e, f, omega): voltages V_k = e_k + j f_k of all buses, speeds of four machines.

        S_k = V_k conj((Y V)_k) = p_k + j q_k        power that enters the network, per unit of 100 MVA
        bus 1 (slack):           V' = 0
        buses 2, 3, 6, 8:        V' = j omega V,    2 H omega' / Omega = P - p - D omega / Omega,    Omega = 2 pi 60 Hz
        buses 4, 5, 7, 9 to 14:  S' = -(S - S0) / tau

    Machines hold the size of their voltage and swing with the speed omega (rad/s) beyond that of the slack; P is their
    power at the operating point, and the damping D is in power per relative speed. Where it is published in power per
    rad/s, as by PowerDynamics.jl, `damping` is Omega times that, and the grid creeps back instead of swinging. Loads are
    of first order: their voltages are states, with the V' that solves the last line, a linear system in which the
    machines' V' stand on the right. What a load draws beyond its demand S0 decays within tau seconds, so that a
    solution that starts with S = S0 keeps the 18 constraints p = P0, q = Q0 of the nine loads, as it would with
    algebraic loads; off them it returns.

    28 numbers are voltages, 4 are speeds, without which the voltages would not determine their own future. Starts turn
    the machines by U[-0.1, 0.1] rad from the operating point, with speeds U[-1, 1] rad/s, and the loads' voltages are
    solved for S = S0. Small oscillations have 1.4 to 5.4 Hz and halve in 7 s: samples should be 0.05 s apart or less.
    Network: Power Systems Test Case Archive, University of Washington. Swing equation: Kundur 1994, Power System
    Stability and Control, with H = 5 s, D = 2. Constraints: White et al. 2024, arXiv 2410.23667.
    """

    inertia: float = 5.0
    damping: float = 2.0
    frequency: float = 60.0
    recovery: float = 1.0

    kept: ClassVar[str] = "zero"

    @property
    def names(self) -> tuple[str, ...]:
        voltages = tuple(f"{part}{bus + 1}" for part in "ef" for bus in range(BUSES))
        return voltages + tuple(f"omega{bus + 1}" for bus in MACHINES)

    def __call__(self, t: Any, x: jax.Array, args: Any = None) -> jax.Array:
        v, omega = _parts(self.checked(x))
        current = _currents(v)
        active, reactive = _powers(v, current)
        e, f = v
        turning = jnp.zeros_like(v).at[:, M].set(jnp.stack([-f[M], e[M]]) * omega)
        excess = jnp.concatenate(_mismatch(active, reactive))
        rates = _with_load_rates(v, current, turning, -excess / self.recovery)
        pull = 2 * jnp.pi * self.frequency * (jnp.asarray(ACTIVE[M], x.dtype) - active[M])
        return jnp.concatenate([rates.reshape(-1), (pull - self.damping * omega) / (2 * self.inertia)])

    def invariants(self, x: jax.Array, t: Any = 0.0) -> dict[str, jax.Array]:
        """p - P0 and q - Q0 of the nine loads, (9,) each."""
        v, _ = _parts(x)
        active, reactive = _mismatch(*_powers(v, _currents(v)))
        return {"active power": active, "reactive power": reactive}

    def powers(self, x: jax.Array) -> jax.Array:
        """p and q of all buses, (2, 14)."""
        v, _ = _parts(self.checked(x))
        return jnp.stack(_powers(v, _currents(v)))

    def operating_point(self) -> jax.Array:
        """The state at which nothing moves: the power flow of the test case."""
        return _state(operating_point(), jnp.zeros(len(MACHINES)))

    def start(self, key: jax.Array) -> jax.Array:
        angles, speeds = jax.random.uniform(key, (2, len(MACHINES)), minval=-1) * jnp.array([[ANGLES], [SPEEDS]])
        v, _ = _parts(self.operating_point())
        cos, sin = jnp.cos(angles), jnp.sin(angles)
        e, f = v[:, M]
        turned = v.at[:, M].set(jnp.stack([e * cos - f * sin, e * sin + f * cos]))
        return jnp.concatenate([_with_loads_met(turned).reshape(-1), speeds])


def _with_loads_met(v: jax.Array) -> jax.Array:
    """v (2, 14) with the loads' voltages changed by Newton's method until they draw S0."""

    def step(_: int, v: jax.Array) -> jax.Array:
        current = _currents(v)
        excess = jnp.concatenate(_mismatch(*_powers(v, current)))
        return v + _with_load_rates(v, current, jnp.zeros_like(v), -excess)

    return jax.lax.fori_loop(0, NEWTON_STEPS, step, v)


def _with_load_rates(v: jax.Array, current: jax.Array, others: jax.Array, wanted: jax.Array) -> jax.Array:
    """The rates `others` (2, 14), which are 0 at loads, with those of the loads for which (p', q') = `wanted` (18,)."""
    jacobian = _load_jacobian(v, current)
    rates = others.reshape(-1)
    rates = rates.at[LOAD_PARTS].set(jnp.linalg.solve(jacobian[:, LOAD_PARTS], wanted - jacobian @ rates))
    return rates.reshape(2, BUSES)


def _load_jacobian(v: jax.Array, current: jax.Array) -> jax.Array:
    """d(p, q of the loads) / d(e, f of all buses), (18, 28), of S = V conj(Y V)."""
    conductance, susceptance = _matrices(v.dtype)
    (e, f), own = v[:, L, None], jnp.asarray(np.eye(BUSES)[L], v.dtype)
    along = e * conductance[L] + f * susceptance[L]
    across = f * conductance[L] - e * susceptance[L]
    real, imaginary = current[:, L, None] * own
    return jnp.block([[along + real, across + imaginary], [across - imaginary, real - along]])


def _currents(v: jax.Array) -> jax.Array:
    """Real and imaginary part of Y V, (2, 14)."""
    conductance, susceptance = _matrices(v.dtype)
    (ge, gf), (be, bf) = v @ conductance.T, v @ susceptance.T
    return jnp.stack([ge - bf, gf + be])


def _powers(v: jax.Array, current: jax.Array) -> tuple[jax.Array, jax.Array]:
    """p and q of all buses, (14,) each."""
    (e, f), (real, imaginary) = v, current
    return e * real + f * imaginary, f * real - e * imaginary


def _mismatch(active: jax.Array, reactive: jax.Array) -> tuple[jax.Array, jax.Array]:
    """p - P0 and q - Q0 of the loads, (9,) each."""
    return active[L] - jnp.asarray(ACTIVE[L], active.dtype), reactive[L] - jnp.asarray(REACTIVE[L], reactive.dtype)


def _matrices(dtype: Any) -> tuple[jax.Array, jax.Array]:
    return jnp.asarray(admittance().real, dtype), jnp.asarray(admittance().imag, dtype)


def _parts(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Voltages (2, 14) and speeds (4,) of a state."""
    return x[: 2 * BUSES].reshape(2, BUSES), x[2 * BUSES :]


def _state(voltages: np.ndarray, speeds: jax.Array) -> jax.Array:
    return jnp.concatenate([jnp.asarray(voltages.real), jnp.asarray(voltages.imag), speeds])
