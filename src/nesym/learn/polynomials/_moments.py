"""Normal equations of monomials, from moments: in any precision, without a matrix of features."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from nesym.learn.polynomials._monomials import count, monomials

Column = list[Any]


class Normal(NamedTuple):
    """F'F (P, P) and F'Y (P, d) of monomial features F (n, P)."""

    gram: Any
    right: Any


def normal_equations(flint: ModuleType, inputs: Sequence[Column], outputs: Sequence[Column], degree: int) -> Normal:
    """Of v columns of `inputs` and d of `outputs`, n numbers of `flint.arb` each, by degree of the monomials.

    (F'F)[a, b] = sum_i x_i^(a + b) depends on a + b alone, so that C(v + 2p, v) moments are enough. With the variables
    in two halves, u and w, the moments sum_i u_i^a w_i^c are products of matrices, one for each |a|: n C(v + 2p, v)
    multiplications, where F'F takes n C(v + p, v)^2 / 2.
    """
    codes = _codes(len(inputs), degree)
    half = (len(inputs) + 1) // 2
    u, w = (_powers(part, len(outputs[0]), 2 * degree, flint) for part in (inputs[:half], inputs[half:]))
    moments = _moments(flint, u, w, None, half, len(inputs) - half, 2 * degree, 2 * degree + 1)
    right = [_moments(flint, u, w, y, half, len(inputs) - half, degree, 2 * degree + 1) for y in outputs]
    gram = flint.arb_mat([[moments[a + b] for b in codes] for a in codes])
    return Normal(gram, flint.arb_mat([[found[a] for found in right] for a in codes]))


def _codes(variables: int, degree: int) -> list[int]:
    """Exponents as numbers to the base 2p + 1, whose sums are those of the exponents."""
    base = (2 * degree + 1) ** np.arange(variables, dtype=object)
    return [int(code) for code in monomials(variables, degree).exponents.astype(object) @ base]


def _powers(columns: Sequence[Column], samples: int, degree: int, flint: ModuleType) -> list[Column]:
    """The monomials of some columns, one column of n numbers each."""
    them = monomials(len(columns), degree)
    found = [[flint.arb(1)] * samples]
    for parent, factor in zip(them.parents[1:].tolist(), them.factors[1:].tolist(), strict=True):
        found.append([a * b for a, b in zip(found[parent], columns[factor], strict=True)])
    return found


def _moments(
    flint: ModuleType,
    u: list[Column],
    w: list[Column],
    weight: Column | None,
    half: int,
    rest: int,
    degree: int,
    base: int,
) -> dict[int, Any]:
    """sum_i u_i^a w_i^c weight_i for |a| + |c| <= degree, by the code of (a, c)."""
    a_codes, c_codes = (_exponent_codes(n, degree, base) for n in (half, rest))
    right = [w_ if weight is None else [a * b for a, b in zip(w_, weight, strict=True)] for w_ in w[: len(c_codes)]]
    found = {}
    for total in range(degree + 1):
        rows = range(count(half, total - 1) if total else 0, count(half, total))
        columns = range(count(rest, degree - total))
        table = (flint.arb_mat([u[i] for i in rows]) * flint.arb_mat([right[k] for k in columns]).transpose()).tolist()
        for i, sums in zip(rows, table, strict=True):
            found |= {a_codes[i] + c_codes[k] * base**half: value for k, value in zip(columns, sums, strict=True)}
    return found


def _exponent_codes(variables: int, degree: int, base: int) -> list[int]:
    powers = base ** np.arange(variables, dtype=object)
    return [int(code) for code in monomials(variables, degree).exponents.astype(object) @ powers] if variables else [0]
