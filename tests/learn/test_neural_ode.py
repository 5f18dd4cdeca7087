"""Neural differential equations: what they learn, keep, refuse and write."""

from dataclasses import replace

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from circles import SETTINGS, circles

from nesym import _store
from nesym._errors import InputError, MissingValuesError, NotFittedError, TimeError
from nesym.constrain import Manifold
from nesym.learn.equations._starts import Starts
from nesym.learn.equations.neural_ode import NeuralODE
from nesym.learn.equations.shooting import Shooting
from nesym.learn.simulation import simulate
from nesym.learn.trajectories import Trajectories
from nesym.physics import TwoBody
from nesym.physics.converter import Converter

DATA = circles(shortest=12)
BODIES = Trajectories.of(simulate(TwoBody(), np.arange(6) * 0.2, 3, 0))
X, T = jnp.array([0.6, -0.3, 0.2, 1.1]), 0.7
SMALL = {"width": 12, "depth": 1, "training": SETTINGS}
LAW = ("x**2 + y**2",)
OWN = {
    "NeuralODE": "nesym.learn.equations.neural_ode",
    "Shooting": "nesym.learn.equations.shooting",
    "Learned": "nesym.learn.equations._learned",
    "MLP": "nesym.nets.mlp",
    "TwoBody": "nesym.physics.two_body",
}


@pytest.fixture(scope="module")
def model():
    return NeuralODE(conserve=LAW, members=2, **SMALL)


@pytest.fixture(scope="module")
def fitted(model):
    return model.fit(DATA, key=3)


@pytest.fixture(scope="module")
def starts():
    """First states of other circles, at time 1."""
    first = circles(5, 2, seed=9).states[:, 0]
    parts = {name: ("trajectory", first[:, i]) for i, name in enumerate(("x", "y"))}
    return xr.Dataset(parts, {"time": 1.0, "trajectory": np.arange(10, 15)})


@pytest.fixture(scope="module")
def ahead(fitted, starts):
    return fitted.forecast(starts, until=7.0)


def test_it_learns_the_rotation_and_keeps_the_radius(ahead, starts):
    turn = ahead.time - 1
    truth = [starts.x * np.cos(turn) - starts.y * np.sin(turn), starts.x * np.sin(turn) + starts.y * np.cos(turn)]
    error = np.hypot(ahead.x - truth[0], ahead.y - truth[1]).mean()
    still = np.hypot(starts.x - truth[0], starts.y - truth[1]).mean()
    assert error < 0.25 * still
    radius = ahead.x**2 + ahead.y**2
    assert float(abs(radius / radius.isel(time=0) - 1).max()) < 1e-6


def test_a_forecast_is_labelled(ahead, fitted):
    assert dict(ahead.sizes) == {"member": 2, "trajectory": 5, "time": ahead.time.size}
    assert ahead.time.values[0] == 1 and ahead.time.values[-1] == 7
    np.testing.assert_allclose(np.diff(ahead.time)[:-1], fitted.fitted.interval)
    assert (ahead.reason == "").all() and (ahead.reached == 7).all() and (ahead.calls > 0).all()
    assert ahead.trajectory.values.tolist() == [10, 11, 12, 13, 14]
    assert "NeuralODE" in ahead.attrs["method"] and "neural ODE forecast to time 7" in ahead.attrs["history"]


def test_it_is_said_how_far_beyond_the_data_a_forecast_goes(ahead, fitted):
    assert f"{6 / fitted.fitted.span:.3g} times as far" in ahead.attrs["beyond_training"]


def test_a_solution_that_ends_early_has_its_reason(fitted, starts):
    found = fitted.forecast(starts, until=7.0, max_steps=4)
    assert found.reason.str.contains("max_steps").all() and (found.reached < 7).all()
    assert np.isnan(found.x.isel(time=-1)).all()
    assert found.attrs["ended_early"].startswith("10 of 10 solutions")


def test_weights_are_those_of_the_best_epoch(fitted):
    found = fitted.fitted
    assert found.history.shape == (SETTINGS.epochs + 1, 2)
    np.testing.assert_array_equal(found.chosen, np.nanargmin(found.history, 0))
    assert (found.validation < 0.05 * found.history[0]).all()


def test_what_is_written_comes_back(fitted, starts, ahead, tmp_path, monkeypatch):
    for name, module in OWN.items():
        monkeypatch.setitem(_store.CLASSES, name, module)
    fitted.save(tmp_path / "model.safetensors", licence="CC0")
    again = _store.load(tmp_path / "model.safetensors")
    assert again.describe() == fitted.describe()
    xr.testing.assert_equal(again.forecast(starts, until=7.0), ahead)


@pytest.mark.slow
def test_a_member_depends_neither_on_how_many_there_are_nor_on_interruptions(model, fitted, tmp_path):
    alone = replace(model, members=1)

    def stop(share, text):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        alone.fit(DATA, key=3, folder=tmp_path, progress=stop)
    found = alone.fit(DATA, key=3, folder=tmp_path).fitted
    # Rounding differs with the shapes of arrays, and grows in training.
    np.testing.assert_allclose(found.history[:, 0], fitted.fitted.history[:, 0], rtol=1e-5)


@pytest.mark.slow
def test_training_ends_where_the_validation_is_flat():
    training = Shooting(epochs=100, rate=1e-9, final_rate=1e-9, patience=3, batch=16)
    found = NeuralODE(width=4, depth=1, training=training).fit(DATA, key=0).fitted
    assert np.isfinite(found.history[:4]).all() and np.isnan(found.history[5:]).all()


class Linear(eqx.Module):
    """A network that is a matrix of given numbers."""

    outputs: int

    def __call__(self, z):
        matrix = np.random.default_rng(1).normal(size=(self.outputs, z.size))
        return jnp.asarray(matrix) @ z


def held(model, names=BODIES.names):
    """The field of a model with a linear network and scales that are not 1."""
    field = model.frame(names)
    outputs = len(field.learned) + field.augment
    scales = [np.linspace(low, 2, size) for low, size in ((-1, field.size), (0.5, field.size), (0.3, outputs))]
    return replace(field, network=Linear(outputs), shift=scales[0], spread=scales[1], speed=scales[2])


def test_of_second_order_the_rate_of_a_position_is_its_velocity():
    field = held(NeuralODE(order=2))
    np.testing.assert_array_equal(field(T, X)[:2], X[2:])
    assert field.learned.tolist() == [2, 3]


def test_a_projected_field_keeps_the_law_in_physical_space():
    field = held(NeuralODE(conserve=("q1*p2 - q2*p1",)))
    slope = jnp.array([X[3], -X[2], -X[1], X[0]])
    v, free = field(T, X), field.free(T, X)
    assert abs(float(slope @ v)) < 1e-12
    np.testing.assert_allclose(v, free - slope * (slope @ free) / (slope @ slope), atol=1e-12)
    again = held(NeuralODE(conserve=TwoBody()))
    np.testing.assert_allclose(again(T, X), v, atol=1e-12)


def test_a_stabilised_field_is_drawn_to_the_law_of_the_first_state():
    start = X * 1.3
    field = held(NeuralODE(conserve=Manifold(lambda x, t: x[0] ** 2 + t), gamma=4.0))
    back = field(T, X, field.reference(start, 0.0)) - field.free(T, X)
    g = X[0] ** 2 + T - start[0] ** 2
    np.testing.assert_allclose(back, [-4.0 * g / (2 * X[0]), 0, 0, 0], atol=1e-12)


def test_appended_numbers_know_nothing_of_the_law():
    field = held(NeuralODE(augment=2, conserve=("q1*p2 - q2*p1",)))
    y = jnp.concatenate([X, jnp.array([0.1, -0.2])])
    np.testing.assert_array_equal(field.started(X), [*X, 0, 0])
    assert field(T, y).shape == (6,)
    np.testing.assert_array_equal(field(T, y)[4:], field.free(T, y)[4:])


def test_what_is_known_is_added_to_the_network():
    model = NeuralODE(known=TwoBody())
    field = held(model)
    network = field.network((X - field.shift) / field.spread) * field.speed
    np.testing.assert_allclose(field(T, X), TwoBody()(T, X) + network, rtol=1e-12)


def test_exact_rows_are_those_of_the_flow_and_the_others_the_networks():
    field = held(NeuralODE(order=2, known=TwoBody(), exact=("p1",)))
    v = field(T, X)
    np.testing.assert_allclose(v[:3], TwoBody()(T, X)[:3], rtol=1e-12)
    expected = field.network((X - field.shift) / field.spread)[0] * field.speed[0]
    np.testing.assert_allclose(v[3], expected, rtol=1e-12)


def test_a_network_is_shown_what_it_is_told_to():
    field = NeuralODE(inputs=("x**2", "sin(t)", "y")).frame(("x", "y"))
    np.testing.assert_allclose(field.shown(T, jnp.array([2.0, 3.0])), [4.0, np.sin(T), 3.0])


def test_the_jumps_of_what_is_shown_are_told_to_the_solver():
    flow = Converter()
    assert NeuralODE(inputs=flow).frame(flow.names).breaks == flow.breaks is not None
    assert NeuralODE().frame(flow.names).breaks is None


def test_scales_are_those_of_the_data_and_of_what_is_left_to_be_learned():
    field = (
        NeuralODE(inputs=("q1**2", "p2"), order=2, augment=1, known=TwoBody()).frame(BODIES.names).scaled(BODIES, 0.5)
    )
    q1, _, _, p2 = np.moveaxis(BODIES.states, -1, 0)
    np.testing.assert_allclose(field.shift, [np.mean(q1**2), np.mean(p2)])
    np.testing.assert_allclose(field.spread, [np.std(q1**2), np.std(p2)])
    # Of a field that is known this is the error of differences; an appended number may change in the time of a chunk.
    raw = NeuralODE(order=2).frame(BODIES.names).scaled(BODIES, 0.5).speed
    slopes = np.diff(BODIES.states, axis=1)[..., 2:] / 0.2
    np.testing.assert_allclose(raw, np.sqrt(np.mean(slopes**2, (0, 1))))
    assert (field.speed[:2] < 0.5 * raw).all() and field.speed[2] == 2.0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"order": 3}, "not a choice"),
        ({"augment": -1}, "not a choice"),
        ({"gamma": 4.0}, "conserve=None"),
        ({"gamma": -1.0, "conserve": LAW}, "positive rate"),
        ({"exact": ("x",)}, "no flow is known"),
        ({"members": 0}, "not a choice"),
        ({"width": 0}, "cannot be made"),
        ({"mode": "inverse"}, "not a choice"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(wrong, said):
    with pytest.raises(InputError, match=said):
        NeuralODE(**wrong)


@pytest.mark.parametrize(
    ("model", "data", "said"),
    [
        (NeuralODE(conserve=("x + y",)), DATA, "not conserved along the data"),
        (NeuralODE(conserve=("x**2 + z**2",)), DATA, "z"),
        (NeuralODE(conserve=TwoBody()), DATA, "q1"),
        (NeuralODE(known=TwoBody()), DATA, "known flow"),
        (NeuralODE(order=2), circles(3, 8, names=("x", "y")).to_dataset().assign(z=lambda ds: ds.x), "even number"),
        (NeuralODE(known=TwoBody(), exact=("w",)), BODIES, "no row w"),
        (NeuralODE(), DATA.take(slice(0, 1)), "At least 2"),
    ],
)
def test_data_that_contradict_the_settings_are_refused(model, data, said):
    with pytest.raises(InputError, match=said):
        model.fit(data)


def test_other_coordinates_to_validate_on_are_refused():
    with pytest.raises(InputError, match="those to validate on"):
        NeuralODE().fit(DATA, validate=circles(3, 8, names=("a", "b")))


def test_nothing_can_be_asked_of_what_is_not_fitted():
    with pytest.raises(NotFittedError):
        NeuralODE().forecast(DATA, until=1.0)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({}, "Either"),
        ({"until": 0.5}, "ends after its start at 1"),
        ({"until": 2.0, "times": [2.0]}, "Either"),
        ({"times": [3.0, 2.0]}, "Increasing times"),
        ({"times": [0.5, 2.0]}, "Increasing times"),
    ],
)
def test_times_that_cannot_be_forecast_are_refused(fitted, starts, how, said):
    with pytest.raises(InputError, match=said):
        fitted.forecast(starts, **how)


def test_starts_that_do_not_fit_are_refused(fitted, starts):
    with pytest.raises(InputError, match="variables x, y were expected"):
        fitted.forecast(starts.rename(x="z"), until=7.0)
    with pytest.raises(MissingValuesError, match="trajectory 0"):
        fitted.forecast(starts.where(starts.trajectory != 10), until=7.0)
    with pytest.raises(InputError, match="begin at one time"):
        fitted.forecast(DATA, until=70.0)


def test_a_forecast_of_trajectories_goes_on_from_their_last_states(fitted):
    record = circles(2, 5, seed=4)
    ds = record.to_dataset().isel(trajectory=[1])
    found = Starts.of(ds, fitted.fitted.template())
    np.testing.assert_array_equal(found.states, record.states[1:, -1])
    assert found.begun == record.times[1, -1] and found.labels.tolist() == [1]


@pytest.mark.parametrize(("calendar", "leap"), [("standard", 1), ("noleap", 0)])
def test_dates_are_those_of_the_training(fitted, starts, calendar, leap):
    since = "2000-02-27" + " noleap" * (calendar == "noleap")
    dated = replace(fitted, fitted=replace(fitted.fitted, since=since))
    days = xr.date_range("2000-02-28", "2000-03-01", calendar=calendar, use_cftime=calendar == "noleap")
    begun = starts.assign_coords(time=days.values[0])
    found = dated.forecast(begun, times=days[[0, -1]])
    np.testing.assert_array_equal(found.x, fitted.forecast(starts, times=[1.0, 2.0 + leap]).x)
    assert (xr.decode_cf(found).time.values == days.values[[0, -1]]).all()
    with pytest.raises(InputError, match="ends after its start at 1, and until=0"):
        dated.forecast(begun, until="2000-02-27")
    with pytest.raises(TimeError, match="one calendar"):
        dated.forecast(begun, times=xr.date_range("2001-01-01", periods=2, calendar="360_day"))
    with pytest.raises(InputError, match="numbers here"):
        fitted.forecast(starts, until="2000-03-01")


def test_a_law_that_is_a_function_cannot_be_written(tmp_path):
    with pytest.raises(InputError, match="what a file cannot") as error:
        NeuralODE(conserve=Manifold(lambda x, t: x[0])).save(tmp_path / "model.safetensors")
    assert "expression" in error.value.remedy
