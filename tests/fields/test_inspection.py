import numpy as np
import pytest

from nesym._errors import FileError
from nesym.fields import Grid, inspect


def test_a_good_file(make_plane, tmp_path):
    da = make_plane(units="mm day-1", nt=6).isel(time=[0, 1, 2, 5])
    da.to_dataset().to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    seen = inspect(tmp_path / "a.nc")
    assert seen.usable
    assert (seen.quantity, seen.variable, seen.units) == ("pr", "pr", "mm h-1")
    assert seen.grid == Grid.of(da)
    assert seen.period == ("2018-05-10 00:00:00", "2018-05-10 00:25:00")
    assert (seen.steps, seen.time_step, seen.gaps, seen.calendar) == (4, "5 min", 2, "proleptic_gregorian")
    assert seen.range == pytest.approx((float(da.min()) / 24, float(da.max()) / 24))
    assert seen.missing == 0
    assert seen.variables[0].shape == (4, 6, 8)
    assert seen.variables[0].units == "mm day-1"


def test_every_problem_is_found_with_its_remedy(make_plane):
    da = make_plane(ny=4, nx=4).isel(time=[0, 1, 1, 2], x=[0, 1, 3]).drop_attrs(deep=False)
    seen = inspect(da)
    remedies = [finding.remedy for finding in seen.findings]
    assert not seen.usable
    assert len(remedies) == 3
    assert any("regrid" in r for r in remedies)
    assert any("drop_duplicates" in r for r in remedies)
    assert any("attrs['units']" in r for r in remedies)
    assert seen.grid is None
    assert seen.range is None


def test_problems_with_values(make_plane):
    da = make_plane().chunk(time=1)
    da = da.where(da.time != da.time[1], -1.0).where(da.time != da.time[2])
    seen = inspect(da)
    assert seen.missing == 0.25
    assert seen.range[0] == -1.0
    assert [finding.problem.split(" ")[0] for finding in seen.findings] == ["48", "48"]
    assert "negative" in seen.findings[0].problem
    assert "--missing fill" in seen.findings[1].remedy


def test_the_first_quantity_that_is_there(make_globe):
    sea = make_globe([0, 1], [0, 1]).rename("sst").assign_attrs(units="degC")
    assert inspect(sea).quantity == "tos"
    assert inspect(sea, "tas").findings[0].problem.startswith("No variable was recognised")


def test_two_candidates(make_plane):
    ds = make_plane().to_dataset().assign(precip=make_plane())
    assert "--variable pr" in inspect(ds).findings[0].remedy
    assert inspect(ds, variable="precip").usable
    assert inspect(ds.assign(tas=make_plane().assign_attrs(units="K"))).quantity == "pr"


def test_all_missing(make_plane):
    seen = inspect(make_plane() * np.nan)
    assert seen.range is None
    assert seen.missing == 1.0


def test_what_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(FileError):
        inspect(tmp_path / "absent.nc")
