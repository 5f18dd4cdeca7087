"""Training on real rain: stages, levels, the same weights again, and after any interruption."""

from dataclasses import replace

import equinox as eqx
import jax
import numpy as np
import pytest
import xarray as xr
from small_learned import TRAINING, compiled_once, fine_rain

from nesym._errors import GridError, InputError, NotFittedError, TrainingError, UnitError
from nesym.downscale import ConsistencyDownscaler, DiffusionDownscaler, Training, learn, spectral_noise_level
from nesym.downscale.learn import coarse_nyquist, prepared
from nesym.downscale.lessons import wet_windows
from nesym.fields import Chain, LogEps, Root, Standardise
from nesym.fields.memory import Memory
from nesym.fields.random import amplitude
from nesym.train import Fitted, Reason, loop

FACTORS, KEY = (2, 4), 3
LOG = LogEps(0.1, "mm h-1")


@pytest.fixture(scope="module")
def rain() -> xr.DataArray:
    return fine_rain()


@pytest.fixture(scope="module", autouse=True)
def programs(tmp_path_factory):
    """Runs of the same programs are many here: they are compiled once."""
    with compiled_once(tmp_path_factory.mktemp("programs")):
        yield


@pytest.fixture(scope="module")
def teacher(rain) -> DiffusionDownscaler:
    return DiffusionDownscaler(training=TRAINING, steps=3).fit(rain, key=KEY, factors=FACTORS)


@pytest.fixture(scope="module")
def student(rain, teacher):
    """Fitted by a teacher that was there, and what its fit told."""
    told = []
    blank = ConsistencyDownscaler(training=TRAINING)
    fitted = blank.fit(
        rain,
        key=KEY,
        factors=FACTORS,
        choose=rain.isel(time=slice(20, 26)),
        teacher=teacher,
        progress=lambda fraction, text: told.append((fraction, text)),
    )
    assert blank == ConsistencyDownscaler(training=TRAINING)
    return fitted, told


def weights(method) -> list[np.ndarray]:
    return [np.asarray(w) for w in jax.tree.leaves(method.fitted.network)]


def same(one, other) -> bool:
    return all(map(np.array_equal, weights(one), weights(other)))


# What is fitted


def test_a_fit_measures_what_the_network_needs(rain, teacher):
    fitted, ((window,),) = teacher.fitted, wet_windows(rain, TRAINING.crop)
    z = fitted.transform(window, "mm h-1").astype(float)
    assert isinstance(fitted.transform.steps[0], Root)
    assert (z.mean(), z.std()) == pytest.approx((0, 1), abs=1e-4)
    assert fitted.factors == FACTORS and 0 < fitted.levels[0] < fitted.levels[1]
    assert fitted.trace == pytest.approx(window[window > 0].min() / 2, abs=1e-6)
    assert fitted.seconds > 0
    assert teacher.fitted_memory is None


def test_gaps_between_the_transform_of_means_and_means_of_the_transform():
    """Blocks of R, half dry and half 2 R: T(R) - mean T(r) = (R^(1/3) - (2 R)^(1/3) / 2) / sd, at every R."""
    transform = Chain((Root(), Standardise(1.0, 0.5)))
    means = np.random.default_rng(0).gamma(1.0, 2.0, (40, 8, 8)).astype(np.float32)
    means[:, 0] = 0.0
    rain = np.repeat(np.repeat(means, 4, 1), 4, 2) * np.float32([2, 0] * 16)
    points = np.array(learn.jensen_gaps([rain[:20], rain[20:, :30]], transform, 4))
    at, gaps = points[1:].T
    assert tuple(points[0]) == (-2.0, 0.0) and len(gaps) == learn.QUANTILES and (np.diff(at) > 0).all()
    np.testing.assert_allclose(gaps, (1 + 0.5 * at) * (1 - 2 ** (1 / 3) / 2) / 0.5, rtol=1e-3)


def test_each_stage_moves_the_weights(teacher, student):
    new = TRAINING.network(KEY)
    for before, after in ((new, teacher.fitted.network), (teacher.fitted.network, student[0].fitted.network)):
        pairs = list(zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True))
        assert all(np.isfinite(b).all() for _, b in pairs)
        assert sum(not np.array_equal(a, b) for a, b in pairs) > 0.5 * len(pairs)


def test_a_teacher_gives_all_but_the_weights(teacher, student):
    kept, found = teacher.fitted, student[0].fitted
    names = ("transform", "trace", "factors", "levels", "gaps")
    assert [getattr(kept, name) for name in names] == [getattr(found, name) for name in names]
    assert len(kept.gaps) == len(FACTORS) and all(gap >= 0 for points in kept.gaps for _, gap in points)
    assert found.seconds > kept.seconds


def test_memory_is_measured_on_what_is_given_to_choose_by(student):
    memory = student[0].fitted_memory
    assert isinstance(memory, Memory) and memory.step == 300 and 100 < memory.efold < 10_000


def test_progress_rises_from_nothing_and_says_what_is_done(student):
    fractions, texts = zip(*student[1], strict=True)
    assert list(fractions) == sorted(fractions) and fractions[0] == 0 and 0.8 < fractions[-1] <= 1
    stages = [text.split(":")[0] for text in texts]
    assert list(dict.fromkeys(stages)) == ["distillation", "calibration", "fitting the memory in time"]
    assert {"distillation: compiling", "calibration: compiling"} <= set(texts)


def test_shares_of_the_work_are_as_long_as_their_costs():
    assert learn._shares(0, 3, 1) == [(0, 0), (0, 0.75), (0.75, 1)]
    assert learn._shares(2, 2) == [(0, 0.5), (0.5, 1)]


# The same again


@pytest.mark.slow
def test_interrupted_anywhere_it_goes_on_to_the_same_weights(rain, student, tmp_path, monkeypatch):
    """Without a teacher, stopped in the first stage by the user and in the last by an error: as if never disturbed."""
    monkeypatch.setattr(loop, "REFRESH", 0.0)
    blank = ConsistencyDownscaler(training=TRAINING)

    def fit(progress=None):
        choose = rain.isel(time=slice(20, 26))
        folder = tmp_path / "run"
        return blank.fit(rain, key=KEY, factors=FACTORS, choose=choose, progress=progress, folder=folder)

    def stopping(stage, error):
        def progress(fraction, text):
            if text.startswith(f"{stage}: step "):
                raise error

        return progress

    with pytest.raises(KeyboardInterrupt):
        fit(stopping("denoiser", KeyboardInterrupt))
    (kept,) = (tmp_path / "run").rglob("step-*")
    assert kept.parent.name == "denoiser" and 0 < int(kept.stem.split("-")[1]) < TRAINING.steps
    with pytest.raises(RuntimeError, match="disturbed"):
        fit(stopping("calibration", RuntimeError("disturbed")))
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"denoiser", "distillation", "calibration"}
    found = fit()
    assert same(found, student[0])
    assert found.fitted_memory == student[0].fitted_memory
    # And once more: all stages are there, and nothing is trained.
    told = []
    assert same(fit(lambda fraction, text: told.append(text)), found)
    assert len(told) > 3 and not any("compiling" in text for text in told)


def test_another_key_is_another_network(rain, teacher):
    other = DiffusionDownscaler(training=TRAINING).fit(rain, key=KEY + 1, factors=FACTORS)
    assert not same(other, teacher)
    assert other.fitted.levels == teacher.fitted.levels


# Noise levels


def record(nt=64, ny=64, nx=64) -> np.ndarray:
    """Rain whose logarithm, as `LOG` takes it, has the isotropic power k^-3, and a variance of one: (time, y, x)."""
    white = np.fft.rfft2(np.random.default_rng(0).normal(size=(nt, ny, nx)))
    filter_ = np.asarray(amplitude((ny, nx), np.float32(3.0), 1e9))
    return LOG.inverse(np.fft.irfft2(white * filter_, s=(ny, nx)) + 6.0)


def test_levels_of_a_power_law_are_its_own():
    """sqrt(PSD) at a wavelength of 2 f cells: |k|^(-3/2), normalised as the filter is."""
    filter_ = np.asarray(amplitude((64, 64), np.float32(3.0), 1e9))
    exact = [filter_[0, 1] * (64 / (2 * f)) ** -1.5 for f in FACTORS]
    assert coarse_nyquist([record()], Chain((LOG,)), FACTORS) == pytest.approx(exact, rel=0.04)


def test_levels_are_those_of_spectral_noise_level(rain):
    ((window,),), transform = wet_windows(rain, 16), Chain((Root(), Standardise(0.8, 0.5)))
    levels = coarse_nyquist([window], transform, FACTORS)
    for factor, level in zip(FACTORS, levels, strict=True):
        assert level == pytest.approx(spectral_noise_level(rain, factor=factor, transform=transform).sigma, rel=1e-3)


def test_windows_count_by_their_fields_whatever_their_size():
    """Twice the fields, and other wavelengths to read the same law from: means of power, not of levels."""
    even, long = record(nt=8), record(nt=64, ny=32, nx=96)
    one, other = (np.square(coarse_nyquist([w], Chain((LOG,)), FACTORS)) for w in (even, long))
    both = np.square(coarse_nyquist([even, long], Chain((LOG,)), FACTORS))
    np.testing.assert_allclose(both, (8 * one + 64 * other) / 72, rtol=1e-3)


def test_factors_that_a_crop_cannot_teach_are_left_out():
    """A crop is cut into whole blocks, and the smallest event has room for four of them along each side."""
    windows = [record(ny=40), record(ny=64)]
    assert prepared(windows, replace(TRAINING, crop=16), (2, 3, 8, 16), 0).factors == (2, 8)
    assert prepared(windows[1:], replace(TRAINING, crop=48), (3, 5, 12, 16), 0).factors == (3, 12, 16)
    assert prepared(windows, replace(TRAINING, crop=32), (16, 8, 4), 0).factors == (4, 8)


# Gaps


def test_gaps_are_left_out_of_all_that_is_fitted(rain, monkeypatch):
    monkeypatch.setattr(learn.Run, "__call__", lambda self, name, fitted, *_: fitted)
    gappy = rain.copy()
    gappy.values[::7, 3, 3] = np.nan
    fitted = ConsistencyDownscaler(training=TRAINING).fit(gappy, factors=FACTORS)
    assert all(np.isfinite(fitted.fitted.levels)) and isinstance(fitted.fitted_memory, Memory)


# What is refused


def test_factors_that_do_not_divide_a_crop_at_all():
    with pytest.raises(InputError, match="Crops of 16 cells") as refused:
        prepared([record()], TRAINING, (3, 5), 0)
    assert "Training(crop=48)" in refused.value.remedy


def test_too_little_rain_to_learn_from(rain):
    with pytest.raises(InputError, match="64 fields of 16 x 16"):
        ConsistencyDownscaler(training=TRAINING).fit(rain.isel(time=slice(20, 60)))


@pytest.fixture
def untrained(monkeypatch):
    """Fits whose stages take no step."""
    monkeypatch.setattr(learn.Run, "__call__", lambda self, name, fitted, *_: fitted)


def test_rain_to_choose_by_is_looked_at_before_training(rain, monkeypatch):
    monkeypatch.setattr(learn.Run, "__call__", lambda *_: pytest.fail("trained"))
    with pytest.raises(UnitError):
        ConsistencyDownscaler(training=TRAINING).fit(rain, choose=rain.assign_attrs(units="K"), factors=FACTORS)


def test_a_teacher_of_factors_that_do_not_divide_a_crop(rain, untrained):
    teacher = DiffusionDownscaler(training=TRAINING).fit(rain, factors=FACTORS)
    with pytest.raises(InputError, match="crops of 18 cells") as refused:
        ConsistencyDownscaler(training=replace(TRAINING, crop=18)).fit(rain, teacher=teacher)
    assert "Training(crop=16)" in refused.value.remedy


def test_a_teacher_that_has_learned_nothing(rain):
    with pytest.raises(NotFittedError):
        ConsistencyDownscaler(training=TRAINING).fit(rain, teacher=DiffusionDownscaler())


def test_crops_that_the_network_cannot_see(rain):
    deep = replace(TRAINING, multipliers=(1, 1, 1, 1), patch=4)
    with pytest.raises(GridError, match="needs 32 x 32 cells at least; 16 x 16 came"):
        DiffusionDownscaler(training=deep).fit(rain, factors=FACTORS)


def test_training_that_fails_says_why(rain, monkeypatch):
    network = TRAINING.network(KEY)
    monkeypatch.setattr(learn.train, "fit", lambda *_, **__: Fitted(network, network, None, [], Reason.gradient, 1.0))
    with pytest.raises(TrainingError, match="gradient of the next step was not finite") as refused:
        DiffusionDownscaler(training=TRAINING).fit(rain, factors=FACTORS)
    assert "Lower the learning rate" in refused.value.remedy


def test_the_usual_training_is_for_the_usual_radar():
    """Crops of 64 cells for all of the usual factors, and a network whose weights are a file below 5 MB."""
    usual = Training()
    assert all(usual.crop % factor == 0 for factor in (2, 4, 8, 16))
    assert 4 * eqx.filter_eval_shape(usual.network, 0).parameters < 5e6
