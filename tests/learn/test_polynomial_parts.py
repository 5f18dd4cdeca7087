"""Monomials, orthogonal bases and moments: what polynomial propagators are made of."""

from itertools import product
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import InputError
from nesym.learn.polynomials import polynomial_double
from nesym.learn.polynomials._basis import Coordinates, features
from nesym.learn.polynomials._moments import normal_equations
from nesym.learn.polynomials._monomials import count, largest_degree, monomials


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 5), st.integers(0, 6))
def test_there_is_every_monomial_once_by_degree(variables, degree):
    them = monomials(variables, degree)
    wanted = {a for a in product(range(degree + 1), repeat=variables) if sum(a) <= degree}
    assert len(them.exponents) == count(variables, degree) == comb(variables + degree, degree)
    assert set(map(tuple, them.exponents.tolist())) == wanted
    assert (np.diff(them.exponents.sum(1)) >= 0).all()
    raised = them.exponents[them.parents].copy()
    raised[np.arange(len(raised)), them.factors] += 1
    np.testing.assert_array_equal(raised[1:], them.exponents[1:])


@pytest.mark.parametrize(("samples", "degree"), [(220, 9), (219, 8), (3, 0), (4, 1)])
def test_the_largest_degree_that_there_are_samples_for(samples, degree):
    assert largest_degree(samples, 3) == degree


def test_products_of_legendre_polynomials_are_orthogonal():
    nodes, weights = np.polynomial.legendre.leggauss(8)
    grid = np.array(list(product(nodes, nodes)))
    volume = np.array([a * b for a, b in product(weights, weights)])
    found = features(grid, 6, "legendre")
    wanted = 4 / np.prod(2 * monomials(2, 6).exponents + 1, axis=1)
    np.testing.assert_allclose((found * volume) @ found.T, np.diag(wanted), atol=1e-14)


def test_other_bases_by_their_formulas():
    z = np.linspace(-1, 1, 9)[:, None] * np.array([1.0, -0.7])
    powers = monomials(2, 5).exponents
    cosines = np.cos(powers[:, 0:1] * np.arccos(z[:, 0])) * np.cos(powers[:, 1:] * np.arccos(z[:, 1]))
    np.testing.assert_allclose(features(z, 5, "chebyshev"), cosines, atol=1e-14)
    raised = z[:, 0] ** powers[:, 0:1] * z[:, 1] ** powers[:, 1:]
    np.testing.assert_allclose(features(z, 5, "monomial"), raised, atol=1e-15)


@pytest.mark.parametrize("whiten", [True, False])
def test_states_fill_the_box_and_whitened_ones_are_uncorrelated(whiten):
    rng = np.random.default_rng(0)
    states = rng.gamma(2.0, 1.0, (500, 3)) @ rng.standard_normal((3, 3)) * [1, 100, 0.01] + [5, 0, -3]
    z = Coordinates.of(states, whiten)(states)
    np.testing.assert_allclose(np.stack([z.min(0), z.max(0)]), [[-1] * 3, [1] * 3], atol=1e-10)
    unit = np.cov(Coordinates.of(states, whiten, box=False)(states), rowvar=False, bias=True)
    np.testing.assert_allclose(unit if whiten else np.diag(unit), np.eye(3) if whiten else 1.0, atol=1e-10)


def test_coordinates_that_say_nothing_are_refused():
    states = np.random.default_rng(0).standard_normal((50, 2))
    with pytest.raises(InputError, match="constant") as error:
        Coordinates.of(np.c_[states, np.full(50, 3.0)], True)
    assert error.value.remedy == "Leave constant coordinates out."
    with pytest.raises(InputError, match="linear functions") as error:
        Coordinates.of(np.c_[states, states.sum(1)], True)
    assert "whiten=False" in error.value.remedy


def test_blocks_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    states, after = rng.uniform(-1, 1, (300, 2)), rng.standard_normal((300, 2))
    whole, normal = (polynomial_double.fit(states, after, 4, "legendre", True, how, 0.01) for how in ("qr", "normal"))
    monkeypatch.setattr(polynomial_double, "BLOCK", 15 * 40)
    parts = polynomial_double.fit(states, after, 4, "legendre", True, "qr", 0.01)
    np.testing.assert_allclose(parts.coefficients, whole.coefficients, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(normal.coefficients, whole.coefficients, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(parts.residual, np.sqrt(((after - whole(states)) ** 2).mean(0)), rtol=1e-12)


def test_a_ridge_draws_the_map_towards_the_mean():
    rng = np.random.default_rng(1)
    states = rng.uniform(-1, 1, (200, 2))
    after = states**2 + 5.0
    fitted = [polynomial_double.fit(states, after, 2, "legendre", False, "qr", ridge) for ridge in (0, 0.1, 1e9)]
    sizes = [np.abs(law.coefficients[1:]).sum() for law in fitted]
    assert sizes[0] > sizes[1] > sizes[2]
    np.testing.assert_allclose(fitted[0](states), after, atol=1e-13)
    np.testing.assert_allclose(fitted[2](states), np.broadcast_to(after.mean(0), after.shape), atol=1e-5)


@pytest.mark.parametrize(("variables", "degree"), [(1, 4), (2, 3), (3, 3), (4, 2), (5, 2)])
def test_moments_give_the_normal_equations(variables, degree):
    flint = pytest.importorskip("flint")
    rng = np.random.default_rng(0)
    states, after = rng.uniform(-2, 2, (60, variables)), rng.uniform(-1, 1, (60, 2))
    with flint.ctx.workprec(300):
        x, y = ([[flint.arb(float(v)) for v in column] for column in values.T] for values in (states, after))
        found = normal_equations(flint, x, y, degree)
        rows = []
        for state in zip(*x, strict=True):
            row = []
            for powers in monomials(variables, degree).exponents.tolist():
                value = flint.arb(1)
                for base, power in zip(state, powers, strict=True):
                    value *= base**power
                row.append(value)
            rows.append(row)
        explicit = flint.arb_mat(rows)
        for moments, direct in (
            (found.gram, explicit.transpose() * explicit),
            (found.right, explicit.transpose() * flint.arb_mat(y).transpose()),
        ):
            assert moments.overlaps(direct)
            assert max(float(abs(a - b)) for a, b in zip(moments.entries(), direct.entries(), strict=True)) < 1e-80
