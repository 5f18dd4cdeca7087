"""The tree of named draws: the right correlation, and the same names whatever else is asked for."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import InputError
from nesym.fields.memory import Memory, independent

MEMORY = Memory(efold=1800.0, step=300)
SECONDS = st.integers(-(10**10), 10**10)


def correlation(memory: Memory, s: int, t: int) -> float:
    """Exact correlation of the noise at two times: the weights of the draws that they share, multiplied and summed."""
    draws = memory.draws(np.array([s, t]))
    first = {tuple(name): float(w) for name, w in zip(draws.names[0], draws.weights[0], strict=True) if w}
    return sum(first.get(tuple(name), 0.0) * float(w) for name, w in zip(draws.names[1], draws.weights[1], strict=True))


@settings(max_examples=60, deadline=None)
@given(start=SECONDS, steps=st.integers(0, 60))
def test_correlation_is_that_of_an_ar1_process(start, steps):
    """exp(-|t - s| / T) between any two multiples of the step, across anchors too."""
    s = start - start % 300
    assert correlation(MEMORY, s, s + 300 * steps) == pytest.approx(np.exp(-300 * steps / 1800), abs=2e-6)


@settings(max_examples=40, deadline=None)
@given(start=SECONDS, lag=st.integers(0, 10_000))
def test_correlation_between_uneven_times(start, lag):
    """Times off the step are reached to within the second, which leaves less than a second's worth of difference."""
    assert correlation(MEMORY, start, start + lag) == pytest.approx(np.exp(-lag / 1800), abs=1.0 / 1800)


@settings(max_examples=20, deadline=None)
@given(times=st.lists(SECONDS, min_size=2, max_size=12, unique=True))
def test_draws_do_not_depend_on_the_other_times(times):
    together = MEMORY.draws(np.array(times))
    for i, time in enumerate(times):
        alone = MEMORY.draws(np.array([time]))
        n = alone.weights.shape[1]
        assert np.array_equal(together.weights[i, :n], alone.weights[0])
        assert not together.weights[i, n:].any()
        used = alone.weights[0] != 0
        assert np.array_equal(together.names[i, :n][used], alone.names[0][used])


def test_variance_is_one():
    draws = MEMORY.draws(np.arange(1_526_760_000, 1_526_760_000 + 7 * 86_400, 300))
    assert np.allclose((draws.weights.astype(float) ** 2).sum(1), 1.0, atol=1e-6)


def test_independent_draws_have_names_of_their_own():
    stamps = np.arange(-5, 5) * 300
    independent_names = {tuple(name) for name in independent(stamps).names.reshape(-1, 3)}
    tree_names = {tuple(name) for name in MEMORY.draws(stamps).names.reshape(-1, 3)}
    assert len(independent_names) == 10
    assert not independent_names & tree_names


@pytest.mark.parametrize("efold, step", [(0.0, 1), (-5.0, 1), (np.nan, 1), (60.0, 0), (60.0, 1.5)])
def test_impossible_memories_are_refused(efold, step):
    with pytest.raises(InputError, match=r"Memory\(efold=1800, step=300\)"):
        Memory(efold, step)
