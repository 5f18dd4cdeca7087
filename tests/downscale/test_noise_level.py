"""Noise levels from spectra: exact where the spectrum is known, and crossings that were put in are found again."""

import jax
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from small_rain import on_the_globe

import nesym
from nesym._errors import GridError, InputError, MissingValuesError, RangeError, UnitError
from nesym.downscale import NoiseLevel, spectral_noise_level
from nesym.fields import Chain, LogEps, Standardise, canonical, coarsen
from nesym.fields.memory import independent
from nesym.fields.random import amplitude, gaussian_fields
from nesym.systems.consistency.crossing import constructed_crossing
from nesym.verify import rapsd

LOG = LogEps(0.1, "mm h-1")
RADAR_RINGS = {4: 15, 8: 7}  # the last ring below the coarse Nyquist wavenumber of 128 x 128 cells


def as_rain(z: np.ndarray, spacing: float = 1.0) -> xr.DataArray:
    """Rain (time, y, x) whose logarithm, as `LOG` takes it, is `z` and a constant."""
    axes = {d: (d, spacing * np.arange(n), {"units": "km"}) for d, n in zip(("y", "x"), z.shape[1:], strict=True)}
    time = np.datetime64("2018-05-10", "ns") + np.arange(len(z)) * np.timedelta64(5, "m")
    return xr.DataArray(LOG.inverse(z + 6.0), {"time": time, **axes}, ("time", "y", "x"), "pr", {"units": "mm h-1"})


def power_law(shape: tuple[int, int], slope: float, fields: int, key: int = 0) -> np.ndarray:
    """Periodic Gaussian fields (time, y, x) with the power k^-slope and unit variance."""
    draws = independent(np.arange(fields))
    return np.concatenate([
        gaussian_fields(
            jax.random.key(key), np.arange(1), names, weights, np.float32(slope), shape=shape, longest=1e9, margin=0
        )
        for names, weights in zip(draws.names, draws.weights, strict=True)
    ])  # fmt: skip


@pytest.fixture(scope="module")
def radar() -> xr.DataArray:
    return canonical(nesym.data.sample("radar_germany"), "pr")


def shifted(rain: xr.DataArray, order: np.ndarray) -> xr.DataArray:
    """The same fields, another one at every time."""
    return rain.copy(data=rain.values[order])


# What is known exactly


@pytest.mark.parametrize("sd", [0.2, 1.0])
@pytest.mark.parametrize("factor", [2, 4, 8])
def test_white_noise_needs_its_own_standard_deviation(sd, factor):
    rain = as_rain(np.random.default_rng(0).normal(0, sd, (64, 64, 64)))
    level = spectral_noise_level(rain, factor=factor, transform=LOG)
    assert level.sigma == pytest.approx(sd, rel=0.04)
    assert (level.k, level.wavelength, level.crossing) == (32 / factor, 2 * factor, False)


def test_power_law_between_two_rings():
    """L / (2 f d) = 13.5: the law itself, sqrt(PSD) = |k|^(-slope/2) normalised, taken between the rings."""
    shape, slope = (96, 108), 3.0
    level = spectral_noise_level(as_rain(power_law(shape, slope, 24), 2.0), factor=4, transform=LOG)
    filter_ = np.asarray(amplitude(shape, np.float32(slope), 1e9))
    exact = filter_[0, 1] * 13.5 ** (-slope / 2)
    assert level.sigma == pytest.approx(exact, rel=0.04)
    assert level.k == 13.5 and level.wavelength == pytest.approx(16.0)


def test_a_steeper_spectrum_and_a_finer_grid_need_less_noise():
    gentle, steep = (as_rain(power_law((64, 64), slope, 8)) for slope in (2.0, 4.0))
    sigma = {f: spectral_noise_level(steep, factor=f, transform=LOG).sigma for f in (2, 4, 8)}
    assert sigma[2] < sigma[4] < sigma[8]
    assert sigma[2] < spectral_noise_level(gentle, factor=2, transform=LOG).sigma


def test_the_longer_side_and_the_coarser_axis_count():
    rain = as_rain(np.random.default_rng(0).normal(size=(8, 64, 96)))
    rain["x"] = rain["x"] * 1.5
    level = spectral_noise_level(rain, factor=4, transform=LOG)
    assert level.wavelength == pytest.approx(12.0) and level.k == pytest.approx(96 * 1.5 / 12.0)


def test_latitudes_and_longitudes():
    z = np.random.default_rng(0).normal(size=(8, 64, 64))
    rain = on_the_globe(as_rain(z), 50 + 0.1 * np.arange(64), 0.1 * np.arange(64))
    level = spectral_noise_level(rain, coarsen(canonical(rain), 4), factor=4, transform=LOG)
    assert level.wavelength == pytest.approx(8 * 0.1 * 6371 * np.pi / 180)  # of the rows: columns are closer here
    assert level.sigma == pytest.approx(1.0, rel=0.05) and not level.crossing


# What must not matter


@settings(max_examples=8, deadline=None)
@given(scale=st.floats(0.01, 100.0))
def test_scaled_distances_scale_the_wavelength_alone(scale):
    z = power_law((64, 64), 3.0, 8)
    lost = constructed_crossing(as_rain(z), 4, 5, 0)
    one = spectral_noise_level(as_rain(z), lost, factor=4)
    axes = {d: (d, lost[d].values * scale, {"units": "km"}) for d in ("y", "x")}
    other = spectral_noise_level(as_rain(z, scale), lost.assign_coords(axes), factor=4)
    assert (other.k, other.crossing) == (one.k, one.crossing) == (5.0, True)
    np.testing.assert_allclose([other.wavelength, other.sigma], [scale * one.wavelength, one.sigma], rtol=1e-6)


def test_the_order_in_time_does_not_matter(radar):
    rain = radar.isel(time=slice(None, None, 2))
    lost = constructed_crossing(rain, 4, 9, 0)
    one = spectral_noise_level(rain, lost, factor=4, transform=LOG)
    for order in (np.arange(144)[::-1], np.random.default_rng(0).permutation(144)):
        other = spectral_noise_level(shifted(rain, order), shifted(lost, order[::-1]), factor=4, transform=LOG)
        assert other.k == one.k == 9.0
        assert other.sigma == pytest.approx(one.sigma, rel=1e-9)


def test_amplitude_is_no_structure(radar):
    """The cube root makes eight times the rain twice the field: a constant ratio of spectra."""
    undisturbed, lost = coarsen(radar, 4), constructed_crossing(radar, 4, 7, 0)
    for times in (0.5, 8.0):
        assert not spectral_noise_level(radar, undisturbed.copy(data=undisturbed.values * times), factor=4).crossing
        assert spectral_noise_level(radar, lost.copy(data=lost.values * times), factor=4).k == 7.0


def test_units_and_chunks_do_not_matter(radar):
    one = spectral_noise_level(radar, factor=8)
    other = spectral_noise_level(
        radar.copy(data=radar.values / 3600).assign_attrs(units="kg m-2 s-1").chunk(time=50), factor=8
    )
    assert other.sigma == pytest.approx(one.sigma, rel=1e-4)


def test_the_usual_transform_brings_the_cube_root_to_unit_variance(radar):
    level = spectral_noise_level(radar, factor=8)
    wet = radar.values[(radar.values >= 0.1).mean((1, 2)) >= 0.1].astype(float)
    _, power = rapsd(np.cbrt(wet))
    assert level.sigma == pytest.approx(np.sqrt(power.mean(0)[8]) / np.cbrt(wet).std(), rel=0.03)


# Crossings


@pytest.mark.parametrize("transform", [None, LOG], ids=["cube root", "logarithm"])
@pytest.mark.parametrize(("factor", "ring"), [(4, 3), (4, 5), (4, 9), (4, 14), (8, 3), (8, 6)])
def test_a_constructed_crossing_is_found_within_one_ring(radar, factor, ring, transform):
    for key in range(2):
        foreign = constructed_crossing(radar, factor, ring, key, transform=transform)
        level = spectral_noise_level(radar, foreign, factor=factor, transform=transform)
        assert level.crossing and abs(level.k - ring) <= 1
        assert level.wavelength == pytest.approx(128 / level.k)


@pytest.mark.parametrize("factor", [4, 8])
def test_other_hours_depart_only_where_they_were_made_to(radar, factor):
    early, late = radar.isel(time=slice(0, 200)), radar.isel(time=slice(200, None))
    for seen, foreign in ((early, late), (late, early)):
        plain = spectral_noise_level(seen, factor=factor)
        assert spectral_noise_level(seen, coarsen(foreign, factor), factor=factor) == plain
        for ring in (4, RADAR_RINGS[factor] - 1):
            lost = constructed_crossing(foreign, factor, ring, 0)
            level = spectral_noise_level(seen, lost, factor=factor)
            assert level.crossing and abs(level.k - ring) <= 1
            assert level.sigma > plain.sigma


def test_a_crossing_takes_the_noise_of_its_own_ring(radar):
    transform = Chain((LOG, Standardise())).fit(radar.values, "mm h-1")
    level = spectral_noise_level(radar, constructed_crossing(radar, 4, 8, 0), factor=4, transform=transform)
    assert level.k == 8.0
    assert level == NoiseLevel(8.0, 16.0, spectral_noise_level(radar, factor=8, transform=transform).sigma, True)


def test_too_much_power_is_a_departure_as_well(radar):
    level = spectral_noise_level(radar, constructed_crossing(radar, 4, 6, 0, power=8.0), factor=4)
    assert level.crossing and abs(level.k - 6) <= 1


def test_a_smoother_is_found_where_it_halves_the_power(radar):
    """exp(-(2 pi s k / n)^2) = 1/2 at ring 4.2 for a Gaussian filter of s = 1 of the n = 32 coarse cells."""
    from scipy.ndimage import gaussian_filter

    coarse = coarsen(radar, 4)
    level = spectral_noise_level(radar, coarse.copy(data=gaussian_filter(coarse.values, (0, 1, 1))), factor=4)
    assert level.crossing and 4 <= level.k <= 6


def test_a_return_to_the_observed_spectrum_is_no_departure(radar):
    """Rings 9 to 12 are wrong, and smaller scales are right again."""
    wrong, right = constructed_crossing(radar, 4, 9, 0), coarsen(radar, 4)
    spectra = [np.fft.rfft2(np.cbrt(c.values)) for c in (wrong, right)]
    ring = 32 * np.hypot(np.fft.fftfreq(32)[:, None], np.fft.rfftfreq(32))
    mixed = np.fft.irfft2(np.where(ring < 12.5, *spectra))
    assert not spectral_noise_level(radar, right.copy(data=np.maximum(mixed, 0) ** 3), factor=4).crossing


def test_no_crossing_on_other_days_of_german_radar(real_data):
    from nesym.systems.rain_baselines import DATASET, FIT, SCORE, on

    amounts = nesym.data.open(DATASET, real_data).isel(y=slice(2, 186), x=slice(4, 220), time=slice(None, None, 6))
    field = canonical(amounts, "pr", missing="fill").load()
    seen, foreign = on(FIT, field), on(SCORE, field)
    for factor, rings in ((4, (3, 12, 24)), (8, (3, 7, 12))):
        assert not spectral_noise_level(seen, coarsen(foreign, factor), factor=factor).crossing
        for ring in rings:
            level = spectral_noise_level(seen, constructed_crossing(foreign, factor, ring, 0), factor=factor)
            assert level.crossing and abs(level.k - ring) <= 1


# The construction itself


def test_what_is_constructed(radar):
    ring = 6
    lost, right = constructed_crossing(radar, 4, ring, 0), coarsen(radar, 4)
    assert (lost.values >= 0).all() and lost.dtype == np.float32 and lost.sizes == right.sizes
    xr.testing.assert_identical(lost, constructed_crossing(radar, 4, ring, 0))
    assert not np.array_equal(lost, constructed_crossing(radar, 4, ring, 1))
    kept, there = (rapsd(np.cbrt(c.values.astype(float)))[1].mean(0) for c in (lost, right))
    ratio = kept / there
    assert (ratio[1:ring] > 0.7).all() and (ratio[ring:] < 0.3).all()
    np.testing.assert_allclose(constructed_crossing(radar, 4, ring=99, key=0), right, rtol=1e-4, atol=1e-6)


# What is refused


def pair() -> tuple[xr.DataArray, xr.DataArray]:
    rain = as_rain(np.random.default_rng(0).normal(size=(9, 64, 64)))
    return rain, coarsen(rain, 4)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda r: r * 0, InputError, "more rain"),
        (lambda r: r.isel(time=slice(0, 7)), InputError, "has 7"),
        (lambda r: r.isel(time=0), InputError, "has 1"),
        (lambda r: r.isel(x=slice(0, 28)), InputError, "8 x 8 blocks"),
        (lambda r: r.where(r > r.min()), MissingValuesError, "missing='fill'"),
        (lambda r: r.expand_dims(member=2), InputError, r"isel\(member=0\)"),
        (lambda r: r.assign_attrs(units=""), UnitError, "mm h-1"),
        (lambda r: r.copy(data=np.ones(r.shape)), RangeError, "data that vary"),
        (lambda r: r.drop_vars("x"), GridError, "assign_coords"),
    ],
)
def test_observed_rain_that_tells_nothing(change, error, words):
    rain, _ = pair()
    with xr.set_options(keep_attrs=True), pytest.raises(error, match=words):
        spectral_noise_level(change(rain), factor=4)


def test_even_rain_has_no_spectrum():
    rain, _ = pair()
    even = rain.copy(data=np.broadcast_to(1.0 + np.arange(9.0)[:, None, None], rain.shape))
    with pytest.raises(InputError, match="no power") as caught:
        spectral_noise_level(even, factor=4, transform=LOG)
    assert "as it was measured" in caught.value.remedy


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda c: c.isel(x=slice(0, 8)), GridError, "16 x 8 cells"),
        (lambda c: c.assign_coords(y=c["y"] * 1.03), GridError, "of 4.12 x 4 km"),
        (lambda c: on_the_globe(c, 50 + np.arange(16), np.arange(16)), GridError, r"\(lat, lon\)"),
        (lambda c: c.where(c > c.min()), MissingValuesError, "missing='fill'"),
        (lambda c: c.isel(time=slice(0, 5)), InputError, "the coarse rain has 5"),
        (lambda c: c * 0, InputError, "the coarse rain has 0"),
    ],
)
def test_coarse_rain_that_cannot_be_compared(change, error, words):
    rain, coarse = pair()
    with xr.set_options(keep_attrs=True), pytest.raises(error, match=words):
        spectral_noise_level(rain, change(coarse), factor=4)


def test_spacing_is_compared_to_one_percent():
    rain, coarse = pair()
    axes = {d: coarse[d].copy(data=coarse[d].values * 1.005).assign_attrs(coarse[d].attrs) for d in ("y", "x")}
    assert not spectral_noise_level(rain, coarse.assign_coords(axes), factor=4).crossing


def test_the_wrong_factor():
    rain, coarse = pair()
    with pytest.raises(GridError, match="32 x 32 cells") as caught:
        spectral_noise_level(rain, coarse, factor=2)
    assert "regrid" in caught.value.remedy and "factor" in caught.value.remedy
    for factor in (1, 2.5, True):
        with pytest.raises(InputError, match="2, 4, 8"):
            spectral_noise_level(rain, coarse, factor=factor)


def test_a_grid_that_is_not_cut_into_whole_blocks():
    rain, coarse = pair()
    assert spectral_noise_level(rain.isel(y=slice(0, 62)), factor=4).k == 8.0
    with pytest.raises(GridError, match="Cut it to 60 x 64"):
        spectral_noise_level(rain.isel(y=slice(0, 62)), coarse, factor=4)


@pytest.mark.parametrize("transform", [LogEps(), Standardise()])
def test_a_transform_of_other_units(transform):
    with pytest.raises(UnitError, match="Convert them first"):
        spectral_noise_level(pair()[0], factor=4, transform=transform)
