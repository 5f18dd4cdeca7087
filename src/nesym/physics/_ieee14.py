"""The IEEE 14-bus test case: its buses and branches, and their admittance matrix.

University of Washington Power Systems Test Case Archive, "14 Bus Power Flow Test Case" (August 1993), a part of the
American Electric Power system of 1962; also case14 of MATPOWER and of pandapower. Per unit of 100 MVA, buses from 0.
"""

from functools import cache

import numpy as np

BUSES = 14
SLACK = 0
MACHINES = (1, 2, 5, 7)  # a generator and three synchronous condensers, each of which holds its voltage
LOADS = (3, 4, 6, 8, 9, 10, 11, 12, 13)

# Net power that enters the network at each bus (generation minus load), in MW and Mvar.
ACTIVE = np.array([0, 40 - 21.7, -94.2, -47.8, -7.6, -11.2, 0, 0, -29.5, -9, -3.5, -6.1, -13.5, -14.9]) / 100
REACTIVE = np.array([0, 0, 0, 3.9, -1.6, 0, 0, 0, -16.6, -5.8, -1.8, -1.6, -5.8, -5]) / 100
# Voltages that are held, at the slack bus and the machines; 1 elsewhere is where the iteration starts.
HELD = np.array([1.06, 1.045, 1.01, 1, 1, 1.07, 1, 1.09, 1, 1, 1, 1, 1, 1])
SHUNT = {8: 0.19j}

# From, to (both from 1, as in the archive), resistance, reactance, charging, tap ratio (0 for a line).
BRANCHES = (
    (1, 2, 0.01938, 0.05917, 0.0528, 0),
    (1, 5, 0.05403, 0.22304, 0.0492, 0),
    (2, 3, 0.04699, 0.19797, 0.0438, 0),
    (2, 4, 0.05811, 0.17632, 0.0340, 0),
    (2, 5, 0.05695, 0.17388, 0.0346, 0),
    (3, 4, 0.06701, 0.17103, 0.0128, 0),
    (4, 5, 0.01335, 0.04211, 0, 0),
    (4, 7, 0, 0.20912, 0, 0.978),
    (4, 9, 0, 0.55618, 0, 0.969),
    (5, 6, 0, 0.25202, 0, 0.932),
    (6, 11, 0.09498, 0.19890, 0, 0),
    (6, 12, 0.12291, 0.25581, 0, 0),
    (6, 13, 0.06615, 0.13027, 0, 0),
    (7, 8, 0, 0.17615, 0, 0),
    (7, 9, 0, 0.11001, 0, 0),
    (9, 10, 0.03181, 0.08450, 0, 0),
    (9, 14, 0.12711, 0.27038, 0, 0),
    (10, 11, 0.08205, 0.19207, 0, 0),
    (12, 13, 0.22092, 0.19988, 0, 0),
    (13, 14, 0.17093, 0.34802, 0, 0),
)


@cache
def admittance() -> np.ndarray:
    """Y (14, 14), complex, of currents I = Y V: the sum of all branches and shunts.

    A branch of series admittance y, charging b and tap ratio a at its first bus adds (y + j b / 2) / a^2 and y + j b / 2
    to the diagonal, and -y / a to both places beside it.
    """
    matrix = np.zeros((BUSES, BUSES), complex)
    for first, second, resistance, reactance, charging, ratio in BRANCHES:
        i, j, tap = first - 1, second - 1, ratio or 1.0
        series = 1 / (resistance + 1j * reactance)
        matrix[i, i] += (series + 0.5j * charging) / tap**2
        matrix[j, j] += series + 0.5j * charging
        matrix[i, j] -= series / tap
        matrix[j, i] -= series / tap
    for bus, shunt in SHUNT.items():
        matrix[bus, bus] += shunt
    return matrix


@cache
def operating_point() -> np.ndarray:
    """Voltages V (14,), complex, of the power flow with the given powers: Newton's method from a flat start.

    The unknowns are the angles of all buses but the slack and the sizes at the load buses; the equations are the active
    power at the former and the reactive power at the latter.
    """
    moving, loads = [bus for bus in range(BUSES) if bus != SLACK], list(LOADS)
    angle, size = np.zeros(BUSES), HELD.copy()
    for _ in range(6):
        voltage = size * np.exp(1j * angle)
        current = admittance() @ voltage
        missing = ACTIVE + 1j * REACTIVE - voltage * current.conj()
        # dS / d angle and d S / d log |V| of S = V conj(Y V)
        flow = voltage[:, None] * (admittance() * voltage).conj()
        own = np.diag(voltage * current.conj())
        by_angle, by_size = 1j * (own - flow), own + flow
        jacobian = np.block([
            [by_angle[np.ix_(moving, moving)].real, by_size[np.ix_(moving, loads)].real],
            [by_angle[np.ix_(loads, moving)].imag, by_size[np.ix_(loads, loads)].imag],
        ])  # fmt: skip
        change = np.linalg.solve(jacobian, np.concatenate([missing.real[moving], missing.imag[loads]]))
        angle[moving] += change[: len(moving)]
        size[loads] *= 1 + change[len(moving) :]
    return size * np.exp(1j * angle)
