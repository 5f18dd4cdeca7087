"""CME and sMAPE: values by hand, and what must not matter."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import InputError
from nesym.verify.cme import cumulative_maximum_error as cme
from nesym.verify.cme import smape


def circle(steps=400):
    t = np.linspace(0, 2 * np.pi, steps, endpoint=False)
    return np.stack([np.cos(t), np.sin(t)], -1)  # mean 0, |x| = 1: the scale of its errors is 1


def test_errors_of_a_known_size_score_themselves():
    x = circle()
    assert cme(x, x) == 0 and smape(x, x) == 0
    np.testing.assert_allclose(cme(x + np.array([0.25, 0]), x), 0.25, rtol=1e-12)
    np.testing.assert_allclose(cme(0 * x, x), 1, rtol=1e-12)
    np.testing.assert_allclose(smape(3 * x, x), 100, rtol=1e-12)  # |2 x| / |2 x|
    assert smape(0 * x, x) == 200


def test_an_error_stays_and_nan_is_as_bad_as_the_mean():
    x = circle()
    once = x.copy()
    once[100, 0] += 0.5
    np.testing.assert_allclose(cme(once, x), 0.75 * 0.5, rtol=1e-12)
    lost = x.copy()
    lost[100:] = np.nan
    far = x.copy()
    far[100:] = np.inf
    assert cme(lost, x) == cme(far, x) == 0.75
    assert smape(lost, x) == 150


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999), st.floats(0.01, 100), st.floats(-50, 50))
def test_shift_and_scale_do_not_matter_and_worse_is_worse(seed, scale, shift):
    rng = np.random.default_rng(seed)
    x, error = rng.normal(size=(2, 60, 3)), 0.1 * rng.normal(size=(2, 60, 3))
    score = cme(x + error, x)
    np.testing.assert_allclose(cme(scale * (x + error) + shift, scale * x + shift), score, rtol=1e-6)
    assert (cme(x + 1.5 * error, x) >= score).all()
    assert ((score >= 0) & (score <= 1)).all() and score.shape == (2,)


def test_labels_are_matched_by_name():
    x = circle(50)
    data = xr.Dataset({"a": ("time", x[:, 0]), "b": ("time", x[:, 1])}, {"time": np.arange(50.0)})
    turned = (data + 0.1)[["b", "a"]].to_dataarray("state")
    aligned = turned.sel(state=["a", "b"])
    np.testing.assert_allclose(cme(aligned, data), cme(x + 0.1, x))
    with pytest.raises(InputError) as caught:
        cme(data.isel(time=slice(9)), data)
    assert "time" in caught.value.remedy


@pytest.mark.parametrize(
    ("forecast", "truth", "problem"),
    [
        (np.zeros((5, 2)), np.zeros((6, 2)), "same times"),
        (np.zeros((5, 2)), np.zeros((5, 2)), "does not vary"),
        (np.zeros((5, 2)), np.full((5, 2), np.nan), "missing"),
        (np.zeros(5), np.zeros(5), "same times"),
    ],
)
def test_bad_input_is_refused(forecast, truth, problem):
    with pytest.raises(InputError, match=problem) as caught:
        cme(forecast, truth)
    assert caught.value.remedy
