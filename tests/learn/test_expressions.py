"""Formulas as text: what they give, and that nothing else than a formula is taken."""

import ast
import math
import pickle
import re
import string

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import InputError
from nesym.learn.laws.expressions import Expression

NAMES = ("x", "y", "omega")
LEAVES = st.one_of(st.sampled_from([*NAMES, "t", "pi", "2", "0.5", "3e-1"]))
FORMULAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", " - ", "*", "/", "%"]), inner).map(lambda p: f"({p[0]}{p[1]}{p[2]})"),
        inner.map(lambda p: f"-{p}"),
        st.tuples(inner, st.sampled_from(["2", "3", "-1"])).map(lambda p: f"({p[0]})**{p[1]}"),
        st.tuples(st.sampled_from(["sin", "cos", "tanh", "abs"]), inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(st.sampled_from(["minimum", "maximum", "arctan2"]), inner, inner).map(
            lambda p: f"{p[0]}({p[1]}, {p[2]})"
        ),
        st.tuples(inner, inner, inner).map(lambda p: f"where({p[0]} < {p[1]}, {p[2]}, {p[0]})"),
    ),
    max_leaves=8,
)
PYTHON = {name: getattr(math, name) for name in ("sin", "cos", "tanh", "pi")} | {
    "abs": abs, "minimum": min, "maximum": max, "arctan2": math.atan2, "where": lambda c, a, b: a if c else b,
}  # fmt: skip


def python_value(text, values):
    try:
        return float(eval(text, {"__builtins__": {}}, PYTHON | values))  # a text of this test's own making
    except (ZeroDivisionError, OverflowError):
        return math.nan


@settings(max_examples=150, deadline=None)
@given(FORMULAS, st.lists(st.floats(-3, 3).filter(lambda v: abs(v) > 1e-3), min_size=4, max_size=4))
def test_formulas_have_the_value_that_python_gives(text, numbers):
    values = dict(zip((*NAMES, "t"), numbers, strict=True))
    expected = python_value(text, values)
    try:
        found = float(Expression(text, NAMES)(np.array(numbers[:3]), numbers[3]))
    except InputError:
        assert math.isnan(expected)  # a constant part that is not a number is refused at once
        return
    if math.isfinite(expected) and abs(expected) < 1e8:
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_numpy_and_jax_give_the_same_in_any_form():
    energy = Expression("0.5 * omega**2 + 9.81 * (1 - cos(x)) + where(0 < y <= 1, y, 0) * t", NAMES)
    states, times = np.random.default_rng(0).normal(size=(4, 5, 3)), np.arange(5.0)
    expected = 0.5 * states[..., 2] ** 2 + 9.81 * (1 - np.cos(states[..., 0]))
    expected += np.where((states[..., 1] > 0) & (states[..., 1] <= 1), states[..., 1], 0) * times
    assert energy(states, times) == pytest.approx(expected, rel=1e-12)
    assert energy.variables == NAMES and energy.timed
    jitted = jax.jit(lambda x, t: energy(x, t))(jnp.asarray(states), jnp.asarray(times))
    assert np.asarray(jitted) == pytest.approx(expected, rel=1e-12)
    mapped = jax.vmap(jax.vmap(energy))(jnp.asarray(states), jnp.broadcast_to(times, (4, 5)))
    assert np.asarray(mapped) == pytest.approx(expected, rel=1e-12)


def test_gradients_are_there_also_at_zero():
    gradient = jax.grad(Expression("x**2 + y**3 - 2 * x * y", ("x", "y")))
    assert gradient(jnp.array([0.0, 0.0])).tolist() == [0.0, 0.0]
    assert gradient(jnp.array([1.0, 2.0])).tolist() == [-2.0, 10.0]


def test_a_formula_is_its_text():
    one, other = Expression("x + y", ("x", "y")), Expression("x + y", ["x", "y"])
    assert one == other and hash(one) == hash(other) and str(one) == "x + y"
    assert pickle.loads(pickle.dumps(one))(np.array([1.0, 2.0])) == 3.0
    assert Expression("2 * pi", ("x",))(np.zeros((3, 1))) == pytest.approx(np.full(3, 2 * np.pi))
    assert Expression("t", ("x",))(np.zeros(1), np.arange(3.0)).tolist() == [0.0, 1.0, 2.0]
    assert Expression("θ**2", ("θ",))(np.array([3.0])) == 9.0
    assert Expression("+".join(["x*y"] * 900), ("x", "y"))(np.array([2.0, 3.0])) == 5400.0


def test_undefined_values_are_nan_without_a_warning():
    assert np.isnan(Expression("log(x)", ("x",))(np.array([-1.0])))


@pytest.mark.parametrize(
    "text, part, remedy",
    [
        ("x.real + y", "'x.real' is an attribute", "coordinate alone"),
        ("(1).__class__", "attribute", "alone"),
        ("x[0]", "brackets", "itself"),
        ("__import__('os').system('true')", "a call that", "name alone"),
        ("np.sin(x)", "a call that", r"sin\(x\), not np"),
        ("eval('x')", "calls eval", "Use one of sin|Write"),
        ("'x'", "not a real number", "numbers, coordinates"),
        ("omga + x", "names omga", "Write omega"),
        ("sine(x)", "calls sine", "Write sin"),
        ("sin", "names sin", r"sin\(x\)"),
        ("sin(x, y)", "takes 1 argument, and 2 came", r"sin\(x\)"),
        ("where(x, 1, 2)", "comparison", "where"),
        ("x > 0", "comparison", "where"),
        ("x ^ 2", "not a power", r"x\*\*2"),
        ("x ** 1000", "exponent beyond 64", "64 at most"),
        ("9**9**9", "exponent beyond", "exp"),
        ("1/0", "finite", "Correct"),
        ("(-1)**0.5", "finite", "Correct"),
        ("1e999", "finite", "Correct"),
        ("lambda: x", "not a part", "numbers"),
        ("[x for x in y]", "not a part", "numbers"),
        ("x if y else 1", "not a part", "numbers"),
        ("sin(x=1)", "a call that", "name alone"),
        ("True", "not a real number", "numbers"),
        ("1j", "not a real number", "numbers"),
        ("x, y", "a list", "one formula for each"),
        ("2 * x +", "not a formula", "Write it as"),
        ("x² + y²", "invalid character", "Write it as"),
        ("", "empty", "Write it as"),
        ("   ", "empty", "Write it as"),
        ("x + " * 2000 + "x", "at most 4000", "several formulas"),
        ("-" * 200 + "x", "more than 40 levels", "shortly"),
        ("(" * 300 + "x" + ")" * 300, "not a formula", "Write it as"),
        ("x\0", "not a formula", "Write it as"),
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused_with_its_part(text, part, remedy):
    with pytest.raises(InputError, match=part) as problem:
        Expression(text, NAMES)
    assert re.search(remedy, problem.value.remedy)


def test_names_that_cannot_be_written_say_how_to_rename_them():
    with pytest.raises(InputError, match="'lambda' of a coordinate") as problem:
        Expression("x + lambda", ("x", "lambda"))
    assert "ds.rename" in problem.value.remedy
    with pytest.raises(InputError, match="also the time"):
        Expression("x + t", ("x", "t"))
    assert Expression("2 * x", ("x", "t", "wind speed"))(np.array([1.0, 2.0, 3.0])) == 2.0


@pytest.mark.parametrize("names", [(), ("x", "x"), ("x", ""), ("x", 3)])
def test_coordinates_need_names_of_their_own(names):
    with pytest.raises(InputError, match="name each"):
        Expression("x", names)


def test_states_of_other_length_are_refused():
    with pytest.raises(InputError, match="last axis has 2"):
        Expression("x", NAMES)(np.zeros((5, 2)))


WORDS = [*"xyt()[]{}.,:=*/+-<>@'", "__class__", "lambda ", "import ", "9" * 30, "**", "sin(", "if "]
HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=string.punctuation + "xyt019 ", max_size=40),
    st.lists(st.sampled_from(WORDS), max_size=20).map("".join),
)


@settings(max_examples=300, deadline=None)
@given(HOSTILE)
def test_any_text_is_a_formula_or_refused(text):
    try:
        found = Expression(text, NAMES)(np.ones(3), 1.0)
    except InputError as problem:
        assert problem.problem.endswith((".", "?")) and problem.remedy
        return
    assert np.shape(found) == ()
    allowed = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant, ast.Compare, ast.operator, ast.unaryop,
               ast.cmpop, ast.Load)  # fmt: skip
    assert all(isinstance(node, allowed) for node in ast.walk(ast.parse(text.strip(), mode="eval")))
