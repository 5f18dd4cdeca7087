"""Block means kept directly, also where the draw gives nothing to scale; and what surroundings tell."""

import numpy as np
import pytest
from small_rain import make_coarse, on_the_globe

from nesym.downscale.refinement import Refinement
from nesym.downscale.surroundings import surroundings
from nesym.fields.blocks import block_mean, block_repeat
from nesym.fields.grid import Grid

RAIN = make_coarse(nt=1).values[0]


def test_a_wet_block_whose_draw_is_all_dry_gets_its_mean_evenly():
    fine = np.ones((2, 32, 32), np.float32)
    fine[0, :8, :8] = 0  # four wet blocks without a drop
    fine[1] = 0
    kept = np.asarray(Refinement(4).keep_block_means(fine, RAIN))
    assert kept.dtype == np.float32
    np.testing.assert_array_equal(kept[0], block_repeat(RAIN, 4))
    np.testing.assert_array_equal(kept[1], block_repeat(RAIN, 4))


def test_a_single_wet_cell_takes_all_rain_of_its_block():
    fine = np.zeros((1, 32, 32), np.float32)
    fine[0, 1, 2] = 1e-16
    kept = np.asarray(Refinement(4).keep_block_means(fine, RAIN))[0, :4, :4]
    assert kept[1, 2] == pytest.approx(16 * RAIN[0, 0], rel=1e-6)
    assert np.count_nonzero(kept) == 1


def test_negative_values_are_no_rain():
    fine = np.random.default_rng(0).normal(size=(1, 32, 32)).astype(np.float32)
    kept = np.asarray(Refinement(4).keep_block_means(fine, RAIN))
    assert (kept >= 0).all()
    np.testing.assert_allclose(block_mean(kept[0].astype(float), 4), RAIN, rtol=1e-6)


def test_areas_are_those_of_the_fine_rows():
    rain = on_the_globe(make_coarse(nt=1), -78.75 + 22.5 * np.arange(8), 45.0 * np.arange(8))
    refinement = Refinement.of(Grid.of(rain), 4)
    assert refinement.periodic_x and refinement.areas.shape == (32, 1)
    edges = np.deg2rad(-90 + 5.625 * np.arange(33))
    exact = np.diff(np.sin(edges))
    areas = refinement.areas[:, 0]
    np.testing.assert_allclose(areas / areas.sum(), exact / exact.sum(), rtol=5e-3)
    plane = Refinement.of(Grid.of(make_coarse(nt=1)), 4)
    assert plane.areas is None and not plane.periodic_x


@pytest.mark.parametrize("periodic", [False, True])
def test_surroundings_of_even_rain_and_of_none(periodic):
    rough, typical = surroundings(np.full((8, 8), 2.5, np.float32), 3.0, periodic)
    np.testing.assert_allclose(rough, 0, atol=1e-5)
    np.testing.assert_allclose(typical, 2.5, rtol=1e-5)
    rough, typical = surroundings(np.zeros((8, 8), np.float32), 3.0, periodic)
    assert not np.any(rough) and not np.any(typical)


def test_roughness_of_a_chequerboard():
    """The (1, 2, 1) / 4 filter along both axes takes 2-cell waves away: |R - S| = 1 around a mean of 1."""
    board = 1.0 + (-1.0) ** np.add.outer(np.arange(16), np.arange(16)).astype(np.float32)
    rough, typical = surroundings(board.astype(np.float32), 2.0, True)
    inside = np.s_[7:9, :]  # away from the clamped rows, which the filter sees half of
    np.testing.assert_allclose(np.asarray(rough)[inside], 1, rtol=2e-2)
    np.testing.assert_allclose(np.asarray(typical)[inside], 1, rtol=2e-2)


def test_only_ratios_of_rain_enter():
    rough, typical = surroundings(RAIN, 3.0, False)
    rougher, more = surroundings(RAIN * np.float32(1000), 3.0, False)
    np.testing.assert_allclose(rougher, rough, rtol=1e-4)
    np.testing.assert_allclose(more, 1000 * np.asarray(typical), rtol=1e-4)


def test_surroundings_turn_with_the_globe():
    for turned, still in zip(surroundings(np.roll(RAIN, 3, 1), 3.0, True), surroundings(RAIN, 3.0, True), strict=True):
        np.testing.assert_allclose(turned, np.roll(still, 3, 1), rtol=1e-5)
