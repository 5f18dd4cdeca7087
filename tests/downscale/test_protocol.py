"""What every method owes: labels, units, block means, signs, dry blocks; on a plane, a region and the globe."""

import numpy as np
import pytest
import xarray as xr
from small_rain import READY, make_coarse, on_the_globe

import nesym
from nesym.downscale import METHODS
from nesym.fields import coarsen
from nesym.fields.blocks import block_mean, block_repeat

MANY = 400
GLOBE = -78.75 + 22.5 * np.arange(8), 45.0 * np.arange(8)
STOCHASTIC = [name for name, method in READY.items() if not method.deterministic]
MULTIPLICATIVE = ["rainfarm", "cascade"]


def draw(name: str, rain, members=3, factor=4, key=1) -> xr.DataArray:
    return READY[name].sample(rain, factor, 1 if READY[name].deterministic else members, key)


def test_every_method_is_tested():
    assert set(METHODS) == set(READY)
    assert all(type(READY[name]) is METHODS[name] for name in METHODS)


@pytest.mark.parametrize("name", READY)
def test_labels(name, coarse):
    fine = draw(name, coarse)
    assert fine.dims == ("member", "time", "y", "x")
    assert fine.shape == (1 if READY[name].deterministic else 3, 6, 32, 32)
    assert fine.name == "pr" and fine.dtype == np.float32
    assert fine.attrs["units"] == "mm h-1"
    assert fine.attrs["standard_name"] == "lwe_precipitation_rate"
    assert fine.attrs["downscaling_key"] == "1"
    method = fine.attrs["downscaling_method"]
    assert method.startswith(type(READY[name]).__name__) and "block_means=True" in method and "\n" not in method
    np.testing.assert_array_equal(fine["time"], coarse["time"])
    np.testing.assert_allclose(fine["y"], 0.5 + np.arange(32))
    assert fine["x"].attrs["units"] == "km"
    np.testing.assert_array_equal(fine["member"], np.arange(fine.sizes["member"]))


@pytest.mark.parametrize("name", READY)
def test_block_means_signs_and_dry_blocks(name, coarse):
    fine, blocks = draw(name, coarse).values, coarse.values
    means = block_mean(fine.astype(np.float64), 4)
    wet = blocks > 0
    assert 0.1 < wet.mean() < 0.9
    assert np.abs(means[:, wet] / blocks[wet] - 1).max() <= 1e-6
    assert (fine >= 0).all()  # NaN fails too
    assert not means[:, ~wet].any()


@pytest.mark.parametrize("name", ["cascade-dwd-1km", "rainfarm-dwd-1km"])
def test_the_same_on_the_packaged_radar_sample(name):
    truth = nesym.fields.canonical(nesym.data.sample("radar_germany").isel(time=slice(86, 89)), "pr")
    rain = coarsen(truth, 8)
    fine, blocks = nesym.load(name).sample(rain, 8, 4, 7).values, rain.values
    means, wet = block_mean(fine.astype(np.float64), 8), blocks > 0
    assert wet.any() and not wet.all()
    assert np.abs(means[:, wet] / blocks[wet] - 1).max() <= 1e-6
    assert (fine >= 0).all() and not means[:, ~wet].any()


@pytest.mark.parametrize("scale", [1e-30, 1e-6, 1e4])
@pytest.mark.parametrize("name", STOCHASTIC)
def test_block_means_of_very_light_and_very_heavy_rain(name, scale, coarse):
    rain = coarse.isel(time=[0]) * np.float32(scale)
    rain.attrs["units"] = "mm h-1"
    fine, blocks = draw(name, rain).values, rain.values
    wet = blocks > 0
    assert np.abs(block_mean(fine.astype(np.float64), 4)[:, wet] / blocks[wet].astype(np.float64) - 1).max() <= 1e-6
    assert (fine >= 0).all()


@pytest.mark.parametrize("name", READY)
def test_dry_fields_stay_dry(name, coarse):
    assert not draw(name, xr.zeros_like(coarse.isel(time=[0]))).any()


@pytest.mark.parametrize("name", ["bilinear", "conservative", "cascade", "consistency"])
def test_area_weighted_block_means_on_a_region(name, coarse):
    rain = on_the_globe(coarse, 40 + 4 * np.arange(8), 2 * np.arange(8))
    fine = draw(name, rain)
    assert fine.dims == ("member", "time", "lat", "lon")
    seen = coarsen(fine.astype(np.float64), 4).values
    np.testing.assert_allclose(seen, np.broadcast_to(rain, seen.shape), rtol=1e-6, atol=0)
    if name != "conservative":
        # The areas matter: plain means are another field.
        assert np.abs(block_mean(fine.values, 4) - rain.values).max() > 1e-4


@pytest.mark.parametrize("name", ["bilinear", "conservative"])
def test_turning_the_globe_before_or_after_is_the_same(name, coarse):
    rain = on_the_globe(coarse, *GLOBE)
    turned = draw(name, rain.roll(lon=3, roll_coords=False))
    np.testing.assert_allclose(turned, draw(name, rain).roll(lon=12, roll_coords=False), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", MULTIPLICATIVE)
def test_noise_goes_around_the_globe(name):
    """Neighbours across the date line are as alike as those across any edge of a block; ends of a region are not."""
    # Alternate rows of rain give the cascade something to work with, and are the same at all longitudes.
    rows = np.where(np.arange(8) % 2, 1.0, 3.0)[None, :, None].astype(np.float32)
    rain = make_coarse(nt=1, dry=False).copy(data=np.broadcast_to(rows, (1, 8, 8)))
    steep = {"rainfarm": METHODS["rainfarm"](slope=3.5), "cascade": READY["cascade"]}[name]

    def seam(field) -> float:
        fine = steep.sample(field, 4, 100, 0)
        np.testing.assert_allclose(coarsen(fine.astype(np.float64), 4).isel(member=0), field, rtol=1e-6, atol=0)
        log = np.log(fine.values)
        return float(np.abs(log[..., 0] - log[..., -1]).mean() / np.abs(np.diff(log, axis=-1))[..., 3::4].mean())

    assert seam(on_the_globe(rain, *GLOBE)) == pytest.approx(1, abs=0.1)
    assert seam(rain) > 1.2


@pytest.mark.parametrize("name", MULTIPLICATIVE)
def test_without_block_means_the_ensemble_is_unbiased(name):
    """Without the constraint, the mean over members is the rain that the method starts from."""
    rain = make_coarse(nt=1, dry=False)
    free = METHODS[name](**{"block_means": False} | ({"fitted": READY[name].fitted} if name == "cascade" else {}))
    start = {"rainfarm": block_repeat(rain.values, 4)}
    start["cascade"] = METHODS["bilinear"](block_means=False).sample(rain, 4, 1).values[0]
    totals = free.sample(rain, 4, MANY, key=3).values.astype(np.float64).sum((1, 2, 3)) / start[name].sum()
    error = totals.std(ddof=1) / np.sqrt(totals.size)
    assert error < 0.04
    assert abs(totals.mean() - 1) < 4 * error
    assert totals.std() > 0.05  # and the budget is not kept


@pytest.mark.parametrize("name", ["bilinear", "conservative"])
def test_apply_is_the_single_member(name, coarse):
    applied = READY[name].apply(coarse, 4)
    assert applied.dims == ("time", "y", "x")
    np.testing.assert_array_equal(applied, READY[name].sample(coarse, 4, 1).isel(member=0))
    assert READY[name].fit(coarse) == READY[name]


def test_conservative_repeats_and_bilinear_follows_a_slope():
    rain = make_coarse(nt=1).copy(data=np.broadcast_to(1 + np.arange(8, dtype=np.float32), (1, 8, 8)))
    np.testing.assert_array_equal(READY["conservative"].apply(rain, 4), block_repeat(rain.values, 4))
    fine = READY["bilinear"].apply(rain, 4).values[0, 0]
    expected = 1 + ((np.arange(32) + 0.5) / 4 - 0.5)
    np.testing.assert_allclose(fine[4:-4], expected[4:-4], rtol=1e-6)


@pytest.mark.parametrize("name", READY)
def test_a_field_without_time(name, coarse):
    field = coarse.isel(time=2, drop=True)
    fine = draw(name, field)
    assert fine.dims == ("member", "y", "x") and "time" not in fine.coords
    assert np.abs(block_mean(fine.values, 4) - field.values).max() < 1e-5
    # A field that knows its time is the same field as in the series.
    np.testing.assert_array_equal(draw(name, coarse.isel(time=2)), draw(name, coarse).isel(time=2))


@pytest.mark.parametrize("name", READY)
def test_any_units_and_order_of_axes(name, coarse):
    mm_per_day = (coarse * np.float32(24)).assign_attrs(units="mm day-1").transpose("x", "time", "y")
    np.testing.assert_allclose(draw(name, mm_per_day), draw(name, coarse), rtol=2e-5, atol=1e-7)


def test_configuration_is_frozen_and_printed(coarse):
    method = READY["cascade"]
    with pytest.raises(AttributeError):
        method.memory = True
    written = method.describe()
    assert "slope=(2.5, 3.0)" in written and "memory=False" in written and "efold=70.0" in written
