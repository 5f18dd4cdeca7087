"""Forward operators: adjoints and inverses against their definitions, for NumPy and for JAX."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.test_util import check_grads

from nesym._errors import GridError, InputError, RangeError
from nesym.observe import Coarsen, Total

COSINE = np.cos(np.deg2rad(np.linspace(-75, 75, 12)))[:, None]
AREAS = np.random.default_rng(3).uniform(0.2, 2.0, (12, 8))
OPERATORS = {
    "coarsen": Coarsen(4),
    "coarsen, latitude": Coarsen(2, COSINE),
    "coarsen, areas": Coarsen(4, AREAS),
    "total": Total(),
    "total, areas": Total(AREAS),
    "mean": Total(mean=True),
    "mean, latitude": Total(COSINE, mean=True),
}
each_operator = pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS.keys())


def fields(seed: int, operator, dtype=float):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((3, 12, 8)).astype(dtype)
    return x, rng.standard_normal(operator(x).shape).astype(dtype)


@each_operator
@given(seed=st.integers(0, 2**31))
@settings(max_examples=10, deadline=None)
def test_adjoint_is_the_transpose(operator, seed):
    x, r = fields(seed, operator)
    assert np.vdot(operator(x), r) == pytest.approx(np.vdot(x, operator.adjoint(r, x.shape)), rel=1e-12, abs=1e-12)


@each_operator
def test_adjoint_is_what_jax_derives(operator, strict):
    x, r = fields(0, operator)
    (transposed,) = jax.linear_transpose(operator, jnp.asarray(x))(jnp.asarray(r))
    np.testing.assert_allclose(operator.adjoint(jnp.asarray(r), x.shape), transposed, rtol=1e-13, atol=1e-15)


@each_operator
def test_lift_is_the_pseudo_inverse(operator):
    _, r = fields(1, operator)
    basis = np.eye(12 * 8).reshape(-1, 12, 8)
    matrix = operator(basis).reshape(12 * 8, -1).T
    expected = (np.linalg.pinv(matrix) @ r.reshape(3, -1).T).T.reshape(3, 12, 8)
    np.testing.assert_allclose(operator.lift(r, (12, 8)), expected, rtol=1e-11, atol=1e-13)


@each_operator
def test_a_factor_per_block_passes_through(operator):
    x, s = fields(2, operator)
    np.testing.assert_allclose(operator(x * operator.repeat(s, x.shape)), s * operator(x), rtol=1e-11, atol=1e-12)


@each_operator
def test_unit_and_count_are_those_of_the_definition(operator):
    x, _ = fields(4, operator)
    np.testing.assert_allclose(operator(np.ones_like(x)), np.broadcast_to(operator.unit(x), operator(x).shape))
    terms = operator.terms(x)
    plain_sum = operator.gather(terms) * operator.count(x.shape)
    assert plain_sum.sum() == pytest.approx(terms.sum(), rel=1e-12)


@each_operator
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_array_kind_and_precision_stay(operator, dtype, strict):
    x, r = fields(5, operator, dtype)
    for result in (operator(x), operator.adjoint(r, x.shape), operator.lift(r, x.shape)):
        assert isinstance(result, np.ndarray) and result.dtype == dtype
    for name, argument in (("__call__", (x,)), ("adjoint", (r, x.shape)), ("lift", (r, x.shape))):
        method = getattr(operator, name)
        result = jax.jit(lambda a, m=method, rest=argument[1:]: m(a, *rest))(jnp.asarray(argument[0]))
        assert isinstance(result, jax.Array) and result.dtype == dtype
        np.testing.assert_allclose(result, method(*argument), rtol=1e-5 if dtype == np.float32 else 1e-12, atol=1e-6)


@each_operator
def test_gradients(operator, strict):
    x, r = fields(6, operator)
    both = jax.jit(lambda x, r: (operator(x), operator.lift(r, (12, 8))))
    check_grads(both, (jnp.asarray(x), jnp.asarray(r)), order=1, modes="rev")


def test_block_means_by_hand():
    x = np.array([[1.0, 3.0, 0.0, 0.0], [5.0, 7.0, 0.0, 8.0]])
    np.testing.assert_array_equal(Coarsen(2)(x), [[4.0, 2.0]])
    weights = np.array([[1.0, 0.0, 1.0, 1.0], [1.0, 0.0, 1.0, 1.0]])
    np.testing.assert_array_equal(Coarsen(2, weights)(x), [[3.0, 2.0]])


def test_totals_by_hand():
    x = np.array([[1.0, 3.0], [5.0, 7.0]])
    assert Total()(x) == 16.0
    assert Total([[1.0], [3.0]])(x) == 40.0
    assert Total([[1.0], [3.0]], mean=True)(x) == 5.0


def test_integers_become_floating():
    assert Coarsen(2)(np.array([[1, 2], [3, 5]])) == 2.75


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Coarsen(0), GridError, "Give 2, 4, 8"),
        (lambda: Coarsen(5)(np.ones((12, 8))), GridError, "Cut it to 10 x 5 cells"),
        (lambda: Coarsen(2)(np.ones(8)), GridError, "shape (..., y, x)"),
        (lambda: Total()(np.ones(8)), GridError, "shape (..., y, x)"),
        (lambda: Coarsen(2, np.ones(8)), GridError, "(y, 1)"),
        (lambda: Coarsen(2, -np.ones((12, 8))), RangeError, "Give cell areas"),
        (lambda: Coarsen(2, np.full((12, 8), np.nan)), RangeError, "Give cell areas"),
        (lambda: Coarsen(2, np.ones((6, 8)))(np.ones((12, 8))), GridError, "(12, 8), (12, 1) or (1, 8)"),
        (lambda: Coarsen(4, np.eye(12)[:, :8])(np.ones((12, 8))), RangeError, "at least one cell"),
        (lambda: Total(np.zeros((12, 8))), RangeError, "positive weight"),
        (lambda: Total().adjoint(np.ones(3)), GridError, "shape=(ny, nx)"),
    ],
)
def test_bad_input_is_refused_with_its_remedy(make, error, words):
    with pytest.raises(error) as refused:
        make()
    assert words in refused.value.remedy


def test_labelled_data_are_sent_to_the_labelled_door():
    with pytest.raises(InputError) as refused:
        Coarsen(2)(xr.DataArray(np.ones((4, 4)), dims=("y", "x")))
    assert "nesym.constrain.apply" in refused.value.remedy
