"""Network and ISIMIP3BASD in a row: what each is given, observed distributions, a way to disk, refusals."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from programs import compiled_once
from small_worlds import modelled, observed

import nesym
from nesym._errors import GridError, NotFittedError
from nesym.adjust import ISIMIP3BASD, Adversarial, AllTimes, CycleGAN
from nesym.adjust.gan_isimip import GANISIMIP

SMALL = Adversarial(width=4, downs=1, blocks=0, judge_width=4, judge_downs=1, batch=2, steps=6, pool=3, every=2)
METHOD = GANISIMIP(CycleGAN(constraint=None, training=SMALL), ISIMIP3BASD(window=AllTimes()))
OBS, HIST = observed(days=96), modelled(days=96)


@pytest.fixture(scope="module", autouse=True)
def programs(tmp_path_factory):
    with compiled_once(tmp_path_factory.mktemp("programs")):
        yield


@pytest.fixture(scope="module")
def both() -> GANISIMIP:
    return METHOD.fit(OBS, HIST, key=1)


def test_it_is_one_after_the_other(both):
    gan = METHOD.gan.fit(OBS, HIST, key=1)
    second = METHOD.isimip.fit(OBS, gan.apply(HIST), reference="all", key=1)
    rain = modelled(5, days=96)
    np.testing.assert_array_equal(both.apply(rain), second.apply(gan.apply(rain)))
    assert "then ISIMIP3BASD" in both.apply(rain).attrs["adjustment"]


def test_cells_get_the_observed_distribution(both):
    """What it was fitted on comes back with the observed means; the network alone is as far off as the model."""
    found, moved = both.apply(HIST).mean("time"), both.gan.apply(HIST).mean("time")
    off = [float(np.abs(mean - OBS.mean("time")).mean()) for mean in (found, moved)]
    assert off[0] < 0.2 * off[1]


def test_a_network_that_is_fitted_is_taken_as_it_is(both):
    again = replace(METHOD, gan=both.gan).fit(OBS, HIST, key=1)
    assert again.gan is both.gan
    np.testing.assert_array_equal(again.apply(HIST), both.apply(HIST))


def test_it_comes_back_from_disk_and_lazy_stays_lazy(both, tmp_path):
    both.save(tmp_path / "both.safetensors", data="small")
    back = nesym.load(tmp_path / "both.safetensors")
    rain = modelled(5, days=96)
    xr.testing.assert_identical(back.apply(rain), both.apply(rain))
    lazy = back.apply(rain.chunk(time=40, lat=5))
    assert lazy.chunks is not None
    np.testing.assert_array_equal(lazy.values, both.apply(rain).values)


def test_what_cannot_be_corrected_is_refused(both):
    with pytest.raises(NotFittedError, match="fit"):
        METHOD.apply(HIST)
    with pytest.raises(GridError, match="another grid"):
        both.apply(HIST.isel(lat=slice(1, None)))
    with pytest.raises(GridError, match="around the globe"):
        METHOD.fit(OBS[..., :8], HIST[..., :8])
