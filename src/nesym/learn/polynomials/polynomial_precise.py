"""Polynomial maps in any binary precision, with a certificate."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import frexp
from types import ModuleType
from typing import Any

import numpy as np

from nesym._errors import InputError
from nesym.learn.polynomials._moments import normal_equations
from nesym.learn.polynomials._monomials import monomials
from nesym.solve._flint import exact, precise

CERTAIN = 2.0**-40  # of the box of states: the largest error of one step that a solution may have
JUDGED = 256  # samples on which one step is judged
RAISES = 5  # how often a precision is tried half as large again


class NotCertifiedError(ArithmeticError):
    """The normal equations could not be solved in this precision with an error that is known to be small."""


@dataclass(frozen=True, eq=False)
class PreciseMap:
    """y = sum_k c_k z^(a_k), z = (x - centre) / 2^scale, in arithmetic of `bits`.

    `coefficients` (P rows of d) are written as hexadecimal mantissas and exponents of two, without loss. `radius` bounds
    the error of a step, inside the box |z| <= 1, that comes from the errors of all coefficients together. `residual` is
    the root mean square error of one step, for each of the d outputs, on samples spread over the data.
    """

    degree: int
    bits: int
    centre: tuple[float, ...]
    scale: tuple[int, ...]
    coefficients: tuple[tuple[str, ...], ...] = field(repr=False)
    radius: float
    residual: tuple[float, ...] = ()

    def stepper(self, flint: ModuleType) -> Callable[[list[Any]], tuple[list[Any], list[float]]]:
        """x (v numbers) -> y (d numbers of radius zero) and |z| (v doubles); to be used in `precise(bits)`."""
        them = monomials(len(self.centre), self.degree)
        chain = list(zip(them.parents[1:].tolist(), them.factors[1:].tolist(), strict=True))
        table = flint.arb_mat([[_read(flint, number) for number in row] for row in self.coefficients])
        centre = [flint.arb(value) for value in self.centre]
        shrink, one = [flint.arb(2) ** -k for k in self.scale], flint.arb(1)

        def step(x: list[Any]) -> tuple[list[Any], list[float]]:
            z = [(a - c) * s for a, c, s in zip(x, centre, shrink, strict=True)]
            found = [one]
            for parent, factor in chain:
                found.append(found[parent] * z[factor])
            y = flint.arb_mat(1, len(found), found) * table
            return [value.mid() for value in y.entries()], [abs(float(value)) for value in z]

        return step


def fit(inputs: np.ndarray, outputs: np.ndarray, degree: int, bits: int, increment: bool) -> PreciseMap:
    """The least squares polynomial from `inputs` (n, v) to `outputs` (n, d), doubles or `flint.arb`, exactly as they are.

    Normal equations from moments, solved in balls (Johansson 2017, doi 10.1109/TC.2017.2690633): what comes back is proven.
    Raises `InputError` where the precision does not suffice, with one that does.
    """
    try:
        return _fit(inputs, outputs, degree, bits, increment)
    except NotCertifiedError as failed:
        enough = bits
        for _ in range(RAISES):
            enough += enough // 2
            try:
                _fit(inputs, outputs, degree, enough, increment)
            except NotCertifiedError:
                continue
            raise InputError(
                f"{bits} bits are too few for degree {degree} on these data: {failed}.", f"Give precision={enough}."
            ) from failed
        raise InputError(
            f"The features of degree {degree} depend on each other on these data, up to {enough} bits: {failed}.",
            "Give a smaller degree, or a longer trajectory.",
        ) from failed


def _fit(inputs: np.ndarray, outputs: np.ndarray, degree: int, bits: int, increment: bool) -> PreciseMap:
    rough = inputs.astype(np.float64)
    centre, scale = _box(rough)
    with precise(bits) as flint:
        shrink = [flint.arb(2) ** -k for k in scale]
        x = [[exact(flint, value) for value in column] for column in inputs.T]
        z = [[(value - c) * s for value in column] for column, c, s in zip(x, centre, shrink, strict=True)]
        y = [[exact(flint, value) for value in column] for column in outputs.T]
        if increment:
            y = [[b - a for a, b in zip(*both, strict=True)] for both in zip(x, y, strict=False)]
        normal = normal_equations(flint, z, y, degree)
        found = _solved(normal.gram, normal.right)
        radius = _radius(found, [2.0**k for k in scale])
        written = tuple(tuple(_written(value) for value in row) for row in found.tolist())
        law = PreciseMap(degree, bits, centre, scale, written, radius)
        return replace(law, residual=_rms(law, flint, inputs, y))


def _box(states: np.ndarray) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """A centre of few bits and a power of two for each coordinate, such that |x - centre| <= 2^scale."""
    low, high = states.min(0), states.max(0)
    if (flat := np.flatnonzero(low == high)).size:
        raise InputError(f"Coordinate {flat[0]} of the states is constant.", "Leave constant coordinates out.")
    quarter = 2.0 ** np.array([frexp(h)[1] - 3 for h in (high - low) / 2])
    centre = np.round((low + high) / 2 / quarter) * quarter
    reach = np.maximum(high - centre, centre - low)
    return tuple(map(float, centre)), tuple(frexp(r)[1] for r in reach)


def _solved(gram: Any, right: Any) -> Any:
    try:
        return gram.solve(right, algorithm="precond")
    except ZeroDivisionError:
        raise NotCertifiedError("the matrix may be singular") from None


def _radius(found: Any, sizes: list[float]) -> float:
    """The largest sum of the radii of the coefficients of one output: |z^a| <= 1 in the box."""
    sums = [sum(float(value.rad()) for value in column) for column in found.transpose().tolist()]
    relative = max(total / size for total, size in zip(sums, sizes, strict=False))
    if not relative <= CERTAIN:
        raise NotCertifiedError(f"the error of a step is only known to be below {relative:.1e} of the box of states")
    return max(sums)


def _rms(law: PreciseMap, flint: ModuleType, inputs: np.ndarray, outputs: list[list[Any]]) -> tuple[float, ...]:
    """Root mean square error of one step, by output, on samples that are spread over the data."""
    chosen = np.unique(np.linspace(0, len(inputs) - 1, JUDGED).astype(int)).tolist()
    advance, totals = law.stepper(flint), [flint.arb(0)] * len(outputs)
    for i in chosen:
        found = advance([exact(flint, value) for value in inputs[i]])[0]
        errors = [a - column[i] for a, column in zip(found, outputs, strict=True)]
        totals = [total + error * error for total, error in zip(totals, errors, strict=True)]
    return tuple(float((total.abs_upper() / len(chosen)).sqrt()) for total in totals)


def _written(value: Any) -> str:
    mantissa, exponent = value.mid().man_exp()
    return f"{int(mantissa):#x}p{int(exponent)}"


def _read(flint: ModuleType, written: str) -> Any:
    mantissa, exponent = written.split("p")
    return flint.arb(flint.arf((int(mantissa, 16), int(exponent))))
