"""Statistics add up: over chunks of time to the last bit, over tiles to rounding."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nesym._errors import GridError, InputError, MissingValuesError, TimeError
from nesym.verify import Scorer, metrics

MEMBERS, STEPS, NY, NX = 3, 9, 8, 12
POINTWISE = (
    metrics.mae(), metrics.rmse(), metrics.bias(), metrics.crps(), metrics.crps(fair=True), metrics.spread_skill(),
    metrics.rank_histogram_error(), metrics.quantile_bias(0.9), metrics.wet_fraction(0.5),
    metrics.lag1_autocorrelation(),
)  # fmt: skip
ALL = metrics.rain_metrics(factor=2)
# Two hours apart, around midnight, with a gap.
STAMPS = np.array([18, 20, 22, 24, 26, 32, 34, 46, 48]) * 3600


def rain(seed=0, gaps=False):
    """ens (member, time, y, x), obs (time, y, x), float32, many dry cells."""
    rng = np.random.default_rng(seed)
    ens = np.maximum(rng.normal(size=(MEMBERS, STEPS, NY, NX)), 0).astype(np.float32)
    obs = np.maximum(rng.normal(size=(STEPS, NY, NX)), 0).astype(np.float32)
    if gaps:
        obs[::2, 2:4, 5] = np.nan
        ens[:, ::2, 2:4, 5] = np.nan
    return ens, obs


def scorer(chosen=ALL, weights=None):
    weights = np.ones((NY, NX)) if weights is None else weights
    return Scorer(chosen, weights, (1.0, 1.0), 7200.0)


def assert_same(a, b, **tolerance):
    """All statistics of two states; to the last bit unless a tolerance is given."""
    np.testing.assert_array_equal(a.stamps, b.stamps)
    for name, sums in a.merged.sums.items():
        np.testing.assert_allclose(sums, b.merged.sums[name], err_msg=name, **({"rtol": 0, "atol": 0} | tolerance))
        np.testing.assert_allclose(a.merged.counts[name], b.merged.counts[name], rtol=1e-14)


@given(st.sets(st.integers(1, STEPS - 1)), st.booleans())
@settings(max_examples=25, deadline=None)
def test_a_series_may_be_cut_anywhere(cuts, gaps):
    ens, obs = rain(gaps=gaps)
    whole = scorer().update(ens, obs, STAMPS)
    state = None
    for start, stop in zip([0, *sorted(cuts)], [*sorted(cuts), STEPS], strict=True):
        state = scorer().update(ens[:, start:stop], obs[start:stop], STAMPS[start:stop], state)
    assert_same(state, whole)
    np.testing.assert_array_equal([m.value(state) for m in ALL], [m.value(whole) for m in ALL])


def test_memory_layout_does_not_matter():
    ens, obs = rain()
    turned = np.asfortranarray(ens), np.asfortranarray(obs)
    assert_same(scorer().update(*turned, STAMPS), scorer().update(ens, obs, STAMPS))


def test_parts_scored_apart_are_put_together_in_any_order():
    ens, obs = rain()
    chosen = tuple(m for m in ALL if m.name != "lag-1 autocorrelation")
    parts = [scorer(chosen).update(ens[:, i : i + 3], obs[i : i + 3], STAMPS[i : i + 3]) for i in (6, 0, 3)]
    whole = scorer(chosen).update(ens, obs, STAMPS)
    assert_same(sum(parts), whole)
    for metric in chosen:
        assert metric.value(sum(parts)) == pytest.approx(metric.value(whole), rel=1e-13, abs=1e-15, nan_ok=True)


@given(st.integers(1, NX - 1), st.booleans())
@settings(max_examples=15, deadline=None)
def test_tiles_of_a_field_add_up(cut, gaps):
    ens, obs = rain(gaps=gaps)
    weights = np.cos(np.linspace(-1, 1, NY))[:, None] * np.ones(NX)
    whole = scorer(POINTWISE, weights).update(ens, obs, STAMPS)
    tiles = [
        scorer(POINTWISE, weights[:, part]).update(ens[..., part], obs[..., part], STAMPS)
        for part in (slice(None, cut), slice(cut, None))
    ]
    assert_same(sum(tiles), whole, rtol=1e-12, atol=1e-12)


def test_tiles_are_refused_where_the_whole_field_is_needed():
    ens, obs = rain()
    for metric in (metrics.rapsd_log_error(), metrics.rx1day()):
        twice = scorer((metric,)).update(ens, obs, STAMPS) + scorer((metric,)).update(ens, obs, STAMPS)
        with pytest.raises(InputError, match="as a whole field"):
            metric.value(twice)


def test_missing_observations_are_left_out():
    ens, obs = rain(gaps=True)
    state = scorer(POINTWISE).update(ens, obs, STAMPS)
    known = ~np.isnan(obs)
    error = ens.mean(0, dtype=np.float64) - obs
    assert metrics.mae().value(state) == pytest.approx(np.abs(error[known]).mean())
    assert metrics.wet_fraction(0.5).truth(state) == pytest.approx((obs[known] >= 0.5).mean())
    assert state.merged.counts["error"][:2, 0].tolist() == [NY * NX - 2, NY * NX]


def test_spectra_leave_out_steps_with_gaps():
    ens, obs = rain(gaps=True)
    metric = metrics.rapsd_log_error()
    complete = scorer((metric,)).update(ens[:, 1::2], obs[1::2], STAMPS[1::2])
    state = scorer((metric,)).update(ens, obs, STAMPS)
    assert metric.value(state) == metric.value(complete)
    assert state.steps(metric) == 4


def test_a_step_without_any_observation_counts_nothing():
    ens, obs = rain()
    obs[4] = np.nan
    state = scorer(POINTWISE).update(ens, obs, STAMPS)
    others = np.arange(STEPS) != 4
    without = scorer(POINTWISE).update(ens[:, others], obs[others], STAMPS[others])
    for metric in POINTWISE:
        assert metric.value(state) == pytest.approx(metric.value(without), rel=1e-14)


def test_area_weights():
    ens, obs = rain()
    weights = np.linspace(0.1, 1.0, NY)[:, None]
    state = scorer((metrics.mae(), metrics.rank_histogram_error()), weights).update(ens, obs, STAMPS)
    error = np.abs(ens.mean(0, dtype=np.float64) - obs)
    assert metrics.mae().value(state) == pytest.approx(np.average(error.mean((0, 2)), weights=weights[:, 0]))
    assert state.means()["ranks"].sum() == pytest.approx(1.0)


def test_bad_input():
    ens, obs = rain()
    with pytest.raises(InputError, match="same steps and grid"):
        scorer().update(ens[:, :-1], obs, STAMPS)
    with pytest.raises(TimeError, match="in order of time"):
        scorer().update(ens, obs, STAMPS[::-1])
    state = scorer().update(ens, obs, STAMPS)
    with pytest.raises(TimeError, match="in order of time"):
        scorer().update(ens, obs, STAMPS, state)
    with pytest.raises(InputError, match="different size apart"):
        scorer().update(ens[:1], obs, STAMPS + 10**6, state)
    with pytest.raises(InputError, match="same Scorer"):
        state + scorer(POINTWISE).update(ens, obs, STAMPS)
    with pytest.raises(InputError, match="same size"):
        state + scorer().update(ens[:2], obs, STAMPS + 10**6)
    with pytest.raises(GridError, match="weights of this grid"):
        scorer(weights=np.ones((3, 3))).update(ens, obs, STAMPS)
    with pytest.raises(TimeError, match=r"lag-1 autocorrelation, Rx1day.*Give step_seconds"):
        Scorer(ALL, np.ones((NY, NX)))
    for bad in (np.nan, np.inf):
        ens[1, 2, 3, 4] = bad
        with pytest.raises(MissingValuesError, match="Fill the forecast"):
            scorer().update(ens, obs, STAMPS)
