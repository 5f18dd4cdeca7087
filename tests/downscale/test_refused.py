"""What cannot be drawn is refused at once, with the class and the words that help."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from small_rain import READY, make_coarse

from nesym._errors import (
    GridError,
    InputError,
    MissingValuesError,
    NotFittedError,
    RangeError,
    ResourceError,
    UnitError,
)
from nesym.downscale import Bilinear, Cascade, RainFARM, ensemble, method
from nesym.downscale.suitability import refuse_unsuitable, suits
from nesym.fields.grid import Grid

RAINFARM = READY["rainfarm"]


@pytest.mark.parametrize("factor", [1, 0, -4, 2.5, True, np.nan, np.inf, "4", None])
@pytest.mark.parametrize("name", READY)
def test_factors(name, factor, coarse):
    with pytest.raises(InputError, match="2, 4, 8"):
        READY[name].sample(coarse, factor, 1)


@pytest.mark.parametrize("members", [0, -1, 1.5, True, np.nan, "3", None])
def test_members(members, coarse):
    with pytest.raises(InputError, match="members=20"):
        RAINFARM.sample(coarse, 4, members)


@pytest.mark.parametrize("key", [-1, 2**32, 10**30, 0.5, None, True])
def test_keys_beyond_32_bits(key, coarse):
    with pytest.raises(InputError, match="from 0 to 4294967295"):
        RAINFARM.sample(coarse, 4, 1, key=key)


def test_whole_numbers_of_any_type_are_fine(coarse):
    one = RAINFARM.sample(coarse.isel(time=[0]), np.int64(4), np.float32(1.0), key=np.uint8(3))
    np.testing.assert_array_equal(one, RAINFARM.sample(coarse.isel(time=[0]), 4.0, 1, key=3))


def test_copies_of_one_answer(coarse):
    with pytest.raises(InputError, match=r"members=1 .* cascade or rainfarm"):
        Bilinear().sample(coarse, 4, 5)


def test_a_single_answer_of_an_ensemble_method(coarse):
    with pytest.raises(InputError, match="sample"):
        RAINFARM.apply(coarse, 4)


@pytest.mark.parametrize("lazy", [False, True])
def test_what_is_not_fitted_says_so_at_once(lazy, coarse):
    rain = coarse.chunk(time=1) if lazy else coarse
    with pytest.raises(NotFittedError, match=r"nesym\.load"):
        Cascade().sample(rain, 4, 2)
    with pytest.raises(NotFittedError, match="no fitted memory") as caught:
        RainFARM(memory=True).sample(rain, 4, 2)
    assert "nesym models" in caught.value.remedy


def test_ensembles_larger_than_memory_before_any_work(coarse, monkeypatch):
    def work(*_, **__):
        raise AssertionError("work had begun")

    monkeypatch.setattr(ensemble, "draw_block", work)
    monkeypatch.setattr(ensemble, "available_memory", lambda: 10**6)
    with pytest.raises(ResourceError, match=r"1000 members x 6 steps x 32 x 32 cells takes 24\.6 MB") as caught:
        RAINFARM.sample(coarse, 4, 1000)
    assert "fewer members" in caught.value.remedy
    with pytest.raises(AssertionError, match="work had begun"):
        RAINFARM.sample(coarse, 4, 20)  # half a megabyte


def test_absurd_numbers_of_members_of_a_lazy_result(coarse):
    with pytest.raises(ResourceError, match="fewer members"):
        RAINFARM.sample(coarse.chunk(time=1), 4, 10**14)


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda r: r.assign_attrs(units=""), UnitError, "mm h-1"),
        (lambda r: r.assign_attrs(units="inches of rain"), UnitError, "CF form"),
        (lambda r: r.assign_attrs(units="K"), UnitError, "mm h-1"),
        (lambda r: r.where(r > 0.5), MissingValuesError, "missing='fill'"),
        (lambda r: r.copy(data=r.values - 5), RangeError, "clip"),
        (lambda r: r.drop_vars("x"), GridError, "assign_coords"),
        (lambda r: r.isel(x=0), GridError, "horizontal"),
        (lambda r: r.isel(time=[0, 2, 1]), InputError, "sortby"),
        (lambda r: r.isel(time=[0, 1, 1]), InputError, "drop_duplicates"),
        (lambda r: r.expand_dims(member=3), InputError, r"isel\(member=0\)"),
        (lambda r: r.values, InputError, "DataArray"),
    ],
)
def test_rain_that_is_none(change, error, words, coarse):
    with xr.set_options(keep_attrs=True), pytest.raises(error, match=words):
        RAINFARM.sample(change(coarse), 4, 1)


@pytest.mark.parametrize("slope", [-1.0, np.nan, np.inf])
def test_impossible_slopes(slope):
    with pytest.raises(InputError, match="slope=None"):
        RainFARM(slope=slope)


@pytest.mark.parametrize("outer", [1.0, np.nan, np.inf])
def test_impossible_outer_scales(outer):
    with pytest.raises(InputError, match="outer=4"):
        Cascade(outer=outer)


def test_names_of_methods():
    assert method("cascade") is Cascade
    with pytest.raises(InputError, match="bilinear, conservative, rainfarm, cascade"):
        method("kriging")


def test_models_of_another_resolution():
    card = {"spacing_km": 1.0, "step_seconds": 300}
    grid = Grid.of(make_coarse())  # 4 km
    refuse_unsuitable(card, grid, 4, 300.0)
    refuse_unsuitable(card, grid, 4, None)
    assert suits(card, grid, 3, 300.0) and suits(card, grid, 4, 420.0)
    for factor, step, words in (
        (2, 300.0, "grid spacing of 1 km"),
        (8, 300.0, "0.5 km"),
        (4, 3600.0, "time step of 5 min"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            refuse_unsuitable(card, grid, factor, step)
        assert "--force" in caught.value.remedy and not suits(card, grid, factor, step)
    # Nothing is held against a model whose card does not say.
    assert suits({}, grid, 2, 300.0)


def test_fitted_numbers_between_and_beyond_factors():
    fit = READY["cascade"].fitted
    assert fit.at(2) == (2.5, 1.5, np.float32(0.3))
    np.testing.assert_allclose(fit.at(3), (2.5 + 0.5 * np.log2(1.5), 1.5 + 0.5 * np.log2(1.5), 0.3), rtol=1e-6)
    assert fit.at(16) == fit.at(4) == (3.0, 2.0, np.float32(0.3))


def test_the_memory_of_a_method_without_one_is_its_own(coarse):
    """`memory=True` changes the draws, and leaves the object that it was made from alone."""
    with_memory = replace(READY["cascade"], memory=True)
    assert not READY["cascade"].memory
    rain = coarse.isel(time=[0])
    assert not np.array_equal(with_memory.sample(rain, 4, 1), READY["cascade"].sample(rain, 4, 1))
