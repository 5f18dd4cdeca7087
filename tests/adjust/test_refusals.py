"""Options and records that no adjuster can use, each refused with its remedy."""

import numpy as np
import pytest
import xarray as xr
from small_runs import rain

from nesym._errors import GridError, InputError, TimeError
from nesym.adjust import (
    ISIMIP3BASD,
    LOCI,
    AllTimes,
    DeltaChange,
    LinearScaling,
    QuantileDelta,
    QuantileMapping,
)

OBS, HIST = rain(4, 0.4, 5.0, 0), rain(4, 0.6, 3.0, 1)


@pytest.mark.parametrize("method", [LinearScaling, LOCI, DeltaChange, QuantileDelta, ISIMIP3BASD], ids=lambda m: m.name)
@pytest.mark.parametrize("option", [{"kind": "ratios"}, {"window": "months"}], ids=["kind", "window"])
def test_options_of_every_method(method, option):
    with pytest.raises(InputError, match="is not a choice") as refused:
        method(**option)
    assert "window=Months()" in refused.value.remedy


@pytest.mark.parametrize("reference", ["spring/autumn", "1981-13/1982", "1981"])
def test_periods_that_are_none(reference):
    with pytest.raises(TimeError, match="not understood") as refused:
        QuantileMapping().fit(OBS, HIST, reference=reference)
    assert "1983/1995" in refused.value.remedy


def test_records_without_times():
    with pytest.raises(TimeError, match="no times"):
        QuantileMapping().fit(OBS[:0], HIST)
    with pytest.raises(TimeError, match="no times"):
        QuantileMapping().fit(OBS, HIST).apply(HIST[:0])


def test_members_of_which_some_were_not_fitted():
    members = xr.concat([HIST, HIST], "member").assign_coords(member=[0, 1])
    with pytest.raises(GridError, match="other values of 'member'") as refused:
        QuantileMapping().fit(OBS, members, members="each").apply(members.assign_coords(member=[1, 2]))
    assert "common" in refused.value.remedy


def test_a_comparison_of_a_variable_that_only_the_method_knows():
    """The rivals correct as the method does."""
    obs, hist = (da.rename("wind").copy() for da in (OBS, HIST))
    obs.attrs, hist.attrs = {"units": "m s-1"}, {"units": "m s-1"}
    table = ISIMIP3BASD(variable="sfcWind", window=AllTimes()).compare(
        obs, hist, 1.5 * hist.assign_attrs(units="m s-1")
    )
    assert table.rows[0]["method"] == "raw" and len(table.rows) > 4


def test_a_change_from_nothing_is_not_known():
    table = QuantileMapping(window=AllTimes()).compare(OBS, 0 * HIST, HIST)
    assert np.isnan(table.rows[0]["projected change, %"])
