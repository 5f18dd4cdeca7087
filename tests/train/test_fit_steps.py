"""The step of the loop: closed forms of what it computes, any optimiser, and nothing beside."""

import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from nesym._errors import InputError
from nesym.train import Reason, fit


class Line(eqx.Module):
    slope: jax.Array
    offset: jax.Array
    unit: str = "mm"

    def __call__(self, x):
        return x @ self.slope + self.offset


def line(dtype=jnp.float32):
    return Line(jnp.zeros(3, dtype), jnp.zeros((), dtype))


def squares(model, batch, key):
    x, y = batch
    error = model(x) - y
    return jnp.mean(error**2), {"bias": jnp.mean(error)}


def sample(dtype=np.float32, n=64):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n, 3))
    y = x @ [1.0, -2.0, 0.5] + 3.0 + 0.3 * rng.normal(size=n)
    return x.astype(dtype), y.astype(dtype)


def linear(model, batch, key):
    """Gradient `batch`, whatever the parameters."""
    return jnp.sum(model * batch), {}


def constant(value):
    return lambda step, key: np.asarray(value, np.float32)


def run(model=None, loss=squares, batches=lambda step, key: sample(), **how):
    how = {"optimiser": optax.sgd(0.1), "steps": 3, "key": 0, "clip": None} | how
    return fit(line() if model is None else model, loss, batches, **how)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-6), (np.float64, 1e-12)])
def test_a_regression_reaches_the_closed_form(dtype, tolerance):
    x, y = sample(dtype)
    fitted = run(line(dtype), batches=lambda step, key: (x, y), optimiser=optax.sgd(0.3), steps=120)
    exact, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]).astype(np.float64), y, rcond=None)
    found = np.append(fitted.model.slope, fitted.model.offset)
    assert fitted.successful and fitted.steps == 120
    assert found.dtype == dtype
    assert found == pytest.approx(exact, abs=tolerance)


def test_average_is_the_documented_recurrence():
    """p <- p - r (p - b_n) for |p - b|^2 / 2, whose average is taken up in float64 here."""
    fitted = run(
        jnp.float32([5.0, -1.0]),
        lambda p, b, key: (0.5 * jnp.sum((p - b) ** 2), {}),
        lambda step, key: np.float32([step % 3, -step]),
        steps=25,
        ema=0.7,
    )
    p = q = np.array([5.0, -1.0])
    for n in range(1, 26):
        p = p - 0.1 * (p - np.array([(n - 1) % 3, -(n - 1)]))
        e = min(0.7, (1 + n) / (10 + n))
        q = e * q + (1 - e) * p
    assert np.asarray(fitted.model) == pytest.approx(p, rel=1e-6)
    assert np.asarray(fitted.ema_model) == pytest.approx(q, rel=1e-6)
    assert fitted.ema_model.dtype == jnp.float32


def test_without_an_average_both_models_are_the_same():
    fitted = run(ema=None)
    assert fitted.state.average is None
    assert eqx.tree_equal(fitted.model, fitted.ema_model)


@pytest.mark.parametrize(("clip", "length"), [(None, 5.0), (1.0, 1.0), (5.1, 5.0)])
def test_gradients_are_clipped_by_their_global_norm(clip, length):
    model = {"a": jnp.zeros(1, jnp.float32), "b": jnp.zeros(1, jnp.float32)}
    fitted = run(
        model, lambda m, b, key: (3 * m["a"][0] + 4 * m["b"][0], {}), constant(0), steps=1, clip=clip, ema=None
    )
    assert [float(fitted.model[name][0]) for name in "ab"] == pytest.approx([-0.06 * length, -0.08 * length])
    assert fitted.log[-1]["grad_norm"] == pytest.approx(5.0)


def test_schedules_see_the_number_of_the_step():
    """With gradient 1 the parameter is minus the sum of the rates."""
    schedule = optax.warmup_cosine_decay_schedule(0.0, 0.5, warmup_steps=4, decay_steps=20, end_value=0.1)
    fitted = run(jnp.float32(0), linear, constant(1), optimiser=optax.sgd(schedule), steps=23)
    assert float(fitted.model) == pytest.approx(-sum(float(schedule(n)) for n in range(23)), rel=1e-6)


def test_rows_of_the_log_hold_means_over_their_steps():
    """The loss of step n = 1, 2, ... is n - 1 here."""
    fitted = run(
        jnp.float32(0),
        lambda m, b, key: (b + 0 * m, {"twice": 2 * b}),
        lambda step, key: np.float32(step),
        steps=8,
        log_every=3,
    )
    assert [(row["step"], row["loss"], row["twice"]) for row in fitted.log] == [(3, 1, 2), (6, 4, 8), (8, 6.5, 13)]


def test_complex_parameters_descend():
    def loss(w, batch, key):
        return jnp.sum(jnp.abs(w - (1 + 2j)) ** 2), {}

    fitted = run(jnp.zeros(2, jnp.complex64), loss, constant(0), steps=40)
    assert np.asarray(fitted.model) == pytest.approx(np.full(2, 1 + 2j), abs=1e-3)
    assert fitted.model.dtype == jnp.complex64


def test_two_adversaries_in_one_loss():
    """A generator mu and a critic d x, each with its own rate: one step against gradients by hand."""
    real, noise = np.float32([1.0, 3.0]), np.float32([-1.0, 2.0])
    stop = jax.lax.stop_gradient

    def loss(model, batch, key):
        fake = noise + model["mu"]
        critic = jnp.mean(model["d"] * stop(fake)) - jnp.mean(model["d"] * real)
        return critic - jnp.mean(stop(model["d"]) * fake), {"critic": critic}

    fitted = run(
        {"mu": jnp.float32(0.5), "d": jnp.float32(2.0)},
        loss,
        constant(0),
        optimiser=optax.partition({"mu": optax.sgd(0.1), "d": optax.sgd(0.01)}, {"mu": "mu", "d": "d"}),
        steps=1,
    )
    assert float(fitted.model["mu"]) == pytest.approx(0.5 + 0.1 * 2.0)
    assert float(fitted.model["d"]) == pytest.approx(2.0 - 0.01 * (1.0 - 2.0))
    assert fitted.log[-1]["critic"] == pytest.approx(2.0 * (1.0 - 2.0))


OPTIMISERS = {
    "adam": lambda: optax.adam(optax.cosine_decay_schedule(1e-2, 10)),
    "multi-step": lambda: optax.MultiSteps(optax.adam(1e-2), 2),
    "line search": lambda: optax.lbfgs(),
    "plateau": lambda: optax.chain(optax.sgd(0.1), optax.contrib.reduce_on_plateau()),
    "injected": lambda: optax.inject_hyperparams(optax.adamw)(learning_rate=optax.linear_schedule(1e-2, 0.0, 10)),
    "noise": lambda: optax.chain(optax.sgd(0.1), optax.add_noise(0.01, 0.1, 3)),
}


@pytest.mark.parametrize("name", OPTIMISERS)
def test_any_optimiser_is_compiled_once_and_reduces_the_loss(name):
    traces, seen = [], []

    def loss(model, batch, key):
        traces.append(key)
        return squares(model, batch, key)

    def batches(step, key):
        seen.append(len(traces))
        return sample()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted = run(loss=loss, batches=batches, optimiser=OPTIMISERS[name](), steps=6, log_every=1)
    # The batch of a step is made when the step before it has been traced.
    assert seen[1] > 0 and len(traces) == seen[1]
    assert fitted.log[-1]["loss"] < fitted.log[0]["loss"]


def test_the_same_key_gives_the_same_bits_and_another_key_others():
    def loss(model, batch, key):
        x, y = batch
        return squares(model, (x + 0.1 * jax.random.normal(key, x.shape, x.dtype), y), key)

    a, b, c = (run(loss=loss, key=key, steps=5) for key in (1, 1, 2))
    assert eqx.tree_equal(a.state, b.state)
    assert not eqx.tree_equal(a.model, c.model)


def test_each_step_has_a_key_of_its_own():
    fitted = run(
        jnp.float32(0), lambda m, b, key: (0 * m, {"draw": jax.random.uniform(key)}), constant(0), steps=8, log_every=1
    )
    draws = [row["draw"] for row in fitted.log]
    assert len(set(draws)) == 8 and 0 < min(draws) and max(draws) < 1


def test_the_callers_model_is_left_alone():
    model = line()
    fitted = run(model)
    assert np.array_equal(model.slope, np.zeros(3))
    assert not np.array_equal(fitted.model.slope, np.zeros(3))
    assert fitted.model.unit == "mm"


def test_what_is_no_floating_array_stays_as_it_is():
    model = {"w": jnp.float32(0), "table": jnp.arange(3), "scale": 2.0}
    fitted = run(model, lambda m, b, key: (m["w"] * m["scale"] + m["table"][1], {}), constant(0), steps=2)
    assert float(fitted.model["w"]) == pytest.approx(-0.4)
    assert fitted.model["scale"] == 2.0 and fitted.model["table"].tolist() == [0, 1, 2]


class TestGuard:
    def test_a_loss_that_is_not_finite(self):
        def loss(p, b, key):
            return jnp.sum((p - b) ** 2), {"size": jnp.abs(b)}

        def batches(step, key):
            return np.float32(np.inf if step == 7 else step)

        stopped = run(jnp.float32(3), loss, batches, steps=20, log_every=5)
        before = run(jnp.float32(3), loss, batches, steps=7, log_every=5)
        assert not stopped.successful and stopped.reason is Reason.loss and stopped.steps == 7
        assert stopped.reason.problem.endswith(".") and "learning rate" in stopped.reason.sentence
        assert eqx.tree_equal((stopped.model, stopped.ema_model), (before.model, before.ema_model))
        assert [row["step"] for row in stopped.log] == [5, 8]
        last = stopped.log[-1]
        assert last["loss"] is None and last["size"] is None and last["reason"] == "loss"

    def test_a_gradient_that_is_not_finite(self):
        """|p| has a finite value and no gradient at zero."""
        stopped = run(jnp.zeros(2, jnp.float32), lambda p, b, key: (jnp.sqrt(jnp.sum(p**2)), {}), constant(0))
        assert stopped.reason is Reason.gradient and stopped.steps == 0
        assert stopped.log == [stopped.log[-1]] and stopped.log[-1]["loss"] == 0.0

    def test_parameters_that_would_not_be_finite(self):
        stopped = run(jnp.float32(1), linear, constant(10), optimiser=optax.sgd(3e38))
        assert stopped.reason is Reason.parameters
        assert float(stopped.model) == 1.0

    def test_the_last_step_is_guarded_too(self):
        stopped = run(jnp.float32(1), linear, lambda step, key: np.float32(np.nan if step == 2 else 1), log_every=1)
        assert stopped.reason is Reason.loss and stopped.steps == 2
        assert [row.get("reason") for row in stopped.log] == [None, None, "loss"]

    def test_without_it_training_goes_on(self):
        fitted = run(jnp.float32(1), linear, constant(np.nan), guard=False)
        assert fitted.successful and np.isnan(float(fitted.model))


def test_progress_tells_fraction_loss_throughput_and_time_left(monkeypatch):
    monkeypatch.setattr("nesym.train.loop.REFRESH", 0.0)
    told = []
    run(steps=12, progress=lambda fraction, text: told.append((fraction, text)))
    fractions = [fraction for fraction, _ in told]
    assert told[0] == (0.0, "compiling")
    assert fractions == sorted(fractions) and fractions[-1] == 1.0
    assert all(word in told[-2][1] for word in ("step 11 of 12", "loss", "samples/s", "left"))


@pytest.mark.parametrize(
    ("how", "remedy"),
    [
        ({"steps": 0}, "Give steps=1 or more."),
        ({"every": 0}, "Give every=1 or more."),
        ({"key": 0.5}, "Give an integer, such as key=0."),
        ({"ema": 1.0}, "Give ema=0.999, or None for no average."),
        ({"clip": 0.0}, "Give clip=1.0, or None for no clipping."),
        ({"model": {"width": 3}}, "Make its parameters arrays with jax.numpy."),
        ({"loss": lambda m, b, key: jnp.sum(m.slope)}, "End it with `return value, {}`"),
        ({"loss": lambda m, b, key: (jnp.sum(m.slope), {"step": 1})}, "no name of step"),
        ({"loss": lambda m, b, key: (jnp.sum(m.slope), {"a": m.slope})}, "means instead of arrays"),
        ({"loss": lambda m, b, key: (m.slope, {})}, "Take its mean over the batch"),
        ({"loss": lambda m, b, key: (1j * jnp.sum(m.slope), {})}, "abs(x)**2"),
    ],
)
def test_bad_arguments_are_refused(how, remedy):
    with pytest.raises(InputError) as error:
        run(**how)
    assert remedy in error.value.remedy
