"""Noise that remembers: an Ornstein-Uhlenbeck process whose value at a time depends on nothing but key and time.

The stationary AR(1) process of e-folding time T has correlation exp(-|t - s| / T) and is Markov, so its value half-way
between two known ones is

    X(c) = r (X(a) + X(b)) + s e,   r = rho / (1 + rho^2),   s^2 = (1 - rho^2) / (1 + rho^2),   rho = exp(-(c - a) / T)

with e a new standard normal draw. Starting from anchors so far apart that they are independent and halving again and
again reaches every time stamp in a few steps, along a path that is the same whichever other stamps are asked for
(the idea of the virtual Brownian tree, carried over to a process with memory). Each X(t) is then a short weighted sum
of named draws: the names are what `Memory.draws` returns, so sequences agree to the bit under any subset or chunking.
"""

from dataclasses import dataclass

import numpy as np

from nesym._errors import InputError

# Anchors are this many e-folding times apart; their true correlation, exp(-16), is far below float32 rounding.
ANCHOR_EFOLDS = 16.0


@dataclass(frozen=True)
class Draws:
    """Which standard normal fields make the noise of each time step, and with which weights.

    `names`: (time, draw, 3) uint32: level, high word, low word; `weights`: (time, draw) float32, squares summing to 1.
    """

    names: np.ndarray
    weights: np.ndarray


def _words(level: int | np.ndarray, index: np.ndarray) -> np.ndarray:
    index = np.asarray(index, np.int64)
    low, high = index & 0xFFFFFFFF, (index >> 32) & 0xFFFFFFFF
    return np.stack(np.broadcast_arrays(np.asarray(level, np.int64), high, low), -1).astype(np.uint32)


def independent(stamps: np.ndarray) -> Draws:
    """One fresh draw for each time stamp (seconds, (time,)): noise without memory."""
    stamps = np.asarray(stamps, np.int64)
    # Level 2^32 - 1 keeps these names apart from those of every tree.
    return Draws(_words(0xFFFFFFFF, stamps)[:, None, :], np.ones((stamps.size, 1), np.float32))


@dataclass(frozen=True)
class Memory:
    """AR(1) noise: `efold` is the e-folding time in seconds, `step` the usual time step in seconds.

    The step only says how the tree is laid out: stamps that are whole multiples of it are reached soonest.
    """

    efold: float
    step: int = 1

    def __post_init__(self):
        if not (np.isfinite(self.efold) and self.efold > 0 and self.step >= 1 and int(self.step) == self.step):
            raise InputError(
                f"A memory needs a positive e-folding time and a whole step in seconds; {self} came.",
                "Give seconds, for example Memory(efold=1800, step=300).",
            )

    @property
    def spacing(self) -> int:
        """Seconds between anchors: the step doubled until it covers `ANCHOR_EFOLDS` e-folding times."""
        spacing = int(self.step)
        while spacing < ANCHOR_EFOLDS * self.efold:
            spacing *= 2
        return spacing

    def draws(self, stamps: np.ndarray) -> Draws:
        """The draws for time `stamps` in whole seconds, (time,) int64, in path order from the anchors."""
        t, spacing = np.asarray(stamps, np.int64), self.spacing
        left = t // spacing
        names = [_words(0, left), _words(0, left + 1)]
        a, b = np.zeros((2, t.size, 2))
        a[:, 0] = b[:, 1] = 1.0
        # `left` counts cells of the present level, `offset / width` is where t lies in its cell: exact integers both.
        offset, width, level = t - left * spacing, spacing, 0
        while np.any(offset) and width > 2**level:
            level += 1
            half = spacing / 2**level
            rho = np.exp(-half / self.efold)
            r, s = rho / (1 + rho**2), np.sqrt((1 - rho**2) / (1 + rho**2))
            names.append(_words(level, 2 * left + 1))
            a, b = (np.pad(c, ((0, 0), (0, 1))) for c in (a, b))
            middle = r * (a + b)
            middle[:, -1] = s
            # A stamp that has been reached is left alone: its later draws get no weight.
            upper, lower = 2 * offset >= width, (2 * offset < width) & (offset > 0)
            a = np.where(upper[:, None], middle, a)
            b = np.where(lower[:, None], middle, b)
            left, offset = 2 * left + upper, np.where(upper, 2 * offset - width, 2 * offset)
        return Draws(np.stack(names, 1), a.astype(np.float32))
