"""A run that is told to end when what its loss hands on says so."""

import jax.numpy as jnp
import numpy as np
import optax

from nesym.train import Reason, fit

STEPS, EVERY = 40, 5


def loss(model, batch, key, carry):
    """Hands on how many steps it has seen."""
    return jnp.sum((model["x"] - batch) ** 2), {}, carry + 1


def run(folder=None, until=None, steps=STEPS):
    return fit(
        {"x": jnp.ones(3)}, loss, lambda step, key: np.zeros(3), optimiser=optax.sgd(0.1), steps=steps, key=0,
        ema=None, every=EVERY, checkpoint=folder, carry=jnp.int32(0), until=until,
    )  # fmt: skip


def test_it_ends_at_the_first_look_at_which_it_has_had_enough():
    asked = []

    def until(carry):
        asked.append(int(carry))
        return carry >= 12

    found = run(until=until)
    assert asked == [5, 10, 15]
    assert found.steps == 15 and found.reason is Reason.enough and found.successful
    assert found.reason.sentence == ""
    np.testing.assert_array_equal(found.model["x"], run(steps=15).model["x"])


def test_without_a_word_it_takes_all_steps():
    found = run(until=lambda carry: False)
    assert found.steps == STEPS and found.reason is Reason.finished


def test_taken_up_again_it_has_still_had_enough(tmp_path):
    first = run(tmp_path, until=lambda carry: carry >= 10)
    again = run(tmp_path, until=lambda carry: carry >= 10)
    assert first.steps == again.steps == 10 and again.reason is Reason.enough
    on = run(tmp_path, until=lambda carry: carry >= 20)
    assert on.steps == 20
    assert run(tmp_path).steps == STEPS


def test_the_progress_tells_the_steps_that_were_taken():
    said = []
    fit(
        {"x": jnp.ones(3)}, loss, lambda step, key: np.zeros(3), optimiser=optax.sgd(0.1), steps=STEPS, key=0, ema=None,
        every=EVERY, carry=jnp.int32(0), until=lambda carry: carry >= 5, progress=lambda share, text: said.append(text),
    )  # fmt: skip
    assert said[-1].startswith("5 steps in")
