"""Random numbers by name: each is a hash of who it is for, so that no chunk, order or ensemble size changes it."""

import numpy as np

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def hashed(*names: np.ndarray | int) -> np.ndarray:
    """A 64-bit hash of whole numbers, broadcast against each other: the mixing function of SplitMix64, name by name.

    Steele, Lea & Flood 2014, doi 10.1145/2660193.2660195.
    """
    mixed = np.uint64(0)
    with np.errstate(over="ignore"):
        for name in names:
            z = (np.asarray(name).astype(np.uint64) ^ mixed) + _STEP
            z = (z ^ (z >> np.uint64(30))) * _FIRST
            z = (z ^ (z >> np.uint64(27))) * _SECOND
            mixed = z ^ (z >> np.uint64(31))
    return mixed


def uniform(*names: np.ndarray | int) -> np.ndarray:
    """Uniform numbers in (0, 1), one for each combination of names, float64: neither 0 nor 1 ever comes."""
    return ((hashed(*names) >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
