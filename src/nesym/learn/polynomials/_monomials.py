"""Products of powers of total degree at most p."""

from dataclasses import dataclass
from functools import lru_cache
from math import comb

import numpy as np


def count(variables: int, degree: int) -> int:
    """C(v + p, p): how many monomials of total degree at most p there are in v variables."""
    return comb(variables + degree, degree)


def largest_degree(samples: int, variables: int) -> int:
    """The largest degree with no more monomials than `samples`."""
    degree = 0
    while count(variables, degree + 1) <= samples:
        degree += 1
    return degree


@dataclass(frozen=True, eq=False)
class Monomials:
    """x^a for all exponents a with |a| <= p, by degree: `exponents` (P, v).

    Monomial k > 0 is monomial `parents[k]` times variable `factors[k]`: one multiplication for each.
    """

    exponents: np.ndarray
    parents: np.ndarray
    factors: np.ndarray


@lru_cache(maxsize=64)
def monomials(variables: int, degree: int) -> Monomials:
    """Those of total degree at most `degree`."""
    found, parents, factors = [(0,) * variables], [0], [0]
    for k in range(count(variables, degree)):
        exponent = found[k]
        last = max((j for j in range(variables) if exponent[j]), default=0)
        for j in range(last, variables) if sum(exponent) < degree else ():
            raised = (*exponent[:j], exponent[j] + 1, *exponent[j + 1 :])
            found.append(raised)
            parents.append(k)
            factors.append(j)
    return Monomials(np.array(found), np.array(parents), np.array(factors))
