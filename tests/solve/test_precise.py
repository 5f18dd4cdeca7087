"""Orbits of the Runge-Kutta map: against exact ratios, by hand, and in every precision."""

import sys
from fractions import Fraction

import numpy as np
import pytest

from nesym._errors import InputError
from nesym.physics.lorenz63 import Lorenz63
from nesym.physics.lorenz96 import Lorenz96
from nesym.physics.thomas import Thomas
from nesym.solve.precise import orbit

STARTS = np.array([[-8.0, 7.0, 27.0], [1.0, 2.0, 20.0], [3.0, 3.0, 15.0]])


def by_hand(x: list, h) -> list:
    """One classical step of Lorenz 1963, from its textbook form, in whatever numbers come."""

    def rates(x, y, z):
        return [
            10 * (y - x),
            x * (28 - z) - y,
            x * y - Fraction(8, 3) * z if isinstance(z, Fraction) else x * y - 8 / 3 * z,
        ]

    k1 = rates(*x)
    k2 = rates(*[a + k * h / 2 for a, k in zip(x, k1, strict=True)])
    k3 = rates(*[a + k * h / 2 for a, k in zip(x, k2, strict=True)])
    k4 = rates(*[a + k * h for a, k in zip(x, k3, strict=True)])
    return [a + h * (p + 2 * q + 2 * r + s) / 6 for a, p, q, r, s in zip(x, k1, k2, k3, k4, strict=True)]


def test_doubles_follow_the_textbook():
    found, x = orbit(Lorenz63(), STARTS[0], 4, every=2), list(STARTS[0])
    assert found.dims == ("time", "state") and list(found["state"].values) == ["x", "y", "z"]
    np.testing.assert_array_equal(found["time"], np.arange(4) * 2.0**-9)
    for sample in range(4):
        np.testing.assert_allclose(found.isel(time=sample), x, rtol=1e-13)
        x = by_hand(by_hand(x, 2.0**-10), 2.0**-10)


@pytest.mark.parametrize("flow", [Lorenz63(), Lorenz96(5), Thomas()], ids=lambda flow: type(flow).__name__)
def test_each_start_has_the_same_orbit_alone_and_among_others(flow):
    starts = np.array(flow.first) + np.arange(3)[:, None] * 0.1
    together = orbit(flow, starts, 50, every=8)
    assert together.dims == ("trajectory", "time", "state")
    np.testing.assert_array_equal(together.values[1], orbit(flow, starts[1], 50, every=8))


def test_single_precision_is_single_precision():
    single, double = (orbit(Lorenz63(), STARTS[1], 8, precision=bits) for bits in (24, 53))
    assert single.dtype == np.float32 and double.dtype == np.float64
    off = np.abs(single - double).values[1:].max()
    assert 1e-8 < off < 1e-4


def test_512_bits_are_those_of_exact_ratios():
    flint = pytest.importorskip("flint")
    found = orbit(Lorenz63(), STARTS[0], 3, precision=512).values
    x = [Fraction(value) for value in STARTS[0]]
    for sample in range(3):
        for value, ratio in zip(found[sample], x, strict=True):
            mantissa, exponent = value.man_exp()
            assert isinstance(value, flint.arb) and value.is_exact()
            assert abs(Fraction(int(mantissa)) * Fraction(2) ** int(exponent) - ratio) < Fraction(1, 2**490)
        x = by_hand(x, Fraction(1, 1024))


@pytest.mark.parametrize("flow", [Lorenz63(), Lorenz96(5), Thomas()], ids=lambda flow: type(flow).__name__)
def test_more_bits_continue_what_doubles_begin(flow):
    pytest.importorskip("flint")
    exact = orbit(flow, flow.first, 20, every=4, precision=256).astype(float)
    np.testing.assert_allclose(exact, orbit(flow, flow.first, 20, every=4), rtol=1e-12)


def test_an_orbit_goes_on_from_any_of_its_states():
    pytest.importorskip("flint")
    whole = orbit(Lorenz63(), STARTS[2], 12, every=3, precision=128)
    rest = orbit(Lorenz63(), whole.isel(time=5), 7, every=3, precision=128)
    assert all(a == b for a, b in zip(whole.values[5:].ravel(), rest.values.ravel(), strict=True))


def test_without_python_flint_the_remedy_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "flint", None)
    with pytest.raises(InputError, match="python-flint") as error:
        orbit(Lorenz63(), STARTS[0], 2, precision=512)
    assert error.value.remedy == "Install it: pip install 'nesym[precise]'."


@pytest.mark.parametrize("bits", [0, 32, 512.0, True, 10**6])
def test_precisions_that_make_no_sense_are_refused(bits):
    pytest.importorskip("flint")
    with pytest.raises(InputError, match="whole number of bits") as error:
        orbit(Lorenz63(), STARTS[0], 2, precision=bits)
    assert "precision=512" in error.value.remedy


@pytest.mark.parametrize(("start", "samples", "every"), [([1.0, 2.0], 5, 1), (STARTS, 0, 1), (STARTS, 5, 0)])
def test_starts_and_numbers_that_do_not_fit_are_refused(start, samples, every):
    with pytest.raises(InputError, match="A start of shape") as error:
        orbit(Lorenz63(), start, samples, every=every)
    assert error.value.remedy.startswith("Give for example")
