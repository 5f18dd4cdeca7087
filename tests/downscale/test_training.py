"""What a network is taught: the numbers of a training, the lesson in a batch of rain, and the three losses."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_learned import TRANSFORM, Echo, compiled_once

from nesym._errors import InputError
from nesym.downscale import Training, training
from nesym.downscale.calibration import FREE, Calibration, _scored
from nesym.downscale.refinement import Refinement
from nesym.downscale.told import CHANNELS, tell
from nesym.downscale.training import UNTOLD, Denoising, Distillation, Lesson
from nesym.fields import Chain, Root, Standardise
from nesym.fields.blocks import block_mean
from nesym.fields.rain import RATE_UNITS as RATE

KEY = jax.random.key(5)
RNG = np.random.default_rng(0)
RAIN = jnp.asarray(RNG.gamma(0.3, 3, (4, 8, 8)), jnp.float32)
LESSON = Lesson(TRANSFORM, (2, 4))


class Cells(eqx.Module):
    """A network of one hidden layer that sees every cell by itself: enough for a loss, and compiled at once."""

    entrance: jax.Array  # (channel, hidden): the noised field first, then what is known
    level: jax.Array
    exit: jax.Array

    def __call__(self, x, noise):
        hidden = jnp.tanh(x @ self.entrance + noise[:, None, None, None] * self.level)
        return hidden @ self.exit

    def listening(self, weight) -> "Cells":
        """The same, with so much more weight on what is known."""
        return replace(self, entrance=self.entrance.at[1:].add(weight))


SILENT = Cells(*(jnp.zeros(shape, jnp.float32) for shape in ((1 + CHANNELS, 8), (8,), (8, 1))))
TEACHER = jax.tree.map(lambda w: jnp.asarray(RNG.normal(0, 0.5, w.shape), w.dtype), SILENT)
DISTILLATION = Distillation(LESSON, TEACHER, 20.0)
LOSSES = {
    "denoising": Denoising(LESSON),
    "distillation": DISTILLATION,
    "calibration": Calibration(DISTILLATION, (0.3, 0.8)),
}

slopes = eqx.filter_jit(
    eqx.filter_value_and_grad(lambda network, loss, rain, key: loss(network, rain, key), has_aux=True)
)
told = eqx.filter_jit(lambda lesson, rain, key: lesson(rain, key))
scored = eqx.filter_jit(lambda loss, network, rain, key: loss._score(network, rain, key))

scored_slope = jax.jit(jax.grad(lambda fine, rain: _scored(4, fine, rain)))


def value(loss, network, rain, key):
    """The loss and what it tells beside, by the program that is compiled for its slope."""
    return slopes(network, loss, rain, key)[0]


@pytest.fixture(scope="module", autouse=True)
def programs(tmp_path_factory):
    with compiled_once(tmp_path_factory.mktemp("programs")):
        yield


# Numbers


def test_the_network_is_as_large_as_it_is_said_to_be():
    network = Training(width=16, multipliers=[1, 2], patch=4).network(3)
    assert (network.channels_in, network.channels_out, network.width) == (1 + CHANNELS, 1, 16)
    assert (network.multipliers, network.patch) == ((1, 2), 4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"crop": 0},
        {"batch": 1},
        {"steps": 10.0},
        {"distillation": 0},
        {"calibration": True},
        {"rate": 0.0},
        {"rate": np.nan},
    ],
    ids=str,
)
def test_trainings_that_cannot_be_are_refused(wrong):
    with pytest.raises(InputError, match="whole numbers from 2") as refused:
        Training(**wrong)
    assert "Training(crop=64, batch=8" in refused.value.remedy


def test_sizes_of_the_network_are_refused_where_it_is_made():
    with pytest.raises(InputError, match="Give width=16"):
        Training(width=20).network(0)


# Lessons


def test_a_lesson_is_the_clean_field_and_what_tell_says_of_it():
    """Every crop is told of with one factor, or not at all; the channels are those of `tell`, and of nothing finer."""
    rain = np.tile(RAIN, (16, 1, 1))
    clean, found = told(LESSON, jnp.asarray(rain), KEY)
    assert clean.shape == found.mean.shape == found.spread.shape == (64, 8, 8, 1)
    assert found.channels.shape == (64, 8, 8, CHANNELS) and clean.dtype == found.channels.dtype == jnp.float32
    np.testing.assert_allclose(clean[..., 0], TRANSFORM(rain, RATE), atol=1e-6)
    ways = {f: tell(TRANSFORM, block_mean(jnp.asarray(rain), f), Refinement(f), 1.0) for f in (2, 4)}
    ways[0] = jax.tree.map(lambda part: part * 0, ways[2])
    ways[0] = replace(ways[0], spread=ways[0].spread + 1)
    fits = {f: off(found, way) < 1e-4 for f, way in ways.items()}
    assert (np.sum(list(fits.values()), 0) == 1).all()
    assert all(fit.any() for fit in fits.values())


def off(one, other) -> np.ndarray:
    """The largest difference in anything that is told, for each crop."""
    return np.max([np.abs(a - b).max((1, 2, 3)) for a, b in zip(*map(jax.tree.leaves, (one, other)), strict=True)], 0)


def test_how_often_factors_come_and_nothing_is_told():
    """Of rain that lies in one cell of 64, the interpolated maximum tells the factor."""
    spike = np.zeros((2000, 8, 8), np.float32)
    spike[:, 3, 3] = 64.0
    lesson = Lesson(Chain((Root(), Standardise())), (2, 4, 8))
    np.testing.assert_allclose(lesson.chances(), [0.25, 0.5, 0.25])
    _, found = told(lesson, jnp.asarray(spike), KEY)
    blocks = found.mean + found.spread * found.channels[..., 1:2]
    most = np.asarray(blocks).max((1, 2, 3)) ** 3
    shares = [np.isclose(most, rain, rtol=1e-3, atol=1e-3).mean() for rain in (0, 64 / 4, 64 / 16, 64 / 64)]
    expected = [UNTOLD, *((1 - UNTOLD) * lesson.chances())]
    np.testing.assert_allclose(shares, expected, atol=4 * np.sqrt(0.25 / 2000))


@pytest.mark.parametrize("factors, chances", [((4,), [1]), ((2, 4), [1 / 2] * 2), ((2, 4, 8, 16), [1, 2, 2, 1])])
def test_middle_factors_come_more_often(factors, chances):
    np.testing.assert_allclose(Lesson(TRANSFORM, factors).chances(), np.divide(chances, sum(chances)))


def test_another_key_is_another_lesson_about_the_same_rain():
    (clean, found), (again, other) = (told(LESSON, jnp.tile(RAIN, (16, 1, 1)), jax.random.key(k)) for k in (0, 1))
    np.testing.assert_array_equal(clean, again)
    assert off(found, other).max() > 0.1


# Losses


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("kind", ["showers", "dry crops", "dry blocks"])
def test_losses_and_their_slopes_are_finite_and_reach_the_weights(name, kind):
    rain = np.array(RAIN)
    if kind == "dry crops":
        rain[1:3] = 0
    elif kind == "dry blocks":
        rain[:, :4] = 0
        rain[0] = 0
        rain[0, 0, 0] = 1e-3
    (loss, _), gradient = slopes(TEACHER, LOSSES[name], jnp.asarray(rain), KEY)
    assert np.isfinite(loss) and loss > 0 and loss.dtype == jnp.float32
    assert all(np.isfinite(g).all() and np.any(g) for g in jax.tree.leaves(gradient))


@pytest.mark.parametrize("name", LOSSES)
def test_an_all_dry_batch_is_no_accident(name):
    (loss, _), gradient = slopes(TEACHER, LOSSES[name], jnp.zeros_like(RAIN), KEY)
    assert np.isfinite(loss) and all(np.isfinite(g).all() for g in jax.tree.leaves(gradient))


@pytest.mark.parametrize("name", LOSSES)
def test_losses_depend_on_rain_and_key_alone(name):
    one, _ = value(LOSSES[name], TEACHER, RAIN, KEY)
    assert one == value(LOSSES[name], TEACHER, RAIN, KEY)[0]
    assert one != value(LOSSES[name], TEACHER, RAIN, jax.random.key(6))[0]
    assert one != value(LOSSES[name], TEACHER, RAIN[::-1], KEY)[0]


def test_a_silent_denoiser_of_gaussian_rain_has_a_loss_of_one(monkeypatch):
    """At every level, told nothing, in expectation: the transform is white noise of unit variance, far from the dry end."""
    monkeypatch.setattr(training, "UNTOLD", 1.0)
    transform = Chain((Root(), Standardise(6.0, 1.0)))
    rain = transform.inverse(jnp.asarray(RNG.normal(size=(256, 8, 8)), jnp.float32))
    loss, parts = value(Denoising(Lesson(transform, (2, 4))), SILENT, rain, KEY)
    assert loss == pytest.approx(1.0, rel=0.05) and parts == {}


@pytest.mark.parametrize("name", ["denoising", "distillation"])
def test_what_a_network_is_not_told_does_not_reach_its_loss(name, monkeypatch):
    """With nobody told, weights for what is known do nothing; with some told, they do."""
    loss, listener = LOSSES[name], TEACHER.listening(1.0)
    some = [value(loss, network, RAIN, KEY)[0] for network in (TEACHER, listener)]
    assert abs(some[0] - some[1]) > 1e-3 * some[0]
    monkeypatch.setattr(training, "UNTOLD", 1.0)
    again = eqx.filter_jit(lambda loss, network: loss(network, RAIN, KEY)[0])
    assert again(loss, TEACHER) == again(loss, listener) != some[0]


def test_the_teacher_is_told_what_the_student_is(monkeypatch):
    listener = replace(DISTILLATION, teacher=TEACHER.listening(1.0))
    assert value(DISTILLATION, TEACHER, RAIN, KEY)[0] != value(listener, TEACHER, RAIN, KEY)[0]
    monkeypatch.setattr(training, "UNTOLD", 1.0)
    again = eqx.filter_jit(lambda loss: loss(TEACHER, RAIN, KEY)[0])
    assert again(DISTILLATION) == again(listener)


# Calibration


def test_each_part_has_its_share_of_a_batch():
    """The first of four crops is for the distillation, which is told nothing; the others are for the score."""
    loss = LOSSES["calibration"]
    whole, parts = value(loss, TEACHER, RAIN, KEY)
    assert whole == parts["score"] + parts["distance"]
    for crop, moved, still in ((0, "distance", "score"), (1, "score", "distance"), (3, "score", "distance")):
        _, others = value(loss, TEACHER, RAIN.at[crop].multiply(3.0), KEY)
        assert others[still] == parts[still] and others[moved] != parts[moved]
    _, others = value(loss, TEACHER.listening(1.0), RAIN, KEY)
    assert others["distance"] == parts["distance"] and others["score"] != parts["score"]


@pytest.mark.parametrize("number", [2, 3, 9])
def test_any_batch_has_both_parts(number):
    shapes = []

    class Seen(eqx.Module):
        def __call__(self, x, level):
            shapes.append(len(x))
            return jnp.zeros_like(x[..., :1])

    loss = Calibration(replace(DISTILLATION, teacher=Seen()), (0.3, 0.8))
    jax.eval_shape(loss, Seen(), jnp.zeros((number, 8, 8), jnp.float32), KEY)
    assert 0 < min(shapes) == -(-number // 4) and max(shapes) == 2 * (number - min(shapes))


@pytest.mark.parametrize("factor, scales", [(2, (1,)), (4, (1, 2))])
def test_without_noise_the_score_is_the_error_of_interpolation(factor, scales):
    """Two equal members have the absolute error; at no noise to speak of they are bilinear rain with its block means."""
    lesson = Lesson(TRANSFORM, (factor,))
    score = scored(Calibration(replace(DISTILLATION, lesson=lesson), (1e-6,)), SILENT, RAIN, KEY)
    rain, refinement = np.asarray(RAIN, float), Refinement(factor)
    coarse = block_mean(rain, factor)
    free = refinement.interpolate(coarse)
    off, off_free = np.asarray(refinement.keep_block_means(free, coarse)) - rain, free - rain
    maps = [block_mean(off, s) for s in scales]
    maps += [x for lag in (1, 2) for x in (off[:, lag:] - off[:, :-lag], off[:, :, lag:] - off[:, :, :-lag])]
    kept, unkept = (
        [(weights(rain, factor) * np.abs(x)).mean() for x in terms]
        for terms in (maps, [off_free, block_mean(off_free, factor)])
    )
    assert float(score) == pytest.approx(np.mean(kept) + FREE * np.mean(unkept), rel=1e-3)


def weights(rain: np.ndarray, factor: int) -> np.ndarray:
    """What crops (batch, y, x) count, (batch, 1, 1)."""
    coarse = block_mean(rain, factor)
    apart = [np.abs(np.diff(coarse, axis=axis)).mean((1, 2), keepdims=True) for axis in (1, 2)]
    return 1 / (0.05 + sum(apart) / 2)


def test_noise_lies_around_the_level_of_the_factor():
    """A network that notes the levels it is called with."""
    spreads = []

    class Seen(eqx.Module):
        def __call__(self, x, level):
            jax.debug.callback(lambda s: spreads.append(float(np.exp(4 * s[0]))), level)
            return jnp.zeros_like(x[..., :1])

    loss = replace(LOSSES["calibration"], distillation=replace(DISTILLATION, lesson=Lesson(TRANSFORM, (2,))))
    for key in range(40):
        scored(loss, Seen(), RAIN, jax.random.key(key))
    jax.effects_barrier()
    octaves = np.log2(np.array(spreads) / 0.3)
    assert len(spreads) == 40 and np.abs(octaves).max() <= 0.5 + 1e-4
    assert octaves.min() < -0.3 and octaves.max() > 0.3 and abs(octaves.mean()) < 0.25


@pytest.mark.slow
def test_sizes_that_do_not_divide_a_crop_are_left_out():
    """Crops of 30 cells, coarsened by 5: means over 2 x 2 cells, and none over 4 x 4."""
    rain = jnp.asarray(RNG.gamma(0.3, 3, (2, 30, 30)), jnp.float32)
    found = _scored(5, jnp.stack([rain, rain]) + 1, rain)
    assert np.isfinite(found) and found > 0


@pytest.mark.parametrize("size", [1e-3, 1e-9, 1e-25, 0.0])
def test_draws_that_are_all_but_dry_have_slopes_that_are_bounded(size):
    """Block means scale them up, or to nothing: a slope of order one for a cell must not become that of all others."""
    rain = RAIN.at[:, :4, :4].set(0.0)
    fine = jnp.asarray(size * RNG.gamma(0.3, 3, (2, *rain.shape)), jnp.float32)
    slope = scored_slope(fine, rain)
    per_cell = np.abs(slope) * rain.size / weights(np.asarray(rain), 4)
    assert np.isfinite(per_cell).all() and 0 < per_cell.max() < 200


@pytest.mark.slow
def test_a_network_that_listens_scores_better_than_one_that_does_not():
    """Silent, it leaves interpolated rain; echoing, the noise: the score tells them apart, with block means for both."""
    loss = Calibration(replace(DISTILLATION, teacher=Echo(0)), (1.5, 1.5))
    smooth = np.asarray(RNG.gamma(1.0, 2.0, (4, 2, 2)), np.float32)
    rain = jnp.asarray(Refinement(4).interpolate(smooth))
    scores = [float(scored(loss, network, rain, KEY)) for network in (SILENT, Echo(0))]
    assert scores[0] < 0.7 * scores[1]
