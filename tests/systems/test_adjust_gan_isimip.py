"""Both methods in a row beside each alone, on a small world, where the network is one that changes nothing."""

from dataclasses import dataclass

import numpy as np
import pytest
import xarray as xr

from nesym.adjust import AllTimes, QuantileMapping
from nesym.systems import adjust_gan_isimip as system
from nesym.systems.gan.worlds import KNOWN, Run, Worlds

LAT, LON = np.linspace(-82.5, 82.5, 12), np.arange(16) * 22.5


def rain(seed: int, scale: float = 1.0) -> xr.DataArray:
    """Four years of daily rain, mm/day."""
    values = scale * np.maximum(np.random.default_rng(seed).gamma(0.5, 6.0, (1440, 12, 16)) - 1, 0)
    coords = {"time": xr.date_range("2000-03-21", periods=1440), "lat": LAT, "lon": LON}
    return xr.DataArray(values.astype(np.float32), coords, ("time", "lat", "lon"), "pr", {"units": "mm day-1"})


@dataclass(frozen=True)
class Nothing:
    """A network that leaves rain as it is."""

    constraint: str | None = "global"
    fitted: str = "yes"

    def apply(self, run, *, variable=None):
        return run

    def describe(self) -> str:
        return "nothing"


@pytest.fixture(scope="module")
def worlds() -> Worlds:
    return Worlds(rain(0), rain(1, 1.5), rain(2, 1.6), rain(3, 1.1))


def test_each_run_is_corrected_by_its_method(worlds):
    runs = system._runs(Nothing(), worlds)
    assert list(runs) == ["raw", "QM", "QDM", "GAN", "ISIMIP", system.BOTH]
    np.testing.assert_array_equal(runs["GAN"].hist, worlds.hist)
    # A network that changes nothing leaves ISIMIP3BASD to itself.
    np.testing.assert_array_equal(runs[system.BOTH].hist.values, runs["ISIMIP"].hist.values)
    assert float(runs["ISIMIP"].hist.mean() / worlds.obs.mean()) == pytest.approx(1, rel=0.03)


def test_both_are_held_against_the_better_of_the_two(worlds):
    exact = QuantileMapping(window=AllTimes()).fit(*worlds.during(KNOWN), reference="all").apply
    nothing, fifth = (lambda run: run), (lambda run: 0.2 * run)
    runs = {"GAN": Run(worlds, nothing), "ISIMIP": Run(worlds, exact), system.BOTH: Run(worlds, exact)}
    found = {claim.id: claim for claim in system.best_of_both(runs, worlds, 0)}
    assert found["A7a"].measured == 1 and found["A7a"].required
    assert found["A7b"].measured < 1 and found["A7b"].holds
    worse = system.best_of_both(runs | {system.BOTH: Run(worlds, fifth)}, worlds, 0)
    assert not any(claim.holds for claim in worse)
