import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nesym.fields.interpolation import bilinear_weights, refine_bilinear


def test_weights_by_hand():
    left, right, weight = bilinear_weights(3, 2)
    np.testing.assert_array_equal(left, [0, 0, 0, 1, 1, 2])
    np.testing.assert_array_equal(right, [0, 1, 1, 2, 2, 2])
    np.testing.assert_allclose(weight, [0.75, 0.25, 0.75, 0.25, 0.75, 0.25])


def test_weights_wrap_around():
    left, right, weight = bilinear_weights(3, 2, periodic=True)
    np.testing.assert_array_equal(left, [2, 0, 0, 1, 1, 2])
    np.testing.assert_array_equal(right, [0, 1, 1, 2, 2, 0])
    np.testing.assert_allclose(weight, [0.75, 0.25, 0.75, 0.25, 0.75, 0.25])


@pytest.mark.parametrize("factor", [2, 3, 8])
def test_linear_fields_are_reproduced_inside(factor):
    y, x = np.meshgrid(np.arange(7) + 0.5, np.arange(5) + 0.5, indexing="ij")
    fine_y, fine_x = np.meshgrid(
        (np.arange(7 * factor) + 0.5) / factor, (np.arange(5 * factor) + 0.5) / factor, indexing="ij"
    )
    inside = np.s_[factor:-factor, factor:-factor]
    fine = refine_bilinear(1 + 2 * y - 3 * x, factor)
    np.testing.assert_allclose(fine[inside], (1 + 2 * fine_y - 3 * fine_x)[inside], atol=1e-12)


def test_outer_half_cells_are_constant():
    x = np.array([[1.0, 5.0], [3.0, 9.0]])
    fine = refine_bilinear(x, 4)
    np.testing.assert_array_equal(fine[:2, :2], 1.0)
    np.testing.assert_array_equal(fine[-2:, -2:], 9.0)


def test_agrees_with_scipy():
    from scipy.interpolate import RegularGridInterpolator

    x = np.random.default_rng(0).random((5, 6))
    points = [((np.arange(n * 4) + 0.5) / 4 - 0.5).clip(0, n - 1) for n in x.shape]
    expected = RegularGridInterpolator((np.arange(5), np.arange(6)), x)(tuple(np.meshgrid(*points, indexing="ij")))
    np.testing.assert_allclose(refine_bilinear(x, 4), expected, atol=1e-13)


@given(arrays(np.float64, (4, 6), elements=st.floats(0, 1e3)), st.integers(-6, 6))
@settings(max_examples=20, deadline=None)
def test_periodic_refinement_commutes_with_shifts(x, shift):
    shifted = refine_bilinear(np.roll(x, shift, axis=1), 3, periodic_x=True)
    np.testing.assert_allclose(shifted, np.roll(refine_bilinear(x, 3, periodic_x=True), 3 * shift, axis=1), atol=1e-9)


@given(arrays(np.float32, (3, 4), elements=st.floats(0, 100, width=32)))
@settings(max_examples=20, deadline=None)
def test_values_stay_in_range(x):
    fine = refine_bilinear(x, 5)
    assert fine.dtype == np.float32
    assert fine.min() >= x.min() * (1 - 1e-6)
    assert fine.max() <= x.max() * (1 + 1e-6)


def test_jax_gives_the_same_and_stays_jax(strict):
    x = np.random.default_rng(1).random((2, 4, 5)).astype(np.float32)
    fine = jax.jit(lambda a: refine_bilinear(a, 2, True))(jnp.asarray(x))
    assert fine.dtype == jnp.float32
    np.testing.assert_allclose(fine, refine_bilinear(x, 2, True), rtol=1e-6)


def test_gradient_is_the_adjoint():
    x = np.random.default_rng(2).random((3, 4))
    g = np.random.default_rng(3).random((6, 8))
    gradient = jax.grad(lambda a: (refine_bilinear(a, 2) * g).sum())(jnp.asarray(x))
    unit = np.zeros_like(x)
    unit[1, 2] = 1.0
    assert gradient[1, 2] == pytest.approx((refine_bilinear(unit, 2) * g).sum())
