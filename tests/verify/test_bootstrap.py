"""Block bootstrap: paired, reproducible, honest about few blocks."""

import numpy as np
import pytest

from nesym._errors import InputError, TimeError
from nesym.verify import Blocks, Scorer, interval, metrics

DAY = 86400


def state_of(errors, stamps):
    """State of a one-member forecast whose error at each step is given."""
    obs = np.zeros((len(errors), 2, 2))
    ens = (obs + np.asarray(errors)[:, None, None])[None]
    return Scorer((metrics.mae(), metrics.rmse()), np.ones((2, 2))).update(ens, obs, stamps)


def test_interval_of_independent_steps_is_that_of_the_mean():
    rng = np.random.default_rng(0)
    errors = np.abs(rng.normal(size=400))
    stamps = np.arange(400) * DAY
    score = interval(lambda m: metrics.mae().combine(m), state_of(errors, stamps), key=1, resamples=4000)
    half = 1.96 * errors.std() / 20
    assert score.value == pytest.approx(errors.mean())
    assert score.low == pytest.approx(errors.mean() - half, abs=0.1 * half)
    assert score.high == pytest.approx(errors.mean() + half, abs=0.1 * half)
    assert (score.n, score.note) == (400, "")


def test_blocks_widen_the_interval_of_dependent_steps():
    rng = np.random.default_rng(1)
    errors = np.repeat(np.abs(rng.normal(size=30)), 24)
    state = state_of(errors, np.arange(30 * 24) * 3600)
    widths = []
    for block in ("1h", 6, "1D"):
        score = interval(lambda m: metrics.mae().combine(m), state, key=1, block=block)
        widths.append(score.high - score.low)
    assert widths[0] < widths[1] < widths[2]
    assert widths[2] > 3.5 * widths[0]  # sqrt(24) where steps of a day are copies


def test_pairing_takes_out_what_methods_share():
    rng = np.random.default_rng(2)
    shared = np.abs(rng.normal(size=60)) + 0.1
    stamps = np.arange(60) * DAY
    a, b = state_of(shared, stamps), state_of(0.8 * shared, stamps)
    ratio = interval(lambda m, n: metrics.mae().combine(n) / metrics.mae().combine(m), a, b, key=3)
    assert ratio.low == pytest.approx(0.8, rel=1e-12)
    assert ratio.high == pytest.approx(0.8, rel=1e-12)


def test_a_resample_is_the_metric_of_the_repeated_steps():
    errors, stamps = np.array([1.0, 2.0, 4.0, 8.0, 16.0]), np.array([0, 3600, DAY, 2 * DAY, 5 * DAY])
    blocks = Blocks.of(stamps, "1D", key=5, resamples=50)
    assert blocks.index.tolist() == [0, 0, 1, 2, 3]
    assert (blocks.draws.sum(1) == 4).all()
    resampled = metrics.rmse().resampled(blocks.means(state_of(errors, stamps)))
    for draws, value in zip(blocks.draws, resampled, strict=True):
        repeated = np.repeat(errors, draws[blocks.index].astype(int))
        assert value == pytest.approx(np.sqrt((repeated**2).mean()))


def test_the_key_decides():
    state = state_of(np.arange(10.0), np.arange(10) * DAY)
    scores = [interval(lambda m: metrics.mae().combine(m), state, key=key, resamples=99) for key in (0, 0, 1)]
    assert scores[0] == scores[1] != scores[2]


def test_few_blocks_are_said():
    state = state_of([1.0, 3.0], np.array([0, DAY]))
    two = interval(lambda m: metrics.mae().combine(m), state, key=0)
    assert "2 blocks" in two.note
    assert (two.low, two.high) == (1.0, 3.0)
    one = interval(lambda m: metrics.mae().combine(m), state, key=0, block="10D")
    assert (one.value, one.low, one.high) == (2.0, None, None)
    assert "one block" in one.note


def test_resamples_without_a_value_are_left_out():
    blocks = Blocks.of(np.arange(6) * DAY, "1D", key=0, resamples=4)
    score = blocks.score(1.0, np.array([np.nan, 1.0, np.inf, 2.0]))
    assert 1.0 <= score.low <= score.high <= 2.0


def test_bad_input():
    state = state_of([1.0, 3.0], np.array([0, DAY]))
    for block in ("fortnight", -1, "0h", "h"):
        with pytest.raises(InputError, match="6h"):
            Blocks.of(state.stamps, block, key=0)
    with pytest.raises(TimeError, match="same steps"):
        Blocks.of(np.array([0]), key=0).means(state)
