"""Reversible transforms between physical values and what networks and noise like: T1 to T4 and their parts.

T1 (Hess et al. 2022)   LogEps:       z = ln(x + eps) - ln(eps), eps = 1e-4, x in kg m-2 s-1
T2 (Hess et al. 2022)   MinMax:       u = 2 (z - low) / (high - low) - 1, low and high of the training period
T3 (Aich et al. 2024)   Log10, Standardise, MinMax, x in mm day-1
T4 (WIND, 2026)         Log10(scale=1000), Standardise, x in m

Arrays in, arrays of the same kind out (NumPy, JAX). What takes physical values asks for their units and refuses others:
eps = 1e-4 means 8.64 mm day-1, and applied to mm day-1 it is a different transform altogether.
"""

from dataclasses import dataclass, replace
from math import isclose, log
from typing import Any, Protocol, TypeVar

import numpy as np

from nesym._errors import InputError, RangeError, UnitError
from nesym.fields.rain import as_depth
from nesym.fields.units import parse

Array = TypeVar("Array")
PURE = "1"  # what a transformed field is measured in


class Transform(Protocol):
    """A one-to-one map of the values of a field, with the units that it takes."""

    units: str

    def __call__(self, x: Array, units: str = PURE) -> Array:
        """Transformed `x`, which is in `units`; raises `UnitError` if they are not the transform's."""

    def inverse(self, z: Array) -> Array:
        """Values in the transform's `units` from transformed ones."""


@dataclass(frozen=True)
class LogEps:
    """z = ln(x + eps) - ln(eps) = log1p(x / eps): logarithmic above eps, linear below, and 0 where it is dry."""

    eps: float = 1e-4
    units: str = "kg m-2 s-1"

    def __post_init__(self):
        if not self.eps > 0:
            raise InputError(f"eps must be positive, and {self.eps!r} came.", "Give eps=1e-4, for example.")

    def __call__(self, x: Array, units: str = PURE) -> Array:
        _same_units(self, units)
        return _math(x).log1p(x / self.eps)

    def inverse(self, z: Array) -> Array:
        return self.eps * _math(z).expm1(z)


@dataclass(frozen=True)
class Root:
    """z = x^(1/3) for x >= 0: as a logarithm it brings rain closer to a Gaussian (Stidd 1953, Trans. AGU 34, 31-35).

    Unlike one it does not blow up errors at the heavy end: an error dz is one of 3 x^(2/3) dz, not of x dz. Inverse:
    max(z, 0)^3, so that what a network puts below zero is dry.
    """

    units: str = "mm h-1"

    def __call__(self, x: Array, units: str = PURE) -> Array:
        _same_units(self, units)
        return _math(x).cbrt(x)

    def inverse(self, z: Array) -> Array:
        return _math(z).maximum(z, 0) ** 3


@dataclass(frozen=True)
class Log10:
    """z = log10(1 + scale x)."""

    scale: float = 1.0
    units: str = "mm day-1"

    def __post_init__(self):
        if not self.scale > 0:
            raise InputError(f"scale must be positive, and {self.scale!r} came.", "Give scale=1, for example.")

    def __call__(self, x: Array, units: str = PURE) -> Array:
        _same_units(self, units)
        return _math(x).log1p(self.scale * x) / log(10.0)

    def inverse(self, z: Array) -> Array:
        return _math(z).expm1(z * log(10.0)) / self.scale


@dataclass(frozen=True)
class MinMax:
    """u = 2 (x - low) / (high - low) - 1: [low, high] becomes [-1, 1]."""

    low: float = 0.0
    high: float = 1.0
    units: str = PURE

    def __post_init__(self):
        if not self.low < self.high:
            raise RangeError(
                f"low must be less than high, and {self.low!r} and {self.high!r} came.", "Fit to data that vary."
            )

    def fit(self, x: Any) -> "MinMax":
        """The same with the least and the greatest finite value of `x`."""
        values = np.asarray(x)
        return replace(self, low=float(np.nanmin(values)), high=float(np.nanmax(values)))

    def __call__(self, x: Array, units: str = PURE) -> Array:
        _same_units(self, units)
        return 2 * (x - self.low) / (self.high - self.low) - 1

    def inverse(self, z: Array) -> Array:
        return (z + 1) * ((self.high - self.low) / 2) + self.low


@dataclass(frozen=True)
class Standardise:
    """z = (x - mean) / std."""

    mean: float = 0.0
    std: float = 1.0
    units: str = PURE

    def __post_init__(self):
        if not self.std > 0:
            raise RangeError(f"std must be positive, and {self.std!r} came.", "Fit to data that vary.")

    def fit(self, x: Any) -> "Standardise":
        """The same with mean and standard deviation of the observed values of `x`, summed in double precision."""
        values = np.asarray(x)
        mean, std = np.nanmean(values, dtype=np.float64), np.nanstd(values, dtype=np.float64)
        return replace(self, mean=float(mean), std=float(std))

    def __call__(self, x: Array, units: str = PURE) -> Array:
        _same_units(self, units)
        return (x - self.mean) / self.std

    def inverse(self, z: Array) -> Array:
        return z * self.std + self.mean


@dataclass(frozen=True)
class Chain:
    """z = f_n(... f_2(f_1(x))): transforms one after the other; takes the units of the first."""

    steps: tuple[Transform, ...]

    @property
    def units(self) -> str:
        """Units that the first step takes."""
        return self.steps[0].units

    def fit(self, x: Array, units: str = PURE) -> "Chain":
        """The same chain with every step that has constants of the data fitted to what reaches it."""
        fitted = []
        for step in self.steps:
            step = step.fit(x) if hasattr(step, "fit") else step
            x, units = step(x, units), PURE
            fitted.append(step)
        return Chain(tuple(fitted))

    def __call__(self, x: Array, units: str = PURE) -> Array:
        for step in self.steps:
            x, units = step(x, units), PURE
        return x

    def inverse(self, z: Array) -> Array:
        for step in reversed(self.steps):
            z = step.inverse(z)
        return z


def _math(x: Any) -> Any:
    """The functions that belong to an array: NumPy's or JAX's."""
    return x.__array_namespace__()


def _same_units(transform: Transform, given: str) -> None:
    wanted, came = as_depth(parse(transform.units)), as_depth(parse(given))
    same = wanted.dims == came.dims and isclose(wanted.scale, came.scale, rel_tol=1e-9)
    if not (same and wanted.offset == came.offset):
        raise UnitError(
            f"{type(transform).__name__} takes values in '{transform.units}', and '{given}' came.",
            f"Convert them first, or make the transform for them: {type(transform).__name__}(units='{given}').",
        )
