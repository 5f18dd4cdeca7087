"""The losses of adversaries against numbers by hand, their gradients, the pool of fakes, and a run that was stopped."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from programs import compiled_once

from nesym import train
from nesym._errors import InputError
from nesym.generate import Adversaries, CycleLoss, Memory, Pool, Unpaired, adversarial_optimiser


@pytest.fixture(scope="module", autouse=True)
def programs(tmp_path_factory):
    with compiled_once(tmp_path_factory.mktemp("programs")):
        yield


class Scaled(eqx.Module):
    """y = w x: a translator, and with `pieces` a judge of pieces of 2 x 2 cells."""

    w: jax.Array = eqx.field(converter=lambda w: jnp.asarray(w, jnp.float32))
    pieces: bool = eqx.field(static=True, default=False)

    def __call__(self, x, known=None):
        y = self.w * x
        return y.reshape(len(y), y.shape[1] // 2, 2, y.shape[2] // 2, 2, 1).mean((2, 4)) if self.pieces else y


def four(forth=2.0, back=0.25, judge_a=0.5, judge_b=0.1) -> Adversaries:
    return Adversaries(Scaled(forth), Scaled(back), Scaled(judge_a, True), Scaled(judge_b, True))


ONES = jnp.ones((2, 4, 6, 1), jnp.float32)
A, B = 3 * ONES, 5 * ONES
NOTHING = (Memory.empty(4, (4, 6)), Memory.empty(4, (4, 6)))
KEY = jax.random.key(0)


def test_the_losses_are_those_of_the_equations():
    """G a = 6, F b = 1.25; F G a = 1.5, G F b = 2.5; F a = 0.75, G b = 10."""
    loss, parts, after = CycleLoss(cycle=10.0, identity=5.0)(four(), (A, B), KEY, NOTHING)
    fooled = (0.1 * 6 - 1) ** 2 + (0.5 * 1.25 - 1) ** 2
    cycle, identity = (3 - 1.5) + (5 - 2.5), (3 - 0.75) + (10 - 5)
    judges = ((0.5 * 3 - 1) ** 2 + (0.5 * 1.25) ** 2 + (0.1 * 5 - 1) ** 2 + (0.1 * 6) ** 2) / 2
    np.testing.assert_allclose(
        [parts[n] for n in ("fooled", "cycle", "identity", "judges")], [fooled, cycle, identity, judges], rtol=1e-6
    )
    np.testing.assert_allclose(loss, fooled + 10 * cycle + 5 * identity + judges, rtol=1e-6)
    assert [float(memory.pool.fields[0, 0, 0, 0]) for memory in after] == [1.25, 6.0]
    assert [int(memory.pool.count) for memory in after] == [2, 2]
    # The running means have moved by 3 hundredths of 1.25 - 5 and 6 - 3.
    changes = 0.03 * np.array([-3.75, 3.0])[:, None, None, None] * np.ones((2, 4, 6, 1))
    np.testing.assert_allclose([memory.change for memory in after], changes, rtol=1e-4)


def test_each_network_has_the_gradient_of_its_own_loss():
    """By hand, with the others held: d/dG, where F G a = F (G a) counts too; d/dD_B = (D b - 1) b + D f f, f the fake."""
    gradient = jax.grad(lambda model: CycleLoss(cycle=10.0, identity=5.0)(model, (A, B), KEY, NOTHING)[0])(four())
    forth = 2 * (0.1 * 6 - 1) * 0.1 * 3 + 10 * (-0.25 * 3 - 1.25) + 5 * 5
    np.testing.assert_allclose(gradient.forth.w, forth, rtol=1e-5)
    np.testing.assert_allclose(gradient.judge_b.w, (0.1 * 5 - 1) * 5 + 0.1 * 6 * 6, rtol=1e-5)
    np.testing.assert_allclose(gradient.judge_a.w, (0.5 * 3 - 1) * 3 + 0.5 * 1.25 * 1.25, rtol=1e-5)


def test_the_penalty_is_on_the_slope_of_the_sum_of_scores_at_real_fields_and_fakes():
    """D(x) = mean over 2 x 2 cells of w x: the slope of the sum is w / 4 in every cell, of either kind."""
    plain, smooth = (CycleLoss(smooth=weight)(four(), (A, B), KEY, NOTHING)[1]["judges"] for weight in (0.0, 3.0))
    np.testing.assert_allclose(smooth - plain, 3 * ((0.5 / 4) ** 2 + (0.1 / 4) ** 2), rtol=1e-4)

    def judges(model):
        return CycleLoss(smooth=3.0)(model, (A, B), KEY, NOTHING)[1]["judges"]

    slope = jax.grad(judges)(four()).judge_b.w
    np.testing.assert_allclose(slope, (0.1 * 5 - 1) * 5 + 0.1 * 6 * 6 + 2 * 3 * 0.1 / 16, rtol=1e-5)


def test_means_of_many_fields_are_compared():
    """E b is 4 where E a is 3.5, and G a - a = 3 in this step; with running means that have settled at 2.5,

    d = 2.5 + 0.03 (3 - 2.5) + 3.5 - 4, and the slope of <d (m(G a) - m(a))> is d x 3 for w a, a = 3.
    """
    settled = tuple(
        eqx.tree_at(lambda m: m.change, m, jnp.full((4, 6, 2), x)) for m, x in zip(NOTHING, (0.0, 2.5), strict=True)
    )
    climates = tuple(jnp.broadcast_to(jnp.array([x, 2 * x]), (4, 6, 2)) for x in (3.5, 4.0))

    def both(z):
        return jnp.concatenate([z, 2 * z], -1)

    def loss(model, means):
        return CycleLoss(means=means, measure=both, climates=climates)(model, (A, B), KEY, settled)[0]

    slopes = [jax.grad(loss)(four(), means).forth.w for means in (0.0, 6.0)]
    # The second quantity is 2 z: its change is 6, its climates are 7 and 8, its settled mean only 2.5.
    first, second = 2.5 + 0.03 * 0.5 - 0.5, 2.5 + 0.03 * 3.5 - 1
    np.testing.assert_allclose(slopes[1] - slopes[0], 6 * (first * 3 + second * 6) / 2, rtol=1e-5)


def test_what_costs_nothing_is_not_computed():
    """Without the identity loss no translator is asked what it makes of its own kind."""
    shapes = []

    class Watched(Scaled):
        def __call__(self, x, known=None):
            shapes.append(len(x))
            return super().__call__(x, known)

    CycleLoss(identity=0.0)(Adversaries(Watched(2.0), Watched(0.25), *(Scaled(0.5, True),) * 2), (A, B), KEY, NOTHING)
    assert shapes == [2, 2, 2, 2]


def test_rows_count_by_area_also_on_the_grid_of_the_scores():
    rows = jnp.array([1.0, 2.0, 3.0, 2.0])
    x = jnp.arange(4.0)[None, :, None, None] * jnp.ones((1, 1, 6, 1))
    np.testing.assert_allclose(CycleLoss(weights=rows).mean(x), (0 + 2 + 6 + 6) / 8, rtol=1e-6)
    scores = jnp.array([4.0, 8.0])[None, :, None, None] * jnp.ones((1, 1, 3, 1))
    np.testing.assert_allclose(CycleLoss(weights=rows).mean(scores), (4 * 1.5 + 8 * 2.5) / 4, rtol=1e-6)
    np.testing.assert_allclose(CycleLoss().mean(scores), 6, rtol=1e-6)


def test_what_has_to_be_kept_is_kept_by_both_translators():
    """Brought back to what it was, a translation fools nobody, and cycles and identities cost nothing."""
    _, parts, _ = CycleLoss(keep=lambda y, x: x)(four(), (A, B), KEY, NOTHING)
    np.testing.assert_allclose([parts["cycle"], parts["identity"]], 0)
    np.testing.assert_allclose(parts["fooled"], (0.1 * 3 - 1) ** 2 + (0.5 * 5 - 1) ** 2, rtol=1e-6)


# The pool


def field(*values: float) -> jax.Array:
    return jnp.asarray(values, jnp.float32)[:, None, None, None] * jnp.ones((1, 2, 2, 1), jnp.float32)


def test_a_pool_that_has_room_keeps_and_shows_what_comes():
    seen, pool = Pool.empty(3, (2, 2)).exchanged(field(1, 2), KEY)
    np.testing.assert_array_equal(seen, field(1, 2))
    np.testing.assert_array_equal(pool.fields, field(1, 2, 0))
    assert int(pool.count) == 2


def test_a_full_pool_shows_half_of_the_time_an_old_field_that_leaves_it():
    _, pool = Pool.empty(8, (2, 2)).exchanged(field(*range(8)), KEY)
    fresh = field(*range(100, 500))
    seen, after = jax.jit(Pool.exchanged)(pool, fresh, KEY)
    numbers, kept = (np.asarray(x[:, 0, 0, 0]) for x in (seen, after.fields))
    old = numbers != np.arange(100, 500)
    assert 0.42 < old.mean() < 0.58
    # Nothing is lost or doubled: all that ever came was shown once or is in the pool.
    assert sorted([*numbers, *kept]) == [*range(8), *range(100, 500)]
    assert int(after.count) == 8


# Training


RNG = np.random.default_rng(0)
FIELDS = [RNG.gamma(0.5, scale, (12, 4, 6, 1)).astype(np.float32) for scale in (1.0, 3.0)]
STEPS = 12


def batches() -> Unpaired:
    return Unpaired(*(train.Fields(x, batch=2, crop=(4, 6), flips=False, turns=False) for x in FIELDS))


def run(folder=None, steps=STEPS, draw=None, seen=None, **loss):
    watch = None if seen is None else lambda step, model: seen.append((step, float(model.forth.w)))
    return train.fit(
        four(1.0, 1.0, 0.5, 0.5), CycleLoss(**loss), draw or batches(), optimiser=adversarial_optimiser(STEPS, 1e-2, 2e-2),
        steps=steps, key=3, ema=0.9, clip=None, checkpoint=folder, every=4, log_every=4, carry=NOTHING, watch=watch,
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole():
    return run()


def test_a_killed_run_goes_on_to_the_same_bits(tmp_path, whole):
    """Networks, both optimisers and both pools; and it is watched at every checkpoint, none left out."""
    inner, seen = batches(), []

    def interrupted(step, key):
        if step == 10:
            raise KeyboardInterrupt
        return inner(step, key)

    interrupted.configuration = inner.configuration
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, draw=interrupted, seen=seen)
    assert [step for step, _ in seen] == [4, 8]
    found = run(tmp_path, seen=seen)
    assert eqx.tree_equal(found.state, whole.state)
    assert int(found.state.carry[0].pool.count) == 4
    assert [step for step, _ in seen] == [4, 8, 12]
    assert seen[-1][1] == pytest.approx(float(found.ema_model.forth.w))


def test_a_folder_of_another_pool_is_refused(tmp_path):
    run(tmp_path, steps=4)
    with pytest.raises(InputError, match="carry"):
        train.fit(
            four(1.0, 1.0, 0.5, 0.5), CycleLoss(), batches(), optimiser=adversarial_optimiser(STEPS, 1e-2, 2e-2),
            steps=8, key=3, ema=0.9, clip=None, checkpoint=tmp_path, carry=(Memory.empty(5, (4, 6)), NOTHING[1]),
        )  # fmt: skip


def test_a_loss_that_forgets_its_memory_is_refused():
    def forgetful(model, batch, key, carry):
        return CycleLoss()(model, batch, key, carry)[:2]

    def shrinking(model, batch, key, carry):
        return *CycleLoss()(model, batch, key, carry)[:2], carry[0]

    for loss in (forgetful, shrinking):
        with pytest.raises(InputError, match="carry"):
            train.fit(four(), loss, batches(), optimiser=optax.adam(1e-3), steps=1, key=0, carry=NOTHING)


def test_the_two_kinds_are_drawn_apart_and_by_step_and_key_alone():
    draw = batches()
    a, b = draw(5, 1)
    assert a.shape == b.shape == (2, 4, 6, 1)
    for again, first in zip(batches()(5, 1), (a, b), strict=True):
        np.testing.assert_array_equal(again, first)
    same = Unpaired(*(train.Fields(FIELDS[0], batch=12, crop=(4, 6), flips=False, turns=False) for _ in "ab"))
    assert not np.array_equal(*same(0, 0))
    assert set(draw.configuration) == {"a", "b"}


def test_rates_stay_for_half_of_the_steps_and_then_fall_to_nothing():
    """Adam's step is its rate where the gradient is always the same."""
    model = four()
    optimiser = adversarial_optimiser(8, 1e-2, 2e-2)
    gradient, state = jax.tree.map(jnp.ones_like, eqx.filter(model, eqx.is_inexact_array)), None
    state, rates = optimiser.init(gradient), []
    for _ in range(8):
        step, state = optimiser.update(gradient, state, gradient)
        rates.append([float(-step.forth.w), float(-step.judge_a.w)])
    expected = 1e-2 * np.array([1, 1, 1, 1, 1, 0.75, 0.5, 0.25])
    np.testing.assert_allclose(rates, np.stack([expected, 2 * expected], 1), rtol=1e-4)
