"""The adversarial correction: sums kept to the digit, resumed to the bit, blind to chunks, and better than the model."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from programs import compiled_once
from small_worlds import LAT, modelled, observed

import nesym
from nesym._errors import (
    GridError,
    InputError,
    MissingValuesError,
    NotFittedError,
    TimeError,
    UnitError,
    VariableError,
)
from nesym.adjust import Adversarial, CycleGAN
from nesym.adjust.adversaries import MEASURED, KeptSum, Rain
from nesym.adjust.selection import Patterns
from nesym.adjust.translation import limited
from nesym.fields.weights import band_areas
from nesym.verify import dry_share, locally_ranked, rapsd

SMALL = Adversarial(width=4, downs=1, blocks=0, judge_width=4, judge_downs=1, batch=2, steps=6, pool=3, every=2)
AREA = band_areas(LAT)


@pytest.fixture(scope="module", autouse=True)
def programs(tmp_path_factory):
    with compiled_once(tmp_path_factory.mktemp("programs")):
        yield


def awake(gan: CycleGAN) -> CycleGAN:
    """With all weights of the networks moved, as a long training would."""
    rng = np.random.default_rng(7)

    def moved(net):
        return jax.tree.map(lambda w: jnp.asarray(np.asarray(w) + 0.1 * rng.standard_normal(w.shape), w.dtype), net)

    return replace(gan, fitted=replace(gan.fitted, network=moved(gan.fitted.network), judge=moved(gan.fitted.judge)))


def same(one: CycleGAN, other: CycleGAN) -> bool:
    nets = [(gan.fitted.network, gan.fitted.judge) for gan in (one, other)]
    leaves = [jax.tree.leaves(pair) for pair in nets]
    return all(map(np.array_equal, *leaves)) and one.fitted.candidates == other.fitted.candidates


METHOD = CycleGAN(constrain="train", training=SMALL)


@pytest.fixture(scope="module")
def fitted() -> CycleGAN:
    return METHOD.fit(observed(), modelled(), key=1)


@pytest.fixture(scope="module")
def gan(fitted) -> CycleGAN:
    return awake(fitted)


def global_mean(rain: xr.DataArray, weights=AREA) -> np.ndarray:
    return np.einsum("...yx,y->...", rain.transpose(..., "lat", "lon").values.astype(float), weights) / (
        weights.sum() * 16
    )


# What is kept


@pytest.mark.parametrize("dtype, within", [(np.float32, 1e-6), (np.float64, 1e-12)])
@pytest.mark.parametrize("weights", ["area", "none"])
def test_global_sums_are_those_of_the_scenario_in_any_climate(gan, dtype, within, weights):
    keeping, wetter = replace(gan, weights=weights), 1.2 * modelled(5).astype(dtype)
    found = keeping.apply(wetter)
    assert found.dtype == dtype and float(found.min()) >= 0
    counted = AREA if weights == "area" else np.ones_like(AREA)
    np.testing.assert_allclose(global_mean(found, counted), global_mean(wetter, counted), rtol=within)
    assert np.abs(found - wetter).max() > 0.1
    other = np.ones_like(AREA) if weights == "area" else AREA
    assert np.abs(global_mean(found, other) / global_mean(wetter, other) - 1).max() > 1e-3


def test_without_constraint_they_drift(gan):
    free, rain = replace(gan, constraint=None, constrain="inference"), modelled(5)
    found = free.apply(rain)
    assert np.abs(global_mean(found) / global_mean(rain) - 1).max() > 1e-2
    kept = gan.apply(rain)
    ratio = (kept / found).where(found > 0).values.reshape(rain.sizes["time"], -1)
    assert np.nanmax(np.ptp(np.where(np.isnan(ratio), np.nanmedian(ratio, 1)[:, None], ratio), 1)) < 1e-4


def test_a_dry_day_stays_dry(gan):
    rain = modelled(5).copy()
    rain[3] = 0
    assert float(gan.apply(rain)[3].max()) == 0


@pytest.mark.slow
def test_sums_are_kept_in_training_too(gan):
    kept = KeptSum(gan.budget(gan.fitted.template()), gan.fitted.transform)
    x = jnp.asarray(gan.fitted.seen(modelled(5).values[:3]))
    rain = gan.fitted.transform.inverse(kept(2 * x + 0.1, x)[..., 0])
    np.testing.assert_allclose(np.asarray(rain).mean(2) @ AREA, modelled(5).values[:3].mean(2) @ AREA, rtol=1e-5)
    slope = jax.grad(lambda y: kept(y, x).sum())(jnp.zeros_like(x))
    assert np.isfinite(slope).all()


# What the networks are told


def test_the_networks_are_told_where_they_are_and_both_climates(gan):
    found, obs, hist = gan.fitted, observed()[:48].values, modelled()[:48].values
    assert found.known.shape == (1, 12, 16, 14 + 2 * MEASURED)
    z = [found.seen(rain)[..., 0].mean(0) for rain in (hist, obs)]
    np.testing.assert_allclose(found.climate[..., [0, MEASURED]], np.stack(z, -1), rtol=1e-4, atol=1e-6)
    means = [rain.mean(0) / obs.mean() for rain in (hist, obs)]
    np.testing.assert_allclose(found.climate[..., [1, 1 + MEASURED]], np.stack(means, -1), rtol=1e-4, atol=1e-6)


def test_rain_is_measured_by_its_amount_and_its_variogram(gan):
    """Of z = j, column by column: 1 and 9 to the east, but over the seam 15^2 and 13^2; 0 to the north."""
    z = jnp.broadcast_to(jnp.arange(16.0)[None, None, :, None], (1, 12, 16, 1))
    found = np.asarray(Rain(gan.fitted.transform, 2.0)(z))[0]
    assert found.shape == (12, 16, MEASURED)
    np.testing.assert_allclose(found[..., 0], z[0, ..., 0])
    np.testing.assert_allclose(found[..., 1], np.asarray(gan.fitted.transform.inverse(z[0, ..., 0])) / 2, rtol=1e-6)
    np.testing.assert_allclose(found[0, :, 2], [1] * 15 + [15**2])
    np.testing.assert_allclose(found[0, :, 3], [9] * 13 + [13**2] * 3)
    np.testing.assert_allclose(found[..., 4:], 0)
    north = np.asarray(Rain(gan.fitted.transform, 2.0)(z[:, :, :12].swapaxes(1, 2)))[0]
    np.testing.assert_allclose(north[:, 0, 4], [1] * 11 + [0])
    np.testing.assert_allclose(north[:, 0, 5], [9] * 9 + [0] * 3)
    np.testing.assert_allclose(Rain(gan.fitted.transform, 2.0)(-z), 0)


def test_what_falls_below_zero_is_no_rain(gan):
    z = jnp.array([-3.0, -1e-6, 0.0, 1e-6, 1.0])[:, None]
    found = gan.fitted.rain(z)
    np.testing.assert_array_equal(found[:4], 0)
    assert found[4] > gan.fitted.trace


# Same in, same out


@pytest.mark.slow
def test_the_same_fit_gives_the_same_bits(fitted):
    assert same(fitted, METHOD.fit(observed(), modelled(), key=1))
    assert not same(fitted, METHOD.fit(observed(), modelled(), key=2))


def test_a_fit_that_was_stopped_goes_on_to_the_same_bits(fitted, tmp_path):
    class Stopped(Exception):
        pass

    def stop(fraction, text):
        if fraction > 0.6:
            raise Stopped

    with pytest.raises(Stopped):
        METHOD.fit(observed(), modelled(), key=1, folder=tmp_path, progress=stop)
    assert list((tmp_path / "training").glob("step-*")) and len(list((tmp_path / "candidates").glob("*"))) < 4
    again = METHOD.fit(observed(), modelled(), key=1, folder=tmp_path)
    assert same(fitted, again)
    with pytest.raises(InputError, match="another configuration"):
        replace(METHOD, training=replace(SMALL, cycle=3.0)).fit(observed(), modelled(), key=1, folder=tmp_path)


def test_it_comes_back_from_disk(gan, tmp_path):
    gan.save(tmp_path / "gan.safetensors", data="small")
    back = nesym.load(tmp_path / "gan.safetensors")
    assert (back.describe(), back.training) == (gan.describe(), gan.training)
    xr.testing.assert_identical(back.apply(modelled(5)), gan.apply(modelled(5)))


def test_chunks_members_order_and_turned_longitudes_do_not_matter(gan):
    rain = modelled(5, days=12)
    whole = gan.apply(rain)
    lazy = gan.apply(rain.chunk(time=5, lat=4))
    assert lazy.chunks is not None and "beyond_calibration" in lazy.attrs
    np.testing.assert_array_equal(lazy.values, whole.values)
    np.testing.assert_array_equal(gan.apply(rain[4:7]).values, whole.values[4:7])
    members = xr.concat([modelled(6, days=12), rain], "member", coords="different", compat="equals").transpose(
        "time", "lat", "lon", "member"
    )
    np.testing.assert_array_equal(gan.apply(members).isel(member=1).values, whole.values)
    turned = rain.assign_coords(lon=(rain["lon"] + 180) % 360 - 180).sortby("lon")[:, ::-1]
    found = gan.apply(turned)
    xr.testing.assert_equal(found["lon"], turned["lon"])
    back = found.assign_coords(lon=found["lon"] % 360).sortby("lon")[:, ::-1]
    np.testing.assert_array_equal(back.values, whole.values)


def test_units_and_labels(gan):
    rain = modelled(5, days=12)
    flux = (rain / 86400).assign_attrs(units="kg m-2 s-1", standard_name="precipitation_flux")
    found = gan.apply(flux.rename("rain"))
    np.testing.assert_allclose(found, gan.apply(rain), rtol=1e-4, atol=1e-3)
    assert found.name == "pr" and found.attrs["units"] == "mm day-1"
    assert "CycleGAN(constraint='global', weights='area'" in found.attrs["adjustment"]
    heavy = gan.apply(3 * rain)
    assert "above the calibrated range" in heavy.attrs["beyond_calibration"]
    assert float(heavy.max()) > 1.5 * float(gan.apply(rain).max())


# The choice


def test_errors_of_patterns_are_those_of_the_equations():
    obs, rain = observed(), modelled()
    patterns = Patterns.of(obs.values, rain.values, AREA)
    spectral, zonal, ranked = patterns.errors(rain.values)
    power = [np.log10(rapsd(x.values)[1].mean(0)[1:]) for x in (rain, obs)]
    assert spectral == pytest.approx(np.abs(power[0] - power[1]).mean(), rel=1e-6)
    profiles = [x.values.mean((0, 2)) for x in (rain, obs)]
    assert zonal == pytest.approx(AREA @ np.abs(profiles[0] - profiles[1]) / (AREA @ profiles[1]), rel=1e-5)
    ranks = [locally_ranked(x, dry=dry_share(obs, rain)) for x in (rain, obs)]
    power = [np.log10(rapsd(x.values)[1].mean(0)[1:]) for x in ranks]
    assert ranked == pytest.approx(np.abs(power[0] - power[1]).mean(), rel=1e-4)
    np.testing.assert_allclose(patterns.errors(obs.values), 0, atol=1e-12)


def test_the_candidate_with_the_least_sum_of_errors_is_taken(fitted):
    table = fitted.fitted.candidates
    assert [row[0] for row in table] == [2, 4, 6]
    assert fitted.fitted.chosen == min(table, key=lambda row: sum(row[1:]))[0]


@pytest.mark.slow
def test_years_apart_decide_and_are_the_last_quarter_if_none_are_given(fitted):
    obs, hist = observed(), modelled()
    apart = [(da[:48], da[48:]) for da in (obs, hist)]
    said = METHOD.fit(apart[0][0], apart[1][0], key=1, choose=(apart[0][1], apart[1][1]))
    assert same(fitted, said)


@pytest.mark.slow
def test_it_learns_in_a_minute_what_no_correction_of_the_sum_could():
    """The belt moves to its side of the equator, on days that were never seen."""
    recipe = Adversarial(
        width=8, downs=0, blocks=0, judge_width=8, judge_downs=0, batch=2, steps=120, rate=4e-3, judge_rate=2e-3,
        ema=0.98, every=40,
    )  # fmt: skip
    gan = CycleGAN(training=recipe).fit(observed(days=128), modelled(days=128), key=0)
    found, unseen = gan.apply(modelled(11)), Patterns.of(observed(10).values, modelled(11).values, AREA)
    better = unseen.errors(found.values) / unseen.errors(modelled(11).values)
    assert better[1] < 0.6


# Saliency


@pytest.mark.slow
def test_saliency_is_the_mean_gradient_of_the_scores(gan):
    rain = modelled(5, days=8)
    found = gan.saliency(rain, samples=2, noise=1e-6)
    z = jnp.asarray(gan.fitted.seen(rain.values))
    slope = jax.grad(lambda z: gan.fitted.judge(z, gan.fitted.known).sum())(z)[..., 0]
    np.testing.assert_allclose(found, slope, atol=2e-4)
    assert found.dims == rain.dims and found.attrs["units"] == "1"


def test_saliency_of_a_day_does_not_depend_on_the_others(gan):
    rain = modelled(5, days=8)
    whole = gan.saliency(rain, key=3)
    np.testing.assert_array_equal(gan.saliency(rain[2:5], key=3), whole[2:5])
    assert not np.array_equal(gan.saliency(rain, key=4), whole)


# Refusals


def test_what_cannot_be_learned_from_is_refused():
    obs, hist = observed(days=16), modelled(days=16)
    cases = [
        (GridError, "around the globe", (obs[..., :8], hist[..., :8])),
        (GridError, "another grid", (obs, hist.assign_coords(lat=LAT + 1))),
        (UnitError, "units", (obs, hist.assign_attrs(units="K"))),
        (VariableError, "translates rain", (obs.rename("tas").assign_attrs(units="K"),) * 2),
        (TimeError, "8 at least", (obs, hist[:5])),
        (MissingValuesError, "complete fields", (obs.where(obs["lat"] > 0), hist)),
        (InputError, "no rain at all", (0 * obs, hist)),
        (InputError, "members", (obs.expand_dims(member=2), hist)),
    ]
    for error, words, given_ in cases:
        with pytest.raises(error, match=words) as refused:
            CycleGAN(training=SMALL).fit(*given_, key=0)
        assert refused.value.remedy
    with pytest.raises(InputError, match="pair"):
        CycleGAN(training=SMALL).fit(obs, hist, choose="2001", key=0)


def test_what_cannot_be_corrected_is_refused(gan):
    rain = modelled(5, days=8)
    with pytest.raises(NotFittedError, match="fit"):
        CycleGAN().apply(rain)
    with pytest.raises(GridError, match="another grid"):
        gan.apply(rain.isel(lat=slice(1, None)))
    with pytest.raises(MissingValuesError, match="Fill the gaps"):
        gan.apply(rain.where(rain["lat"] > 0))
    with pytest.raises(InputError, match="samples=10"):
        gan.saliency(rain, samples=0)


@pytest.mark.parametrize(
    "wrong",
    [{"constraint": "block"}, {"weights": "cos"}, {"constrain": "after"}, {"constraint": None, "constrain": "train"}],
    ids=str,
)
def test_a_choice_that_is_none_is_refused(wrong):
    with pytest.raises(InputError) as refused:
        CycleGAN(**wrong)
    assert refused.value.remedy.startswith(("Choose", "Give"))


@pytest.mark.parametrize(
    "wrong", [{"batch": 0}, {"steps": 1.5}, {"rate": 0.0}, {"eps": -1.0}, {"cycle": -1.0}], ids=str
)
def test_sizes_that_cannot_be_are_refused(wrong):
    with pytest.raises(InputError, match="Give"):
        Adversarial(**wrong)


def test_the_wettest_cells_are_held_back_and_keep_their_order():
    rain = np.array([0.0, 3.0, 50.0, 51.0, 100.0, 300.0, 3000.0])
    out = limited(rain, 100.0)
    np.testing.assert_array_equal(out[:3], rain[:3])
    assert (np.diff(out) > 0)[:-1].all() and out[-1] == pytest.approx(125.0)
    assert out[3] == pytest.approx(51.0, abs=0.01)  # the slope is continuous
    np.testing.assert_array_equal(limited(rain, np.inf), rain)
    assert limited(rain.astype(np.float32), 100.0).dtype == np.float32
