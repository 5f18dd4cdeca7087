"""The climate's own fine structure times lognormal noise: its law, its block means, and the noise that it finds again."""

import numpy as np
import pytest
import xarray as xr
from small_coast import FACTOR, land, observed

from nesym._errors import InputError, NotFittedError
from nesym.downscale.embedding_records import block_means
from nesym.downscale.ratio_lognormal import RatioLognormal

OBS = observed()


def coarse(days: int = 40) -> xr.DataArray:
    return block_means(OBS.isel(time=slice(0, days)), FACTOR)


def test_without_noise_it_is_the_climate_scaled_to_the_block():
    method = RatioLognormal(FACTOR, spread=0.0).fit(OBS, choose=None)
    fine = method.sample(coarse(3), members=1)[0]
    climate = OBS.mean("time").values
    block = (slice(6, 9), slice(9, 12))
    weights = np.cos(np.deg2rad(OBS["lat"].values))[block[0], None] * np.ones(3)
    mean = (climate[block] * weights).sum() / weights.sum()
    wanted = coarse(3).values[:, 2, 3, None, None] * climate[block] / mean
    np.testing.assert_allclose(fine.values[:, *block], wanted, rtol=1e-4)


@pytest.mark.parametrize("smooth", [False, True])
def test_block_means_are_kept_and_the_sea_is_missing(smooth):
    method = RatioLognormal(FACTOR, spread=0.5, smooth=smooth).fit(OBS, choose=None)
    fine = method.sample(coarse(4), members=3, key=1)
    np.testing.assert_array_equal(fine.notnull().values, np.broadcast_to(land(), fine.shape))
    for member in block_means(fine, FACTOR):
        np.testing.assert_allclose(member.fillna(0), coarse(4).fillna(0), rtol=3e-6, atol=1e-6)
    np.testing.assert_array_equal(method.sample(coarse(4), members=1, key=1), fine.isel(member=[0]))


@pytest.mark.parametrize("spread", [0.2, 0.6])
def test_noise_that_made_the_rain_is_found_again(spread):
    maker = RatioLognormal(FACTOR, spread=spread).fit(OBS, choose=None)
    truth = maker.sample(coarse(), members=1, key=9).isel(member=0, drop=True)
    fitted = RatioLognormal(FACTOR).fit(OBS, choose=truth, key=3, spreads=(0.2, 0.4, 0.6), members=8)
    assert fitted.spread == spread


def test_refused():
    with pytest.raises(NotFittedError, match="fit"):
        RatioLognormal(FACTOR).sample(coarse(2))
    with pytest.raises(InputError) as caught:
        RatioLognormal(FACTOR, spread=-1.0)
    assert caught.value.remedy.startswith("Give spread")
