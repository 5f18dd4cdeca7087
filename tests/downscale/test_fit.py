"""Fitting finds what made the data."""

from dataclasses import replace

import numpy as np
import pytest
from small_rain import READY, make_coarse

from nesym._errors import InputError
from nesym.downscale import Cascade, RainFARM
from nesym.downscale.cascade import CascadeFit
from nesym.downscale.cascade_fit import SLOPES, rainy_fields, usable_factors
from nesym.downscale.persistence import fit_memory, lag_correlation
from nesym.fields.memory import Memory


def fine_rain(method, nt, key=3):
    """One member of `method` over smooth rain: the "truth" of these tests."""
    return method.sample(make_coarse(nt=nt, dry=False), 4, 1, key=key).isel(member=0, drop=True)


@pytest.mark.parametrize(("slope", "sigma", "exponent"), [(2.5, 1.5, 0.3), (3.5, 2.5, 0.0)])
def test_cascades_are_recovered(slope, sigma, exponent):
    truth = fine_rain(Cascade(fitted=CascadeFit((4,), (slope,), (sigma,), (exponent,))), nt=32)
    blank = Cascade()
    found = blank.fit(truth, factors=(4,), key=0)
    assert blank == Cascade() and blank.fitted is None  # the old object is as it was
    assert found.fitted.factors == (4,)
    place = SLOPES.index(slope)
    assert found.fitted.slope[0] in SLOPES[place - 1 : place + 2]
    assert found.fitted.sigma[0] == pytest.approx(sigma, rel=0.25)
    assert found.fitted.exponent[0] == pytest.approx(exponent, abs=0.16)
    # Draws over independent fields share nothing: no memory to speak of.
    assert found.fitted_memory.efold < 200


def test_a_slope_chosen_on_other_days_is_theirs():
    steep, flat = (Cascade(fitted=CascadeFit((4,), (s,), (2.0,), (0.3,))) for s in (5.0, 2.0))
    found = Cascade().fit(fine_rain(steep, 24), choose=fine_rain(flat, 24), factors=(4,))
    assert found.fitted.slope[0] <= 3.0


@pytest.mark.parametrize(("name", "efold"), [("rainfarm", 600.0), ("cascade", 1800.0)])
def test_memory_is_recovered(name, efold):
    steady = make_coarse(nt=36, dry=False)
    steady = steady.copy(data=np.broadcast_to(steady.values[:1], steady.shape))
    method = replace(READY[name], memory=True, fitted_memory=Memory(efold, 300))
    truth = method.sample(steady, 4, 1, key=3).isel(member=0, drop=True)
    found = fit_memory(method, truth, key=1)
    assert found.step == 300
    assert found.efold == pytest.approx(efold, rel=0.3)


@pytest.mark.parametrize("name", ["rainfarm", "cascade"])
def test_fits_tell_how_far_they_are_and_at_what(name):
    told = []
    truth = fine_rain(READY["rainfarm"], nt=4)
    type(READY[name])().fit(truth, factors=(2, 4), progress=lambda fraction, text: told.append((fraction, text)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions) and fractions[0] == 0 and 0.8 < fractions[-1] < 1
    stages = list(dict.fromkeys(text for _, text in told))
    factors = ["fitting factor 2", "fitting factor 4"] if name == "cascade" else []
    assert stages == [*factors, "fitting the memory in time"]


def test_rainfarm_fits_its_memory_only(coarse):
    blank = RainFARM(slope=2.0)
    truth = fine_rain(READY["rainfarm"], nt=8)
    found = blank.fit(truth)
    assert blank.fitted_memory is None and isinstance(found.fitted_memory, Memory)
    assert replace(found, fitted_memory=None) == blank


def test_no_memory_without_a_regular_rainy_series():
    truth = fine_rain(READY["rainfarm"], nt=8)
    assert fit_memory(RainFARM(), truth.isel(time=0), key=0) is None
    irregular = truth.assign_coords(time=truth["time"] + np.arange(8) ** 2 * np.timedelta64(37, "s"))
    assert fit_memory(RainFARM(), irregular, key=0) is None
    dry = truth.copy(data=np.zeros_like(truth.values))
    assert fit_memory(RainFARM(), dry, key=0) is None
    assert fit_memory(RainFARM(), truth.isel(y=slice(0, 15)), key=0) is None


def test_pairs_across_a_gap_do_not_count():
    """Halves of a steady series: alike within a half, unlike across the gap between them."""
    truth = fine_rain(READY["rainfarm"], nt=6)
    steady = truth.copy(data=truth.values[[0, 0, 0, 1, 1, 1]])
    apart = steady.assign_coords(time=steady["time"] + np.repeat([0, 3], 3) * np.timedelta64(5, "m"))
    longest = fit_memory(RainFARM(), apart, key=0).efold
    assert longest > 5000  # nothing changes from step to step
    assert fit_memory(RainFARM(), steady, key=0).efold < longest / 2


def test_lag_correlation_is_one_of_a_field_with_itself_and_sees_no_block_means():
    a, b = (fine_rain(READY["rainfarm"], nt=2).values[i] for i in (0, 1))
    assert lag_correlation(a, a, 4) == pytest.approx(1)
    assert abs(lag_correlation(a, b, 4)) < 0.2
    smooth = np.repeat(np.repeat(np.random.default_rng(0).gamma(1, 2, (8, 8)), 4, 0), 4, 1)
    z = np.log1p(a / 0.1) + np.log1p(smooth / 0.1)  # another coarse field on top, in the logarithm
    assert lag_correlation(a, 0.1 * np.expm1(z), 4) == pytest.approx(1)


def test_fields_too_small_or_too_dry_are_refused(coarse):
    with pytest.raises(InputError, match="8 x 8 blocks"):
        Cascade().fit(coarse, factors=(2, 4))
    truth = fine_rain(READY["rainfarm"], nt=2)
    with pytest.raises(InputError, match="more rain"):
        Cascade().fit(truth.copy(data=truth.values * np.float32(1e-3)), factors=(4,))


def test_factors_that_do_not_leave_eight_blocks_are_skipped():
    assert usable_factors((5, 32, 64), (8, 4, 2)) == (2, 4)
    with pytest.raises(InputError, match="31 x 64 cells"):
        usable_factors((31, 64), (4, 8))


def test_rainy_fields_are_spread_over_the_rainy_steps():
    rain = make_coarse(nt=100)
    rain = rain.copy(data=np.where(np.arange(100)[:, None, None] % 2, rain.values, 0))
    fields = rainy_fields(rain)
    assert fields.shape == (32, 8, 8) and fields.dtype == np.float32
    np.testing.assert_array_equal(fields[0], rain.values[1])
    np.testing.assert_array_equal(fields[-1], rain.values[99])
    assert len({field.tobytes() for field in fields}) == 32
