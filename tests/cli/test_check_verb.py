"""`nesym check`: what is in a file, and what would be refused."""

import numpy as np
import pytest
import xarray as xr
from small_files import REFUSED, UNREADABLE, rain, store, two_candidates, unreadable


def test_a_good_file(nesym):
    seen = nesym("check", "good.nc")
    assert seen.code == 0 and seen.err == ""
    for words in (
        "pr mm h-1 time 3, y 8, x 8 float32",
        "grid plane, 8 x 8 cells of 4 x 4 km",
        "2018-05-10 00:00:00 to 2018-05-10 00:10:00, 3 steps, 5 min (proleptic_gregorian)",
        "gaps none",
        "missing 0.00% of the values",
        "Ready as pr, in mm h-1.",
    ):
        assert words in seen.said


def test_a_single_step_has_no_time_step(nesym, folder):
    store(rain(nt=1), folder / "one.nc")
    seen = nesym("check", "one.nc")
    assert "2018-05-10 00:00:00, one step (proleptic_gregorian)" in seen.said and "None" not in seen.said


def test_gaps_are_counted_and_allowed(nesym, folder):
    store(rain(nt=6).isel(time=[0, 1, 2, 5]), folder / "gap.nc")
    seen = nesym("check", "gap.nc")
    assert seen.code == 0 and "gaps 2 steps missing" in seen.said


def test_other_quantities_and_the_globe(nesym, folder):
    lat, lon = np.arange(-87.5, 90, 5), np.arange(0.0, 360, 5)
    coords = {"lat": ("lat", lat, {"units": "degrees_north"}), "lon": ("lon", lon, {"units": "degrees_east"})}
    tas = xr.DataArray(np.full((36, 72), 15.0), coords, ("lat", "lon"), "tas", {"units": "degC"})
    store(tas, folder / "tas.nc")
    seen = nesym("check", "tas.nc")
    assert seen.code == 0 and "around the globe" in seen.said and "288.1" in seen.said and "as tas, in K" in seen.said
    assert nesym("check", "tas.nc", "--quantity", "pr").code == 1


def test_amounts_with_an_interval(nesym, folder):
    amount = rain().assign_attrs(units="mm", cell_methods="time: sum (interval: 5 minutes)")
    store(amount, folder / "amount.nc")
    seen = nesym("check", "amount.nc")
    assert seen.code == 0 and "mm time 3" in seen.said and "in mm h-1." in seen.said


@pytest.mark.parametrize("defect", REFUSED)
def test_what_would_be_refused(defect, nesym, folder, contents):
    make, remedy = REFUSED[defect]
    store(make(), folder / "bad.nc")
    before = contents()
    seen = nesym("check", "bad.nc")
    assert seen.code == 1
    assert "Refused" in seen.said and remedy in seen.said and "Ready" not in seen.said
    assert contents() == before


def test_two_candidates_can_be_told_apart(nesym, folder):
    store(two_candidates(), folder / "two.nc")
    assert nesym("check", "two.nc", "--variable", "rain2").code == 0


def test_several_problems_at_once(nesym, folder):
    store(rain().isel(time=[0, 2, 1]).assign_attrs(units="mm"), folder / "bad.nc")
    seen = nesym("check", "bad.nc")
    assert seen.said.count("Refused") == 2


@pytest.mark.parametrize("defect", UNREADABLE)
def test_files_that_cannot_be_read(defect, nesym, folder):
    what, remedy = UNREADABLE[defect]
    unreadable(what, folder / "bad.nc")
    seen = nesym("check", "bad.nc")
    assert seen.code == 2 and seen.out == ""
    assert "Problem bad.nc" in seen.said or "Problem There is no file bad.nc" in seen.said
    assert remedy in seen.said
