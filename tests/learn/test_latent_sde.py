"""The latent stochastic equation: its bound in closed form, its noise held, its series labelled, bad ones refused."""

from dataclasses import replace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from programs import compiled_once
from walks import labelled, linear

import nesym
from nesym._errors import InputError, MissingValuesError, NotFittedError, TimeError
from nesym.learn.noise._variation import quadratic_variation
from nesym.learn.noise.latent_dynamics import LatentDynamics
from nesym.learn.noise.latent_ensemble import LatentEnsemble
from nesym.learn.noise.latent_fit import evidence
from nesym.learn.noise.latent_loss import BLUR, MOST, Evidence, follow, path_divergence
from nesym.learn.noise.latent_networks import LatentNetworks, softplus
from nesym.learn.noise.latent_sde import LatentSDE
from nesym.learn.noise.latent_series import Series
from nesym.learn.noise.latent_training import LatentTraining, Windows

SMALL = LatentTraining(width=8, context=4, batch=32, window=40, steps=160, rate=2e-2, final_rate=5e-3, every=80)
METHOD = LatentSDE(training=SMALL)


@pytest.fixture(scope="module", autouse=True)
def programs(tmp_path_factory):
    with compiled_once(tmp_path_factory.mktemp("programs"), optimised=False):
        yield


@pytest.fixture(scope="module")
def series() -> xr.DataArray:
    return labelled(linear(0))


@pytest.fixture(scope="module")
def fitted(series, tmp_path_factory) -> LatentSDE:
    return METHOD.fit(series, key=1, folder=tmp_path_factory.mktemp("latent") / "whole")


@pytest.fixture(scope="module")
def networks() -> LatentNetworks:
    return LatentNetworks.make(1, 6, 3, key=2)


def linear_chain(key, rate, noise, step, steps=400, count=4000):
    """Stationary paths (steps + 1, count, 1) of x' = x - rate x step + noise sqrt(step) xi."""
    keys = jax.random.split(key)
    spread = noise * (step / (1 - (1 - rate * step) ** 2)) ** 0.5

    def ahead(x, xi):
        return x * (1 - rate * step) + noise * step**0.5 * xi, x

    return jax.lax.scan(
        ahead, spread * jax.random.normal(keys[0], (count, 1)), jax.random.normal(keys[1], (steps, count, 1))
    )[1]


# The bound


@pytest.mark.parametrize("quiet", [1.0, 0.6])
def test_divergence_of_two_linear_processes_in_closed_form(quiet):
    """KL = n [(a - b)^2 <z^2> d / (2 g^2) + (q^2 - 1) / 2 - log q] with <z^2> = q^2 g^2 d / (1 - (1 - a d)^2)."""
    a, b, g, step, steps = 1.5, 0.4, 0.8, 0.05, 400
    z = linear_chain(jax.random.key(0), a, quiet * g, step, steps)
    found = path_divergence(-a * z, -b * z, jnp.full_like(z, g), jnp.array([-np.log(quiet)]), step)
    square = (quiet * g) ** 2 * step / (1 - (1 - a * step) ** 2)
    expected = steps * ((a - b) ** 2 * square * step / (2 * g**2) + (quiet**2 - 1) / 2 - np.log(quiet))
    assert float(found) == pytest.approx(expected, rel=0.01)


def test_divergence_for_small_steps_is_girsanovs():
    """(a - b)^2 T / (4 a) for stationary processes of the same noise."""
    a, b, step, steps = 1.0, 2.0, 0.005, 2000
    z = linear_chain(jax.random.key(1), a, 0.5, step, steps, count=1000)
    found = path_divergence(-a * z, -b * z, jnp.full_like(z, 0.5), jnp.zeros(1), step)
    assert float(found) == pytest.approx((a - b) ** 2 * step * steps / (4 * a), rel=0.03)


def test_a_context_knows_its_time_and_what_follows(networks):
    x = jnp.asarray(np.random.default_rng(0).standard_normal((12, 5)), jnp.float32)
    one, other = (networks.encoder(each) for each in (x, x.at[6].add(1.0)))
    np.testing.assert_array_equal(one[7:], other[7:])
    assert (np.abs(one[:7] - other[:7]).max((1, 2)) > 1e-6).all()


def test_the_path_is_that_of_the_equation(networks):
    """With the drift called as it is written, on all steps at once."""
    x = jnp.asarray(np.random.default_rng(1).standard_normal((9, 4)), jnp.float32)
    step, key = jnp.float32(0.1), jax.random.key(3)
    path, context = eqx.filter_jit(lambda net: (follow(net, x, step, key), net.encoder(x)))(networks)
    xi = jax.random.normal(jax.random.split(key)[1], (8, 4, 1), jnp.float32)

    @eqx.filter_jit
    def ahead(net):
        z = path.z[:-1]
        f = net.posterior(jnp.concatenate([z, context[1:], x[1:, :, None] - z], -1))
        return f, z + f * step + net.noise(z) * jnp.exp(-softplus(net.calm)) * jnp.sqrt(step) * xi

    f, z = ahead(networks)
    np.testing.assert_allclose(path.f, f, atol=1e-4)
    np.testing.assert_allclose(path.z[1:], z, atol=1e-4)


def test_gradient_of_the_loss_is_its_slope(networks):
    loss = Evidence(jnp.float32(0.05), jnp.float32(0.01), jnp.float32(0.1), 0.3, 1, 0.02, 0.5)
    x = jnp.asarray(np.random.default_rng(2).standard_normal((4, 10)), jnp.float32)
    carry = (jnp.float32(0), jnp.float32(0))
    rng = np.random.default_rng(3)
    along = jax.tree.map(lambda w: jnp.asarray(rng.standard_normal(w.shape), w.dtype), networks)

    @jax.jit
    @jax.value_and_grad
    def value(size):
        moved = jax.tree.map(lambda w, d: w + size * d, networks, along)
        return loss(moved, x, jax.random.key(0), carry)[0]

    low, middle, high = (value(jnp.float32(size)) for size in (-2e-3, 0.0, 2e-3))
    assert float(middle[1]) == pytest.approx(float(high[0] - low[0]) / 4e-3, rel=0.02)


def test_the_multiplier_rises_while_noise_is_missing_and_is_bounded(networks):
    loss = eqx.filter_jit(Evidence(jnp.float32(0.05), jnp.float32(0.01), jnp.float32(0), None, 1, 0.02, 0.5))
    x = jnp.zeros((4, 10), jnp.float32)
    noise = networks.noise
    levels = {"little": -3.0, "much": 2.0}
    for name, level in levels.items():
        there = replace(networks, noise=replace(noise, level=jnp.full(1, level), scale=jnp.zeros(1)))
        _, told, (multiplier, _) = loss(there, x, jax.random.key(0), (jnp.float32(1), jnp.float32(0)))
        assert (multiplier > 1) == (name == "little")
        missing = 1 - float(told["noise"]) ** 2
        assert float(multiplier) == pytest.approx(1 + 0.02 * missing, rel=1e-4)
        assert float(told["multiplier"]) == pytest.approx(1 + 0.5 * missing, rel=1e-4)
    _, _, (multiplier, _) = loss(there, x, jax.random.key(0), (jnp.float32(-MOST), jnp.float32(0)))
    assert float(multiplier) == -MOST


def test_series_are_blurred_by_the_errors_that_they_lack(series):
    read = Series.of(series)
    begun = LatentDynamics.begun(None, read, quadratic_variation(read.values, read.step))
    step = begun.step / begun.unit
    for error in (0.0, 0.05 * begun.spread, 2.0 * begun.spread):
        loss = evidence(replace(begun, error=error), SMALL, None)
        assert float(loss.intensity) == pytest.approx(max(step, (error / begun.spread) ** 2) * step, rel=1e-5)
        errors = float(loss.blur) ** 2 + (error / begun.spread) ** 2
        assert errors == pytest.approx(float(loss.intensity) / step, rel=1e-5)
    assert float(evidence(begun, replace(SMALL, blurred=False), None).blur) == 0


def test_errors_and_noise_are_drawn_apart():
    """Errors that are the noise of the paths would teach another drift."""
    key = jax.random.key(0)
    own = [jax.random.normal(each, (40, 30)) for each in (jax.random.fold_in(key, BLUR), *jax.random.split(key))]
    for noise in own[1:]:
        assert abs(np.corrcoef(np.ravel(own[0]), np.ravel(noise))[0, 1]) < 0.15


def test_quiet_of_the_filter_of_a_random_walk():
    """The variance of a state given the future, iterated: p = 1 / (1 / (p + 1) + follow^2), q^2 = 1 / (1 + 1 / p)."""
    for wanted in (0.25, 1.0):
        p = 1.0
        for _ in range(500):
            p = 1 / (1 / (p + 1) + wanted**2)
        assert replace(SMALL, follow=wanted).quiet == pytest.approx((1 + 1 / p) ** -0.5, rel=1e-9)


def test_pieces_are_drawn_by_step_and_key_from_everywhere():
    values = np.arange(60.0).reshape(3, 20)
    draw = Windows(values, batch=500, window=4)
    pieces = draw(3, 7)
    assert pieces.shape == (500, 5) and pieces.dtype == np.float32
    np.testing.assert_array_equal(np.diff(pieces, axis=1), 1)
    assert set(pieces[:, 0]) == {20 * row + at for row in range(3) for at in range(16)}
    np.testing.assert_array_equal(pieces, draw(3, 7))
    assert (draw(4, 7) != pieces).any() and (draw(3, 8) != pieces).any()


# The model


def test_matched_noise_is_nearer_to_the_truth_than_free_noise(series, fitted):
    free = LatentSDE(noise=0.0, training=replace(SMALL, blurred=False)).fit(series, key=1)
    ratios = [float(np.sqrt(np.mean(model.diffusion(series.values) ** 2))) / 2 for model in (fitted, free)]
    assert 0.9 < ratios[0] < 1.1
    assert ratios[1] < 0.85
    assert fitted.fitted.multiplier != 0 and free.fitted.multiplier == 0


def test_the_drift_holds_the_series(fitted):
    assert fitted.drift(6.0) > 1 and fitted.drift(14.0) < -1


@pytest.mark.slow
def test_a_stopped_training_goes_on_to_the_same_bits(series, fitted, tmp_path):
    class Stop(Exception):
        pass

    def stop(fraction, text):
        if fraction > 0.6:
            raise Stop

    with pytest.raises(Stop):
        METHOD.fit(series, key=1, folder=tmp_path / "run", progress=stop)
    again = METHOD.fit(series, key=1, folder=tmp_path / "run")
    for one, other in zip(*(jax.tree.leaves(model.fitted.networks) for model in (fitted, again)), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.fitted.multiplier == fitted.fitted.multiplier


def test_saved_and_loaded_it_draws_the_same(fitted, tmp_path):
    fitted.save(tmp_path / "model", data="a test")
    again = nesym.load(tmp_path / "model")
    assert again.describe() == fitted.describe() and again.training == SMALL
    xr.testing.assert_identical(again.sample(30, members=5, key=2), fitted.sample(30, members=5, key=2))
    both = LatentEnsemble((fitted, again))
    both.save(tmp_path / "both")
    drawn = nesym.load(tmp_path / "both").sample(30, members=5, key=2)
    assert drawn.dims == ("model", "member", "time")
    np.testing.assert_array_equal(drawn[0], drawn[1])


def test_drawn_series_carry_labels_and_begin_where_they_should(series, fitted):
    drawn = fitted.sample(30, members=5, key=2)
    assert drawn.dims == ("member", "time") and drawn.name == "temperature"
    assert drawn.attrs["units"] == "K" and drawn["time"].attrs["units"] == "year"
    np.testing.assert_allclose(np.diff(drawn["time"]), 0.05)
    assert np.isin(drawn[:, 0].round(4), series[:, 0].round(4)).all()
    begun = fitted.sample(30, members=5, key=2, start=[8, 9, 10, 11, 12.0])
    np.testing.assert_allclose(begun[:, 0], [8, 9, 10, 11, 12], rtol=1e-6)
    assert (fitted.sample(30, members=5, key=3) != drawn).any()


def test_a_member_does_not_depend_on_how_many_there_are(fitted):
    np.testing.assert_array_equal(fitted.sample(30, members=2, key=4), fitted.sample(30, members=5, key=4)[:2])


def test_coarse_times_take_the_steps_of_the_series(fitted):
    fine, coarse = fitted.sample(31, members=5, key=2), fitted.sample(np.arange(4) * 0.5, members=5, key=2)
    np.testing.assert_allclose(coarse, fine[:, ::10], rtol=1e-4)
    dates = np.datetime64("2000-01-01", "ns") + np.arange(3) * np.timedelta64(30, "m")
    assert fitted.sample(dates, members=1)["time"].values.tolist() == dates.tolist()


def test_models_stand_beside_the_series_in_one_table(series, fitted):
    table = fitted.compare(labelled(linear(9)), key=0)
    assert [row["model"] for row in table.rows] == ["series", "latent SDE", "Kramers-Moyal", "linear"]
    assert table.cell("series", "diffusion") == pytest.approx(2, rel=0.03)
    assert table.cell("linear", "diffusion / series") == pytest.approx(1, abs=0.05)
    assert table.cell("linear", "density distance") < 0.1
    assert all(row["ended"] == 0 and row["transitions"] > 50 for row in table.rows)
    assert "K per root of year" in table.caption


def test_two_latent_numbers(series):
    read = Series.of(series)
    networks = LatentNetworks.make(2, 6, 3, key=0)
    begun = LatentDynamics.begun(networks, read, quadratic_variation(read.values, read.step))
    two = LatentSDE(latent=2, fitted=begun)
    assert two.sample(10, members=3).shape == (3, 10)
    assert two.drift([[10.0, 10.0]]).shape == (1, 2) and (two.diffusion([[10.0, 10.0]]) > 0).all()
    with pytest.raises(InputError):
        two.drift(10.0)
    loss, carry = evidence(begun, SMALL, None), (jnp.float32(0), jnp.float32(0))
    told = jax.eval_shape(loss, networks, jnp.zeros((4, 10), jnp.float32), jax.random.key(0), carry)
    assert told[0].shape == () and told[0].dtype == jnp.float32


# Bad input


def gap(da):
    return da.where(da["time"] != da["time"][7])


@pytest.mark.parametrize(
    ("change", "error", "remedy"),
    [
        (gap, MissingValuesError, "gaps"),
        (lambda da: da.isel(time=[0, 1, 2, 4, 5, 6]), TimeError, "interp"),
        (lambda da: da[:, ::-1], TimeError, "Sort"),
        (lambda da: da[0], InputError, "longer series"),
        (lambda da: 0 * da, InputError, "variable"),
        (lambda da: da.drop_vars("time"), InputError, "Label"),
        (lambda da: da.values, InputError, "Label"),
        (lambda da: da.astype(str), InputError, "real numbers"),
        (lambda da: da.expand_dims(place=2), InputError, "Label"),
    ],
)
def test_series_that_tell_nothing_are_refused(series, change, error, remedy):
    with pytest.raises(error) as refused:
        METHOD.fit(change(series))
    assert remedy in refused.value.remedy


@pytest.mark.parametrize(
    "make",
    [
        lambda: LatentSDE(latent=3),
        lambda: LatentSDE(noise="right"),
        lambda: LatentSDE(noise=-1.0),
        lambda: LatentTraining(width=0),
        lambda: LatentTraining(rate=0.0),
        lambda: LatentTraining(ramp=2.0),
        lambda: LatentEnsemble((METHOD,)),
    ],
)
def test_settings_that_mean_nothing_are_refused(make):
    with pytest.raises(InputError):
        make()


@pytest.mark.parametrize(
    "given",
    [
        {"times": 1},
        {"times": np.array([0.0, 1.0, 0.5])},
        {"times": "long"},
        {"times": 5, "members": 0},
        {"times": 5, "start": [1.0, 2.0, 3.0]},
        {"times": 5, "start": np.nan},
    ],
)
def test_wishes_that_cannot_be_met_are_refused(fitted, given):
    with pytest.raises(InputError):
        fitted.sample(**{"members": 2} | given)


def test_nothing_is_drawn_before_a_fit():
    with pytest.raises(NotFittedError):
        METHOD.sample(10)
    with pytest.raises(NotFittedError):
        METHOD.compare(labelled(linear(0)))
