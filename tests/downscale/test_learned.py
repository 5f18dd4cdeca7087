"""Draws of the generative downscalers: the equations they follow, and what each of their settings does.

What they owe as every method does (labels, block means, the same bits under any chunks) is tested with the others.
"""

from dataclasses import replace

import jax
import numpy as np
import pytest
from small_learned import FITTED, SILENT, TRANSFORM, Echo, expected_spread
from small_rain import READY, make_coarse, on_the_globe

import nesym
from nesym._errors import GridError, InputError, NotFittedError
from nesym.downscale import ConsistencyDownscaler, DiffusionDownscaler, RainFARM
from nesym.downscale.noise import Noise
from nesym.downscale.refinement import Refinement
from nesym.downscale.told import CHANNELS
from nesym.fields.blocks import block_mean, block_repeat
from nesym.fields.grid import Grid
from nesym.fields.interpolation import refine_bilinear
from nesym.fields.memory import Memory, independent
from nesym.fields.rain import RATE_UNITS as RATE

NAMES = ["consistency", "diffusion"]
RAIN = make_coarse(nt=2)
LEAST = 0.002


def noise(step: int, member: int = 0, key: int = 1, stream: int = 0, shape=(32, 32)) -> np.ndarray:
    """The white noise of a time step of `RAIN`, as every method of this key draws it."""
    draws = independent(RAIN["time"].values.astype("datetime64[s]").astype(np.int64))
    named = Noise(jax.random.key(key), np.array([member]), draws.names[step], draws.weights[step])
    return np.asarray(named.white(shape, stream))[0].astype(float)


def start(step: int) -> np.ndarray:
    return TRANSFORM(refine_bilinear(RAIN.values[step], 4), RATE).astype(float)


def spread(step: int) -> np.ndarray:
    return refine_bilinear(expected_spread(TRANSFORM(RAIN.values[step], RATE)), 4)


def as_rain(z: np.ndarray) -> np.ndarray:
    rain = TRANSFORM.inverse(z)
    return np.where(rain < SILENT.trace, 0, rain)


def free(kind, network=None, **settings):
    """A method that does not keep block means, so that what comes out is what the network made."""
    fitted = SILENT if network is None else replace(SILENT, network=network)
    return kind(fitted=fitted, block_means=False, **settings)


# The equations


def test_a_consistency_draw_is_one_call_from_the_noised_rain():
    """A silent network leaves f(x, s) = m + S^2 (x - m) / ((s - e)^2 + S^2): every part of the equation can be seen."""
    fine = free(ConsistencyDownscaler, sigma=0.9).sample(RAIN, 4, 2, key=1).values
    for member in (0, 1):
        for step in (0, 1):
            z = start(step) + 0.9 * noise(step, member) * skip(step, 0.9)
            np.testing.assert_allclose(fine[member, step], as_rain(z), rtol=1e-4, atol=1e-5)
    assert (fine == 0).any()


def skip(step: int, sigma: float) -> np.ndarray:
    return spread(step) ** 2 / ((sigma - LEAST) ** 2 + spread(step) ** 2)


def test_zero_shot_nothing_is_expected():
    fine = free(ConsistencyDownscaler, sigma=0.9, zero_shot=True).sample(RAIN, 4, 1, key=1).values[0, 0]
    gap = np.interp(start(0), *zip(*SILENT.gaps[1], strict=True))
    z = (start(0) - gap + 0.9 * noise(0)) / ((0.9 - LEAST) ** 2 + 1)
    np.testing.assert_allclose(fine, as_rain(z), rtol=1e-4, atol=1e-5)


def test_a_level_of_refinement_is_another_call_with_noise_of_its_own():
    fine = free(ConsistencyDownscaler, sigma=0.9, refine=(0.5,)).sample(RAIN, 4, 1, key=1).values[0, 0]
    off = 0.9 * noise(0) * skip(0, 0.9)
    off = (off + np.sqrt(0.5**2 - LEAST**2) * noise(0, stream=1)) * skip(0, 0.5)
    np.testing.assert_allclose(fine, as_rain(start(0) + off), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_a_diffusion_draw_solves_its_equation():
    """D(z; s) - m = S^2 (z - m) / (S^2 + s^2) carries z at noise s to m + S (z - m) / sqrt(S^2 + s^2) at none."""
    errors = {}
    for steps in (4, 36):
        fine = free(DiffusionDownscaler, sigma=0.9, steps=steps).sample(RAIN, 4, 1, key=1).values[0, 0]
        exact = start(0) + 0.9 * noise(0) * spread(0) / np.sqrt(spread(0) ** 2 + 0.9**2)
        wet = (fine > 0) & (as_rain(exact) > 0)
        errors[steps] = np.abs(TRANSFORM(fine, RATE) - exact)[wet].max()
        assert wet.mean() > 0.5
    assert errors[36] < 0.002 and errors[36] < errors[4] / 30


@pytest.mark.parametrize("network", [None, Echo(2)], ids=["interpolated", "blocks"])
def test_the_network_is_told_of_the_coarse_rain_unless_zero_shot(network):
    """At much noise the field is scaled away: left is what is expected, and what the network makes of the blocks."""
    rain = (refine_bilinear if network is None else block_repeat)(RAIN.values, 4)
    told = free(ConsistencyDownscaler, network, sigma=50.0)
    fine = told.sample(RAIN, 4, 1, key=1).values[0]
    wet = rain > 1
    assert wet.mean() > 0.3
    assert np.abs(TRANSFORM(fine, RATE) - TRANSFORM(rain, RATE))[wet].max() < 0.15
    deaf = replace(told, zero_shot=True).sample(RAIN, 4, 1, key=1).values[0]
    assert np.abs(TRANSFORM(deaf, RATE)).max() < 0.15


@pytest.mark.parametrize("name", NAMES)
def test_zero_shot_the_weights_for_what_is_known_do_nothing(name, coarse):
    listener = replace(READY[name], fitted=replace(FITTED, network=_listening(FITTED.network)))
    rain = coarse.isel(time=[0])
    told, more = (method.sample(rain, 4, 1, key=1).values for method in (READY[name], listener))
    assert np.abs(told - more).max() > 1e-3
    deaf, still = (replace(m, zero_shot=True).sample(rain, 4, 1, key=1).values for m in (READY[name], listener))
    np.testing.assert_array_equal(deaf, still)
    assert np.abs(deaf - told).max() > 1e-3


def _listening(network):
    """Other weights for the channels of what is known, behind the noised field in each of 2 x 2 cells."""
    entrance = network.layers.entrance
    known = np.arange(entrance.kernel.shape[2]) % (1 + CHANNELS) > 0
    kernel = np.where(known[:, None], np.asarray(entrance.kernel) + np.float32(0.5), entrance.kernel)
    return replace(network, layers=replace(network.layers, entrance=replace(entrance, kernel=kernel)))


# Noise levels


@pytest.mark.parametrize("name", NAMES)
def test_without_a_sigma_it_is_the_fitted_level_of_the_factor(name, coarse):
    method, rain = READY[name], coarse.isel(time=[0])
    assert (method.noise_level(4), method.noise_level(2)) == pytest.approx((0.8, 0.3))
    assert 0.3 < method.noise_level(3) < 0.8
    usual = method.sample(rain, 4, 2, key=1)
    np.testing.assert_array_equal(usual, replace(method, sigma=method.noise_level(4)).sample(rain, 4, 2, key=1))
    other = replace(method, sigma=0.5)
    assert other.noise_level(4) == other.noise_level(16) == 0.5
    assert not np.array_equal(usual, other.sample(rain, 4, 2, key=1))


def test_more_noise_makes_members_differ_more():
    rain = make_coarse(nt=1, dry=False)
    spread = [free(ConsistencyDownscaler, sigma=s).sample(rain, 4, 8).std("member").mean().item() for s in (0.1, 0.9)]
    assert 0 < spread[0] < 0.5 * spread[1]


@pytest.mark.slow
def test_steps_of_diffusion_are_another_path_from_the_same_noise(coarse):
    rain = coarse.isel(time=[0])
    few, more = (replace(READY["diffusion"], steps=n).sample(rain, 4, 1, key=1).values.ravel() for n in (3, 6))
    other = READY["diffusion"].sample(rain, 4, 1, key=2).values.ravel()
    assert not np.array_equal(few, more)
    assert np.corrcoef(few, more)[0, 1] > np.corrcoef(few, other)[0, 1]


# Grids


@pytest.mark.parametrize("name, factor", [("consistency", 3), ("consistency", 5), ("diffusion", 3), ("consistency", 8)])
def test_any_factor_keeps_block_means(name, factor):
    """Odd ones, whose fine cells the network's patches do not divide, and beyond what it was fitted for."""
    rain = make_coarse(nt=1, ny=5, nx=6)
    fine = READY[name].sample(rain, factor, 2, key=1).values.astype(float)
    assert fine.shape == (2, 1, 5 * factor, 6 * factor) and (fine >= 0).all()
    means, wet = block_mean(fine, factor), rain.values > 0
    assert np.abs(means[:, wet] / rain.values[wet] - 1).max() <= 1e-6 and not means[:, ~wet].any()
    within = fine - block_repeat(means, factor)
    assert within.std() > 0.1 * fine.std()  # and it is not just the blocks again


@pytest.mark.parametrize("name", NAMES)
def test_block_means_are_kept_by_scaling_alone(name, coarse):
    rain = coarse.isel(time=0)
    kept, loose = (replace(READY[name], block_means=on).sample(rain, 4, 2, key=1).values for on in (True, False))
    assert np.abs(block_mean(loose, 4) / np.maximum(rain.values, 1e-3) - 1).max() > 0.1
    scaled = Refinement(4).keep_block_means(loose, rain.values)
    np.testing.assert_allclose(kept, scaled, rtol=1e-4, atol=1e-5)


def test_there_is_no_seam_around_the_globe(coarse):
    """Without noise, a globe that is turned by one coarse cell has its fine rain turned; a region has ends."""
    method = READY["consistency"]
    globe = on_the_globe(coarse, -78.75 + 22.5 * np.arange(8), 45.0 * np.arange(8))
    region = on_the_globe(coarse, 40 + 4 * np.arange(8), 2 * np.arange(8))
    seams = {}
    for name, rain in {"globe": globe, "region": region}.items():
        refinement, field = Refinement.of(Grid.of(rain), 4), coarse.values[0]
        assert refinement.periodic_x == (name == "globe")
        none = Noise(jax.random.key(0), np.arange(1), independent(np.arange(1)).names[0], np.zeros(1, np.float32))

        def draw(field, refinement=refinement, none=none):
            return np.asarray(method.kernel()(field, none, refinement, *method.parameters(field, 4), block_means=True))

        fine, turned = draw(field)[0], draw(np.roll(field, 3, 1))[0]
        seams[name] = np.abs(turned - np.roll(fine, 12, 1)).max() / fine.std()
    assert seams["globe"] < 1e-3 and seams["region"] > 0.05


# Block means inside the sampler


def test_inside_the_sampler_every_estimate_has_the_block_means(coarse):
    """The last estimate is the result: before any are kept at the end it has them, but for traces that are none."""
    field, draws, refinement = coarse.values[0], independent(np.arange(1)), Refinement(4)
    one = Noise(jax.random.key(1), np.arange(1), draws.names[0], draws.weights[0])
    off = {}
    for inside in (True, False):
        method = replace(READY["diffusion"], inside=inside)
        fine = np.asarray(method.kernel()(field, one, refinement, *method.parameters(field, 4), block_means=False))
        assert np.isfinite(fine).all() and (fine >= 0).all()
        off[inside] = np.abs(block_mean(fine, 4) - field).max()
    assert off[True] < FITTED.trace and off[False] > 5 * FITTED.trace


def test_inside_and_at_the_end_they_are_exact(coarse):
    rain = coarse.isel(time=[0])
    outside, inside = (replace(READY["diffusion"], inside=on).sample(rain, 4, 2, key=1).values for on in (False, True))
    wet = rain.values > 0
    means = block_mean(inside.astype(float), 4)
    assert np.abs(means[:, wet] / rain.values[wet] - 1).max() <= 1e-6 and not means[:, ~wet].any()
    assert (inside >= 0).all() and not np.array_equal(inside, outside)


def test_inside_alone_is_refused():
    with pytest.raises(InputError, match="none at its end") as refused:
        DiffusionDownscaler(inside=True, block_means=False)
    assert refused.value.remedy == "Leave inside out."


# Rain of a foreign model


class Doubled:
    """A correction that doubles rain, and gives it back in other units."""

    def apply(self, rain):
        return (rain * 48).assign_attrs(units="mm day-1")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lazy", [False, True])
def test_what_corrects_the_rain_comes_first(name, lazy, coarse):
    rain = coarse.isel(time=[0])
    corrected = replace(READY[name], before=Doubled()).sample(rain.chunk(time=1) if lazy else rain, 4, 2, key=1)
    np.testing.assert_allclose(block_mean(corrected.values.astype(float), 4), [2 * rain.values] * 2, rtol=1e-6)
    twice = READY[name].sample(rain.copy(data=2 * rain.values), 4, 2, key=1)
    np.testing.assert_allclose(corrected, twice, rtol=1e-3, atol=1e-4)
    assert corrected.attrs["units"] == "mm h-1" and (corrected.chunks is not None) == lazy


# Memory


def test_memory_makes_steps_alike_and_any_subset_the_same():
    """Over steady rain all that neighbouring draws have in common is memory: exp(-300 / 1200) = 0.78 in the noise."""
    steady = make_coarse(nt=16, dry=False)
    steady = steady.copy(data=np.broadcast_to(np.float32(8.0), steady.shape))
    forgetful = free(ConsistencyDownscaler, sigma=0.5, fitted_memory=Memory(1200.0, 300))
    mindful = replace(forgetful, memory=True)

    def lag_one(method) -> float:
        z = np.cbrt(method.sample(steady, 4, 4, key=1).values)
        z = z - z.mean()
        return float((z[:, 1:] * z[:, :-1]).mean() / z.var())

    assert abs(lag_one(forgetful)) < 0.02
    assert lag_one(mindful) == pytest.approx(np.exp(-0.25), abs=0.05)
    few = mindful.sample(steady.isel(time=[3, 11]), 4, 2, key=1)
    np.testing.assert_array_equal(few, mindful.sample(steady, 4, 4, key=1)[:2, [3, 11]])


# Files


@pytest.mark.parametrize("name", NAMES)
def test_what_is_saved_comes_back_and_draws_the_same_bits(name, coarse, tmp_path):
    settings = {"refine": (0.2,)} if name == "consistency" else {"zero_shot": True}
    method = replace(READY[name], sigma=0.7, **settings)
    method.save(tmp_path / "model.safetensors", data="made up")
    back = nesym.load(tmp_path / "model.safetensors")
    assert back.describe() == method.describe() and back.training == method.training
    assert jax.tree.structure(back.fitted) == jax.tree.structure(method.fitted)
    rain = coarse.isel(time=[0])
    np.testing.assert_array_equal(back.sample(rain, 4, 2, key=3), method.sample(rain, 4, 2, key=3))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_not_fitted_comes_back_too(name, tmp_path):
    blank = type(READY[name])(training=READY[name].training)
    blank.save(tmp_path / "model.safetensors")
    assert nesym.load(tmp_path / "model.safetensors") == blank


@pytest.mark.parametrize("name", NAMES)
def test_one_line_says_what_it_is(name):
    written = READY[name].describe()
    assert written.startswith(type(READY[name]).__name__ + "(sigma=None") and "\n" not in written
    assert f"{FITTED.network.parameters:,} weights for factors (2, 4)" in written
    assert "Array" not in written and len(written) < 400


# What is refused


@pytest.mark.parametrize("sigma", [0, -1.0, np.nan, np.inf, "auto", "0.5", True, (0.5,)])
@pytest.mark.parametrize("kind", [ConsistencyDownscaler, DiffusionDownscaler])
def test_impossible_noise_levels(kind, sigma):
    with pytest.raises(InputError, match="noise level is a positive number") as refused:
        kind(sigma=sigma)
    assert "sigma=1.0" in refused.value.remedy and "None" in refused.value.remedy


@pytest.mark.parametrize("sigma", [1, np.float32(0.5), np.array(0.5), np.int64(2)])
def test_any_kind_of_number_is_a_noise_level(sigma):
    """A number of NumPy comes back from a file as an array of no dimension."""
    assert DiffusionDownscaler(sigma=sigma).noise_level(4) == sigma


@pytest.mark.parametrize(
    "settings",
    [
        {"sigma": 0.5, "refine": (0.5,)},
        {"sigma": 0.5, "refine": (0.4, 0.6)},
        {"refine": (0.4, 0.4)},
        {"refine": (0.4, 0.002)},
        {"refine": (-1.0,)},
        {"refine": (np.nan,)},
        {"refine": (np.inf,)},
        {"sigma": 0.5, "refine": (0.4, np.nan)},
    ],
    ids=str,
)
def test_levels_of_refinement_fall(settings):
    with pytest.raises(InputError, match="fall from sigma to above") as refused:
        ConsistencyDownscaler(**settings)
    assert "refine=(0.5,)" in refused.value.remedy
    assert ConsistencyDownscaler(sigma=0.5, refine=(0.4, 0.1)).refine == (0.4, 0.1)


@pytest.mark.parametrize("lazy", [False, True])
def test_levels_of_refinement_lie_below_the_fitted_one_too(lazy, coarse):
    method = replace(READY["consistency"], refine=(0.5,))
    assert method.sample(coarse.isel(time=[0]), 4, 1).shape == (1, 1, 32, 32)  # of 0.8
    with pytest.raises(InputError, match=r"sigma 0\.3.* came"):
        method.sample(coarse.chunk(time=1) if lazy else coarse, 2, 1)


@pytest.mark.parametrize("steps", [1, 0, 2.5, True, "18"])
def test_impossible_steps(steps):
    with pytest.raises(InputError, match="2 steps or more") as refused:
        DiffusionDownscaler(steps=steps)
    assert refused.value.remedy == "Give steps=18."


@pytest.mark.parametrize("lazy", [False, True])
@pytest.mark.parametrize("kind", [ConsistencyDownscaler, DiffusionDownscaler])
def test_what_is_not_fitted_says_so_at_once(kind, lazy, coarse):
    with pytest.raises(NotFittedError, match="has not been fitted") as refused:
        kind(sigma=0.5).sample(coarse.chunk(time=1) if lazy else coarse, 4, 1)
    assert "fit(fine_rain)" in refused.value.remedy and "nesym models" in refused.value.remedy


@pytest.mark.parametrize("name", NAMES)
def test_memory_that_was_not_fitted(name, coarse):
    with pytest.raises(NotFittedError, match="memory in time") as refused:
        replace(READY[name], memory=True, fitted_memory=None).sample(coarse, 4, 1)
    way = {"consistency": "Fit it on fine rain", "diffusion": "`fitted_memory` of a fitted ConsistencyDownscaler"}
    assert way[name] in refused.value.remedy and "leave memory off" in refused.value.remedy


@pytest.mark.parametrize("name", NAMES)
def test_a_draw_is_no_single_answer(name, coarse):
    with pytest.raises(InputError, match="has no single answer"):
        READY[name].apply(coarse, 4)


def test_settings_leave_the_object_alone():
    with pytest.raises(AttributeError):
        READY["consistency"].sigma = 1.0
    assert replace(READY["consistency"], sigma=1.0).sigma == 1.0 and READY["consistency"].sigma is None


def test_grids_that_the_network_cannot_see():
    deep = replace(FITTED, network=FITTED.network.make(1 + CHANNELS, 1, width=8, multipliers=(1, 1, 1), patch=4, key=0))
    with pytest.raises(GridError, match="needs 16 x 16 cells at least; 8 x 8 came"):
        ConsistencyDownscaler(fitted=deep).sample(make_coarse(nt=1, ny=4, nx=4), 2, 1)
    assert not RainFARM().sample(make_coarse(nt=1, ny=4, nx=4), 2, 1).isnull().any()
