"""Small tasks whose law is known: a rotation, which is linear, and a short piece of Lorenz-63."""

import numpy as np

from nesym.learn.benchmark._task import Task

STEP = 0.05


def rotation(steps: int = 400, ahead: int = 60, uneven: bool = False) -> Task:
    """Two circles, one of them three times as large and twice as fast."""
    gaps = np.full(steps + ahead, STEP)
    if uneven:
        gaps[:steps] *= np.random.default_rng(0).uniform(0.5, 1.5, steps)
    t = np.cumsum(gaps)
    x = np.stack([np.cos(t), np.sin(t), 3 * np.cos(2 * t), 3 * np.sin(2 * t)], -1)
    return Task("rotation", "uneven" if uneven else "even", 1, t[:steps], x[:steps], t[steps:], x[steps:])


def speed(x: np.ndarray) -> np.ndarray:
    """Lorenz 1963."""
    return np.array([10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]])


def lorenz(steps: int = 1500, ahead: int = 50, number: int = 1, h: float = 0.02) -> Task:
    """One record, which begins elsewhere for each number."""
    x = np.array([1.0, 2.0, 20.0]) + 0.1 * number
    states = []
    for _ in range(200 + steps + ahead):
        k1 = speed(x)
        k2 = speed(x + h / 2 * k1)
        k3 = speed(x + h / 2 * k2)
        x = x + h / 6 * (k1 + 2 * k2 + 2 * k3 + speed(x + h * k3))
        states.append(x)
    states, times = np.array(states[200:]), np.arange(steps + ahead) * h
    return Task("lorenz", "even", number, times[:steps], states[:steps], times[steps:], states[steps:])


def tasks(system: str, scheme: str, number: int) -> Task:
    """As the benchmark asks for them."""
    return {"lorenz": lambda: lorenz(400, 50, number), "rotation": rotation}[system]()
