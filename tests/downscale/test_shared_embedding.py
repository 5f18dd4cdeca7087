"""Correction and downscaling at once, on cells with a coast: what every draw owes, and what is refused."""

import re
from dataclasses import replace
from types import SimpleNamespace

import jax
import numpy as np
import pytest
import xarray as xr
from programs import compiled_once
from small_coast import FACTOR, TRAINING, land, modelled, observed

import nesym
import nesym.train.outcome
from nesym import train
from nesym._errors import GridError, InputError, MissingValuesError, NotFittedError, TimeError, TrainingError, UnitError
from nesym.downscale.embedding_records import Observed, block_means, spacing_ratio
from nesym.downscale.embedding_training import EmbeddingTraining, trained
from nesym.downscale.shared_embedding import SharedEmbeddingDiffusion

OBS, HIST = observed(), modelled()
DAYS = HIST.isel(time=slice(0, 62))
METHOD = SharedEmbeddingDiffusion(steps=3, training=TRAINING)


@pytest.fixture(scope="module", autouse=True)
def programs(tmp_path_factory):
    """Programs that run a few times are not worth the time that optimising them takes."""
    with compiled_once(tmp_path_factory.mktemp("programs"), optimised=False):
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("training")


@pytest.fixture(scope="module")
def fitted(programs, folder) -> SharedEmbeddingDiffusion:
    return METHOD.fit(OBS, HIST, choose=observed(70, seed=5), key=2, folder=folder)


@pytest.fixture(scope="module")
def drawn(fitted) -> xr.DataArray:
    return fitted.sample(DAYS, members=3, key=7)


def test_the_factor_is_that_of_the_grids_and_the_step_one_that_was_passed(fitted):
    assert fitted.factor == FACTOR == spacing_ratio(OBS, HIST)
    assert METHOD.fitted is None and METHOD.factor is None
    steps = [step for step, _ in fitted.fitted.losses]
    assert steps == [2, 4] and fitted.fitted.chosen == min(fitted.fitted.losses, key=lambda both: both[1])[0]


def test_a_training_goes_on_where_it_was_stopped(fitted, folder):
    again = METHOD.fit(OBS, HIST, choose=observed(70, seed=5), key=2, folder=folder)
    assert again.fitted.losses == fitted.fitted.losses
    same = jax.tree.map(np.array_equal, again.fitted.network, fitted.fitted.network)
    assert all(jax.tree.leaves(same))


def test_draws_lie_on_the_observed_cells_and_nowhere_else(drawn):
    assert drawn.dims == ("member", "time", "lat", "lon") and drawn.attrs["units"] == "mm day-1"
    np.testing.assert_array_equal(drawn["lat"], OBS["lat"])
    np.testing.assert_array_equal(drawn.notnull().values, np.broadcast_to(land(), drawn.shape))
    assert float(drawn.min()) >= 0


def test_draws_have_the_block_means_of_the_corrected_run(fitted, drawn):
    coarse = fitted.coarse(DAYS)
    means = block_means(drawn, FACTOR)
    on_land = means.notnull().values
    np.testing.assert_allclose(
        means.values[on_land], np.broadcast_to(coarse.values, means.shape)[on_land], rtol=2e-6, atol=1e-6
    )


def test_the_run_is_corrected_on_the_blocks_by_area(fitted):
    coarse = block_means(OBS, FACTOR)
    blocks = replace(fitted, adjuster=None).coarse(HIST)
    model = nesym.fields.regrid(HIST, coarse, "conservative")
    known = coarse.notnull().all("time").values
    np.testing.assert_allclose(blocks.values[:, known], model.values[:, known], rtol=1e-5)
    assert (blocks.values[:, ~known] == 0).all()
    corrected = fitted.coarse(HIST).values[:, known].mean(0)
    np.testing.assert_allclose(corrected, coarse.values[:, known].mean(0), rtol=0.1)
    assert model.values[:, known].mean() < 0.9 * coarse.values[:, known].mean()


def test_members_do_not_depend_on_their_number_nor_on_chunks(fitted, drawn):
    few = fitted.sample(DAYS, members=1, key=7)
    np.testing.assert_array_equal(few, drawn.isel(member=[0]))
    lazy = fitted.sample(DAYS.chunk(time=11), members=3, key=7)
    assert lazy.chunks is not None
    np.testing.assert_array_equal(lazy.compute(), drawn)
    assert not np.array_equal(drawn[0], drawn[1], equal_nan=True)
    assert not np.array_equal(fitted.sample(DAYS, members=1, key=8), few, equal_nan=True)


def test_a_saved_model_draws_the_same(fitted, drawn, tmp_path):
    fitted.save(tmp_path / "model", data="synthetic")
    again = nesym.load(tmp_path / "model")
    assert repr(again.describe()) == repr(fitted.describe())
    np.testing.assert_array_equal(again.sample(DAYS, members=1, key=7), drawn.isel(member=[0]))


def test_without_noise_coarse_observations_are_downscaled_as_they_are(fitted):
    own = replace(fitted, adjuster=None, sigma=0.0)
    coarse = own.observed_means(OBS.isel(time=slice(0, 5)))
    fine = own.sample(coarse, members=2)
    np.testing.assert_allclose(block_means(fine, FACTOR)[0].fillna(0), coarse.fillna(0), rtol=2e-6, atol=1e-6)
    inside = replace(own, inside=True).sample(coarse, members=2)
    np.testing.assert_allclose(block_means(inside, FACTOR)[0].fillna(0), coarse.fillna(0), rtol=2e-6, atol=1e-6)
    assert float(abs(inside - fine).max()) > 1e-3


def test_gaps_of_a_day_leave_the_other_days_as_they_are(fitted):
    gappy = OBS.copy()
    gappy[3, 8, 8] = np.nan
    assert Observed.of(gappy, FACTOR).complete().shape[0] == OBS.sizes["time"] - 1
    np.testing.assert_array_equal(Observed.of(gappy, FACTOR).land, land())


def test_orientation_and_units_of_the_run_do_not_matter(fitted, drawn):
    other = (DAYS.isel(lat=slice(None, None, -1)) / 86400).assign_attrs(units="kg m-2 s-1")
    np.testing.assert_allclose(fitted.sample(other, members=1, key=7), drawn.isel(member=[0]), rtol=1e-3, atol=1e-3)


def _coarser(rain: xr.DataArray) -> xr.DataArray:
    return rain.assign_coords(lat=rain["lat"] + 20.0)


REFUSED = {
    "no whole blocks": (lambda: METHOD.fit(OBS.isel(lat=slice(0, 11)), HIST), GridError, "Cut it"),
    "too few blocks": (lambda: METHOD.fit(OBS.isel(lat=slice(0, 6)), HIST), GridError, "larger region"),
    "elsewhere": (lambda: METHOD.fit(OBS, _coarser(HIST)), GridError, "overlap|region|larger part"),
    "not all covered": (lambda: METHOD.fit(OBS, HIST.isel(lat=slice(0, 3))), GridError, "larger part"),
    "not coarser": (lambda: METHOD.fit(OBS, OBS), GridError, "finer grid"),
    "no land": (lambda: METHOD.fit(OBS * np.nan, HIST), MissingValuesError, "missing at sea"),
    "no units": (lambda: METHOD.fit(OBS.assign_attrs(units="K"), HIST), UnitError, "units"),
    "too dry": (lambda: METHOD.fit(OBS.where(OBS.isnull(), 0.01), HIST), InputError, "longer record"),
    "no factor": (lambda: METHOD.fit(OBS), InputError, "factor=3"),
    "other cells": (lambda: METHOD.fit(OBS, HIST, choose=_coarser(OBS)), GridError, "from one record"),
    "gaps": (lambda: METHOD.fit(OBS, HIST.where(HIST["lat"] > 40)), MissingValuesError, "Fill them"),
    "no time": (lambda: METHOD.fit(OBS, HIST.isel(time=0, drop=True)), TimeError, "record in time"),
    "not fitted": (lambda: METHOD.sample(HIST), NotFittedError, "fit"),
    "sigma": (lambda: SharedEmbeddingDiffusion(sigma=9.0), InputError, "sigma="),
    "steps": (lambda: SharedEmbeddingDiffusion(steps=1), InputError, "steps="),
    "inside": (lambda: SharedEmbeddingDiffusion(inside=True, block_means=False), InputError, "inside"),
    "training": (lambda: EmbeddingTraining(steps=0), InputError, "steps="),
    "key": (lambda: METHOD.fit(OBS, HIST, key=-1), InputError, "key"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, kind, remedy = REFUSED[case]
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind or kind is InputError
    assert re.search(remedy, caught.value.remedy)


def test_a_run_with_gaps_on_land_is_refused_when_it_is_lazy_too(fitted):
    gappy = DAYS.where(DAYS["lat"] > 40)
    with pytest.raises(MissingValuesError):
        fitted.sample(gappy, members=1)
    with pytest.raises((MissingValuesError, GridError)):
        replace(fitted, adjuster=None).sample(gappy.chunk(time=5), members=1).compute()


def test_members_of_the_run_are_taken_one_at_a_time(fitted):
    with pytest.raises(InputError, match="isel"):
        fitted.sample(DAYS.expand_dims(member=2), members=1)


def test_a_training_that_stops_says_why(fitted, monkeypatch):
    stopped = SimpleNamespace(successful=False, reason=train.outcome.Reason.loss)
    monkeypatch.setattr(train, "fit", lambda *args, **options: stopped)
    rain = Observed.of(OBS, FACTOR).complete()
    with pytest.raises(TrainingError) as caught:
        trained(fitted.fitted, rain, rain[:8], TRAINING, 0, None, None)
    assert caught.value.remedy == train.outcome.Reason.loss.remedy


def test_hist_on_the_blocks_needs_no_regridding(fitted):
    coarse = block_means(OBS, FACTOR).fillna(0.0)
    np.testing.assert_allclose(replace(fitted, adjuster=None).coarse(coarse), coarse, rtol=1e-6)
