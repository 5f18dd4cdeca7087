"""The power grid: its network and power flow beside published ones, and how it swings."""

import json
from pathlib import Path

import jax
import numpy as np
from scipy.integrate import solve_ivp

from nesym.physics import _ieee14 as case
from nesym.physics.power_grid import PowerGrid

STORED = json.loads((Path(__file__).parent / "case14_pandapower.json").read_text())
# The solution printed with the test case: sizes (per unit) and angles (degrees).
PUBLISHED_SIZE = [1.06, 1.045, 1.01, 1.019, 1.02, 1.07, 1.062, 1.09, 1.056, 1.051, 1.057, 1.055, 1.05, 1.036]
PUBLISHED_ANGLE = [
    0, -4.98, -12.72, -10.33, -8.78, -14.22, -13.37, -13.36, -14.94, -15.1, -14.79, -15.07, -15.16, -16.04,
]  # fmt: skip
GRID = PowerGrid()
FIELD, POWERS, KEPT = jax.jit(GRID), jax.jit(GRID.powers), jax.jit(GRID.kept_values)


def near_the_operating_point(seed):
    """A state on no particular set."""
    return np.asarray(GRID.operating_point()) + np.random.default_rng(seed).uniform(-0.1, 0.1, 32)


def test_the_network_is_that_of_pandapower():
    matrix = np.zeros((14, 14), complex)
    for i, j, conductance, susceptance in STORED["admittance"]:
        matrix[i, j] = matrix[j, i] = conductance + 1j * susceptance
    np.testing.assert_allclose(case.admittance(), matrix, atol=1e-8)


def test_the_power_flow_is_the_published_one():
    voltage = case.operating_point()
    np.testing.assert_allclose(abs(voltage), STORED["size"], atol=1e-8)
    np.testing.assert_allclose(np.degrees(np.angle(voltage)), STORED["angle"], atol=1e-6)
    np.testing.assert_allclose(abs(voltage), PUBLISHED_SIZE, atol=1.5e-3)
    np.testing.assert_allclose(np.degrees(np.angle(voltage)), PUBLISHED_ANGLE, atol=0.02)


def test_nothing_moves_at_the_operating_point():
    x = np.asarray(GRID.operating_point())
    assert np.abs(FIELD(np.float64(0), x)).max() < 1e-12
    active, reactive = np.asarray(POWERS(x))
    np.testing.assert_allclose(active[[0, 1]], [2.32393, 0.183], atol=1e-5)
    np.testing.assert_allclose(reactive[8], -0.166, atol=1e-12)


def test_powers_are_those_of_complex_voltages():
    x = near_the_operating_point(4)
    voltage = x[:14] + 1j * x[14:28]
    power = voltage * (case.admittance() @ voltage).conj()
    np.testing.assert_allclose(POWERS(x), [power.real, power.imag], atol=1e-13)


def test_slack_and_machines_hold_their_voltage():
    x = near_the_operating_point(5)
    rates = np.asarray(FIELD(np.float64(0), x))
    e, f, by_e, by_f = x[:14], x[14:28], rates[:14], rates[14:28]
    assert by_e[0] == by_f[0] == 0
    held = list(case.MACHINES)
    np.testing.assert_allclose((e * by_e + f * by_f)[held], 0, atol=1e-14)
    turning = (e * by_f - f * by_e) / (e**2 + f**2)
    np.testing.assert_allclose(turning[held], x[28:], atol=1e-13)


def test_machines_obey_the_swing_equation():
    x = near_the_operating_point(6)
    electric, speed = np.asarray(POWERS(x))[0, list(case.MACHINES)], x[28:]
    mechanical = np.array([0.183, -0.942, -0.112, 0])
    relative = FIELD(np.float64(0), x)[28:] / (2 * np.pi * 60)
    np.testing.assert_allclose(10 * relative, mechanical - electric - 2 * speed / (2 * np.pi * 60), atol=1e-13)


def test_small_swings_are_those_of_the_reduced_network():
    """omega^2 = Omega / (2 H) eig(K) - (D / (4 H))^2, K = dp/d angle of the machines with the loads eliminated."""
    voltage = case.operating_point()
    flow = voltage[:, None] * (case.admittance() * voltage).conj()
    own = np.diag(voltage * (case.admittance() @ voltage).conj())
    by_angle, by_size = 1j * (own - flow), own + flow
    machines, loads = list(case.MACHINES), list(case.LOADS)
    inner = np.hstack([by_angle[:, loads], by_size[:, loads]])
    inner_loads = np.vstack([inner[loads].real, inner[loads].imag])
    driven = np.vstack([by_angle[np.ix_(loads, machines)].real, by_angle[np.ix_(loads, machines)].imag])
    stiffness = by_angle[np.ix_(machines, machines)].real - inner[machines].real @ np.linalg.solve(inner_loads, driven)
    expected = np.sqrt(2 * np.pi * 60 / 10 * np.linalg.eigvals(stiffness).real - 0.1**2)

    x, step = np.asarray(GRID.operating_point()), 1e-5
    columns = [FIELD(np.float64(0), x + way) - FIELD(np.float64(0), x - way) for way in step * np.eye(32)]
    modes = np.linalg.eigvals(np.stack(columns, 1) / (2 * step))
    swings = modes[modes.imag > 1]
    np.testing.assert_allclose(np.sort(swings.imag), np.sort(expected), rtol=1e-7)
    np.testing.assert_allclose(swings.real, -0.1, atol=1e-6)
    assert 8 < expected.min() and expected.max() < 35


def test_power_beyond_demand_decays_with_the_recovery_time():
    x = GRID.operating_point() + 0.01 * np.eye(32)[12]
    end = solve_ivp(lambda t, x: np.asarray(FIELD(t, x)), [0, 1], x, "DOP853", rtol=1e-10, atol=1e-12).y[:, -1]
    assert np.abs(KEPT(x)).max() > 0.05
    np.testing.assert_allclose(KEPT(end), KEPT(x) * np.exp(-1), atol=1e-9)
