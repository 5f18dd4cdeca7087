"""Means of maps, and which data sets belong together."""

import numpy as np
import pytest
import xarray as xr

from nesym._errors import GridError, UnitError
from nesym.fields.weights import area_weights
from nesym.verify import cell_mean
from nesym.verify.maps import check_same_cells, check_same_units, daily_amounts

LAT, LON = np.array([-60.0, -20.0, 20.0, 60.0]), np.arange(0.0, 360.0, 60.0)


def on_globe(values, **attrs):
    return xr.DataArray(values, dims=("lat", "lon"), coords={"lat": LAT, "lon": LON}, attrs=attrs)


def test_the_mean_is_weighted_by_area_and_says_what_it_leaves_out():
    values = on_globe(np.broadcast_to(np.array([1.0, 2.0, 3.0, 4.0])[:, None], (4, 6)).copy())
    assert cell_mean(values).value == pytest.approx(float(values.weighted(area_weights(values)).mean()))
    assert (cell_mean(values).n, cell_mean(values).note) == (24, "")
    values[3, 1:] = np.nan
    score = cell_mean(values.T)
    assert score.value == pytest.approx(float(values.weighted(area_weights(values)).mean()))
    assert (score.n, score.note) == (19, "5 of 24 cells are left out")
    assert np.isnan(cell_mean(values * np.nan).value)


def test_cells_that_differ():
    a = on_globe(np.zeros((4, 6)))
    check_same_cells(a, a.assign_coords(lat=LAT + 1e-9))
    with pytest.raises(GridError, match=r"differ along 'lat': 4 from -60 to 60 and 4 from 60 to -60\..*regrid"):
        check_same_cells(a, a.isel(lat=slice(None, None, -1)))
    with pytest.raises(GridError, match=r"along 'lon': 6 .* and 5"):
        check_same_cells(a, a.isel(lon=slice(5)))
    with pytest.raises(GridError, match="no such dimension"):
        check_same_cells(a.rename(lat="y"), a)


def test_units_that_differ():
    a = on_globe(np.zeros((4, 6)), units="mm day-1")
    check_same_units(a, a.assign_attrs(units="mm/day"))
    check_same_units(a, a.drop_attrs())
    with pytest.raises(UnitError, match=r"convert\(da, 'mm h-1'\)"):
        check_same_units(a, a.assign_attrs(units="mm h-1"))


@pytest.mark.parametrize(
    ("units", "factor"), [("mm", 1.0), ("mm day-1", 1.0), ("mm/day", 1.0), ("kg m-2 s-1", 86400.0), ("mm h-1", 24.0)]
)
def test_daily_amounts(units, factor):
    amounts = daily_amounts(on_globe(np.ones((4, 6)), units=units, note="kept"))
    np.testing.assert_allclose(amounts, factor, rtol=1e-12)
    assert amounts.attrs == {"units": "mm", "note": "kept"}


def test_daily_amounts_of_what_is_not_rain():
    with pytest.raises(UnitError, match="Set them"):
        daily_amounts(on_globe(np.ones((4, 6))))
    with pytest.raises(UnitError, match="rain variable"):
        daily_amounts(on_globe(np.ones((4, 6)), units="K"))
