"""Polynomial propagators beyond double precision: exact laws, certificates, and agreement with doubles."""

import sys

import numpy as np
import pytest
from small_maps import henon, trajectory

import nesym
from nesym._errors import InputError, MissingValuesError
from nesym.learn.polynomials.polynomial import PolynomialPropagator
from nesym.physics.lorenz63 import Lorenz63
from nesym.solve.precise import orbit

flint = pytest.importorskip("flint")

START = (-2.17062215, -3.63889021, 17.90428187)
BITS = 192


@pytest.fixture(scope="module")
def lorenz():
    """160 bits of truth: 1024 samples to learn from, and 40 Lyapunov times after them."""
    return orbit(Lorenz63(), START, 1024 + 2816, every=16, precision=160)


@pytest.fixture(scope="module")
def fitted(lorenz):
    return PolynomialPropagator(9, precision=BITS).fit(lorenz.isel(time=slice(0, 1024)).astype(float))


def size(value) -> float:
    return float(abs(value).upper())


@pytest.mark.parametrize("target", ["increment", "state"])
def test_a_polynomial_map_is_found_again_to_its_last_digits(target):
    with flint.ctx.workprec(512):
        start = flint.arb(1) / 3, flint.arb(1) / 7
        data = trajectory(80, (start[0].mid(), start[1].mid()))
        fitted = PolynomialPropagator(3, target=target, precision=512).fit(data)
        ahead = fitted.forecast(data.isel(time=40), 4, rounded=False)
        x, y = data.values[40]
        for step in range(4):
            x, y = henon(x, y)
            off = max(size(a - b) for a, b in zip(ahead.values[step], (x, y), strict=True))
            assert off < 2.0**-400
    assert fitted.fitted.radius < 2.0**-400
    assert max(fitted.fitted.residual.values()) < 2.0**-400


def test_chaos_is_followed_as_far_as_is_known(lorenz, fitted):
    """33.01 Lyapunov times: big numbers are the same on every machine."""
    seen = lorenz.isel(time=slice(0, 1024)).astype(float)
    ahead = fitted.forecast(seen.isel(time=-1), 2816)
    error = np.sqrt(((ahead.values - lorenz.values[1024:].astype(float)) ** 2).sum(-1))
    lost = np.argmax(~(error < 0.5 * 14.7)) / 64 * Lorenz63().exponent
    assert abs(lost - 33.01) < 0.2


def test_doubles_agree_where_they_can(lorenz, fitted):
    seen = lorenz.isel(time=slice(0, 1024)).astype(float)
    starts = lorenz.isel(time=[1100, 1500, 2000]).astype(float).rename(time="trajectory").drop_vars("trajectory")
    double = PolynomialPropagator(9).fit(seen)
    np.testing.assert_allclose(double.forecast(starts, 5), fitted.forecast(starts, 5), atol=1e-10)
    assert double.fitted.radius is None and 0 < fitted.fitted.radius < 1e-20
    for name, residual in fitted.fitted.residual.items():
        assert residual < double.fitted.residual[name] < 1e-13


def test_more_bits_give_the_same_forecast(lorenz, fitted):
    seen = lorenz.isel(time=slice(0, 1024)).astype(float)
    more = PolynomialPropagator(9, precision=256, target="state").fit(seen)
    start = seen.isel(time=-1)
    np.testing.assert_allclose(more.forecast(start, 64), fitted.forecast(start, 64), rtol=1e-15)


def test_a_precision_that_is_too_small_is_refused_with_one_that_works(lorenz):
    seen = lorenz.isel(time=slice(0, 300)).astype(float)
    with pytest.raises(InputError, match="64 bits are too few for degree 7") as error:
        PolynomialPropagator(7, precision=64).fit(seen)
    enough = int(error.value.remedy.removeprefix("Give precision=").rstrip("."))
    assert 64 < enough < 512
    assert PolynomialPropagator(7, precision=enough).fit(seen).fitted.radius < 1e-9


def test_features_that_depend_on_each_other_have_no_remedy_in_bits():
    data = trajectory(60, step=1.0)
    data.values[:] = np.where(np.arange(60)[:, None] % 2, [0.25, 0.5], [0.75, -0.5])  # two states, in turn
    with pytest.raises(InputError, match="depend on each other") as error:
        PolynomialPropagator(2, precision=64).fit(data)
    assert error.value.remedy.startswith("Give a smaller degree")


def test_saved_ones_come_back_in_all_digits(fitted, lorenz, tmp_path):
    fitted.save(tmp_path / "precise.safetensors")
    back = nesym.load(tmp_path / "precise")
    start = lorenz.isel(time=1024)
    once, again = (model.forecast(start, 3, rounded=False).values.ravel() for model in (fitted, back))
    assert all(a == b for a, b in zip(once, again, strict=True))
    assert back.fitted.radius == fitted.fitted.radius and back.precision == BITS


def test_a_forecast_that_diverges_ends_with_its_reason():
    fitted = PolynomialPropagator(2, precision=128).fit(trajectory(80))
    ahead = fitted.forecast(np.array([5.0, 5.0]), 30)
    assert "diverged at step" in ahead["reason"].item() and np.isnan(ahead.values[-1]).all()


def test_past_states_and_chosen_times():
    seen = trajectory(120).sel(state=["x"])
    fitted = PolynomialPropagator(2, past=1, precision=128).fit(seen)
    ahead = fitted.forecast(seen.isel(time=slice(0, 50)), times=seen["time"].values[[51, 53]])
    np.testing.assert_allclose(ahead, seen.isel(time=[51, 53]), atol=1e-9)


def test_without_python_flint_the_remedy_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "flint", None)
    with pytest.raises(InputError, match="python-flint") as error:
        PolynomialPropagator(2, precision=128).fit(trajectory(50))
    assert error.value.remedy == "Install it: pip install 'nesym[precise]'."


def test_big_numbers_without_labels_or_ends_are_refused(lorenz):
    method = PolynomialPropagator(2, precision=128)
    with pytest.raises(InputError, match="Big numbers come as a DataArray"):
        method.fit(lorenz.isel(time=slice(0, 50)).drop_vars("time"))
    broken = lorenz.isel(time=slice(0, 50)).copy(data=lorenz.values[:50].copy())
    broken.values[3, 1] = flint.arb("nan")
    with pytest.raises(MissingValuesError, match="no finite"):
        method.fit(broken)
