import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from nesym._errors import InputError, RangeError, UnitError
from nesym.fields import PUBLISHED, Chain, Log10, LogEps, MinMax, Root, Standardise

PER_DAY = 86_400.0
T4 = Chain((Log10(scale=1000.0, units="m"), Standardise(0.3, 0.4)))
ALL = {"T1": LogEps(), "T2": MinMax(-1.0, 5.0, "K"), "T3": PUBLISHED["aich2024-era5-fine"], "T4": T4, "root": Root()}


def test_t1_as_written():
    x = np.array([0.0, 1e-4, 3e-3])
    np.testing.assert_allclose(LogEps()(x, "kg m-2 s-1"), np.log(x + 1e-4) - np.log(1e-4), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "wettest"),
    [
        ("hess2022-cm2mc", 148),
        ("hess2022-era5", 541),
        ("hess2023-gfdl-esm4", 341),
        ("hess2023-w5e5", 436),
        ("aich2024-era5-fine", 517),
    ],
)
def test_published_constants_reach_the_published_rain(name, wettest):
    chain = PUBLISHED[name]
    unit = PER_DAY if chain.units == "kg m-2 s-1" else 1.0
    assert float(chain.inverse(np.array(1.0))) * unit == pytest.approx(wettest, abs=0.6)


def test_standardising_before_min_max_changes_nothing():
    x = np.array([0.0, 1.0, 80.0])
    published = PUBLISHED["aich2024-era5-fine"]
    _, standardise, minmax = published.steps
    plain = Chain((Log10(), MinMax(*(standardise.inverse(v) for v in (minmax.low, minmax.high)))))
    np.testing.assert_allclose(published(x, "mm day-1"), plain(x, "mm day-1"), atol=1e-12)


def test_t4_as_written():
    tp = np.array([0.0, 0.002])
    np.testing.assert_allclose(T4(tp, "m"), (np.log10(1000 * tp + 1) - 0.3) / 0.4, atol=1e-12)


def test_the_root_as_written():
    np.testing.assert_allclose(Root()(np.array([0.0, 0.001, 1.0, 64.0]), "mm h-1"), [0.0, 0.1, 1.0, 4.0], rtol=1e-14)
    # The sensitivity that its docstring gives, dx/dz = 3 x^(2/3), and none on the dry side.
    for x in (1e-3, 8.0):
        slope = jax.grad(Root().inverse)(jnp.asarray(np.cbrt(x)))
        assert float(slope) == pytest.approx(3 * x ** (2 / 3))
    assert float(jax.grad(Root().inverse)(jnp.asarray(-0.5))) == 0


def test_what_lies_below_zero_is_dry_and_what_is_missing_stays_missing():
    for module in (np, jnp):
        rain = np.asarray(Root().inverse(module.asarray([-2.0, -1e-9, 0.0, np.nan])))
        assert not rain[:3].any() and np.isnan(rain[3])


@pytest.mark.parametrize("name", ALL)
@given(arrays(np.float64, 5, elements=st.floats(0, 0.5)))
@settings(max_examples=20, deadline=None)
def test_there_and_back(name, x):
    transform = ALL[name]
    np.testing.assert_allclose(transform.inverse(transform(x, transform.units)), x, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ALL)
def test_jax_gives_the_same_and_stays_jax(name, strict):
    transform = ALL[name]
    x = np.linspace(0, 0.4, 7, dtype=np.float32)
    out = jax.jit(lambda a: transform(a, transform.units))(jnp.asarray(x))
    assert out.dtype == jnp.float32
    np.testing.assert_allclose(out, transform(x, transform.units), rtol=2e-5, atol=1e-6)
    assert transform.inverse(x).dtype == np.float32


def test_gradient():
    x = 2e-4
    slope = jax.grad(lambda a: LogEps()(a, "mm s-1"))(jnp.asarray(x))
    assert float(slope) == pytest.approx(1 / (x + 1e-4))


def test_fit_finds_the_constants_of_the_data():
    x = np.array([0.0, np.nan, 3e-3])
    chain = Chain((LogEps(), MinMax())).fit(x, "kg m-2 s-1")
    assert chain.steps[1] == MinMax(0.0, float(np.log1p(30.0)))
    np.testing.assert_allclose(chain(x, "kg m-2 s-1"), [-1.0, np.nan, 1.0])
    fitted = Standardise().fit(np.float32([1.0, 2.0, np.nan, 3.0]))
    assert (fitted.mean, fitted.std) == pytest.approx((2.0, np.sqrt(2 / 3)))


def test_units_that_mean_the_same_pass():
    x = np.array([1e-3])
    np.testing.assert_array_equal(LogEps()(x, "mm s-1"), LogEps()(x, "kg m-2 s-1"))


@pytest.mark.parametrize(
    ("transform", "units"),
    [
        (LogEps(), "mm day-1"),
        (LogEps(), "1"),
        (Log10(), "kg m-2 s-1"),
        (Root(), "mm day-1"),
        (MinMax(units="K"), "degC"),
        (MinMax(), "mm"),
    ],
)
def test_other_units_are_refused(transform, units):
    with pytest.raises(UnitError, match=f"'{units}' came") as caught:
        transform(np.array([1.0]), units)
    assert f"units='{units}'" in caught.value.remedy


def test_forgotten_units_are_refused():
    with pytest.raises(UnitError, match="takes values in 'mm day-1'"):
        Log10()(np.array([1.0]))
    with pytest.raises(UnitError):
        PUBLISHED["hess2022-era5"](np.array([1.0]))


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: LogEps(eps=0.0), InputError),
        (lambda: Log10(scale=-1.0), InputError),
        (lambda: MinMax().fit(np.ones(3)), RangeError),
        (lambda: Standardise().fit(np.ones(3)), RangeError),
    ],
)
def test_constants_that_cannot_be_inverted_are_refused(make, error):
    with pytest.raises(error) as caught:
        make()
    assert caught.value.remedy
