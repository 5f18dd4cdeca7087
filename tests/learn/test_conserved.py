"""Laws as formulas, and whether data keep them."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import InputError
from nesym.constrain import on_field
from nesym.learn.laws.conserved import drifts
from nesym.learn.laws.expressions import Conserved

NAMES = ("x", "v")
ENERGY = "0.5 * v**2 + 0.5 * x**2"


def oscillator(amplitudes=(0.5, 1.0, 1.5), damping=0.0, noise=0.0, every=0.1, seed=0):
    """x = A cos t, v = -A sin t, of amplitudes that decay, with noise."""
    times = np.arange(0, 12, every)
    size = np.array(amplitudes)[:, None] * np.exp(-damping * times)
    states = np.stack([size * np.cos(times), -size * np.sin(times)], -1)
    states += noise * np.random.default_rng(seed).normal(size=states.shape)
    variables = {name: (("trajectory", "time"), states[..., i]) for i, name in enumerate(NAMES)}
    return xr.Dataset(variables, {"time": times})


def test_values_and_constraint():
    law = Conserved((ENERGY,), NAMES)
    states = np.random.default_rng(0).normal(size=(4, 5, 2))
    assert law.values(states, np.zeros((4, 5)))[..., 0] == pytest.approx((states**2).sum(-1) / 2)
    held = on_field(lambda t, x, args: jnp.array([1.0, 2.0]) * x[::-1], law.constraint)
    velocity = held(0.0, jnp.array([0.3, 0.4]), None)
    assert jnp.dot(velocity, jnp.array([0.3, 0.4])) == pytest.approx(0.0, abs=1e-14)
    assert hash(law) == hash(Conserved([ENERGY], list(NAMES))) and law == Conserved(ENERGY, NAMES)
    assert jax.jit(law)(jnp.array([3.0, 4.0])).tolist() == [12.5]


def test_an_exact_law_does_not_move_and_others_do():
    energy, product = drifts(Conserved((ENERGY,), NAMES), oscillator()) + drifts(
        Conserved(("x * v",), NAMES), oscillator()
    )
    assert energy.moves < 1e-12 and energy.kept
    assert energy.size == pytest.approx(np.sqrt(np.mean(np.array([0.125, 0.5, 1.125]) ** 2)))
    assert energy.between == pytest.approx(np.std([0.125, 0.5, 1.125]))
    assert not product.kept and product.beyond_noise > 0.5 * product.spread


def test_a_law_with_one_value_everywhere_is_kept_though_trajectories_do_not_differ():
    found = drifts(Conserved((ENERGY,), NAMES), oscillator((1.0, 1.0), noise=0.02))[0]
    assert found.between < found.moves and found.kept


@pytest.mark.parametrize("noise", [0.01, 0.05])
def test_noise_is_told_from_drift(noise):
    found = drifts(Conserved((ENERGY,), NAMES), oscillator(noise=noise))[0]
    assert found.noise == pytest.approx(found.moves, rel=0.1) and found.kept
    # first order in the noise: sd of A (x' cos + v' sin)
    assert found.noise == pytest.approx(noise * np.sqrt(np.mean(np.array([0.5, 1.0, 1.5]) ** 2)), rel=0.1)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.1, 50), st.integers(0, 50))
def test_the_verdict_does_not_depend_on_units(scale, seed):
    data = oscillator(noise=0.03, damping=0.01, seed=seed)
    one = drifts(Conserved((ENERGY,), NAMES), data)[0]
    other = drifts(Conserved((ENERGY,), NAMES), data * scale)[0]
    assert other.kept == one.kept and other.moves == pytest.approx(one.moves * scale**2, rel=1e-9)
    assert other.spread == pytest.approx(one.spread * scale**2, rel=1e-9)


@pytest.mark.parametrize(
    "text, data, says, remedy",
    [
        ("x**2 + 3 * v**2", oscillator(), "moves by", "Correct the formula"),
        (ENERGY, oscillator(damping=0.2), "moves by", "leave it out"),
        ("x + 0*v", oscillator(), "moves by", "leave it out"),
        ("x * v", oscillator(every=2.4), "moves by", "Sample more often|Correct"),
        ("log(x) + v", oscillator(), "not a number at", "defined"),
    ],
)
def test_what_is_not_kept_is_refused_with_its_drift(text, data, says, remedy):
    with pytest.raises(InputError, match=says) as problem:
        Conserved((text,), NAMES).check(data)
    assert re.search(remedy, problem.value.remedy)


def test_a_law_that_is_kept_passes():
    Conserved((ENERGY,), NAMES).check(oscillator(noise=0.02))


def test_dependent_laws_are_refused():
    data = oscillator().assign(w=oscillator()["x"] * 2)
    with pytest.raises(InputError, match="say the same"):
        Conserved((ENERGY, "x**2 + v**2"), ("x", "v", "w")).check(data)
    Conserved((ENERGY, "w - 2 * x"), ("x", "v", "w")).check(data)


@pytest.mark.parametrize("texts", [(), ("1 + pi",), ("x", "v"), ("t",)])
def test_laws_that_cannot_be_one_are_refused(texts):
    with pytest.raises(InputError, match=r"formula of the coordinates|nothing could move"):
        Conserved(texts, NAMES)


def test_laws_of_other_coordinates_are_refused():
    with pytest.raises(InputError, match="the data have x, v"):
        drifts(Conserved(("a**2 + b**2",), ("a", "b")), oscillator())


def test_the_table_has_a_row_for_each_law():
    table = Conserved(("x**2 + v**2",), NAMES).drift(oscillator())
    assert table.cell("x**2 + v**2", "kept") is True and table.cell("x**2 + v**2", "moves") < 1e-12
    assert "no" in str(Conserved(("x",), NAMES).drift(oscillator()))


def test_trajectories_of_unequal_length_and_irregular_times():
    rng = np.random.default_rng(3)
    parts = []
    for length, amplitude in ((30, 1.0), (50, 2.0)):
        times = np.sort(rng.uniform(0, 10, length))
        states = amplitude * np.stack([np.cos(times), -np.sin(times)], -1)
        parts.append(xr.Dataset({n: ("time", states[:, i]) for i, n in enumerate(NAMES)}, {"time": times}))
    found = drifts(Conserved((ENERGY,), NAMES), parts)[0]
    assert found.kept and found.moves < 1e-12
