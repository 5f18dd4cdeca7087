"""Budgets: sums and block means kept, signs kept, and what has no exact answer refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.test_util import check_grads

from nesym._errors import ConstraintError, GridError
from nesym.constrain import Budget
from nesym.fields.blocks import block_mean, block_repeat
from nesym.observe import Aggregate, Coarsen, Operator, Total

COSINE = np.cos(np.deg2rad(np.linspace(-70, 70, 48)))[:, None]
OPERATORS = {
    "blocks": Coarsen(8),
    "blocks, odd": Coarsen(3),
    "blocks, latitude": Coarsen(8, COSINE),
    "total": Total(),
    "mean, latitude": Total(COSINE, mean=True),
}
each_operator = pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS.keys())


def rain(seed: int, shape=(4, 48, 72), spread=2.0, dtype=np.float32) -> np.ndarray:
    """Lognormal where wet, zero in half of the cells."""
    rng = np.random.default_rng(seed)
    return (np.exp(spread * rng.standard_normal(shape)) * (rng.random(shape) < 0.5)).astype(dtype)


def relative_error(operator, y, ref) -> float:
    """The largest relative error of A y on wet blocks, in double precision; dry blocks must be exactly dry."""
    seen, ref = operator(np.asarray(y, np.float64)), np.asarray(ref, np.float64)
    assert not np.any(seen[ref == 0])
    return float(np.abs(seen[ref > 0] / ref[ref > 0] - 1).max())


@each_operator
@pytest.mark.parametrize("how", ["ratio", "shift"])
def test_the_budget_is_kept_in_double_precision(operator, how):
    y, truth = rain(0, dtype=float), rain(1, dtype=float)
    c = Budget(operator, how)
    kept = c.project(y, c.reference(truth))
    # A shift cancels large numbers, so its rounding is that of the largest of them.
    rounding = 0 if how == "ratio" else 2e-15 * operator(np.abs(y)).max()
    np.testing.assert_allclose(operator(kept), operator(truth), rtol=2e-15, atol=rounding)
    np.testing.assert_allclose(c.residual(kept, c.reference(truth)), 0, atol=2e-15 * operator(y + truth).max())
    np.testing.assert_allclose(c.project(kept, c.reference(truth)), kept, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("spread", [1.0, 2.0, 3.0, 6.0])
@pytest.mark.parametrize(("factor", "bound"), [(2, 1e-7), (8, 1e-7), (16, 1e-7), (3, 1.5e-7)])
def test_float32_block_means_to_the_rounding_of_one_number(factor, bound, spread):
    operator, c = Coarsen(factor), Budget(Coarsen(factor))
    y, ref = rain(2, (8, 96, 96), spread), operator(rain(3, (8, 96, 96), spread))
    y[0, :48], ref[1, : 24 // factor] = 0, 0
    with jax.enable_x64(False):
        compiled = jax.jit(c.project)(jnp.asarray(y), jnp.asarray(ref))
    for kept in (c.project(y, ref), np.asarray(compiled)):
        assert kept.dtype == np.float32
        assert np.isfinite(kept).all() and (kept >= 0).all()
        assert relative_error(operator, kept, ref) <= bound


@each_operator
def test_float32_of_every_operator(operator):
    c, y = Budget(operator), rain(4, spread=3.0)
    ref = operator(rain(5, spread=3.0))
    assert relative_error(operator, c.project(y, ref), ref) <= 2.5e-7


def test_ratio_is_the_multiplicative_constraint():
    y, ref = np.array([[1.0, 3.0], [0.0, 4.0]]), np.array([[6.0]])
    np.testing.assert_allclose(Budget(Coarsen(2)).project(y, ref), [[3.0, 9.0], [0.0, 12.0]])
    np.testing.assert_allclose(Budget(Total()).project(y, 4.0), [[0.5, 1.5], [0.0, 2.0]])


def test_shift_moves_least():
    y, ref = np.array([[1.0, 3.0], [0.0, 4.0]]), np.array([[6.0]])
    np.testing.assert_allclose(Budget(Coarsen(2), "shift").project(y, ref), y + 4.0)
    weights = np.array([[1.0, 1.0], [2.0, 4.0]])
    moved = Budget(Total(weights), "shift").project(y, 42.0) - y
    np.testing.assert_allclose(moved, weights, rtol=1e-14)  # along the weights, 22 units of 22 = |w|^2


def test_dry_blocks_stay_dry_and_empty_wet_blocks_are_filled_evenly(strict):
    y = jnp.asarray(rain(6, (48, 72))).at[:8, :16].set(0.0).at[8:16, :8].set(-1.0)
    ref = jnp.asarray(Coarsen(8)(rain(7, (48, 72)))).at[0, 1].set(0.0).at[2, 2].set(0.0)
    kept = jax.jit(Budget(Coarsen(8)).project)(y, ref)
    assert not kept[:8, 8:16].any() and not kept[16:24, 16:24].any()
    np.testing.assert_array_equal(kept[:8, :8], jnp.full((8, 8), ref[0, 0]))
    np.testing.assert_array_equal(kept[8:16, :8], jnp.full((8, 8), ref[1, 0]))


def test_an_empty_field_gets_its_total_spread_evenly():
    weights = np.array([[1.0, 1.0], [3.0, 3.0]])
    np.testing.assert_allclose(Budget(Total(weights)).project(np.zeros((2, 2)), 16.0), 2.0)


@pytest.mark.parametrize("tiny", [1e-45, 1e-40, 1e-37, 1e-30])
def test_numbers_without_digits_give_neither_infinity_nor_nan(tiny):
    y = np.zeros((8, 8), np.float32)
    y[3, 4] = tiny
    ref = np.full((1, 1), 1e8, np.float32)
    for kept in (Budget(Coarsen(8)).project(y, ref), jax.jit(Budget(Coarsen(8)).project)(y, ref)):
        assert np.isfinite(kept).all()
        assert relative_error(Coarsen(8), kept, ref) <= 1e-7


@given(seed=st.integers(0, 2**31), spread=st.floats(0, 8), scale=st.floats(-20, 20), wet=st.floats(0, 1))
@settings(max_examples=40, deadline=None)
def test_any_rain_is_kept_non_negative_and_finite(seed, spread, scale, wet):
    rng = np.random.default_rng(seed)
    y = rng.standard_normal((16, 16)) * (rng.random((16, 16)) < wet)
    y, ref = (10**scale * y).astype(np.float32), rain(seed, (2, 2), spread)
    kept = Budget(Coarsen(8)).project(y, ref)
    assert np.isfinite(kept).all() and (kept >= 0).all()
    if ref.any():
        assert relative_error(Coarsen(8), kept, ref) <= 1e-7


@given(seed=st.integers(0, 2**31), power=st.integers(-10, 10))
@settings(max_examples=20, deadline=None)
def test_the_ratio_does_not_depend_on_the_scale_of_the_draw(seed, power):
    y, ref = rain(seed, (16, 16)), Coarsen(8)(rain(seed + 1, (16, 16)))
    np.testing.assert_array_equal(
        Budget(Coarsen(8)).project(y * np.float32(2) ** power, ref), Budget(Coarsen(8)).project(y, ref)
    )


def test_missing_blocks_stay_missing_and_alone():
    y, ref = rain(8, (16, 16)), Coarsen(8)(rain(9, (16, 16)))
    ref[0, 0], y[0, 12] = np.nan, np.nan
    kept = Budget(Coarsen(8)).project(y, ref)
    assert np.isnan(kept[:8]).all() and np.isfinite(kept[8:]).all()


def test_one_coarse_field_serves_all_members(strict):
    y, ref = jnp.asarray(rain(10, (5, 3, 16, 16))), jnp.asarray(Coarsen(8)(rain(11, (3, 16, 16))))
    project = Budget(Coarsen(8)).project
    together, apart = jax.jit(lambda y: (project(y, ref), jax.vmap(lambda y: project(y, ref))(y)))(y)
    np.testing.assert_allclose(together, apart, rtol=3e-7)
    assert relative_error(Coarsen(8), together, np.broadcast_to(ref, (5, 3, 2, 2))) <= 1e-7


@each_operator
def test_tangent_keeps_the_budget_and_is_a_symmetric_projection(operator, strict):
    x, v, w = (jnp.asarray(np.random.default_rng(k).standard_normal((48, 48))) for k in range(3))
    c = Budget(operator)
    on = c.tangent(x, v)
    np.testing.assert_allclose(operator(on), 0, atol=1e-14 * (1 + jnp.abs(operator(jnp.abs(v))).max()))
    np.testing.assert_allclose(c.tangent(x, on), on, atol=1e-14)
    np.testing.assert_allclose(jnp.vdot(on, w), jnp.vdot(v, c.tangent(x, w)), rtol=1e-10)


@pytest.mark.parametrize("operator", [Coarsen(8, COSINE), Total()], ids=["blocks", "total"])
def test_tangent_follows_a_reference_that_changes(operator, strict):
    x, v, first, trend = (jnp.asarray(rain(k, (48, 72), dtype=float)) for k in range(4))
    first, trend = operator(first), operator(trend)
    velocity = Budget(operator).tangent(x, v, lambda t: first + t * t * trend, 1.5)
    np.testing.assert_allclose(operator(velocity), 3.0 * trend, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "how"), [("blocks, latitude", "ratio"), ("total", "ratio"), ("blocks, latitude", "shift")]
)
def test_gradients(name, how, strict):
    operator = OPERATORS[name]
    rng = np.random.default_rng(12)
    y, v = (jnp.asarray(rng.uniform(0.5, 2.0, (48, 48))) for _ in range(2))
    ref = jnp.asarray(operator(rng.uniform(0.5, 2.0, (48, 48))))
    c = Budget(operator, how)
    together = jax.jit(lambda y, v, ref: (c.project(y, ref), c.tangent(y, v), c.lift(y, ref)))
    check_grads(together, (y, v, ref), order=1, modes="rev")


def test_gradients_are_finite_where_nothing_can_be_scaled(strict):
    y, ref = jnp.zeros((16, 16)).at[8:].set(1.0), jnp.ones((2, 2)).at[1, 1].set(0.0)
    loss = lambda y, ref: jnp.sum(Budget(Coarsen(8)).project(y, ref) ** 2)  # noqa: E731
    gradients = jax.jit(jax.vmap(jax.grad(loss, argnums=(0, 1))))(y[None], ref[None])
    assert all(jnp.isfinite(gradient).all() for gradient in gradients)
    np.testing.assert_allclose(gradients[1][0, 0], 128.0)  # an even block: d/dR of 64 R^2


class Overlapping(Operator):
    """Not an aggregate: neighbouring sums share cells."""

    axes = 2

    def __call__(self, x):
        return x[..., :-1, :] + x[..., 1:, :]

    def adjoint(self, r, shape=None):
        raise NotImplementedError

    def lift(self, r, shape=None):
        raise NotImplementedError


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Budget(Coarsen(8), how="scale"), ConstraintError, 'how="ratio"'),
        (lambda: Budget(Coarsen(8), how="shift", nonnegative=True), ConstraintError, 'how="ratio"'),
        (lambda: Budget(Coarsen(8), how="ratio", nonnegative=False), ConstraintError, 'how="shift"'),
        (lambda: Budget(Overlapping()), ConstraintError, 'how="shift"'),
        (lambda: Budget(Coarsen(8)).project(np.ones((16, 16))), ConstraintError, "constraint.reference(x0)"),
        (lambda: Budget(Coarsen(8)).project(np.ones((16, 16)), np.ones((4, 4))), ConstraintError, "factor times"),
        (lambda: Budget(Coarsen(8)).project(np.ones((16, 16)), 1.0), ConstraintError, "factor times"),
        (lambda: Budget(Coarsen(8)).project(np.ones((16, 16)), np.ones((3, 2, 2))), ConstraintError, "factor times"),
        (lambda: Budget(Coarsen(8)).project(np.ones((3, 16, 16)), np.ones((5, 2, 2))), ConstraintError, "factor"),
        (lambda: Budget(Total()).project(np.ones((3, 16, 16)), np.ones(16)), ConstraintError, "grid that A leads to"),
        (lambda: Budget(Coarsen(8)).project(np.ones((20, 16)), np.ones((2, 2))), GridError, "Cut it to 16 x 16"),
        (lambda: Budget(Coarsen(8)).project(np.ones((8, 8)), -np.ones((1, 1))), ConstraintError, "Clip the reference"),
    ],
)
def test_bad_input_is_refused_with_its_remedy(make, error, words):
    with pytest.raises(error) as refused:
        make()
    assert words in refused.value.remedy


def test_a_negative_reference_is_nan_where_no_error_can_be_raised():
    ref = jnp.ones((2, 2)).at[0, 0].set(-1e-6)
    kept = jax.jit(Budget(Coarsen(8)).project)(jnp.ones((16, 16)), ref)
    assert jnp.isnan(kept[:8, :8]).all() and jnp.isfinite(kept[8:]).all()


def test_a_ratio_is_offered_for_aggregates_only():
    assert isinstance(Coarsen(8), Aggregate) and isinstance(Total(), Aggregate)


def test_block_means_agree_with_the_kernel_of_fields():
    y, ref = rain(13, (16, 16), dtype=float), block_mean(rain(14, (16, 16), dtype=float), 8)
    expected = y * block_repeat(ref / block_mean(y, 8), 8)
    np.testing.assert_allclose(Budget(Coarsen(8)).project(y, ref), expected, rtol=1e-14)


@pytest.mark.parametrize("ref", [0.0, 1e-3, 1e3])
@pytest.mark.parametrize("size", [0.0, 1e-37, 1e-25, 1e-17, 1.0])
def test_the_gradient_is_finite_however_little_there_is_to_scale(ref, size):
    """-ref / seen^2 overflows, and is 0 / 0 under a dry reference, long before seen itself is too small to divide by."""
    keep, coarse = Budget(Coarsen(4), how="ratio"), jnp.full((2, 2), ref, jnp.float32)
    slope = jax.grad(lambda x: (keep.project(x, coarse) ** 2).sum())(jnp.full((8, 8), size, jnp.float32))
    assert np.isfinite(slope).all()
