"""The scores of the adversarial networks against numbers by hand, and what they claim on small worlds."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from nesym.fields.weights import band_areas
from nesym.systems.adjust_gan import PACKAGED
from nesym.systems.gan import checks, scores
from nesym.systems.gan.scores import Climate, Rows
from nesym.systems.gan.worlds import SCORE, Run, Worlds
from nesym.verify import unpaired_error
from nesym.verify.zonal import peak_ratio

LAT, LON = np.linspace(-82.5, 82.5, 12), np.arange(16) * 22.5


def rain(seed: int, start: str = "2000-03-21", days: int = 1440, belt: float = 7.5, width: int = 1) -> xr.DataArray:
    """Daily rain, mm/day, along `belt` degrees north, of objects `width` cells wide."""
    rng = np.random.default_rng(seed)
    white = rng.standard_normal((days, 12, 16))
    objects = sum(np.roll(white, shift, -1) for shift in range(width)) / np.sqrt(width)
    mean = 1.0 + 6.0 * np.exp(-(((LAT - belt) / 15.0) ** 2))
    values = np.maximum(mean[:, None] * (1 + objects) - 1.0, 0).astype(np.float32)
    coords = {"time": xr.date_range(start, periods=days), "lat": LAT, "lon": LON}
    return xr.DataArray(values, coords, ("time", "lat", "lon"), "pr", {"units": "mm day-1"})


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    """A model whose belt lies too far south, of objects that are too wide."""
    return Worlds(rain(0), rain(1, belt=-7.5, width=3), 1.1 * rain(2, days=1095, belt=-7.5, width=3), 1.1 * rain(3))


@pytest.fixture(scope="module")
def runs(worlds) -> dict:
    """With one by a method that does what a perfect network would: it turns the model around and sharpens it."""

    def perfect(run: xr.DataArray) -> xr.DataArray:
        return run.copy(data=float(run.mean() / worlds.hist.mean()) * rain(9, days=run.sizes["time"]).values)

    return worlds.runs() | {"GAN": Run(worlds, perfect)}


# Scores


def test_resampled_means_are_those_of_the_record_and_its_blocks():
    days = np.arange(360.0)[:, None] % 30
    found = Climate.of(days, rain(0, days=360)["time"], 3)
    assert found.means.shape == (scores.RESAMPLES + 1, 1) and found.days == 360
    np.testing.assert_allclose(found.means[0], days.mean(0))
    again = Climate.of(days, rain(0, days=360)["time"], 3)
    np.testing.assert_array_equal(found.means, again.means)


def test_errors_of_profiles_by_hand():
    rows, area = Rows(LAT), band_areas(LAT)
    x, y = np.arange(12.0), np.ones(12)
    assert rows.zonal(x, y) == pytest.approx(area @ np.abs(x - 1) / area.sum())
    assert rows.ratio(x, y) == pytest.approx(abs(peak_ratio(x, LAT) - 1))
    assert rows.change(x + 3, x, y + 1, y) == pytest.approx(2)
    assert rows.map(np.repeat(x, 16), np.ones(192)) == pytest.approx(rows.zonal(x, y))


def test_errors_of_patterns_by_hand():
    x, y = np.array([[1.0, 10.0]]), np.array([[10.0, 10.0]])
    np.testing.assert_allclose(scores.spectral_error(x, y), 0.5)
    np.testing.assert_allclose(scores.fractal_error(np.array([[1.5, np.nan, 1.2]]), np.array([[1.0, 1.0, 1.0]])), 0.35)


def test_the_error_of_a_map_is_that_of_verify():
    """Both resample the same blocks in the same way; keys differ, so the intervals agree as two draws do."""
    one, other = rain(0, days=720), rain(1, days=720)
    climates = [Climate.of(scores.cells(x), x["time"], key) for key, x in enumerate((one, other))]
    found, known = scores.error(Rows(LAT).map, *climates), unpaired_error(one, other, key=0)
    assert found.value == pytest.approx(known.value, rel=1e-5)
    assert found.high - found.low == pytest.approx(known.high - known.low, rel=0.2)


def test_a_difference_is_paired_and_a_record_is_as_good_as_itself():
    truth, one = (Climate.of(scores.profiles(x), x["time"], key) for key, x in enumerate((rain(0), rain(1))))
    same = scores.difference(Rows(LAT).zonal, (one,), (one,), (truth,))
    assert (same.value, same.low, same.high) == (0, 0, 0)
    part = scores.ratio(Rows(LAT).zonal, (one,), (one,), (truth,))
    assert (part.value, part.low, part.high) == (1, 1, 1)


# Claims


def test_a_perfect_network_is_better_than_quantile_mapping_in_patterns(worlds, runs):
    found = {claim.id: claim for claim in checks.patterns(runs, "GAN", worlds, 0, required="ac")}
    assert all(found[id].holds for id in ("A5a", "A5c")), found
    assert found["A5a"].baseline.startswith("raw ") and "floor" in found["A5a"].baseline
    assert [claim.required for claim in found.values()] == [True, False, True]


def test_a_model_is_no_better_than_itself(worlds, runs):
    """And so no claim that compares it with itself holds."""
    found = checks.patterns(runs | {"GAN": runs["raw"]}, "GAN", worlds, 0, mark="'")
    assert [claim.id for claim in found] == ["A5a'", "A5b'", "A5c'"]
    assert not any(claim.holds for claim in found)


def test_an_increasing_map_changes_no_ranks(worlds):
    assert checks.unchanged(worlds, 0).measured == pytest.approx(1, abs=1e-3)


def test_the_warmer_world_is_judged_against_both_quantile_mappings(worlds, runs):
    found = {claim.id: claim for claim in checks.warmer(runs, "GAN", worlds, 0, required="c")}
    assert [id for id, claim in found.items() if claim.required] == ["A4c"]
    assert list(found) == ["A4a", "A4b", "A4c", "A4d", "A4e", "A4f"]
    assert "QDM" in found["A4c"].baseline and found["A4a"].n == 1095
    beside = checks.warmer(runs | {"GAN": runs["QDM"]}, "GAN", worlds, 0)
    assert all(claim.measured == 0 and not claim.holds for claim in beside[:3])


def test_half_of_the_error_is_asked_of_the_second_twin(worlds, runs):
    found = checks.second_twin({"QM": runs["raw"], "GAN": runs["GAN"]}, worlds, 0)
    assert [claim.id for claim in found] == ["A6a", "A6b"]
    assert found[0].holds
    assert not any(c.holds for c in checks.second_twin({"QM": runs["raw"], "GAN": runs["raw"]}, worlds, 0))


def test_the_second_twin_has_the_observed_values(worlds):
    twin = worlds.displaced()
    np.testing.assert_array_equal(np.sort(twin.hist.values, 0), np.sort(worlds.obs.values, 0))
    assert (twin.hist != worlds.obs).mean() > 0.3


def test_global_totals_are_means_by_area():
    one = rain(0, days=3)
    expected = np.einsum("tyx,y->t", one.values.astype(float), band_areas(LAT)) / band_areas(LAT).sum() / 16
    np.testing.assert_allclose(checks.total(one), expected, rtol=1e-12)


def test_years_do_not_overlap():
    obs = rain(0)
    periods = [obs.sel(time=period)["time"] for period in (slice("2000-03-21", "2003-03-20"), SCORE)]
    assert periods[0].size == 1095 and periods[1].size == 345
    assert periods[0].max() < periods[1].min()


# With the packaged networks


def test_sums_are_kept_by_the_packaged_network(real_data):
    from nesym import load

    worlds = Worlds.open(real_data)
    short = replace(worlds, scenario=worlds.scenario[:20])
    found = checks.sums(load(PACKAGED["gan"]), short, 40)
    assert [claim.id for claim in found] == ["A3a", "A3b", "A3c", "A3d", "A3e"]
    assert all(claim.holds for claim in found)
