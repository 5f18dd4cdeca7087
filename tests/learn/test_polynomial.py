"""Polynomial propagators: known maps found again, labels, ends of forecasts, and what is refused."""

import numpy as np
import pytest
import xarray as xr
from small_maps import henon, trajectory

import nesym
from nesym._errors import InputError, NotFittedError, TimeError
from nesym.learn.polynomials.polynomial import PolynomialPropagator
from nesym.physics.lorenz63 import Lorenz63
from nesym.solve.precise import orbit

START = (-2.17062215, -3.63889021, 17.90428187)


@pytest.fixture(scope="module")
def lorenz() -> xr.DataArray:
    return orbit(Lorenz63(), START, 1500, every=16)


@pytest.mark.parametrize("basis", ["legendre", "chebyshev", "monomial"])
@pytest.mark.parametrize("target", ["increment", "state"])
def test_a_polynomial_map_is_found_again(basis, target):
    data = trajectory(200)
    fitted = PolynomialPropagator(3, target=target, basis=basis, whiten=basis == "legendre").fit(data)
    assert max(fitted.fitted.residual.values()) < 1e-12
    ahead = fitted.forecast(xr.DataArray([0.4, -0.1], {"state": ["x", "y"]}, "state"), 3)
    x, y = henon(0.4, -0.1)
    for step in range(3):
        np.testing.assert_allclose(ahead.isel(time=step), [x, y], atol=1e-11)
        x, y = henon(x, y)


def test_past_states_stand_in_for_a_coordinate_that_is_not_seen():
    data = trajectory(300)
    seen = data.sel(state=["x"])
    fitted = PolynomialPropagator(2, past=1).fit(seen)
    assert fitted.fitted.features == 6
    ahead = fitted.forecast(seen.isel(time=slice(97, 100)), 5)
    np.testing.assert_allclose(ahead, seen.isel(time=slice(100, 105)), atol=1e-9)
    with pytest.raises(InputError, match="2 states of x") as error:
        fitted.forecast(seen.isel(time=99), 5)
    assert "end of a trajectory" in error.value.remedy


def test_chaos_is_followed_far_in_doubles_and_not_by_normal_equations(lorenz):
    data = orbit(Lorenz63(), START, 1024 + 3200, every=16)
    seen, after = data.isel(time=slice(0, 1024)), data.isel(time=slice(1024, None))
    lost = {}
    for name, method in {
        "qr": PolynomialPropagator(9),
        "normal": PolynomialPropagator(9, target="state", basis="monomial", solver="normal"),
    }.items():
        ahead = method.fit(seen).forecast(seen.isel(time=-1), 3200)
        error = np.sqrt(((ahead.values - after.values) ** 2).sum(-1))
        lost[name] = np.argmax(~(error < 0.5 * 14.7)) / 64 * Lorenz63().exponent
    assert 28 < lost["qr"] < 34
    assert lost["normal"] < 22


def test_forecasts_are_labelled_and_continue_the_time(lorenz):
    fitted = PolynomialPropagator(4).fit(lorenz)
    ahead = fitted.forecast(lorenz.isel(time=99), 10)
    assert ahead.dims == ("time", "state") and list(ahead["state"].values) == ["x", "y", "z"]
    np.testing.assert_allclose(ahead["time"], lorenz["time"][100:110])
    assert ahead["reason"].item() == ""
    chosen = fitted.forecast(lorenz.isel(time=99), times=lorenz["time"].values[[101, 105]])
    np.testing.assert_array_equal(chosen, ahead.isel(time=[1, 5]))


@pytest.mark.parametrize("calendar", ["standard", "noleap"])
def test_dates_go_on_as_dates_and_units_stay(calendar):
    data = trajectory(100)
    days = xr.date_range("2001-02-01", periods=100, freq="12h", calendar=calendar, use_cftime=calendar == "noleap")
    dated = data.assign_coords(time=days).to_dataset("state")
    dated["x"].attrs["units"] = "K"
    fitted = PolynomialPropagator(2).fit(dated.isel(time=slice(0, 80)))
    ahead = fitted.forecast(dated.isel(time=79), 3)
    np.testing.assert_array_equal(ahead["time"], dated["time"][80:83])
    np.testing.assert_allclose(ahead, data[80:83], atol=1e-11)
    assert list(ahead["units"].values) == ["K", ""]
    np.testing.assert_array_equal(fitted.forecast(dated.isel(time=79), times=days[[81]]), ahead.isel(time=[1]))


def test_order_and_kind_of_labels_do_not_matter(lorenz):
    fitted = PolynomialPropagator(4).fit(lorenz)
    start = lorenz.isel(time=5)
    turned = fitted.forecast(start.sel(state=["z", "x", "y"]), 4)
    np.testing.assert_array_equal(turned, fitted.forecast(start, 4))
    dataset = lorenz.to_dataset("state")
    again = PolynomialPropagator(4).fit(dataset)
    np.testing.assert_array_equal(again.forecast(dataset.isel(time=5), 4), turned)


def test_many_starts_give_what_each_gives_alone(lorenz):
    fitted = PolynomialPropagator(5).fit(lorenz)
    starts = lorenz.isel(time=[3, 50, 700]).rename(time="trajectory").drop_vars("trajectory")
    together = fitted.forecast(starts, 20)
    assert together.dims == ("trajectory", "time", "state") and together["reason"].shape == (3,)
    alone = fitted.forecast(lorenz.isel(time=50).drop_vars("time"), 20)
    np.testing.assert_allclose(together.isel(trajectory=1), alone, rtol=1e-9)


def test_pieces_of_a_trajectory_are_not_joined():
    """A step from the end of one to the start of the next would be no step of the map."""
    data = trajectory(200)
    pieces = [data.isel(time=slice(0, 100)), data.isel(time=slice(150, 200))]
    joined = PolynomialPropagator(2).fit([piece.to_dataset("state") for piece in pieces])
    assert joined.fitted.samples == 99 + 49
    assert max(joined.fitted.residual.values()) < 1e-12


def test_a_forecast_that_diverges_ends_with_its_reason():
    fitted = PolynomialPropagator(2).fit(trajectory(200))
    near, far = [0.1, 0.1], [5.0, 5.0]
    ahead = fitted.forecast(np.array([[near], [far]]), 500)
    assert ahead["reason"].values[0] == "" and "diverged at step" in ahead["reason"].values[1]
    ended = np.isnan(ahead.values).all(-1)
    assert not ended[0].any() and ended[1, -1] and (np.diff(ended[1].astype(int)) >= 0).all()


def test_the_same_data_give_the_same_bits_and_change_nothing(lorenz):
    method = PolynomialPropagator(6)
    once, twice = method.fit(lorenz, key=0), method.fit(lorenz, key=1)
    np.testing.assert_array_equal(once.fitted.map.coefficients, twice.fitted.map.coefficients)
    assert method.fitted is None and "degree=6" in repr(once)


def test_saved_ones_come_back_as_they_were(lorenz, tmp_path):
    fitted = PolynomialPropagator(6, target="state").fit(lorenz)
    fitted.save(tmp_path / "lorenz.safetensors", data="Lorenz-63")
    back = nesym.load(tmp_path / "lorenz")
    start = lorenz.isel(time=0)
    np.testing.assert_array_equal(back.forecast(start, 500), fitted.forecast(start, 500))
    assert (back.degree, back.target, back.fitted.step, back.fitted.names) == (6, "state", 2.0**-6, ("x", "y", "z"))


def test_features_that_doubles_cannot_tell_apart_are_refused_unless_there_is_a_ridge(lorenz):
    """Past states of a smooth orbit say nothing new."""
    with pytest.raises(InputError, match="210 features depend on each other") as error:
        PolynomialPropagator(4, past=1).fit(lorenz)
    assert "precision=512" in error.value.remedy and "ridge" in error.value.remedy
    PolynomialPropagator(4, past=1, ridge=1e-10).fit(lorenz)


def test_fewer_samples_than_monomials_are_refused_with_the_largest_degree():
    data = trajectory(30)
    with pytest.raises(InputError, match="has 36 monomials, and there are 29 pairs") as error:
        PolynomialPropagator(7).fit(data)
    assert error.value.remedy.startswith("Give degree=6 at most")
    assert PolynomialPropagator(6).fit(data).fitted.features == 28


def test_steps_that_differ_are_refused(lorenz):
    with pytest.raises(TimeError, match="uniform steps") as error:
        PolynomialPropagator(2).fit(lorenz.isel(time=[*range(50), *range(60, 100)]))
    assert "interp" in error.value.remedy


@pytest.mark.parametrize(
    "given",
    [
        {"degree": 0},
        {"degree": 2.5},
        {"past": -1},
        {"ridge": -1.0},
        {"target": "derivative"},
        {"basis": "fourier"},
        {"solver": "svd"},
        {"precision": 512, "ridge": 0.1},
    ],
)
def test_settings_that_make_no_sense_are_refused(given):
    with pytest.raises(InputError) as error:
        PolynomialPropagator(**given)
    assert error.value.remedy.endswith(".")


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [({}, InputError), ({"steps": 0}, InputError), ({"steps": 2, "times": [1.0]}, InputError),
     ({"times": [0.3]}, TimeError), ({"times": [1.0, 0.5]}, TimeError), ({"times": [0.0]}, TimeError)],
)  # fmt: skip
def test_times_between_steps_are_refused(wanted, kind):
    fitted = PolynomialPropagator(2).fit(trajectory(50))
    with pytest.raises(kind):
        fitted.forecast(np.array([0.1, 0.1]), **wanted)


def test_before_fitting_there_is_no_forecast():
    with pytest.raises(NotFittedError) as error:
        PolynomialPropagator(2).forecast([0.0, 0.0], 1)
    assert error.value.remedy.startswith("Call fit(data)")


def test_states_of_another_system_are_refused(lorenz):
    with pytest.raises(InputError, match="states of x, y, z"):
        PolynomialPropagator(2).fit(lorenz).forecast(np.zeros(2), 1)
