"""The generator has the statistics that were put in."""

import numpy as np
import pytest

from nesym._errors import InputError
from nesym.data import lognormal_rain


def gaussian(rain, sigma):
    """The field under fully wet rain: g = ln r / sigma."""
    return np.log(rain.values.astype(np.float64)) / sigma


@pytest.mark.parametrize("slope", [1.5, 3.0])
def test_the_spectrum_is_the_power_law(slope):
    g = gaussian(lognormal_rain((200, 64, 64), slope, key=1, wet=1.0, sigma=0.5, lag1=0.0), 0.5)
    power = (np.abs(np.fft.fft2(g)) ** 2).mean(0)
    k = np.hypot(np.fft.fftfreq(64)[:, None], np.fft.fftfreq(64))
    keep = (k > 0) & (k < 0.5)
    fitted = np.polyfit(np.log(k[keep]), np.log(power[keep]), 1)[0]
    assert fitted == pytest.approx(-slope, abs=0.02)
    assert power[0, 0] < 1e-6 * power.max()


def test_mean_variance_and_memory():
    g = gaussian(lognormal_rain((3000, 16, 16), 2.0, key=2, wet=1.0, sigma=0.7, lag1=0.8), 0.7)
    assert g.mean() == pytest.approx(0.0, abs=1e-6)
    assert g.var() == pytest.approx(1.0, abs=0.05)
    assert (g[1:] * g[:-1]).mean() / g.var() == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("wet", [0.1, 0.4, 0.9])
def test_the_wet_share_and_the_least_rain(wet):
    from statistics import NormalDist

    rain = lognormal_rain((400, 32, 32), 1.0, key=3, wet=wet, sigma=1.2, lag1=0.0)
    assert float((rain > 0).mean()) == pytest.approx(wet, abs=0.01)
    least = np.exp(1.2 * NormalDist().inv_cdf(1 - wet))
    assert float(rain.where(rain > 0).min()) == pytest.approx(least, rel=0.02)


def test_labels_and_repeatability():
    rain = lognormal_rain((4, 8, 12), 2.5, key=4, spacing_km=2.0, step_minutes=10.0)
    assert rain.dims == ("time", "y", "x") and rain.dtype == np.float32 and rain.name == "pr"
    assert rain.attrs["units"] == "mm h-1" and rain.attrs["slope"] == 2.5 and rain.x.attrs["units"] == "m"
    assert float(rain.y[1] - rain.y[0]) == 2000.0
    assert (np.diff(rain.time.values) == np.timedelta64(10, "m")).all()
    again = lognormal_rain((4, 8, 12), 2.5, key=4)
    assert np.array_equal(rain.values, again.values)
    longer = lognormal_rain((9, 8, 12), 2.5, key=4)
    assert np.array_equal(rain.values, longer.values[:4])
    assert not np.array_equal(rain.values, lognormal_rain((4, 8, 12), 2.5, key=5).values)


@pytest.mark.parametrize(
    "bad", [{"wet": 0.0}, {"wet": 1.1}, {"lag1": 1.0}, {"sigma": -1.0}, {"shape": (3, 8)}, {"shape": (3, 1, 8)}]
)
def test_what_no_field_can_have_is_refused(bad):
    with pytest.raises(InputError, match=r"Give, for example, shape=\(24, 64, 64\)"):
        lognormal_rain(**{"shape": (3, 8, 8), "slope": 2.0, "key": 0} | bad)
