"""Power spectra: noise, waves, true wavelengths, energy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import GridError, MissingValuesError
from nesym.verify import Rings, rapsd


@pytest.mark.parametrize(
    ("shape", "spacing"), [((32, 32), (1, 1)), ((24, 40), (1, 1)), ((41, 24), (2.0, 2.0)), ((32, 48), (3.0, 1.0))]
)
def test_white_noise_has_its_variance_on_every_ring(shape, spacing):
    noise = 1.7 * np.random.default_rng(0).normal(size=(1500, *shape))
    _, power = rapsd(noise, spacing)
    np.testing.assert_allclose(power.mean(0), 1.7**2, rtol=0.12)
    np.testing.assert_allclose(power[:, 1:].mean(), 1.7**2, rtol=0.01)


@pytest.mark.parametrize(("waves", "axis"), [(3, 0), (7, 1)])
def test_a_wave_stands_at_its_wavelength(waves, axis):
    ny, nx, dy, dx = 30, 50, 2.0, 1.0
    y, x = np.meshgrid(np.arange(ny) / ny, np.arange(nx) / nx, indexing="ij")
    wavelength, power = rapsd(np.cos(2 * np.pi * waves * (y if axis == 0 else x)), (dy, dx))
    true = (ny * dy if axis == 0 else nx * dx) / waves
    at = power.argmax()
    # A ring holds all wavenumbers within half a ring of its own.
    assert 60.0 / (at + 0.5) <= true <= 60.0 / (at - 0.5)
    assert wavelength[at] == 60.0 / at
    assert power[np.arange(power.size) != at].max() < 1e-20 * power[at]


def test_wavelengths_are_true_ones():
    wavelength, power = rapsd(np.zeros((100, 80)), (2.0, 2.0))
    assert np.isinf(wavelength[0])
    assert wavelength[1] == 200.0
    assert wavelength[-1] == pytest.approx(200.0 / 49)
    assert power.shape == (50,)


def test_rings_end_at_the_limit_of_the_coarser_axis():
    assert Rings((40, 40), (1.0, 3.0)).wavelength[-1] > 6.0
    assert Rings((41, 41), (1.0, 1.0)).count == 21


@given(st.integers(4, 11), st.integers(4, 11), st.floats(0.5, 3.0))
@settings(max_examples=25, deadline=None)
def test_equals_a_sum_over_the_full_transform(ny, nx, dy):
    field = np.random.default_rng(ny * nx).normal(size=(ny, nx))
    rings = Rings((ny, nx), (dy, 1.0))
    power = np.abs(np.fft.fft2(field)) ** 2 / field.size
    ky, kx = np.fft.fftfreq(ny, dy)[:, None], np.fft.fftfreq(nx)[None]
    ring = np.round(rings.length * np.hypot(ky, kx))
    expected = [power[ring == r].mean() for r in range(rings.count)]
    np.testing.assert_allclose(rapsd(field, (dy, 1.0))[1], expected, rtol=1e-10, atol=1e-12)


def test_mean_power_is_the_mean_of_spectra():
    fields = np.random.default_rng(5).normal(size=(4, 16, 20)).astype(np.float32)
    np.testing.assert_allclose(Rings((16, 20), (1.0, 1.0)).mean_power(fields), rapsd(fields)[1].mean(0), rtol=1e-12)


def test_bad_input():
    with pytest.raises(MissingValuesError, match="without gaps"):
        rapsd(np.array([[1.0, np.nan], [0.0, 1.0]]))
    with pytest.raises(GridError, match="whole field"):
        rapsd(np.zeros((1, 8)))
    with pytest.raises(GridError, match="whole field"):
        rapsd(np.zeros((8, 8)), (0.0, 1.0))
