"""Claims of fields that are held to a law, on the fewest states, and how trained ones are scored."""

import jax
import numpy as np
import pytest
import xarray as xr

from nesym.physics import TwoBody
from nesym.systems.dynamics import fields as checks
from nesym.systems.dynamics.scores import Forecast, ratio, scored_over
from nesym.systems.dynamics.worlds import KINDS, MANY, PNDE, SNDE, WORLDS


@pytest.mark.slow
def test_linear_constraints_hold_under_every_scheme():
    assert checks.linear(0).holds


@pytest.mark.slow
def test_untrained_networks_keep_their_law_only_if_projected(monkeypatch):
    monkeypatch.setattr(checks, "SEEDS", 2)
    assert [claim.holds for claim in checks.drift(1)] == [True] * 3


@pytest.mark.slow
def test_each_part_of_a_world_has_starts_of_its_own():
    world = WORLDS["rigid-body"]
    parts = [world.trajectories(part) for part in ("train", "validate", "test")]
    starts = np.concatenate([part["y1"].isel(time=0).values for part in parts])
    assert len(np.unique(starts)) == len(starts) == world.train + world.validate + world.tests
    assert parts[0]["time"].size == world.samples and parts[2]["time"][-1] == world.horizon


@pytest.mark.parametrize("world", [*WORLDS.values(), *MANY.values()], ids=lambda world: world.name)
def test_kinds_differ_in_their_law_alone(world):
    plain, stabilised, projected = (world.model(kind) for kind in KINDS)
    assert plain.conserve is None and stabilised.conserve == projected.conserve == world.flow
    assert (plain.gamma, stabilised.gamma, projected.gamma) == (None, world.gamma, None)
    assert plain.training == stabilised.training == projected.training
    assert world.model(SNDE, early=40).training.final_rate == pytest.approx(1e-3 * 0.01**0.04)
    assert world.model(PNDE).frame(world.flow.names).constraint is not None


def forecast(scale: np.ndarray) -> Forecast:
    """Two members whose states are the truth times a factor, one for each trajectory and member."""
    flow, times = TwoBody(), np.linspace(0.0, 1.0, 5)
    with jax.enable_x64(True):
        starts = np.stack([np.asarray(flow.start(jax.random.key(i))) for i in range(3)])
    states = np.broadcast_to(starts[:, None], (3, 5, 4))
    dims = ("trajectory", "time")
    truth = xr.Dataset({name: (dims, states[..., i]) for i, name in enumerate(flow.names)}, {"time": times})
    there = np.where(times > 0, scale[..., None], 1.0)
    found = {name: (("member", *dims), states[None, ..., i] * there) for i, name in enumerate(flow.names)}
    return Forecast(flow, truth, xr.Dataset(found, {"time": times}))


def test_scores_are_those_of_a_known_error_and_leave_out_what_blew_up():
    one = forecast(np.array([[1.1, 1.1, 1.1], [1.1, 50.0, np.nan]]))
    np.testing.assert_array_equal(one.blown, [[False] * 3, [False, True, True]])
    assert one.score("end").value == pytest.approx(0.1)
    assert one.score("mean").value == pytest.approx(0.08) and one.score("mean").n == 4
    assert one.score("all").value == pytest.approx((0.08 * 4 + 2 * 8.0) / 6)
    np.testing.assert_allclose(one.law_kept()[0], one.score("law").value)
    assert ratio(one, forecast(np.full((2, 3), 1.2)), "end").value == pytest.approx(0.5)
    kept = np.abs(np.asarray([one.flow.kept_values(x)[0] for x in one.states[1][0, :, 0]]))
    law = 0.21 * kept / np.sqrt(np.mean(kept**2))
    assert one.score("law").value == pytest.approx((law.sum() + law[0]) / 4)


def test_intervals_are_over_seeds_and_starts():
    rng = np.random.default_rng(0)
    same_seeds = np.broadcast_to(rng.standard_normal(20), (5, 20))
    score = scored_over(same_seeds)
    assert score.low < score.value < score.high
    assert score.high - score.low > 2 * 1.96 / np.sqrt(100)
    assert np.isnan(scored_over(np.full((2, 2), np.nan)).value)
